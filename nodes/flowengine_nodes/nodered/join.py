"""Node-RED's join node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import Message
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.escapes import unescaped
from flowengine_nodes.nodered.jsonata import evaluate as jsonata
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import binary, evaluate, parse_json

MOST_HELD: Final = 100_000


@dataclass
class _Group:
    """What has come of one sequence."""

    kind: str
    target: Any
    """How many make it whole; nothing: nobody knows."""
    where: str
    """The property that gets the outcome."""
    msg: Msg
    joiner: Any = MISSING
    length: Any = None
    items: Any = None
    count: int = 0
    held: int = 0
    timer: Any = None
    base: Message = field(default_factory=Message)


class Join(RedTransform, type="nodered/join"):
    """Put the messages of a sequence together, or so many, or those of a time; or reduce them to one value.

    `msg.reset` drops what has come, `msg.complete` sends it as it is, `msg.restartTimeout` begins the time anew.
    """

    red: ClassVar[str] = "join"

    mode: Annotated[str, Meta(description="auto (as split made it), custom or reduce")] = "auto"
    build: Annotated[str, Meta(description="custom: string, buffer, array, object or merged")] = "array"
    property: Annotated[str, Meta(description="custom: what of each message")] = "payload"
    propertyType: Annotated[str, Meta(description="msg, or full: the whole message")] = "msg"
    key: Annotated[str, Meta(description="object: the property that holds the key")] = "topic"
    joiner: Annotated[Any, Meta(description="string, buffer: what stands between")] = ""
    joinerType: Annotated[str, Meta(description="str or bin")] = "str"
    useparts: Annotated[bool, Meta(description="Use msg.parts too")] = True
    accumulate: Annotated[bool | str, Meta(description="Keep what has come after it was sent")] = False
    timeout: Annotated[float | str, Meta(description="Send after so many seconds")] = ""
    count: Annotated[float | str | None, Meta(description="Send after so many messages")] = None
    reduceRight: Annotated[bool, Meta(description="reduce: from the last to the first")] = False
    reduceExp: Annotated[str, Meta(description="reduce: expression for each message; $A is the outcome so far")] = ""
    reduceInit: Annotated[Any, Meta(description="reduce: what to begin with")] = ""
    reduceInitType: Annotated[str, Meta(description="How to read it")] = "str"
    reduceFixup: Annotated[str, Meta(description="reduce: expression for the outcome")] = ""

    def begin(self) -> None:
        """Nothing has come."""
        self._groups: dict[str, _Group] = {}
        self._sequences: dict[str, list[tuple[Msg, Message]]] = {}
        self._held = 0
        self._where = "payload" if self.propertyType == "full" else self.property or "payload"
        self._target = js.number(self.count or 0)
        timeout = js.number(self.timeout or 0)
        self._seconds = timeout if self.mode != "auto" and timeout == timeout else 0
        self._joiner: Any = unescaped(js.text(self.joiner or "")) if self.joinerType != "bin" else b""
        if self.joinerType == "bin":
            self._joiner = binary(parse_json(self.joiner or "[]"))

    def receive(self, msg: Msg) -> None:
        """Add a msg."""
        if self.mode == "reduce":
            self._reduce(msg)
            return
        parts = msg.get("parts")
        if self.mode == "auto" and not (isinstance(parts, dict) and "id" in parts):
            if "reset" in msg:
                self._forget()
            else:
                self.warn("Message missing msg.parts property - cannot join in 'auto' mode")
            self.finished(msg)
            return
        self._collect(msg, parts)

    def _collect(self, msg: Msg, parts: Any) -> None:
        if self.mode == "auto":
            value = properties.get(msg, str(parts.get("property") or "payload"))
        elif self.propertyType == "full":
            value = dict(msg)
        else:
            try:
                value = properties.get(msg, self._where)
            except RedError:
                self.warn(f"Message property {self._where} not found")
                self.finished(msg)
                return
        if self.mode == "custom" and "parts" in msg and not self.useparts:
            inner = parts.get("parts", MISSING) if isinstance(parts, dict) else MISSING
            parts = MISSING if inner is MISSING else {"parts": inner}
            msg = {key: each for key, each in msg.items() if key != "parts"}
            if parts is not MISSING:
                msg["parts"] = parts
        name, kind, key = self._about(msg)
        group = self._groups.get(name)
        if "restartTimeout" in msg and group is not None:
            self._time(name, group)
        if "reset" in msg:
            self._drop(name)
            self.finished(msg)
            return
        if kind == "object" and (key is None or key is MISSING or key == ""):
            self._without_key(msg, name, group)
            return
        if group is None:
            group = self._opened(name, kind, msg)
        self._put(group, kind, key, value, msg)
        target = group.target
        if isinstance(msg.get("parts"), dict):
            target = group.target = group.target or msg["parts"].get("count")
        if (js.is_number(target) and target > 0 and group.count >= target) or "complete" in msg:
            self._complete(name)
        self.finished(msg)

    def _about(self, msg: Msg) -> tuple[str, str, Any]:
        """Return the sequence that a msg belongs to, what is to be made of it, and the key of its value."""
        parts = msg.get("parts")
        if self.mode == "auto":
            assert isinstance(parts, dict)
            return js.text(parts["id"]), js.text(parts.get("type", MISSING)), parts.get("key", MISSING)
        name = "_"
        if self.count == "" and isinstance(parts, dict) and "id" in parts:
            name = js.text(parts["id"])
        key = properties.get(msg, self.key or "topic") if self.build == "object" else MISSING
        return name, self.build or "array", key

    def _opened(self, name: str, kind: str, msg: Msg) -> _Group:
        if self._held >= MOST_HELD:
            raise RedError(f"more than {MOST_HELD} messages are held")
        parts = msg["parts"] if isinstance(msg.get("parts"), dict) else {}
        if self.mode == "auto":
            where = str(parts.get("property") or "payload")
            group = _Group(kind, parts.get("count"), where, dict(msg), parts.get("ch", MISSING), parts.get("len"))
        else:
            target = (parts.get("count") or 0) if self.count == "" and parts else self._target
            group = _Group("object" if kind == "merged" else kind, target, self._where, dict(msg), self._joiner)
        group.items = {} if kind in ("object", "merged") else []
        self._groups[name] = group
        self._time(name, group)
        return group

    def _time(self, name: str, group: _Group) -> None:
        if group.timer is not None:
            group.timer.cancel()
        if self._seconds > 0:
            group.timer = self.clock.call_later(self._seconds, lambda: self._complete(name))

    def _without_key(self, msg: Msg, name: str, group: _Group | None) -> None:
        if self.mode == "auto":
            self.warn("Message missing 'msg.parts.key' property - cannot add to object")
        elif "complete" in msg:
            if group is not None:
                group.msg["complete"] = msg["complete"]
                self._complete(name)
        else:
            self.warn(f"Message missing key property 'msg.{self.key}' - cannot add to object")
        self.finished(msg)

    def _put(self, group: _Group, kind: str, key: Any, value: Any, msg: Msg) -> None:
        if kind == "buffer" and value is not MISSING and not isinstance(value, bytes | str | list):
            raise RedError(f"Cannot join {js.type_of(value)} to buffer")
        if kind == "object":
            group.items[js.text(key)] = value
            group.count = len(group.items)
        elif kind == "merged":
            if isinstance(value, bytes):
                value = {str(place): byte for place, byte in enumerate(value)}
            if isinstance(value, dict):
                group.items.update({name: each for name, each in value.items() if name != "_msgid"})
                group.count = len(group.items)
            elif "complete" not in msg:
                self.warn("Cannot merge non-object types")
        else:
            self._place(group, value, msg)
        self._held += 1
        group.held += 1
        group.msg.update(msg)
        group.base = self._base

    def _place(self, group: _Group, value: Any, msg: Msg) -> None:
        index = msg["parts"].get("index", MISSING) if self.mode == "auto" else MISSING
        if index is not MISSING and js.number(index) == js.number(index):
            at = int(js.number(index))
            if not 0 <= at < MOST_HELD:
                raise RedError(f"the index {at} is out of range")
            group.items.extend([MISSING] * (at + 1 - len(group.items)))
            if group.items[at] is MISSING or group.items[at] is None:
                group.count += 1
            group.items[at] = value
        elif value is not MISSING:
            group.items.append(value)
            group.count += 1

    def _complete(self, name: str) -> None:
        group = self._groups.get(name)
        if group is None:
            return
        if group.timer is not None:
            group.timer.cancel()
            group.timer = None
        if self.mode == "auto" or self.accumulate is not True or "complete" in group.msg:
            self._drop(name)
        value = self._joined(group)
        properties.put(group.msg, group.where, value)
        parts = group.msg.pop("parts", None)
        if isinstance(parts, dict) and "parts" in parts:
            group.msg["parts"] = parts["parts"]
        group.msg.pop("complete", None)
        self._base = group.base
        self.send(dict(group.msg))

    def _joined(self, group: _Group) -> Any:
        if group.kind == "object":
            return dict(group.items)
        if group.kind == "array" and js.is_number(group.length) and group.length > 1:
            return [each for item in group.items for each in (item if isinstance(item, list) else [item])]
        if group.kind == "buffer":
            glue = b"" if group.joiner is MISSING else _bytes(group.joiner)
            joined = glue.join(_bytes(item) for item in group.items if item is not MISSING)
            group.items = [joined]
            return joined
        if group.kind == "string":
            joiner = group.joiner
            glue_text = (
                "undefined"
                if joiner is MISSING
                else bytes(joiner).decode(errors="replace")
                if isinstance(joiner, bytes)
                else js.text(joiner)
            )
            return glue_text.join("" if each is None or each is MISSING else js.text(each) for each in group.items)
        return list(group.items)

    def _drop(self, name: str) -> None:
        group = self._groups.pop(name, None)
        if group is not None:
            self._held -= group.held
            if group.timer is not None:
                group.timer.cancel()

    def _forget(self) -> None:
        for name in list(self._groups):
            self._drop(name)

    # --- reduce ---

    def _reduce(self, msg: Msg) -> None:
        parts = msg.get("parts")
        if not isinstance(parts, dict):
            self.send(msg)
            self.finished(msg)
            return
        if self._held >= MOST_HELD:
            raise RedError("Too many pending messages in join node")
        name = js.text(parts.get("id", MISSING))
        sequence = self._sequences.setdefault(name, [])
        sequence.append((msg, self._base))
        self._held += 1
        count = next((m["parts"]["count"] for m, _ in sequence if "count" in m["parts"]), MISSING)
        if count is not MISSING and len(sequence) == count:
            del self._sequences[name]
            self._held -= len(sequence)
            self._send_reduced(sequence, count)
        self.finished(msg)

    def _send_reduced(self, sequence: list[tuple[Msg, Message]], count: Any) -> None:
        value = evaluate(self, self.reduceInit, self.reduceInitType, {})
        ordered = sorted(
            sequence, key=lambda each: js.number(each[0]["parts"].get("index", 0)), reverse=self.reduceRight
        )
        for msg, _ in ordered:
            known = None if value is MISSING else value
            value = jsonata(self, self.reduceExp, msg, I=msg["parts"].get("index"), N=count, A=known)
        if self.reduceFixup:
            value = jsonata(self, self.reduceFixup, {}, A=None if value is MISSING else value, N=count)
        last, self._base = ordered[-1]
        out = {key: each for key, each in last.items() if key != "payload"}
        if value is not MISSING:
            out["payload"] = value
        self.send(out)

    def end(self) -> None:
        """Forget all timers."""
        self._forget()
        self._sequences.clear()


def _bytes(item: Any) -> bytes:
    if isinstance(item, bytes):
        return item
    return binary(item) if isinstance(item, list) else js.text(item).encode()
