"""What a test brings, and when: feeds, presses and readings of simulated processes, in one row."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from msgspec import UNSET

from flowengine.clock import VirtualClock
from flowengine.message import Message
from flowengine.plain import from_plain
from flowengine.rehearse.process import Process
from flowengine.rehearse.shape import Feed, Plant

Event = tuple[float, Callable[[], None]]
"""When (seconds from the start of the test), and what to do."""

Give = Callable[[Message], None]


def feed_events(feed: Feed, give: Give, duration: float) -> Iterator[Event]:
    """Yield what one feed brings, up to the end of the test."""
    template = message_of(feed.msg)
    if feed.every is UNSET:
        payload = template.payload if feed.payload is UNSET else from_plain(feed.payload)
        yield feed.at, partial(give, template.with_payload(payload))
        return
    until = duration if feed.until is UNSET else feed.until
    for number, payload in enumerate(_payloads(feed, template, until)):
        at = feed.at + number * feed.every
        if at > until + 1e-9:
            return
        yield at, partial(give, template.with_payload(payload))


def _payloads(feed: Feed, template: Message, until: float) -> Iterable[Any]:
    """Return the payloads of a series, one after the other."""
    assert feed.every is not UNSET
    count = None if feed.count is UNSET else feed.count
    if feed.ramp is not UNSET:
        first, last = feed.ramp
        steps = (int((until - feed.at) / feed.every + 1e-9) + 1 if count is None else count) - 1
        return (first + (last - first) * n / steps if steps else last for n in range(steps + 1))
    if feed.values is not UNSET:
        values = [from_plain(value) for value in feed.values]
        once = count is None and feed.until is UNSET
        return itertools.islice(itertools.cycle(values), len(values) if once else count)
    payload = template.payload if feed.payload is UNSET else from_plain(feed.payload)
    return itertools.repeat(payload) if count is None else itertools.repeat(payload, count)


def plant_events(plant: Plant, process: Process, give: Give, duration: float) -> Iterator[Event]:
    """Yield the readings of a simulated process; each is taken when its time has come."""
    template = message_of(plant.msg)

    def read(at: float) -> None:
        give(template.with_payload(process.read(at)))

    for number in itertools.count():
        at = number * plant.every
        if at > duration + 1e-9:
            return
        yield at, partial(read, at)


def message_of(properties: Any) -> Message:
    """Return the message that stated properties describe.

    Raises:
        ValueError: one of the fixed properties has a wrong type.
    """
    return Message() if properties is UNSET else Message.from_dict(from_plain(properties))


class Timeline:
    """Does everything at its time; what falls on one moment happens in the order of the file."""

    def __init__(self, clock: VirtualClock, rows: Iterable[Iterator[Event]]) -> None:
        self.clock = clock
        self.begin = clock.elapsed
        self.error: Exception | None = None
        self._events = heapq.merge(*rows, key=lambda event: event[0])
        self._next = next(self._events, None)

    def go_on(self) -> None:
        """Do what is due, then wait for the next moment."""
        due = self.clock.elapsed - self.begin + 1e-9
        try:
            while self._next is not None and self._next[0] <= due:
                self._next[1]()
                self._next = next(self._events, None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            self.error = error
            return
        if self._next is not None:
            asyncio.get_running_loop().call_at(self.begin + self._next[0], self.go_on)
