"""How Node-RED's nodes connect: to hosts that the flow may reach, at the addresses that were judged."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from typing import Any, Literal

from flowengine import Node
from flowengine_nodes.mqtt.tls import Tls
from flowengine_nodes.nodered.http_server import library
from flowengine_nodes.reached import first

NamedBy = Literal["option", "message"]

_AUTHORITY = re.compile(r"(?:(?P<scheme>[A-Za-z]+)://)?(?P<authority>[^/?#]*)")
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def host_of(url: str, scheme: str = "http") -> tuple[str, int] | None:
    """Return host and port of an address as an author wrote it; None: a message fills them in, or there are none."""
    found = _AUTHORITY.match(url)
    assert found is not None
    scheme, authority = (found["scheme"] or scheme).lower(), found["authority"]
    if not authority or "{" in authority or "\\" in authority or scheme not in _PORTS:
        return None
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(f"{scheme}://{authority}")
        return (parts.hostname, parts.port or _PORTS[scheme]) if parts.hostname else None
    except ValueError:
        return None


async def open_connection(
    node: Node, host: str, port: int, named_by: NamedBy, limit: int, tls: Tls | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect by TCP, encrypted where `tls` is given; of several addresses the first that answers.

    Raises:
        OSError: none answers, or a certificate is not as it must be.
        Refused, Retryable: see `Node.reach`.
    """
    addresses = await node.reach(host, port, named_by)
    secure: dict[str, Any] = {}
    if tls is not None:
        secure = {"ssl": await node.blocking(tls.context), "server_hostname": tls.server_name or host}
    return await first(addresses, lambda address: asyncio.open_connection(address, port, limit=limit, **secure))


def connector(node: Node, *trusted: tuple[str, int] | None) -> Any:
    """Return an aiohttp connector that asks for each host, also those that answers redirect to.

    `trusted` are hosts and ports that the author wrote down; all others come from messages, or from servers.
    """
    aiohttp = library()

    def named_by(host: str, port: int) -> NamedBy:
        return "option" if (host.lower(), port) in trusted else "message"

    class Resolver(aiohttp.ThreadedResolver):  # type: ignore[name-defined, misc]
        async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_UNSPEC) -> Any:
            addresses = await node.reach(host, port, named_by(host, port))
            if addresses == [host]:
                return await super().resolve(host, port, family)
            return [
                {
                    "hostname": host,
                    "host": address,
                    "port": port,
                    "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                    "proto": 0,
                    "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                }
                for address in addresses
            ]

    class Connector(aiohttp.TCPConnector):  # type: ignore[name-defined, misc]
        async def connect(self, req: Any, *rest: Any, **more: Any) -> Any:
            host, port = req.url.host or "", req.url.port or 0
            if _is_address(host):  # the resolver is asked for names only
                await node.reach(host, port, named_by(host, port))
            return await super().connect(req, *rest, **more)

    return Connector(resolver=Resolver())


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
