"""Node-RED's HTTP nodes that serve: in, response."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import parse_qsl

from msgspec import Meta

from flowengine import ADVANCED
from flowengine_nodes.nodered import cookies, http_server, multipart
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedError, RedSource
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import parse_json

LONGEST: Final = 120.0
"""Seconds that a flow may take for an answer."""


class Reply:
    """The answer that a request waits for; travels as `msg.res`."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class HttpIn(RedSource, type="nodered/http-in"):
    """Send on the requests that come to a path; an http response node answers them.

    The server listens on 127.0.0.1:1880 unless NODE_RED_HTTP_HOST and NODE_RED_HTTP_PORT say otherwise.
    """

    red: ClassVar[str] = "http in"

    url: Annotated[str, Meta(description="The path: /a/:id, /files/*")] = ""
    method: Annotated[str, Meta(description="get, post, put, delete, patch or options")] = "get"
    upload: Annotated[bool, Meta(description="Take files that are uploaded")] = False
    skipBodyParsing: Annotated[bool, Meta(description="Leave the body as bytes")] = False
    swaggerDoc: Annotated[str, Meta(description="Kept for Node-RED"), ADVANCED] = ""

    async def start(self) -> None:
        """Listen."""
        await super().start()
        if self.url:
            await http_server.serve(self, self.method.lower(), self.url, self._handle)
        else:
            self.warn("missing path")

    async def stop(self) -> None:
        """Listen no more."""
        await http_server.leave(self)
        await super().stop()

    async def _handle(self, request: Any, params: dict[str, str]) -> Any:
        web = http_server.library().web
        query = _several(parse_qsl(request.query_string, keep_blank_values=True))
        try:
            body = await self._body(request) if self.method.lower() != "get" else {}
        except RedError as error:
            self.log.info("%s %s: the body is no JSON: %s", request.method, request.path, error)
            return web.Response(status=500, text="Internal Server Error")
        about = {
            "method": request.method,
            "url": request.path_qs,
            "originalUrl": request.path_qs,
            "path": request.raw_path.partition("?")[0],
            "query": query,
            "params": params,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "cookies": cookies.read(request.headers.get("Cookie", "")),
            "ip": request.remote or "",
        }
        if self.upload and isinstance(body, bytes) and request.content_type == "multipart/form-data":
            try:
                body, about["files"] = multipart.read(body, request.headers["Content-Type"])
            except RedError:
                return web.Response(status=400, text="Bad Request")
        about["body"] = body
        reply = Reply()
        payload = query if self.method.lower() == "get" else body
        self.soon({"req": about, "res": reply, "payload": payload})
        try:
            return await asyncio.wait_for(reply.answer, LONGEST)
        except TimeoutError:
            return web.Response(status=504, text="the flow did not answer")

    async def _body(self, request: Any) -> Any:
        data = await request.read() if request.can_read_body else b""
        kind = request.content_type if "content-type" in request.headers else ""
        if self.skipBodyParsing or (self.upload and kind == "multipart/form-data"):
            return data
        if not data:
            return {} if kind in ("application/json", "application/x-www-form-urlencoded") else ""
        if kind == "application/json":
            found = parse_json(data.decode(errors="replace"))
            if not isinstance(found, dict | list):
                raise RedError("neither an object nor an array")
            return found
        if kind == "application/x-www-form-urlencoded":
            return _several(parse_qsl(data.decode(errors="replace"), keep_blank_values=True))
        return _readable(data, kind)

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)


_BINARY = ("octet-stream", "cbor", "x-protobuf")


def _readable(data: bytes, kind: str) -> str | bytes:
    """Return a body as text where its type says so, or does not say and it is some."""
    main, _, sub = kind.partition("/")
    if not kind or main == "text" or sub.endswith("xml"):
        return data.decode(errors="replace")
    if main != "application" or sub in _BINARY:
        return data
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _several(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            made[name] = [*(made[name] if isinstance(made[name], list) else [made[name]]), value]
        else:
            made[name] = value
    return made


class HttpResponse(RedAsync, type="nodered/http-response"):
    """Answer a request that an http in node has brought.

    Its options have Node-RED's names, and it does what Node-RED's http response node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "http response"

    statusCode: Annotated[int | str, Meta(description="The status; empty: msg.statusCode, or 200")] = ""
    headers: Annotated[dict[str, Any], Meta(description="Headers of the answer")] = {}
    ports: ClassVar[int] = 0

    async def handle(self, msg: Msg) -> None:
        """Answer."""
        reply = msg.get("res")
        if not isinstance(reply, Reply):
            self.warn("No response object")
            self.finished(msg)
            return
        web = http_server.library().web
        given = msg["headers"] if isinstance(msg.get("headers"), dict) else {}
        headers = {str(k): js.text(v) for k, v in {**given, **self.headers}.items() if v is not MISSING}
        headers = {k: v for k, v in headers.items() if k.lower() not in ("content-length", "transfer-encoding")}
        status = js.number(self.statusCode or msg.get("statusCode", 200))
        body, kind = _body_of(msg.get("payload", MISSING))
        if kind and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = kind
        try:
            answer = web.Response(status=int(status) if status == status else 200, body=body, headers=headers)
            for name, value in (msg["cookies"] if isinstance(msg.get("cookies"), dict) else {}).items():
                answer.headers.add("Set-Cookie", cookies.set_by(name, value, self.clock.now()))
        except (ValueError, TypeError) as error:
            answer = web.Response(status=500, text="the flow's answer cannot be sent")
            self.error(f"the answer cannot be sent: {error}", msg)
        if not reply.answer.done():
            reply.answer.set_result(answer)
        self.finished(msg)


def _body_of(value: Any) -> tuple[bytes, str]:
    if value is MISSING:
        return b"", ""
    if isinstance(value, bytes):
        return value, "application/octet-stream"
    if value is None or isinstance(value, dict | list | bool):
        return js.stringify(value).encode(), "application/json; charset=utf-8"
    return js.text(value).encode(), "text/html; charset=utf-8"
