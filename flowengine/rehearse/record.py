"""What has come where, and when, in one run of a test."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from flowengine.message import Message
from flowengine.rehearse.places import Place


class Arrival(msgspec.Struct, frozen=True, gc=False):  # no cycle can go through it; a day brings a hundred thousand
    """One message at one place."""

    time: float
    """Seconds from the start of the test."""
    number: int
    """Counts all arrivals of the test, in the order in which they came."""
    msg: Message


class FailedMessage(NamedTuple):
    """One message that failed and that no error port took."""

    time: float
    node: str
    kind: str
    error: str
    msg: Message | None


@dataclass
class Record:
    """What came at each watched place during one test."""

    arrivals: dict[Place, list[Arrival]] = field(default_factory=dict)
    """By place; an output has the port `>name`, so that it cannot be taken for an input."""
    failures: list[FailedMessage] = field(default_factory=list)
    closed: bool = False
    """Whether the test is over: what comes after that is not recorded."""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def watch(self, place: Place) -> None:
        """Begin to watch a place."""
        self.arrivals.setdefault(place, [])

    def tap(self, now: Callable[[], float]) -> Callable[[str, str, Message], None]:
        """Return the function that keeps what comes to watched inputs."""
        arrivals, numbers = self.arrivals, self._numbers

        def seen(node: str, port: str, msg: Message) -> None:
            place = arrivals.get((node, port))
            if place is not None and not self.closed:
                place.append(Arrival(now(), next(numbers), msg))

        return seen

    def tap_output(self, place: Place, now: Callable[[], float]) -> Callable[[str, str, Message], None]:
        """Return the function that keeps what leaves by one output."""
        arrivals, numbers = self.arrivals[place], self._numbers

        def seen(node: str, port: str, msg: Message) -> None:
            if not self.closed:
                arrivals.append(Arrival(now(), next(numbers), msg))

        return seen


def leaving(node: str, port: str) -> Place:
    """Return the place in a record that stands for an output."""
    return node, f">{port}"
