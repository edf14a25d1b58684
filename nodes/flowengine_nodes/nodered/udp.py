"""Node-RED's UDP nodes."""

from __future__ import annotations

import asyncio
import base64
import socket
import struct
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine import NodeError
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedError, RedSource
from flowengine_nodes.nodered.buffers import from_base64
from flowengine_nodes.nodered.message import Msg
from flowengine_nodes.nodered.reaching import NamedBy

Version = Annotated[str, Meta(description="udp4 or udp6")]
GroupAddress = Annotated[str, Meta(description="Multicast group")]
Interface = Annotated[str, Meta(description="Address of the interface; empty: any")]


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, took: Any) -> None:
        self._took = took

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._took(data, addr)


class UdpIn(RedSource, type="nodered/udp-in"):
    """Send on the datagrams that come to a port.

    Its options have Node-RED's names, and it does what Node-RED's udp in node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "udp in"

    iface: Interface = ""
    port: Annotated[int | str, Meta(description="The port")] = 0
    ipv: Version = "udp4"
    multicast: Annotated[bool | str, Meta(description="Join a multicast group")] = "false"
    group_address: GroupAddress = ""
    datatype: Annotated[str, Meta(description="buffer, utf8 or base64")] = "buffer"

    def begin(self) -> None:
        """Have no socket yet."""
        self._transport: Any = None

    async def start(self) -> None:
        """Listen."""
        await super().start()
        family = socket.AF_INET6 if self.ipv == "udp6" else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setblocking(False)
            sock.bind((self.iface if self.multicast in (False, "false") else "", int(js.number(self.port))))
            if self.multicast in (True, "true") and self.group_address:
                packed = socket.inet_aton(self.group_address) + socket.inet_aton(self.iface or "0.0.0.0")
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, packed)
        except (OSError, OverflowError, ValueError) as error:
            sock.close()
            self.error(f"error: {error}")
            return
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Protocol(self._took), sock=sock)

    def _took(self, data: bytes, address: Any) -> None:
        payload: Any = data
        if self.datatype == "utf8":
            payload = data.decode(errors="replace")
        elif self.datatype == "base64":
            payload = base64.b64encode(data).decode()
        ip, port = address[0], address[1]
        self.soon({"payload": payload, "fromip": f"{ip}:{port}", "ip": ip, "port": port})

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)

    def end(self) -> None:
        """Close."""
        if self._transport is not None:
            self._transport.close()


class UdpOut(RedAsync, type="nodered/udp-out"):
    """Send messages as datagrams.

    Its options have Node-RED's names, and it does what Node-RED's udp out node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "udp out"

    addr: Annotated[str, Meta(description="The address; empty: msg.ip")] = ""
    port: Annotated[int | str, Meta(description="The port; empty: msg.port")] = ""
    iface: Interface = ""
    ipv: Version = "udp4"
    outport: Annotated[int | str, Meta(description="The port to send from; empty: any")] = ""
    base64: Annotated[bool, Meta(description="The payload is base64")] = False
    multicast: Annotated[bool | str, Meta(description="false, multi (a group) or board (broadcast)")] = "false"
    ports: ClassVar[int] = 0

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the address, where it does not come with the message."""
        port = js.number(options.get("port", ""))
        return [(str(options["addr"]), int(port))] if options.get("addr") and port == port else []

    def begin(self) -> None:
        """Open a socket."""
        self._socket = socket.socket(socket.AF_INET6 if self.ipv == "udp6" else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.multicast == "board":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if self.multicast == "multi":
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, struct.pack("b", 2))
        if self.outport not in ("", None):
            self._socket.bind((self.iface, int(js.number(self.outport))))

    async def handle(self, msg: Msg) -> None:
        """Send."""
        if "payload" not in msg:
            self.finished(msg)
            return
        address, port = self.addr or msg.get("ip", ""), js.number(self.port if self.port != "" else msg.get("port", 0))
        if not address:
            self.warn("udp: ip address not set")
        elif port != port or not 0 < port <= 65535:
            self.warn("udp: port not valid")
        else:
            value = msg["payload"]
            data = from_base64(value) if self.base64 else value if isinstance(value, bytes) else js.text(value).encode()
            named_by: NamedBy = "option" if self.addr and self.port != "" else "message"
            try:
                where = (await self.reach(js.text(address), int(port), named_by))[0]
                await asyncio.get_running_loop().sock_sendto(self._socket, data, (where, int(port)))
            except (OSError, NodeError) as error:
                raise RedError(f"udp: error: {error}") from None
        self.finished(msg)

    def end(self) -> None:
        """Close."""
        self._socket.close()
