"""What the guard knows of the machine: the newest value of each input, how good and how old it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from flowengine.message import Quality

NEVER: Final = float("inf")
"""The age in seconds of an input that has said nothing yet."""


class Reading(NamedTuple):
    """One value of an input."""

    value: Any
    quality: Quality
    at: float
    """When it came, in monotonic seconds."""


class Readings:
    """The newest reading of every input that the envelope names."""

    def __init__(self, max_age: Mapping[str, float]) -> None:
        """Take the names of the inputs, and after how many seconds what they said is no longer believed."""
        self._max_age = dict(max_age)
        self._newest: dict[str, Reading] = {}

    def take(self, name: str, reading: Reading) -> None:
        """Take a new reading; one of an input that the envelope does not name is ignored."""
        if name in self._max_age:
            self._newest[name] = reading

    def quality(self, name: str) -> Quality:
        """Return the quality of an input; one that has said nothing is bad."""
        found = self._newest.get(name)
        return "bad" if found is None else found.quality

    def age(self, name: str, now: float) -> float:
        """Return for how many seconds an input has been silent; a clock that goes back makes nothing younger."""
        found = self._newest.get(name)
        return NEVER if found is None else abs(now - found.at)

    def value(self, name: str, now: float) -> Any:
        """Return the value of an input, or None where it is not known: bad, uncertain, stale or never there."""
        found = self._newest.get(name)
        if found is None or found.quality != "good" or not self.age(name, now) <= self._max_age[name]:
            return None
        return found.value
