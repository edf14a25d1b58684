"""The transform `sequences/join`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, State, Transform, only_with, unit
from flowengine_nodes.sequences.assemble import Build, assemble, put_together
from flowengine_nodes.sequences.groups import Group, Groups, Slot
from flowengine_nodes.sequences.parts import parts_of, with_parts, worst_quality
from flowengine_nodes.values.expression_language import compile_expression
from flowengine_nodes.values.properties import MISSING, reader, writer

_EXPRESSION = {"x-widget": "expression"}


class Join(Transform, type="sequences/join"):
    """Make one message out of several.

    `auto` puts together what sequences/split took apart, by `msg.parts`. `custom` collects messages until there are
    `count`, until `timeout` has passed since the first, or until one has the property `complete`, and builds a list,
    an object (named by `key`), a text, bytes, or one object merged from all. `reduce` computes one value over a
    sequence: the expression sees the message, `msg.total` (the value so far), `msg.index` (from 0) and `msg.count`.

    The result is the last message with the new value; its quality is the worst of all. A message with the property
    `reset` throws its group away. What is not complete in time, or when the flow stops, is sent with `msg.partial`
    true, or becomes dead letters (`incomplete`). Groups are kept over a crash.

    Example: custom, build object, count 2 makes {"plant/temperature": 180, "plant/pressure": 2} of two readings.
    """

    mode: Annotated[Literal["auto", "custom", "reduce"], Meta(description="How messages are put together")] = "auto"
    build: Annotated[Build, Meta(description="For custom: what to build"), only_with(mode="custom")] = "array"
    property: Annotated[str, Meta(description="The property that is put together")] = "payload"
    key: Annotated[
        str,
        Meta(description="For an object: the property that names each value"),
        only_with(mode="custom", build="object"),
    ] = "topic"
    joiner: Annotated[
        str,
        Meta(description=r"For text and bytes: put between the parts; \n is a line end"),
        only_with(mode="custom", build=("text", "bytes")),
    ] = "\\n"
    by: Annotated[
        Literal["all", "topic"],
        Meta(description="For custom: one group, or one for each topic"),
        only_with(mode="custom"),
    ] = "all"
    count: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="For custom: complete with so many messages (for an object: names)"),
        only_with(mode="custom"),
    ] = None
    accumulate: Annotated[
        bool,
        Meta(description="For custom: keep the group when it is complete; every further message sends it again"),
        only_with(mode="custom"),
    ] = False
    timeout: Annotated[
        float, Meta(description="Time after a group's first message; 0: no limit", ge=0, extra_json_schema=unit("s"))
    ] = 0.0
    reduce: Annotated[
        str, Meta(description="For reduce: the expression", extra_json_schema=_EXPRESSION), only_with(mode="reduce")
    ] = "msg.total + payload"
    initial: Annotated[Any, Meta(description="For reduce: the value at the beginning"), only_with(mode="reduce")] = 0
    finish: Annotated[
        str,
        Meta(
            description="For reduce: the result, such as msg.total / msg.count; empty: total",
            extra_json_schema=_EXPRESSION,
        ),
        only_with(mode="reduce"),
    ] = ""
    reverse: Annotated[
        bool, Meta(description="For reduce: from the last message to the first"), only_with(mode="reduce")
    ] = False
    incomplete: Annotated[
        Literal["send", "fail"],
        Meta(description="What becomes of an incomplete group: send it as partial, or make dead letters of it"),
        ADVANCED,
    ] = "send"
    most_groups: Annotated[
        int, Meta(description="Incomplete groups at most; the oldest is given up", ge=1), ADVANCED
    ] = 1000
    most_messages: Annotated[int, Meta(description="Messages in incomplete groups at most", ge=1), ADVANCED] = 100_000
    kept: State[list[Any]] = []

    def __post_init__(self) -> None:
        self._read, self._read_key, self._write = reader(self.property), reader(self.key), writer(self.property)
        self._joiner = self.joiner.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
        self._step = compile_expression(self.reduce).evaluate
        self._finish = compile_expression(self.finish or "msg.total").evaluate
        self._groups: Groups | None = None

    async def start(self) -> None:
        """Take up the groups of before a restart."""
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

    def process(self, msg: Message) -> Message | None:
        """Collect the message; returns the result when its group is complete."""
        assert self._groups is not None
        return self._custom(self._groups, msg) if self.mode == "custom" else self._by_parts(self._groups, msg)

    def flush(self) -> list[Message]:
        """Return incomplete groups as they are."""
        if self._groups is None or self.incomplete == "fail":
            return []
        return [self._built(group, partial=True) for _, group in self._groups.take_all() if len(group)]

    def unsent(self) -> list[Message]:
        """Hand over the messages of incomplete groups that may not be sent."""
        return [m for _, group in self._groups.take_all() for m in group.messages.values()] if self._groups else []

    def state(self) -> dict[str, Any]:
        """Return the incomplete groups."""
        return {"kept": self._groups.kept() if self._groups is not None else self.kept}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back incomplete groups; `start` sets their time limits going."""
        self.kept = list(state.get("kept", []))

    def _by_parts(self, groups: Groups, msg: Message) -> Message | None:
        parts = parts_of(msg)
        if parts is None:
            if "reset" in msg.properties:
                for _ in groups.take_all():
                    pass
                return None
            raise BadData("the message has no msg.parts; mode auto and reduce join what split, sort or batch sent")
        if "reset" in msg.properties:
            groups.take(parts.id)
            return None
        group = groups.add(parts.id, parts.index, msg)
        count = parts.count if parts.count is not None else self._count_of(group)
        if count is None or len(group) < count:
            return None
        groups.take(parts.id)
        return self._built(group)

    def _count_of(self, group: Group) -> int | None:
        """Return how many belong to a group, if one of its messages says so."""
        found = (parts_of(msg) for msg in group.messages.values())
        return next((parts.count for parts in found if parts is not None and parts.count is not None), None)

    def _custom(self, groups: Groups, msg: Message) -> Message | None:
        key = msg.topic if self.by == "topic" else ""
        if "reset" in msg.properties:
            groups.take(key)
            return None
        complete = "complete" in msg.properties
        value = self._read(msg)
        if complete and (value is None or value is MISSING):
            group = groups.take(key)
            return self._built(group) if group else None
        if value is MISSING:
            raise BadData(f"the message has no {self.property} to join")
        slot: Slot | None = None
        if self.build == "object":
            slot = next(iter(assemble("object", [msg], self._read, self._read_key, "")))
        elif self.build == "merged":
            assemble("merged", [msg], self._read, self._read_key, "")  # refuses what cannot be merged, now
        group = groups.add(key, slot, msg)
        if not complete and (self.count is None or len(group) < self.count):
            return None
        if self.accumulate and not complete:
            return self._built(group)
        groups.take(key)
        return self._built(group)

    def _built(self, group: Group, partial: bool = False) -> Message:
        assert group.last is not None
        messages = list(group.messages.values()) if self.mode == "custom" else group.in_order()
        last, outer = group.last, None
        if self.mode == "custom":
            value = assemble(self.build, messages, self._read, self._read_key, self._joiner)
        else:
            places = [parts for parts in map(parts_of, messages) if parts is not None]
            outer = places[0].parts
            if self.mode == "auto":
                value = put_together(places, [self._read(msg) for msg in messages])
            else:
                value = self._reduced(messages)
        made = with_parts(last, None) if outer is None else last.with_properties(parts=outer)
        made = self._write(made.replace(quality=worst_quality(messages)), value)
        made = made.delete("complete")
        return made.with_properties(partial=True) if partial else made

    def _reduced(self, messages: list[Message]) -> Any:
        value, count = self.initial, len(messages)
        order = range(count - 1, -1, -1) if self.reverse else range(count)
        for index in order:
            value = self._step(messages[index].with_properties(total=value, index=index, count=count))
        return self._finish(messages[-1].with_properties(total=value, index=count, count=count))

    def _late(self, key: str, group: Group) -> None:
        assert self._groups is not None
        if self.incomplete == "fail":
            self._groups.fail(group, f"not complete within {self.timeout:g} s: {len(group)} of the group came")
            return
        try:
            self.emit(self._built(group, partial=self.mode != "custom"))
        except BadData as error:
            self._groups.fail(group, str(error))
