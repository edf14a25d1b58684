"""Set, change, delete and move properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import Inline, Message, Transform, only_with, path, type_of
from flowengine_nodes.values.change_inline import QUALITIES, fold, put
from flowengine_nodes.values.properties import MISSING, reader, writer
from flowengine_nodes.values.substitution import FromType, Substitution, substitution
from flowengine_nodes.values.typed import AS_WRITTEN, Typed, ValueType, typed

Place = Literal["msg", "flow", "global"]
Step = Callable[[Message], Message]


class ChangeRule(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One thing that is done to a property."""

    action: Annotated[
        Literal["set", "change", "delete", "move"],
        Meta(description="set it, change what it contains, delete it, or move it to another property"),
    ] = "set"
    property: Annotated[str, Meta(description="Which property: a path such as payload, payload.temps[0], topic, unit")]
    property_type: Annotated[
        Place, Meta(description="Whether it belongs to the message or to a context"), type_of("property")
    ] = "msg"
    to: Annotated[
        Any,
        Meta(description="set: the value; change: what to put in place of what was found; move: the new property"),
        only_with(action=("set", "change", "move")),
    ] = None
    to_type: Annotated[ValueType | None, Meta(description=f"How to read `to`; {AS_WRITTEN}"), type_of("to")] = None
    from_: Annotated[Any, Meta(description="change: what to look for", title="from"), only_with(action="change")] = (
        msgspec.field(default="", name="from")
    )
    from_type: Annotated[
        FromType | None,
        Meta(description=f"How to read `from` (re: a regular expression); {AS_WRITTEN}"),
        type_of("from"),
    ] = None


class Change(Transform, type="values/change"):
    r"""Set, change, delete or move properties of a message.

    The rules are carried out in order, each on what the one before it has made. A property is a path: `payload`,
    `payload.temps[0]`, `topic`, `unit`, `parts["key one"]`; objects and lists on the way are made where needed.

    - set: give it a value: a constant, the time (date, in seconds), a variable (env), another property (msg), a
      context value (flow, global) or an expression such as `payload * 2`. Setting from what is not there deletes.
    - change: in a text, replace each occurrence of `from` (with re, `$1` in `to` is the first group); a text that is
      `from` as a whole becomes the value `to` itself. A number or true/false is replaced if it equals `from`.
    - delete: take it away; payload becomes null, topic empty.
    - move: give its value to another property and delete it.

    Example: rules `[{"property": "topic", "to": "plant/oven"}, {"property": "unit", "to": "degC"}]`.
    """

    rules: Annotated[list[ChangeRule], Meta(description="What to do, in order")]

    def __post_init__(self) -> None:
        """Make every rule ready."""
        self._steps: list[Step] = []
        self._parts: list[tuple[ChangeRule, Typed | Substitution | None]] = []
        for position, rule in enumerate(self.rules, 1):
            try:
                self._steps.append(self._step(rule))
            except ValueError as error:
                raise ValueError(f"rule {position}: {error}") from None

    def process(self, msg: Message) -> Message:
        """Carry out the rules."""
        for step in self._steps:
            msg = step(msg)
        return msg

    def remembers(self) -> bool:
        """Say whether a rule writes to the flow's context."""
        return any("flow" in (rule.property_type, rule.to_type) for rule in self.rules)

    def inline(self) -> Inline | None:
        """Return the rules as expressions, if they have that form."""
        return fold(self._actions())

    def _actions(self) -> list[tuple[str, Typed | Substitution]] | None:
        """What is done to which property, for rules that set, change or delete message properties."""
        actions: list[tuple[str, Typed | Substitution]] = []
        for rule, what in self._parts:
            if what is None or rule.property_type != "msg":
                return None
            where = rule.property.removeprefix("msg.")
            name, *rest = path.parse(where)
            if name in ("time", "id") or (name == "quality" and _constant(what) not in QUALITIES):
                return None
            if rest and (name != "payload" or _constant(what) is MISSING):
                return None
            actions.append((str(name), put(where, _constant(what)) if rest else what))
        return actions

    def _step(self, rule: ChangeRule) -> Step:
        what: Typed | Substitution | None = None
        step: Step
        read, write = self._access(rule.property, rule.property_type)
        if rule.action == "set":
            value = what = typed(rule.to, rule.to_type, self, "to")
            step = lambda msg: write(msg, value.read(msg))  # noqa: E731 - three of a kind
        elif rule.action == "delete":
            step = lambda msg: write(msg, MISSING)  # noqa: E731
        elif rule.action == "move":
            step = self._move(rule)
        else:
            change = what = substitution(
                typed(rule.from_, None if rule.from_type == "re" else rule.from_type, self, "from"),
                typed(rule.to, rule.to_type, self, "to"),
                regular=rule.from_type == "re",
            )

            def step(msg: Message) -> Message:
                current = read(msg)
                new = change.apply(msg, current)
                return msg if new is current else write(msg, new)

        if rule.action == "delete" and rule.property in ("payload", "topic"):
            what = typed(None if rule.property == "payload" else "", None, self, "to")
        self._parts.append((rule, what))
        return step

    def _move(self, rule: ChangeRule) -> Step:
        if not isinstance(rule.to, str) or not rule.to:
            raise ValueError("move needs `to`: the path of the property to move it to")
        place = rule.to_type or "msg"
        if place not in ("msg", "flow", "global"):
            raise ValueError(f"move goes to a property, so to_type must be msg, flow or global, not {place}")
        if (place, rule.to) == (rule.property_type, rule.property):
            return lambda msg: msg
        read, remove = self._access(rule.property, rule.property_type)
        _, write = self._access(rule.to, place)

        def move(msg: Message) -> Message:
            value = read(msg)
            return write(remove(msg, MISSING), value) if value is not MISSING else msg

        return move

    def _access(self, where: str, place: Place) -> tuple[Callable[[Message], Any], Callable[[Message, Any], Message]]:
        """Return the functions that read and write a property of the message or a context; MISSING deletes."""
        if place == "msg":
            where = where.removeprefix("msg.")
            return reader(where), writer(where)
        scope: Literal["flow", "global"] = place

        def read(msg: Message) -> Any:
            return self.context(scope).get(where, MISSING)

        def write(msg: Message, value: Any) -> Message:
            self.context(scope).set(where, None if value is MISSING else value)
            return msg

        return read, write


def _constant(what: Typed | Substitution) -> Any:
    return what.constant if isinstance(what, Typed) else MISSING
