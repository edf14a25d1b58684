"""Somebody opens the oven door now and then: when, as a pure function of plant time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DoorSchedule:
    """The door opens every `every_s` seconds of plant time, first after `every_s`, and stays open for `open_for_s`."""

    every_s: float = 120.0
    open_for_s: float = 10.0

    def __post_init__(self) -> None:
        """Refuse a door that would never close."""
        if not 0 < self.open_for_s < self.every_s:
            raise ValueError(f"a door open for {self.open_for_s} s every {self.every_s} s never closes or never opens")

    def is_open(self, at_s: float) -> bool:
        """Whether the door stands open at this plant time."""
        return at_s >= self.every_s and at_s % self.every_s < self.open_for_s
