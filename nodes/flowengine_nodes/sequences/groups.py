"""Groups of messages that wait to be complete: bounded in number, in size and in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from flowengine import BadData, Clock, Message
from flowengine_nodes.timing import due
from flowengine_nodes.timing.held import message_of

Slot = int | str
"""The place of a message in its group: a number, or the name of an object's property."""


class Group:
    """Messages that belong together; they stand in the order in which their slots were first filled."""

    __slots__ = ("due", "last", "messages", "timer")

    def __init__(self) -> None:
        self.messages: dict[Slot, Message] = {}
        self.last: Message | None = None
        """The message that came last, in whatever slot."""
        self.due: float | None = None
        self.timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self.messages)

    def in_order(self) -> list[Message]:
        """Return the messages by the number of their slot."""
        return [self.messages[slot] for slot in sorted(self.messages, key=int)]


class Groups:
    """All groups that wait.

    One group too many, or one message too many over all groups, gives up the oldest group: each of its messages goes
    to `fail`. A group that is not taken within `timeout` seconds (0: no limit) is handed to `late`.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        most_groups: int,
        most_messages: int,
        timeout: float,
        fail: Callable[[Exception, Message], None],
        late: Callable[[str, Group], None],
    ) -> None:
        self._clock, self._timeout, self._fail, self._late = clock, timeout, fail, late
        self._most_groups, self._most_messages = most_groups, most_messages
        self._groups: dict[str, Group] = {}
        self._messages = 0

    def __len__(self) -> int:
        return len(self._groups)

    def get(self, key: str) -> Group | None:
        """Return a group."""
        return self._groups.get(key)

    def add(self, key: str, slot: Slot | None, msg: Message) -> Group:
        """Put a message into a group, made if it is not there; slot None: after those that are there."""
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= self._most_groups:
                self._give_up(f"more than {self._most_groups} groups are incomplete at the same time")
            group = self._groups[key] = Group()
            if self._timeout:
                self._arm(key, group, self._timeout)
        if slot is None:
            slot = len(group.messages)
        if slot not in group.messages:
            if self._messages >= self._most_messages:
                self._give_up(f"more than {self._most_messages} messages wait in incomplete groups")
                if self._groups.get(key) is not group:  # its own group was the oldest
                    return self.add(key, slot, msg)
            self._messages += 1
        group.messages[slot] = msg
        group.last = msg
        return group

    def take(self, key: str) -> Group | None:
        """Take a group out, if it is there."""
        group = self._groups.pop(key, None)
        if group is not None:
            self._messages -= len(group)
            if group.timer is not None:
                group.timer.cancel()
        return group

    def take_all(self) -> Iterator[tuple[str, Group]]:
        """Take all groups out, the oldest first."""
        for key in list(self._groups):
            group = self.take(key)
            if group is not None:
                yield key, group

    def fail(self, group: Group, reason: str) -> None:
        """Report every message of a group that has been taken out."""
        for msg in group.messages.values():
            self._fail(BadData(reason), msg)

    def stop(self) -> None:
        """Stop the timers."""
        for group in self._groups.values():
            if group.timer is not None:
                group.timer.cancel()

    def kept(self) -> list[Any]:
        """Return everything that waits: key, when it is due, slot and message of each message, the slot filled last."""
        return [
            [
                key,
                None if group.due is None else due.kept(self._clock, group.due),
                list(group.messages.items()),
                next((slot for slot, msg in group.messages.items() if msg is group.last), None),
            ]
            for key, group in self._groups.items()
        ]

    def restore(self, kept: Iterable[Any]) -> None:
        """Take back what `kept` returned."""
        for key, when, messages, last in kept:
            group: Group | None = None
            for slot, msg in messages:
                group = self.add(key, slot, message_of(msg))
            if group is not None:
                group.last = group.messages.get(last, group.last)
                if when is not None:
                    self._arm(key, group, due.left(self._clock, when))

    def _arm(self, key: str, group: Group, seconds: float) -> None:
        if group.timer is not None:
            group.timer.cancel()
        group.due = self._clock.monotonic() + seconds
        group.timer = self._clock.call_later(seconds, partial(self._overdue, key, group))

    def _overdue(self, key: str, group: Group) -> None:
        if self._groups.get(key) is group:
            self.take(key)
            self._late(key, group)

    def _give_up(self, reason: str) -> None:
        oldest = self.take(next(iter(self._groups)))
        assert oldest is not None
        self.fail(oldest, f"{reason}: the oldest group of {len(oldest)} was given up")
