"""Judges every write that a Modbus device takes by the envelope's file alone, as a person would who reads it.

It shares no code with the guard: it knows registers, coils and bytes, and what the file says of them.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.plants.modbus_slave import Seen, Slave

OVERLAP = 4.0
"""Seconds for which what an envelope before allowed may still arrive: the file is looked at once a second."""
SAVED = 1.0
"""Seconds of rate that a pause saves up."""
SLACK = 0.25
"""Seconds that may lie between a decision and its write on a computer that others use, too."""
IN_FLIGHT = 1.0
"""Seconds for which what was decided before a stop may still arrive."""
PULSE = 0.02
TURNS = 500
"""Pulses for which it is remembered how late they were: ten seconds."""

FORMS = {"float32": ">f", "int16": ">h", "uint16": ">H", "int32": ">i", "float64": ">d"}
Place = tuple[bool, int, int]
"""Whether it is a coil, the address, and how many."""


@dataclass
class WriteJudge:
    """Listens at a device; belongs to the device's loop, and is read from anywhere."""

    slave: Slave
    writes: int = 0
    outside: list[str] = field(default_factory=list)
    _limits: list[tuple[float, dict[Place, tuple[str, dict[str, Any]]]]] = field(default_factory=list)
    """Since when, and what each place may be told; the newest last."""
    _last: dict[str, tuple[Any, float]] = field(default_factory=dict)
    """Output -> its value, and the earliest moment at which it can have arrived."""
    _pulse: float = 0.0
    _late: deque[float] = field(default_factory=lambda: deque([0.0], TURNS))
    """How long this loop was kept waiting lately, turn by turn: so long the guard may be kept waiting, too."""
    _held: float = float("inf")
    """From when on nothing but safe values may arrive."""

    def __post_init__(self) -> None:
        self.slave.wrote = self._look

    def take(self, envelope: dict[str, Any]) -> None:
        """Judge by this envelope from now on, and for a moment by the one before too."""
        places = {_place(one): (name, one) for name, one in envelope["outputs"].items()}
        self._limits = [*self._limits[-1:], (time.monotonic(), places)]

    def hold(self) -> None:
        """Take it as outside if anything but a safe value arrives from now on: somebody has stopped all machines."""
        self._held = time.monotonic() + IN_FLIGHT

    def release(self) -> None:
        """Judge by the envelope alone again."""
        self._held = float("inf")

    def _beat(self) -> None:
        """Notice how long this loop keeps arrivals waiting."""
        now = time.monotonic()
        if self._pulse:
            self._late.append(max(0.0, now - self._pulse - PULSE))
        self._pulse = now
        asyncio.get_running_loop().call_later(PULSE, self._beat)

    def _look(self, seen: Seen, pdu: bytes) -> None:
        if not self._pulse:
            self._beat()
        now = time.monotonic()
        self.writes += 1
        current = [places for since, places in self._limits[-1:]]
        if len(self._limits) > 1 and now - self._limits[-1][0] < OVERLAP:
            current.append(self._limits[0][1])
        wrong = [self._wrong(places, seen, pdu, now) for places in current]
        if all(wrong):
            self.outside.append(wrong[0] if wrong else f"a write without an envelope: {seen}")

    def _wrong(self, places: dict[Place, tuple[str, dict[str, Any]]], seen: Seen, pdu: bytes, now: float) -> str:
        found = places.get((seen.function in (5, 15), seen.address, seen.size))
        if found is None or seen.unit != 1 or seen.function in (22, 23):
            return f"a write elsewhere: {seen}"
        name, one = found
        value = _value(one["options"].get("data_type", "uint16"), seen, pdu)
        before, earliest = self._last.get(name, (None, 0.0))
        self._last[name] = value, self._pulse
        if value == one.get("safe"):
            return ""
        if self._pulse > self._held:
            return f"{name}: {value} although everything is stopped"
        if seen.function in (5, 15):
            return ""
        low, high = one["range"]
        if not low <= value <= high:
            return f"{name}: {value} is not from {low} to {high}"
        if before is None:
            return ""
        interval, passed, slack = one.get("interval", 0.0), now - earliest, SLACK + 2 * max(self._late)
        if before != one.get("safe") and passed < interval - slack:
            return f"{name}: {passed:g} s after the write before, and {interval} s are the least"
        most = one.get("rate", float("inf")) * (min(passed, max(SAVED, interval)) + slack)
        return f"{name}: from {before} to {value} in {passed:g} s" if abs(value - before) > most else ""


def _place(one: dict[str, Any]) -> Place:
    options = one["options"]
    if options.get("table") == "coil":
        return True, options["address"], 1
    return False, options["address"], struct.calcsize(FORMS[options.get("data_type", "uint16")]) // 2


def _value(form: str, seen: Seen, pdu: bytes) -> Any:
    if seen.function == 5:
        return pdu[3] == 0xFF
    if seen.function == 15:
        return bool(pdu[6] & 1)
    return struct.unpack(FORMS[form], pdu[3:5] if seen.function == 6 else pdu[6:])[0]
