"""What the tests of the envelope and the guard share."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from flowengine.flow.canonical import format_envelope
from flowengine.registry import Registry
from flowengine.safety.envelope import EnvelopeFile, parse_envelope

REGISTRY = Registry.discover()

OVEN: dict[str, Any] = {
    "flowengine": 1,
    "version": 1,
    "connections": {"plant": {"type": "modbus/device", "options": {"host": "10.0.0.5"}}},
    "inputs": {
        "temperature": {
            "type": "modbus/read",
            "options": {"connection": "plant", "table": "input", "address": 10, "data_type": "float32"},
            "max_age": 3,
        },
        "shown": {
            "type": "modbus/read",
            "options": {"connection": "plant", "address": 20, "data_type": "float32"},
        },
        "door": {"type": "modbus/read", "options": {"connection": "plant", "table": "discrete", "address": 14}},
        "button": {"type": "modbus/read", "options": {"connection": "plant", "table": "discrete", "address": 15}},
    },
    "outputs": {
        "heater": {
            "type": "modbus/write",
            "options": {"connection": "plant", "address": 20, "data_type": "float32", "engineering_unit": "%"},
            "group": "oven",
            "unit": "%",
            "range": [0, 100],
            "rate": 20,
            "interval": 0.5,
            "clamp": True,
            "max_age": 5,
            "writers": ["oven-control/heater"],
            "permissives": [{"when": "door == false", "text": "the door is shut"}],
            "interlocks": [{"when": "temperature > 240", "text": "too hot", "latch": True}],
            "safe": 0,
            "watchdog": 5,
            "read_back": {"input": "shown", "tolerance": 0.5, "within": 2},
        },
        "fan": {
            "type": "modbus/write",
            "options": {"connection": "plant", "table": "coil", "address": 1},
            "group": "oven",
            "writers": ["oven-*/*"],
            "safe": "hold",
        },
    },
    "emergency_stop": {"when": [{"when": "button == true", "text": "the button at the oven"}], "order": ["fan"]},
}


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """Return the oven's envelope with values changed by their path: `outputs.heater.range`; None removes."""
    data = copy.deepcopy(OVEN)
    for path, value in changes:
        *way, last = path.split(".")
        place = data
        for key in way:
            place = place.setdefault(key, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return data


def read(data: dict[str, Any]) -> EnvelopeFile:
    """Read an envelope as if it had come from a file."""
    return parse_envelope(format_envelope(data), REGISTRY, {})


@pytest.fixture
def oven() -> Callable[..., EnvelopeFile]:
    """Read the oven's envelope, with changes."""
    return lambda *changes: read(changed(*changes))
