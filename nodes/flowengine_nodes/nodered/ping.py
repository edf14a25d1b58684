"""node-red-node-ping."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import struct
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import Meta

from flowengine import Refused, Retryable, unit
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedSource
from flowengine_nodes.nodered.message import MISSING, Msg

LONGEST: Final = 5.0
"""Seconds to wait for an answer where the message states no `timeout`."""
MOST_HOSTS: Final = 1000
_NUMBERS = itertools.count(1)


Protocol = Annotated[Literal["Automatic", "IPv4", "IPv6"], Meta(description="Which addresses to ask")]


class _Asks:
    """What both have in common."""

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the hosts, where they do not come with the message."""
        return [(host, 0) for host in _hosts(options.get("host", "")) if "$" not in host]

    async def _ask(self: Any, host: str, msg: Msg, named_by: Any, seconds: float) -> None:
        msg.update(payload=False, topic=host)
        try:
            address = await self._address(host, named_by)
            async with asyncio.timeout(seconds):
                msg["payload"] = await echo(address, self.clock.monotonic)
        except (PermissionError, Refused) as error:
            self.red_status({"fill": "red", "shape": "ring"})
            self.error(f"ping {host}: {error}", msg)
            return
        except (OSError, Retryable):  # who does not answer, or is not known, is not there
            pass
        self.send(msg)

    async def _address(self: Any, host: str, named_by: Any) -> str:
        family = {"IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}.get(self.protocol, socket.AF_UNSPEC)
        reached = await self.reach(host, 0, named_by)
        found = await asyncio.get_running_loop().getaddrinfo(reached[0], None, family=family)
        return str(found[0][4][0])


class Ping(_Asks, RedSource, type="nodered/ping"):
    """Ask hosts at intervals whether they answer to ICMP echo.

    The payload is the time of the way there and back in milliseconds, or false; the topic is the host. It does what
    the ping node of node-red-node-ping does, without the system's program: the user that runs flowengine must be
    allowed to (`sysctl net.ipv4.ping_group_range`, or the capability NET_RAW).
    """

    red: ClassVar[str] = "ping"

    host: Annotated[str, Meta(description="Hosts, with commas between")] = ""
    timer: Annotated[float, Meta(description="Time between two", ge=1, le=86400, extra_json_schema=unit("s"))] = 20.0
    protocol: Protocol = "Automatic"

    def begin(self) -> None:
        """Ask at intervals."""
        self._under_way: set[asyncio.Task[None]] = set()
        self._timer = self.clock.call_later(self.timer, self._again)

    def end(self) -> None:
        """Ask no more."""
        self._timer.cancel()
        for task in self._under_way:
            task.cancel()

    def _again(self) -> None:
        self._timer = self.clock.call_later(self.timer, self._again)
        for host in _hosts(self.host):
            if len(self._under_way) < MOST_HOSTS:
                task = asyncio.ensure_future(self._ask(host, {}, "option", LONGEST))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)


class PingRequest(_Asks, RedAsync, type="nodered/ping-request"):
    """Ask hosts whether they answer to ICMP echo, for each message.

    The payload becomes the time in milliseconds, or false; the topic the host. Without hosts of its own it asks those
    in the payload: a text with commas between, or a list of texts and of objects with `host` and `timeout` (ms).
    """

    red: ClassVar[str] = "ping"
    concurrency: ClassVar[int] = 64

    host: Annotated[str, Meta(description="Hosts, with commas between; empty: those in the payload")] = ""
    protocol: Protocol = "Automatic"

    async def handle(self, msg: Msg) -> None:
        """Ask the hosts that are named here, or in the payload."""
        wanted: Any = self.host or msg.get("payload", MISSING)
        named_by = "option" if self.host else "message"
        items = _hosts(wanted) if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
        asked = []
        for item in items[:MOST_HOSTS]:
            about = {"host": item} if isinstance(item, str) else item
            if isinstance(about, dict) and isinstance(about.get("host"), str):
                seconds = js.number(about.get("timeout", MISSING)) / 1000
                seconds = min(30.0, max(1.0, seconds)) if seconds == seconds else LONGEST
                told = {**msg, "ping": {**about, "timeout": round(seconds * 1000)}} if wanted is items else msg
                asked.append(self._ask(about["host"], dict(told), named_by, seconds))
        await asyncio.gather(*asked)
        self.finished(msg)


def _hosts(text: Any) -> list[str]:
    return [host.strip() for host in str(text).split(",") if host.strip()]


async def echo(address: str, now: Any) -> float:
    """Return how many milliseconds an ICMP echo took.

    Raises:
        PermissionError: this user may not send one.
        OSError: it cannot be sent.
    """
    six = ":" in address
    family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
    try:
        line = socket.socket(family, socket.SOCK_DGRAM, protocol)
    except PermissionError:
        line = socket.socket(family, socket.SOCK_RAW, protocol)
    with line:
        line.setblocking(False)
        loop, number, mark = asyncio.get_running_loop(), next(_NUMBERS) & 0xFFFF, os.urandom(16)
        request = _request(128 if six else 8, number, mark)
        began = now()
        await loop.sock_sendto(line, request, (address, 0))
        while True:
            data = await loop.sock_recv(line, 2048)
            if mark in data and not data.endswith(request):
                return round(float(now() - began) * 1000, 3)


def _request(kind: int, number: int, mark: bytes) -> bytes:
    head = struct.pack(">BBHHH", kind, 0, 0, os.getpid() & 0xFFFF, number)
    total = sum(struct.unpack(f">{(len(head) + len(mark)) // 2}H", head + mark))
    total = (total >> 16) + (total & 0xFFFF)
    total += total >> 16
    return struct.pack(">BBHHH", kind, 0, ~total & 0xFFFF, os.getpid() & 0xFFFF, number) + mark
