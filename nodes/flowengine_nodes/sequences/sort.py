"""The transform `sequences/sort`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Message, State, Transform, path, unit
from flowengine_nodes.sequences.groups import Group, Groups
from flowengine_nodes.sequences.parts import numbered, parts_of
from flowengine_nodes.values.convert import as_text, number, shown
from flowengine_nodes.values.properties import reader, writer


class Sort(Transform, type="sequences/sort"):
    """Put a list, or the messages of a sequence, in order.

    `list` sorts the values of a list in the message, by themselves or by a property of each (`key`). `messages` waits
    for all messages of a sequence (`msg.parts`, from sequences/split or sequences/batch), sorts them by a property
    and sends them on in that order. Values that are equal keep their order.

    A sequence that is not complete in time, or when the flow stops, becomes dead letters.

    Example: list, key temperature, order descending puts the hottest object of the payload first.
    """

    target: Annotated[Literal["list", "messages"], Meta(description="What to sort")] = "list"
    property: Annotated[str, Meta(description="For a list: where it stands")] = "payload"
    key: Annotated[
        str,
        Meta(description="Sort by: within each value of the list (empty: the value), or of each message (payload)"),
    ] = ""
    order: Annotated[Literal["ascending", "descending"], Meta(description="Which end comes first")] = "ascending"
    as_number: Annotated[bool, Meta(description="Compare as numbers instead of as text")] = False
    timeout: Annotated[
        float, Meta(description="Time for a sequence to come; 0: no limit", ge=0, extra_json_schema=unit("s"))
    ] = 0.0
    most_groups: Annotated[int, Meta(description="Incomplete sequences at most; the oldest is given up", ge=1)] = 1000
    most_messages: Annotated[int, Meta(description="Messages in incomplete sequences at most", ge=1)] = 100_000
    kept: State[list[Any]] = []

    def __post_init__(self) -> None:
        self._read, self._write = reader(self.property), writer(self.property)
        self._key = path.parse(self.key) if self.key else ()
        self._read_key = reader(self.key or "payload")
        self._groups: Groups | None = None

    async def start(self) -> None:
        """Take up the sequences of before a restart."""
        self._groups = Groups(
            self.clock,
            most_groups=self.most_groups,
            most_messages=self.most_messages,
            timeout=self.timeout,
            fail=self.runtime.fail,
            late=self._late,
        )
        self._groups.restore(self.kept)
        self.kept = []

    async def stop(self) -> None:
        """Stop the timers."""
        if self._groups is not None:
            self._groups.stop()

    def process(self, msg: Message) -> Message | list[Message] | None:
        """Sort the list, or collect the message of a sequence."""
        if self.target == "list":
            values = self._read(msg)
            if not isinstance(values, list | tuple):
                raise BadData(f"{self.property} is {shown(values)}; expected a list to sort")
            return self._write(msg, self._sorted([(self._comparable(path.get(v, self._key)), v) for v in values]))
        assert self._groups is not None
        parts = parts_of(msg)
        if parts is None:
            raise BadData("the message belongs to no sequence: it has no msg.parts")
        self._comparable(self._read_key(msg))  # refuses what cannot be compared, now
        group = self._groups.add(parts.id, parts.index, msg)
        counts = (found.count for found in map(parts_of, group.messages.values()) if found is not None)
        if len(group) < (parts.count or next((c for c in counts if c is not None), len(group) + 1)):
            return None
        self._groups.take(parts.id)
        messages = group.in_order()
        return numbered(self._sorted([(self._comparable(self._read_key(m)), m) for m in messages]), parts.id)

    def unsent(self) -> list[Message]:
        """Hand over the messages of incomplete sequences."""
        return [m for _, group in self._groups.take_all() for m in group.messages.values()] if self._groups else []

    def state(self) -> dict[str, Any]:
        """Return the incomplete sequences."""
        return {"kept": self._groups.kept() if self._groups is not None else self.kept}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back incomplete sequences; `start` sets their time limits going."""
        self.kept = list(state.get("kept", []))

    def _comparable(self, value: Any) -> float | str:
        if value is path.MISSING:
            raise BadData(f"nothing to sort by: a value has no '{self.key or 'payload'}'")
        return number(value) if self.as_number else as_text(value)

    def _sorted(self, pairs: list[tuple[Any, Any]]) -> list[Any]:
        # reverse=True keeps equal ones in their order, too.
        return [value for _, value in sorted(pairs, key=lambda pair: pair[0], reverse=self.order == "descending")]

    def _late(self, key: str, group: Group) -> None:
        assert self._groups is not None
        self._groups.fail(group, f"the sequence was not complete within {self.timeout:g} s: {len(group)} came")
