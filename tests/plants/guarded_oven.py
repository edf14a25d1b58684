"""An oven with an envelope: a real Modbus TCP device on a thread of its own, a flow that heats it, and OT's limits."""

from __future__ import annotations

import asyncio
import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.plants.modbus_slave import Slave, slave_on_tcp
from tests.plants.signed_envelope import write_envelope

PATIENCE = 30
"""Seconds for a start, a stop, an answer of the device on a busy computer: one that is late would trip the heater."""
HEATER, DOOR = 20, 14
"""The register that is written, and the one that an interlock looks at."""


def connections(port: int) -> dict[str, Any]:
    """Return the connection, alike in the flow and in the envelope."""
    return {"plc": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": port, "timeout": PATIENCE}}}


def flow(port: int, value: float = 50) -> dict[str, Any]:
    """Return a flow that commands the heater ten times a second."""
    options = {"connection": "plc", "data_type": "float32", "address": HEATER}
    return {
        "flowengine": 1,
        "name": "oven",
        "connections": connections(port),
        "nodes": {
            "tick": {"type": "timing/every", "options": {"interval": 0.1, "send": "value", "value": value}},
            "heater": {"type": "modbus/write", "options": options},
        },
        "wires": [{"from": "tick", "to": "heater"}],
        "layout": {"tick": [80, 80], "heater": [320, 80]},
    }


def envelope(port: int) -> dict[str, Any]:
    """Return limits of a heater that trips while the door is open, and of a fan that no flow writes."""
    door = {"connection": "plc", "address": DOOR, "interval": 0.1}
    return {
        "flowengine": 1,
        "version": 1,
        "connections": connections(port),
        "inputs": {"door": {"type": "modbus/read", "options": door, "max_age": PATIENCE}},
        "outputs": {
            "heater": {
                "type": "modbus/write",
                "options": {"connection": "plc", "data_type": "float32", "address": HEATER},
                "group": "oven",
                "range": [0, 100],
                "unit": "%",
                "writers": ["oven/heater"],
                "interlocks": [{"when": "door == 1", "text": "the door is open", "latch": True}],
                "safe": 7,
            },
            "fan": {
                "type": "modbus/write",
                "options": {"connection": "plc", "table": "coil", "address": 3},
                "group": "oven",
                "writers": ["oven/fan"],
                "safe": False,
            },
        },
    }


def install(folder: Path, port: int, value: float = 50, two_keys: bool = False) -> None:
    """Write the flow, and the envelope with its signature."""
    (folder / "oven.json").write_text(json.dumps(flow(port, value)))
    write_envelope(folder, envelope(port), two_keys=two_keys)


def heat(slave: Slave) -> float:
    """Return what the heater's registers hold."""
    found: float = struct.unpack(">f", struct.pack(">2H", *slave.bank.holding[HEATER : HEATER + 2]))[0]
    return found


@contextmanager
def oven() -> Iterator[Slave]:
    """Run the device; its registers may be read and set from any thread."""
    ready, stop = threading.Event(), asyncio.Event()
    found: list[Slave] = []
    running = asyncio.new_event_loop()

    async def serve() -> None:
        async with slave_on_tcp() as slave:
            found.append(slave)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=running.run_until_complete, args=(serve(),), name="oven", daemon=True)
    thread.start()
    assert ready.wait(PATIENCE), "the device did not start"
    yield found[0]
    running.call_soon_threadsafe(stop.set)
    thread.join(PATIENCE)
    running.close()
