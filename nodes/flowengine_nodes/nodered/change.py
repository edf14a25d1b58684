"""Node-RED's change node."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.regular import regular
from flowengine_nodes.nodered.typed import evaluate, from_context, parse_json, to_context

Step = Callable[[Msg], None]
Rule = dict[str, Any]

MATCH = {"str", "num", "bool", "re"}


class Change(RedTransform, type="nodered/change"):
    """Set, change, delete or move properties, with Node-RED's rules.

    A rule has `t` (set, change, delete, move), `p` and `pt` (the property and whose it is: msg, flow, global), `to` and
    `tot` (the value and how to read it), and for change `from` and `fromt`.
    """

    red: ClassVar[str] = "change"

    rules: Annotated[list[dict[str, Any]], Meta(description="What to do, in order")] = []
    action: Annotated[str, Meta(description="The one rule of very old flows: replace, change, delete or move")] = ""
    property: Annotated[str, Meta(description="Its property")] = ""
    searched: Annotated[str, Meta(description="What its change looks for (from in Node-RED)")] = ""
    to: Annotated[Any, Meta(description="Its value")] = ""
    reg: Annotated[bool, Meta(description="Whether it looks for a regular expression")] = False

    def writes_context(self) -> bool:
        """Say whether a rule changes a context."""
        return any(rule.get(kind) in ("flow", "global") for rule in self.rules for kind in ("pt", "tot"))

    def begin(self) -> None:
        """Make every rule ready."""
        self._steps: list[Step] = []
        self._broken = ""
        rules = self.rules or ([self._old()] if self.action else [])
        try:
            for rule in rules:
                self._steps += self._ready(rule)
        except RedError as error:
            self._broken = str(error)
            self.log.error("%s", error)

    def _old(self) -> Rule:
        kind = {"replace": "set"}.get(self.action, self.action)
        rule = {"t": kind, "p": self.property, "pt": "msg", "to": self.to, "tot": "str"}
        if kind == "change":
            rule |= {"from": self.searched, "fromt": "re" if self.reg else "str"}
        if kind == "set" and isinstance(self.to, str) and self.to.startswith("msg."):
            rule.update(to=self.to.removeprefix("msg."), tot="msg")
        return rule

    def receive(self, msg: Msg) -> None:
        """Carry out the rules."""
        if self._broken:
            return
        for step in self._steps:
            step(msg)
        self.send(msg)
        self.finished(msg)

    def _ready(self, rule: Rule) -> list[Step]:
        kind, where, place = rule.get("t"), rule.get("p", ""), rule.get("pt", "msg")
        if kind == "set":
            value = self._value(rule.get("to", ""), rule.get("tot", "str"))

            def set_(msg: Msg) -> None:
                with contextlib.suppress(properties.NotThere):  # as in Node-RED the rule is passed over then
                    self._put(msg, place, where, value(msg))

            return [set_]
        if kind == "delete":
            return [lambda msg: self._put(msg, place, where, MISSING)]
        if kind == "move":
            to, kind_to = rule.get("to", ""), rule.get("tot", "msg")

            def move(msg: Msg) -> None:
                if (place, where) == (kind_to, to):
                    return
                try:
                    value = self._get(msg, place, where)
                except properties.NotThere:
                    if kind_to == place and str(to) not in str(where):  # it moves by a third place, empty then
                        self._put(msg, kind_to, to, MISSING)
                    self._put(msg, place, where, MISSING)
                    return
                if str(to).startswith(str(where)):
                    self._put(msg, place, where, MISSING)
                    self._put(msg, kind_to, to, value)
                else:
                    self._put(msg, kind_to, to, value)
                    self._put(msg, place, where, MISSING)

            return [move]
        if kind == "change":
            return [self._replace(rule, where, place)]
        return []

    def _value(self, to: Any, kind: str) -> Callable[[Msg], Any]:
        if kind in ("str", "num", "bool", "json"):
            try:
                fixed = parse_json(to) if kind == "json" else evaluate(self, to, kind, {})
            except RedError as error:
                raise RedError(f"Invalid JSON: {error}") from None
            return lambda msg: fixed
        if kind == "jsonata":
            from flowengine_nodes.nodered.jsonata import check

            check(js.text(to))
        if kind == "msg":
            return lambda msg: properties.get(msg, to)
        return lambda msg: evaluate(self, to, kind, msg)

    def _get(self, msg: Msg, place: str, where: str) -> Any:
        if place == "msg":
            return properties.get(msg, where)
        return from_context(self, place, where, msg)

    def _put(self, msg: Msg, place: str, where: str, value: Any) -> None:
        if place == "msg":
            if not properties.put(msg, where, value) and value is not MISSING:
                self.warn(f"Cannot set property of non-object type: {where}")
        else:
            to_context(self, place, where, value, msg)

    def _replace(self, rule: Rule, where: str, place: str) -> Step:
        kind, looked_for = rule.get("fromt", "str"), rule.get("from", "")
        value = self._value(rule.get("to", ""), rule.get("tot", "str"))
        fixed = self._pattern(kind, looked_for) if kind in MATCH else None

        def step(msg: Msg) -> None:
            found = fixed
            if found is None:
                wanted = evaluate(self, looked_for, kind, msg)
                actual = {"number": "num", "boolean": "bool", "string": "str"}.get(js.type_of(wanted))
                if actual is None:  # as in Node-RED the msg goes on, without this rule
                    self.error(f"Error: Invalid 'from' property: unsupported type: {js.type_of(wanted)}", dict(msg))
                    return
                found = self._pattern(actual, wanted)
            with contextlib.suppress(properties.NotThere):
                self._apply(msg, place, where, found, value(msg))

        return step

    def _pattern(self, kind: str, wanted: Any) -> tuple[str, Any, re.Pattern[str]]:
        text = js.text(wanted)
        return (kind, text, regular(text) if kind == "re" else re.compile(re.escape(text)))

    def _apply(self, msg: Msg, place: str, where: str, found: tuple[str, Any, re.Pattern[str]], new: Any) -> None:
        kind, text, pattern = found
        current = self._get(msg, place, where)
        if isinstance(current, str):
            if kind != "re" and current == text:
                self._put(msg, place, where, new)
            else:
                made = replaced(pattern, js.text(new), current)
                self._put(msg, place, where, new if isinstance(new, bool) and made == js.text(new) else made)
        elif js.is_number(current) and kind == "num":
            if current == js.number(text):
                self._put(msg, place, where, new)
        elif isinstance(current, bool) and kind == "bool" and js.text(current) == text:
            self._put(msg, place, where, new)


_DOLLAR = re.compile(r"\$(\$|&|`|'|\d{1,2}|<\w+>)")


def replaced(pattern: re.Pattern[str], template: str, text: str) -> str:
    """Return a text with every match replaced, `$1`, `$&` and the like in the template filled in."""

    def fill(match: re.Match[str]) -> str:
        def one(mark: re.Match[str]) -> str:
            sign = mark[1]
            if sign == "$":
                return "$"
            if sign == "&":
                return match[0]
            if sign == "`":
                return text[: match.start()]
            if sign == "'":
                return text[match.end() :]
            if sign[0] == "<":
                try:
                    return match[sign[1:-1]] or ""
                except IndexError:
                    return mark[0]
            number = int(sign)
            if 0 < number <= pattern.groups:
                return match[number] or ""
            if len(sign) == 2 and 0 < int(sign[0]) <= pattern.groups:
                return (match[int(sign[0])] or "") + sign[1]
            return mark[0]

        return _DOLLAR.sub(one, template)

    made, at, start = [], 0, 0
    while (match := pattern.search(text, start)) is not None:  # after an empty match JavaScript goes on a place further
        made += [text[at : match.start()], fill(match)]
        at = match.end()
        start = at + (at == match.start())
        if start > len(text):
            break
    return "".join(made) + text[at:]
