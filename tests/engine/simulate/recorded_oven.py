"""An oven whose flow heats by what its sensor says, an envelope of it, and an hour of readings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from flowengine.flow.canonical import format_envelope, format_flow
from flowengine.message import Message
from flowengine.simulate.comparing import compare
from flowengine.simulate.result import Request, Result
from flowengine.store.recordings import ENVELOPE, Recording, Taken, recording_file

BEGIN = 1_790_000_000.0


def plc(port: int) -> dict[str, Any]:
    """Return the connection, alike in the flow and in the envelope."""
    return {"plc": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": port}}}


def flow(gain: float = 0.4, port: int = 1, **nodes: Any) -> dict[str, Any]:
    """Return the flow: the heater gets `gain` times the temperature."""
    read = {"connection": "plc", "table": "input", "address": 10, "data_type": "float32"}
    return {
        "flowengine": 1,
        "name": "oven",
        "connections": plc(port),
        "nodes": {
            "temperature": {"type": "modbus/read", "options": read},
            "heat": {"type": "values/expression", "options": {"expression": f"payload * {gain}"}},
            "heater": {
                "type": "modbus/write",
                "options": {"connection": "plc", "address": 20, "data_type": "float32"},
            },
            **nodes,
        },
        "wires": [{"from": "temperature", "to": "heat"}, {"from": "heat", "to": "heater"}],
    }


def envelope(port: int = 1, **more: Any) -> dict[str, Any]:
    """Return limits: 0 to 80 %, and a trip above 240 degC."""
    read = {"connection": "plc", "table": "input", "address": 10, "data_type": "float32", "interval": 0.5}
    return {
        "flowengine": 1,
        "version": 1,
        "connections": plc(port),
        "inputs": {"sensor": {"type": "modbus/read", "options": read, "max_age": 5}},
        "outputs": {
            "heater": {
                "type": "modbus/write",
                "options": {"connection": "plc", "address": 20, "data_type": "float32"},
                "unit": "%",
                "range": [0, 80],
                "writers": ["oven/heater"],
                "interlocks": [{"when": "sensor > 240", "text": "the oven is hotter than 240 degC", "latch": True}],
                "safe": 0,
                **more,
            }
        },
    }


class Site:
    """A folder for each version, and what was recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recordings = folder / "recordings"

    def version(self, name: str, flow: dict[str, Any], envelope: dict[str, Any] | None = None) -> Path:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        (place / "oven.json").write_text(format_flow(flow))
        if envelope is not None:
            (place / "envelope.json").write_text(format_envelope(envelope))
        return place

    def record(
        self, name: str, node: str, values: Iterable[Any], every: float = 1.0, after: float = 0.0, **more: Any
    ) -> None:
        recording = Recording(recording_file(self.recordings, name), 24)
        rows = (BEGIN + after + number * every for number in range(1_000_000))
        recording.append([Taken(at, node, "", Message(value, **more)) for at, value in zip(rows, values, strict=False)])
        recording.close()

    def temperatures(self, values: Iterable[Any], **more: Any) -> None:
        """Record what both the flow and the guard have read."""
        values = list(values)
        self.record("oven", "temperature", values, **more)
        self.record(ENVELOPE, "sensor", values, **more)

    def compare(self, **more: Any) -> Result:
        """Simulate in this process, without sealing it."""
        old, new = str(self.folder / "old"), str(self.folder / "new")
        request = Request(old=old, new=new, recordings=str(self.recordings), **more)
        return msgspec.json.decode(msgspec.json.encode(compare(request, sealing=lambda: None)), type=Result)
