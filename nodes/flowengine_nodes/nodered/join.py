"""Node-RED's join node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import Message
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.jsonata import evaluate as jsonata
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import binary, evaluate, parse_json

MOST_HELD: Final = 100_000


@dataclass
class _Group:
    kind: str
    count: int = 0
    """How many make it whole; 0: nobody knows."""
    items: Any = None
    msg: Msg = field(default_factory=dict)
    base: Message = Message()
    held: int = 0
    join: Any = ""
    length: int = 1
    timer: Any = None
    inner: Any = None
    """The parts of the sequence around."""
    msgs: list[Msg] = field(default_factory=list)


class Join(RedTransform, type="nodered/join"):
    """Put the messages of a sequence together, or so many, or those of a time; or reduce them to one value.

    `msg.reset` drops what has come, `msg.complete` sends it as it is.
    """

    red: ClassVar[str] = "join"

    mode: Annotated[str, Meta(description="auto (as split made it), custom or reduce")] = "auto"
    build: Annotated[str, Meta(description="custom: string, buffer, array, object or merged")] = "array"
    property: Annotated[str, Meta(description="custom: what of each message")] = "payload"
    propertyType: Annotated[str, Meta(description="msg, or full: the whole message")] = "msg"
    key: Annotated[str, Meta(description="object: the property that holds the key")] = "topic"
    joiner: Annotated[Any, Meta(description="string, buffer: what stands between")] = "\\n"
    joinerType: Annotated[str, Meta(description="str or bin")] = "str"
    useparts: Annotated[bool, Meta(description="Use msg.parts too")] = False
    accumulate: Annotated[bool | str, Meta(description="Keep what has come after it was sent")] = False
    timeout: Annotated[float | str, Meta(description="Send after so many seconds")] = ""
    count: Annotated[float | str, Meta(description="Send after so many messages")] = ""
    reduceRight: Annotated[bool, Meta(description="reduce: from the last to the first")] = False
    reduceExp: Annotated[str, Meta(description="reduce: expression for each message; $A is the outcome so far")] = ""
    reduceInit: Annotated[Any, Meta(description="reduce: what to begin with")] = ""
    reduceInitType: Annotated[str, Meta(description="How to read it")] = "str"
    reduceFixup: Annotated[str, Meta(description="reduce: expression for the outcome")] = ""

    def begin(self) -> None:
        """Nothing has come."""
        self._groups: dict[str, _Group] = {}
        self._held = 0
        number = js.number(self.count) if self.count not in ("", None) else 0
        self._count = int(number) if number == number else 0
        timeout = js.parse_float(self.timeout) if self.timeout not in ("", None) else 0
        self._timeout = timeout if timeout == timeout else 0
        self._accumulate = self.accumulate in (True, "true")
        self._joiner: Any = js.text(self.joiner or "")
        for mark, char in (("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("\\e", "\x1b"), ("\\f", "\f"), ("\\0", "\0")):
            self._joiner = self._joiner.replace(mark, char)
        if self.joinerType == "bin" and self.mode == "custom":
            self._joiner = binary(parse_json(self.joiner))

    def receive(self, msg: Msg) -> None:
        """Add a msg."""
        parts = msg.get("parts")
        parts = parts if isinstance(parts, dict) else None
        if self.mode == "reduce":
            self._reduce(msg, parts)
            return
        if self.mode == "auto":
            if parts is None or "id" not in parts:
                if "reset" in msg or "complete" in msg:
                    self._without_parts(msg)
                else:
                    self.warn("Message missing msg.parts property - cannot join in 'auto' mode")
                self.done(msg)
                return
            name, group = self._automatic(msg, parts)
        else:
            name, group = self._custom(msg, parts)
        if "reset" in msg:
            self._drop(name)
            self.done(msg)
            return
        self._add(name, group, msg, parts)
        self.done(msg)

    def _without_parts(self, msg: Msg) -> None:
        if "reset" in msg:
            for name in list(self._groups):
                self._drop(name)

    def _automatic(self, msg: Msg, parts: dict[str, Any]) -> tuple[str, _Group]:
        name = js.text(parts["id"])
        group = self._groups.get(name)
        if group is None:
            group = _Group(str(parts.get("type", "array")))
            group.join = parts.get("ch", "")
            group.length = int(parts.get("len") or 1) if js.is_number(parts.get("len")) else 1
            group.inner = parts.get("parts", MISSING)
        if js.is_number(parts.get("count")):
            group.count = int(parts["count"])
        return name, group

    def _custom(self, msg: Msg, parts: dict[str, Any] | None) -> tuple[str, _Group]:
        name = js.text(parts["id"]) if self.useparts and parts is not None and "id" in parts else "_"
        group = self._groups.get(name)
        if group is None:
            group = _Group(self.build)
            group.count = self._count
            group.join = self._joiner
            group.inner = MISSING
        if self.useparts and parts is not None and js.is_number(parts.get("count")):
            group.count = int(parts["count"])
        return name, group

    def _value(self, msg: Msg, parts: dict[str, Any] | None) -> Any:
        if self.mode == "auto":
            where = str((parts or {}).get("property", "payload"))
            return properties.get(msg, where)
        if self.propertyType == "full":
            return dict(msg)
        try:
            return properties.get(msg, self.property or "payload")
        except RedError:
            return MISSING

    def _add(self, name: str, group: _Group, msg: Msg, parts: dict[str, Any] | None) -> None:
        value = self._value(msg, parts)
        only_complete = "complete" in msg and value is MISSING
        if not only_complete:
            self._put(group, msg, parts, value)
        if name not in self._groups:
            if self._held >= MOST_HELD:
                raise RedError(f"more than {MOST_HELD} messages are held")
            self._groups[name] = group
            if self._timeout > 0 and self.mode == "custom":
                group.timer = self.clock.call_later(self._timeout, lambda: self._late(name))
        self._held += 1
        group.held += 1
        group.base = self._base
        merged = {**group.msg, **msg}
        group.msg = merged
        have = (
            len(group.items)
            if group.kind in ("object", "merged")
            and self.mode == "custom"
            and isinstance(group.items, dict)
            and group.kind == "object"
            else group.held
        )
        if only_complete:
            have -= 1
        if "complete" in msg or (group.count > 0 and have >= group.count):
            group.msg.pop("complete", None)
            self._send(name)

    def _put(self, group: _Group, msg: Msg, parts: dict[str, Any] | None, value: Any) -> None:
        if group.kind == "object":
            key = (parts or {}).get("key") if self.mode == "auto" else self._key(msg)
            if key is None or key is MISSING:
                if self.mode == "custom":
                    raise RedError(f"Cannot create object: msg.{self.key} is not there") if False else _Skip()
                key = "undefined"
            group.items = {**(group.items or {}), js.text(key): value}
        elif group.kind == "merged":
            if isinstance(value, dict):
                group.items = {**(group.items or {}), **value}
            else:
                raise RedError("Cannot merge non-object types")
        else:
            items = list(group.items or [])
            index = (parts or {}).get("index") if parts is not None and (self.mode == "auto" or self.useparts) else None
            if js.is_number(index) and 0 <= index < len(items) + 1_000_000:
                at = int(index)
                items.extend([MISSING] * (at + 1 - len(items)))
                items[at] = value
            else:
                items.append(value)
            group.items = items

    def _key(self, msg: Msg) -> Any:
        try:
            return properties.get(msg, self.key or "topic")
        except RedError:
            return MISSING

    def _late(self, name: str) -> None:
        if name in self._groups:
            self._groups[name].timer = None
            self._send(name)

    def _send(self, name: str) -> None:
        group = self._groups[name]
        if group.timer is not None:
            group.timer.cancel()
            group.timer = None
        value = self._joined(group)
        msg = dict(group.msg)
        where = self.property or "payload"
        if self.mode == "auto":
            where = (
                str((msg.get("parts") or {}).get("property", "payload"))
                if isinstance(msg.get("parts"), dict)
                else "payload"
            )
        if group.inner is MISSING:
            msg.pop("parts", None)
        else:
            msg["parts"] = group.inner
        properties.put(msg, "payload" if self.propertyType == "full" else where, value)
        self._base = group.base
        if self._accumulate and self.mode == "custom":
            if group.kind not in ("object", "merged"):
                group.held = len(group.items)
        else:
            self._drop(name)
        self.send(msg)

    def _joined(self, group: _Group) -> Any:
        if group.kind in ("object", "merged"):
            return dict(group.items or {})
        items = [item for item in group.items or [] if item is not MISSING]
        if group.kind == "array":
            if group.length > 1:
                return [inner for item in items for inner in (item if isinstance(item, list) else [item])]
            return items
        if group.kind == "buffer":
            between = group.join
            glue = (
                bytes(between)
                if isinstance(between, list)
                else between
                if isinstance(between, bytes)
                else js.text(between or "").encode()
            )
            return glue.join(_bytes(item) for item in items)
        glue = (
            js.text(group.join)
            if not isinstance(group.join, list | bytes)
            else bytes(group.join).decode(errors="replace")
        )
        return glue.join(
            js.stringify(item) if isinstance(item, dict | list) else "" if item is None else js.text(item)
            for item in items
        )

    def _drop(self, name: str) -> None:
        group = self._groups.pop(name, None)
        if group is not None:
            self._held -= group.held
            if group.timer is not None:
                group.timer.cancel()

    # --- reduce ---

    def _reduce(self, msg: Msg, parts: dict[str, Any] | None) -> None:
        if "reset" in msg:
            for name in list(self._groups):
                self._drop(name)
            self.done(msg)
            return
        if parts is None or "id" not in parts or "index" not in parts:
            self.send(msg)
            self.done(msg)
            return
        name = js.text(parts["id"])
        group = self._groups.setdefault(name, _Group("reduce"))
        if self._held >= MOST_HELD:
            raise RedError("Too many pending messages in join node")
        self._held += 1
        group.held += 1
        group.msgs.append(msg)
        if js.is_number(parts.get("count")):
            group.count = int(parts["count"])
        if group.count and len(group.msgs) >= group.count:
            self._drop(name)
            self._reduced(group, msg)
        self.done(msg)

    def _reduced(self, group: _Group, last: Msg) -> None:
        try:
            value = (
                evaluate(self, self.reduceInit, self.reduceInitType, {})
                if self.reduceInit not in ("", None)
                else MISSING
            )
            msgs = sorted(group.msgs, key=lambda m: js.number(m["parts"]["index"]), reverse=self.reduceRight)
            for each in msgs:
                known = None if value is MISSING else value
                value = jsonata(self, self.reduceExp, each, I=each["parts"]["index"], N=len(msgs), A=known)
            if self.reduceFixup:
                value = jsonata(self, self.reduceFixup, {}, A=None if value is MISSING else value, N=len(msgs))
        except RedError as error:
            raise RedError(f"Invalid expression in reduce: {error}") from None
        msg = {key: inner for key, inner in msgs[-1].items() if key != "parts"} if msgs else {}
        inner = msgs[-1]["parts"].get("parts", MISSING) if msgs else MISSING
        if inner is not MISSING:
            msg["parts"] = inner
        msg["payload"] = value
        if value is MISSING:
            msg.pop("payload")
        self.send(msg)

    def end(self) -> None:
        """Forget all timers."""
        for group in self._groups.values():
            if group.timer is not None:
                group.timer.cancel()
        self._groups.clear()


class _Skip(RedError):
    def __init__(self) -> None:
        super().__init__("Message missing the property that names its place in the object")


def _bytes(item: Any) -> bytes:
    return (
        item
        if isinstance(item, bytes)
        else (js.stringify(item) if isinstance(item, dict | list) else js.text(item)).encode()
    )
