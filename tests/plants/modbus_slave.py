"""A Modbus slave on loopback that misbehaves on request: late, doubled, wrong, cut, silent, gone.

Each answer is tied to its own request, however late it comes, so a late answer carries its own transaction id.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import struct
import tty
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from flowengine_nodes.modbus.rtu import frame
from tests.plants.mosquitto import free_port

Send = Callable[[bytes], None]
WRITES = (5, 6, 15, 16, 22, 23)
"""Functions of Modbus that write."""


class Seen(NamedTuple):
    """A request that reached the slave."""

    unit: int
    function: int
    address: int
    size: int
    """How many addresses; of functions 5, 6 and 22 one."""


@dataclass
class Reply:
    """What the slave does with one request."""

    delay: float = 0.0
    silent: bool = False
    exception: int = 0
    times: int = 1
    number: int = 0
    """Added to the transaction id."""
    unit: int | None = None
    function: int | None = None
    data: bytes | None = None
    """Contents in place of the true ones."""
    raw: bytes | None = None
    """Bytes in place of the whole frame."""
    before: bytes = b""
    """Bytes in front of the frame."""
    cut: int | None = None
    """Only so many bytes of the frame are sent."""
    close: bool = False
    pieces: bool = False
    """Byte by byte, each in its own segment."""
    damage: int | None = None
    """The byte of the frame that is changed on the way."""


@dataclass
class Bank:
    """The four tables of a unit."""

    holding: list[int] = field(default_factory=lambda: [0] * 1000)
    input: list[int] = field(default_factory=lambda: [0] * 1000)
    coil: list[bool] = field(default_factory=lambda: [False] * 3000)
    discrete: list[bool] = field(default_factory=lambda: [False] * 3000)


class Slave:
    """Serves as many units as asked for; `script` says how it answers each request."""

    def __init__(self, units: int = 1, framing: Literal["mbap", "rtu"] = "mbap") -> None:
        self.units = {number: Bank() for number in range(1, units + 1)}
        self.framing = framing
        self.script: Callable[[Seen], Reply] = lambda seen: Reply()
        self.wrote: Callable[[Seen, bytes], None] = lambda seen, pdu: None
        """Hears each write that it has taken, with all that came."""
        self.seen: list[Seen] = []
        self.connections = 0
        self.port = free_port()
        """Kept while it does not listen, and nobody's then: nobody reaches another there, or himself."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.WriteTransport] = set()

    @property
    def bank(self) -> Bank:
        """The tables of unit 1."""
        return self.units[1]

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self), "127.0.0.1", self.port, ssl=context)

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self.hang_up()
            await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Cut every connection."""
        for transport in list(self._open):
            transport.abort()

    def take(self, data: bytes, send: Send, close: Callable[[], None]) -> bytes:
        """Answer every whole request in `data`, return the rest."""
        while True:
            number, unit, pdu, size = _unframe(self.framing, data)
            if not size:
                return data
            data = data[size:]
            self._answer(number, unit, pdu, send, close)

    def _answer(self, number: int, unit: int, pdu: bytes, send: Send, close: Callable[[], None]) -> None:
        function, address, count = struct.unpack_from(">BHH", pdu)
        seen = Seen(unit, function, address, 1 if function in (5, 6, 22) else count)
        self.seen.append(seen)
        reply = self.script(seen)
        if reply.close and reply.cut is None:
            close()
        if reply.silent or (reply.close and reply.cut is None):
            return
        answer = bytes([function | 0x80, reply.exception]) if reply.exception else self._serve(seen, pdu)
        if function in WRITES and answer[0] == function:
            self.wrote(seen, pdu)
        if reply.data is not None:
            answer = bytes([function, len(reply.data)]) + reply.data
        if reply.function is not None:
            answer = bytes([reply.function]) + answer[1:]
        unit = unit if reply.unit is None else reply.unit
        if self.framing == "mbap":
            whole = struct.pack(">HHHB", number + reply.number & 0xFFFF, 0, len(answer) + 1, unit) + answer
        else:
            whole = frame(unit, answer)
        if reply.damage is not None:
            whole = bytes(byte ^ (0x10 if i == reply.damage else 0) for i, byte in enumerate(whole))
        whole = reply.before + (whole if reply.raw is None else reply.raw) * reply.times
        asyncio.get_running_loop().call_later(reply.delay, _send, whole[: reply.cut], reply, send, close)

    def _serve(self, seen: Seen, pdu: bytes) -> bytes:
        unit, function, address, count = seen
        bank = self.units.get(unit)
        if bank is None:
            return bytes([function | 0x80, 11])
        bits = bank.coil if function in (1, 5, 15) else bank.discrete
        words = bank.input if function == 4 else bank.holding
        if address + count > (len(bits) if function in (1, 2, 5, 15) else len(words)):
            return bytes([function | 0x80, 2])
        if function in (1, 2):
            row = sum(bit << i for i, bit in enumerate(bits[address : address + count]))
            size = (count + 7) // 8
            return bytes([function, size]) + row.to_bytes(size, "little")
        if function in (3, 4):
            return bytes([function, 2 * count]) + struct.pack(f">{count}H", *words[address : address + count])
        if function == 5:
            bits[address] = pdu[3] == 0xFF
        elif function == 6:
            words[address] = int.from_bytes(pdu[3:5], "big")
        elif function == 15:
            row = int.from_bytes(pdu[6:], "little")
            bits[address : address + count] = [bool(row >> i & 1) for i in range(count)]
        elif function == 16:
            words[address : address + count] = struct.unpack(f">{count}H", pdu[6:])
        elif function == 22:
            keep, new = struct.unpack(">HH", pdu[3:7])
            words[address] = words[address] & keep | new & ~keep
            return pdu
        else:
            return bytes([function | 0x80, 1])
        return pdu[:5]


class _Session(asyncio.Protocol):
    def __init__(self, slave: Slave) -> None:
        self._slave, self._rest = slave, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._slave.connections += 1
        self._slave._open.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._slave._open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._rest = self._slave.take(self._rest + data, self._transport.write, self._transport.close)


@contextlib.asynccontextmanager
async def slave_on_tcp(units: int = 1, framing: Literal["mbap", "rtu"] = "mbap") -> AsyncIterator[Slave]:
    """Give a slave that listens on a free loopback port."""
    slave = Slave(units, framing)
    await slave.start()
    try:
        yield slave
    finally:
        await slave.stop()


@contextlib.asynccontextmanager
async def slave_on_pty(units: int = 1) -> AsyncIterator[tuple[Slave, str]]:
    """Give an RTU slave at one end of a pseudo terminal, and the name of the other end."""
    slave = Slave(units, "rtu")
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    rest = b""

    def readable() -> None:
        nonlocal rest
        with contextlib.suppress(OSError):  # the other end has been closed
            rest = slave.take(rest + os.read(ours, 4096), lambda data: void(os.write(ours, data)), lambda: None)

    loop = asyncio.get_running_loop()
    loop.add_reader(ours, readable)
    try:
        yield slave, os.ttyname(theirs)
    finally:
        loop.remove_reader(ours)
        os.close(ours)
        os.close(theirs)


def void(_: object) -> None:
    """Take a result that nobody needs."""


def _send(data: bytes, reply: Reply, send: Send, close: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    if reply.pieces:
        for i in range(len(data)):
            loop.call_later(0.001 * i, send, data[i : i + 1])
    else:
        with contextlib.suppress(OSError):
            send(data)
    if reply.close:
        loop.call_later(0.01, close)


def _unframe(framing: str, data: bytes) -> tuple[int, int, bytes, int]:
    """Return number, unit, PDU and size of the first whole request; size 0: not there yet."""
    if framing == "mbap":
        size = 6 + int.from_bytes(data[4:6], "big") if len(data) >= 8 else 0
        if not size or len(data) < size:
            return 0, 0, b"", 0
        return int.from_bytes(data[:2], "big"), data[6], data[7:size], size
    if len(data) < 8:
        return 0, 0, b"", 0
    size = {15: 9 + data[6], 16: 9 + data[6], 22: 10}.get(data[1], 8)
    return (0, data[0], data[1 : size - 2], size) if len(data) >= size else (0, 0, b"", 0)
