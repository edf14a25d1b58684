"""A Modbus TCP server that is not the bottleneck: nothing but registers and frames, in its own process.

`python -m flowengine_bench.modbus_server --devices N` opens N devices, each on its own free loopback port with 1,000
registers, prints {"ports": [...]}, and serves function codes 3, 4, 6 and 16 until SIGTERM or the end of stdin.
Then it prints {"reads": n, "writes": n, "loop_ms": [...]}: for every write, the time in ms from the last read that the
same device answered (its answer handed to the loop, just before the kernel) to the arrival of the write.
"""

import argparse
import asyncio
import json
import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import cast

import uvloop

REGISTERS = 1000
MAX_SAMPLES = 200_000

ILLEGAL_FUNCTION = 1
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3

_header = struct.Struct(">HHHBBHH")  # transaction, protocol, length, unit, function, address, count or value
_answer = struct.Struct(">HHHBBB")  # transaction, protocol, length, unit, function, bytes to follow
_written = struct.Struct(">HHHBBHH")


class Device:
    """Registers of one device and what was asked of it."""

    def __init__(self) -> None:
        self.registers = bytearray(2 * REGISTERS)
        self.reads = 0
        self.writes = 0
        self.answered_at = 0.0
        self.loop_ms: list[float] = []

    def answer(self, request: bytes | memoryview) -> bytes:
        """The response to one whole request frame (MBAP header included)."""
        transaction, _, _, unit, function, address, count = _header.unpack_from(request)
        if function in (3, 4):
            if not 0 < count <= 125:
                return _refusal(transaction, unit, function, ILLEGAL_VALUE)
            if address + count > REGISTERS:
                return _refusal(transaction, unit, function, ILLEGAL_ADDRESS)
            self.reads += 1
            size = 2 * count
            head = _answer.pack(transaction, 0, 3 + size, unit, function, size)
            return head + self.registers[2 * address : 2 * (address + count)]
        if function == 6:
            return self._write(transaction, unit, function, address, count, bytes(request[10:12]), 1)
        if function == 16:
            return self._write(transaction, unit, function, address, count, bytes(request[13:]), count)
        return _refusal(transaction, unit, function, ILLEGAL_FUNCTION)

    def _write(
        self, transaction: int, unit: int, function: int, address: int, field: int, data: bytes, count: int
    ) -> bytes:
        if self.answered_at and len(self.loop_ms) < MAX_SAMPLES:
            self.loop_ms.append((time.perf_counter() - self.answered_at) * 1e3)
            self.answered_at = 0.0
        if len(data) != 2 * count or not count:
            return _refusal(transaction, unit, function, ILLEGAL_VALUE)
        if address + count > REGISTERS:
            return _refusal(transaction, unit, function, ILLEGAL_ADDRESS)
        self.registers[2 * address : 2 * (address + count)] = data
        self.writes += 1
        return _written.pack(transaction, 0, 6, unit, function, address, field)


def _refusal(transaction: int, unit: int, function: int, code: int) -> bytes:
    return _answer.pack(transaction, 0, 3, unit, function | 0x80, code)


class Connection(asyncio.Protocol):
    """One client's connection to one device. Requests may come in pieces or several at once."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._rest = b""
        self._write: Callable[[bytes], None] = lambda data: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back. uvloop has set TCP_NODELAY."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass
        self._write = self._transport.write

    def data_received(self, data: bytes) -> None:
        """Answer every whole request in what came; drop the connection when it is not Modbus."""
        device = self._device
        if self._rest:
            data = self._rest + data
        start, answers, reads = 0, [], device.reads
        while len(data) - start >= 12:
            size = 6 + (data[start + 4] << 8 | data[start + 5])
            if not 12 <= size <= 260 or data[start + 2] or data[start + 3]:
                self._transport.abort()
                return
            if len(data) - start < size:
                break
            answers.append(device.answer(data[start : start + size]))
            start += size
        self._rest = data[start:]
        if answers:
            self._write(b"".join(answers))
            if device.reads != reads:
                device.answered_at = time.perf_counter()


async def serve(count: int) -> None:
    """Serve until told to stop, then say what was seen."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 4096) else stop.set())
    devices = [Device() for _ in range(count)]
    servers = [await loop.create_server(partial(Connection, device), "127.0.0.1", 0) for device in devices]
    _say({"ports": [server.sockets[0].getsockname()[1] for server in servers]})
    await stop.wait()
    for server in servers:
        server.close()
    _say(
        {
            "reads": sum(device.reads for device in devices),
            "writes": sum(device.writes for device in devices),
            "loop_ms": [round(sample, 4) for device in devices for sample in device.loop_ms],
        }
    )


def _say(report: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m flowengine_bench.modbus_server", description=__doc__)
    parser.add_argument("--devices", type=int, default=1, metavar="N", help="how many devices, one port each")
    uvloop.run(serve(parser.parse_args().devices))


if __name__ == "__main__":
    main()
