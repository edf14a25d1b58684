"""The HTTP server that http in and websocket nodes of one engine share; it runs while one of them does."""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from flowengine_nodes.nodered.base import Red, RedError

PORT: Final = "NODE_RED_HTTP_PORT"
HOST: Final = "NODE_RED_HTTP_HOST"
ROOT: Final = "NODE_RED_HTTP_ROOT"
LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a request's body at most."""

Handler = Callable[[Any, dict[str, str]], Awaitable[Any]]


def library() -> Any:
    """Return aiohttp.

    Raises:
        RedError: it is not installed.
    """
    try:
        import aiohttp.web
    except ImportError:
        raise RedError("HTTP nodes need the extra nodered: pip install flowengine-ot[nodered]") from None
    return aiohttp


def pattern(url: str) -> re.Pattern[str]:
    """Return a path as Node-RED writes it (`/a/:id/*`) as a regular expression."""
    parts = re.split(r"(:\w+\??|\*)", url if url.startswith("/") else f"/{url}")
    made = ""
    for part in parts:
        if part.startswith(":"):
            made += f"(?P<{part[1:].rstrip('?')}>[^/]+)" if not part.endswith("?") else f"(?P<{part[1:-1]}>[^/]*)"
        else:
            made += ".*" if part == "*" else re.escape(part)
    return re.compile(made.rstrip("/") + "/?", re.IGNORECASE)


class HttpServer:
    """Routes requests to nodes by method and path, in the order in which they came."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.routes: list[tuple[Any, str, re.Pattern[str], Handler]] = []
        self._runner: Any = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        web = library().web
        app = web.Application(client_max_size=LARGEST)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, reuse_address=True).start()

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: Any) -> Any:
        web = library().web
        for _, method, path, handler in self.routes:
            found = path.fullmatch(request.path)
            if found is None:
                continue
            if method in (request.method.lower(), "ws") or (method == "get" and request.method == "HEAD"):
                return await handler(request, {k: v or "" for k, v in found.groupdict().items()})
        return web.Response(
            status=404, text=_nobody(request.method, request.path), content_type="text/html", charset="utf-8"
        )


def _nobody(method: str, path: str) -> str:
    """Return the page that Node-RED shows where no node serves a path."""
    text = html.escape(f"Cannot {method} {path}")
    head = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n'
    return f"{head}<body>\n<pre>{text}</pre>\n</body>\n</html>\n"


async def serve(node: Red, method: str, url: str, handler: Handler) -> None:
    """Have a node handle requests; the first one starts the server.

    Raises:
        OSError: the port is taken.
    """
    here: Any = node
    host = here.runtime.environment(HOST) or "127.0.0.1"
    port = int(here.runtime.environment(PORT) or 1880)
    root = (here.runtime.environment(ROOT) or "").rstrip("/")
    server = here.space.listeners.get(("http", port))
    if server is None:
        server = here.space.listeners[("http", port)] = HttpServer(host, port)
        try:
            await server.start()
        except BaseException:
            del here.space.listeners[("http", port)]
            raise
    server.routes.append((node, method, pattern(root + (url if url.startswith("/") else f"/{url}")), handler))


async def leave(node: Red) -> None:
    """Have a node handle no more requests; the last one stops the server."""
    here: Any = node
    for key, server in list(here.space.listeners.items()):
        if key[0] == "http":
            server.routes = [route for route in server.routes if route[0] is not node]
            if not server.routes:
                del here.space.listeners[key]
                await server.stop()
