"""Node-RED's switch node."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import Ports, RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.regular import regular
from flowengine_nodes.nodered.typed import evaluate

MOST_KEPT = 10_000

Rule = dict[str, Any]


def _contains(a: Any, b: Any) -> bool:
    return js.text(b) in js.text(a)


def _is_empty(a: Any) -> bool:
    return isinstance(a, str | list | bytes | Mapping) and not a


def _is_not_empty(a: Any) -> bool:
    return isinstance(a, str | list | bytes | Mapping) and bool(a)


def _is_type(a: Any, b: Any) -> bool:
    if b == "array":
        return isinstance(a, list)
    if b == "buffer":
        return isinstance(a, bytes)
    if b == "json":
        try:
            msgspec.json.decode(js.text(a))
        except (msgspec.DecodeError, ValueError):
            return False
        return True
    if b == "null":
        return a is None
    return js.type_of(a) == b and not isinstance(a, list | bytes) and a is not None


def _between(a: Any, b: Any, c: Any) -> bool:
    return (js.at_most(b, a) and js.at_most(a, c)) or (js.at_most(a, b) and js.at_most(c, a))


def _has_key(a: Any, b: Any) -> bool:
    if js.type_of(b) == "object":
        return False
    key = js.text(b)
    if isinstance(a, str | list | bytes):
        return (key.isdigit() and int(key) < len(a)) or (key == "length" and not isinstance(a, bytes))
    return isinstance(a, Mapping) and key in a


OPERATORS: dict[str, Callable[[Any, Any, Any], bool]] = {
    "eq": lambda a, b, c: js.loosely_equal(a, b),
    "neq": lambda a, b, c: not js.loosely_equal(a, b),
    "lt": lambda a, b, c: js.less(a, b),
    "lte": lambda a, b, c: js.at_most(a, b),
    "gt": lambda a, b, c: js.less(b, a),
    "gte": lambda a, b, c: js.at_most(b, a),
    "btwn": _between,
    "cont": lambda a, b, c: _contains(a, b),
    "true": lambda a, b, c: a is True,
    "false": lambda a, b, c: a is False,
    "null": lambda a, b, c: a is None or a is MISSING,
    "nnull": lambda a, b, c: a is not None and a is not MISSING,
    "empty": lambda a, b, c: _is_empty(a),
    "nempty": lambda a, b, c: _is_not_empty(a),
    "istype": lambda a, b, c: _is_type(a, b),
    "hask": lambda a, b, c: _has_key(a, b),
    "jsonata_exp": lambda a, b, c: b is True,
}
"""Rules that look at the property alone, or at the outcome of an expression."""


class Switch(RedTransform, type="nodered/switch"):
    """Send messages on by the outputs whose rules a property fulfils, compared as JavaScript compares.

    A rule has `t` (eq, neq, lt, lte, gt, gte, btwn, cont, regex, true, false, null, nnull, empty, nempty, istype, hask,
    head, tail, index, jsonata_exp, else), `v` and `vt` (what to compare with and how to read it), `v2` and `v2t`.
    """

    red: ClassVar[str] = "switch"

    property: Annotated[str, Meta(description="The property to look at")] = "payload"
    propertyType: Annotated[str, Meta(description="Whose it is: msg, flow, global, jsonata, env")] = "msg"
    rules: Annotated[list[dict[str, Any]], Meta(description="A rule for each output")] = []
    checkall: Annotated[bool | str, Meta(description="Whether further rules are tried after one that holds")] = "true"
    repair: Annotated[bool, Meta(description="Number the parts of sequences anew at each output")] = False
    ports: Ports = 1

    def begin(self) -> None:
        """Make every rule ready."""
        self._previous: Any = None
        self._rules = [self._ready(rule) for rule in self.rules]
        self._all = self.checkall in (True, "true")
        self._counts = self.repair or any(rule.get("t") == "tail" for rule in self.rules)
        self._groups: dict[str, list[tuple[Msg, Any]]] = {}
        self._kept = 0
        self._broken = ""
        for rule in self.rules:
            for value, kind in (("v", "vt"), ("v2", "v2t")):
                if rule.get(kind) == "jsonata":
                    self._check(rule.get(value, ""))
        if self.propertyType == "jsonata":
            self._check(self.property)

    def _check(self, expression: Any) -> None:
        from flowengine_nodes.nodered.jsonata import check

        try:
            check(js.text(expression))
        except RedError as error:
            self._broken = str(error)
            self.log.error("%s", error)

    def _ready(self, rule: Rule) -> Rule:
        rule = dict(rule)
        for value, kind in (("v", "vt"), ("v2", "v2t")):
            if not rule.get(kind):
                number = js.number(rule.get(value, MISSING))
                rule[kind] = "str" if number != number else "num"
            if rule[kind] == "num":
                number = js.number(rule.get(value, MISSING))
                if number == number:
                    rule[value] = number
        return rule

    def receive(self, msg: Msg) -> None:
        """Send a msg on, or keep it until its sequence is whole."""
        if self._broken:
            return
        parts = msg.get("parts")
        if self._counts and isinstance(parts, dict) and "id" in parts and "index" in parts:
            self._collect(msg, parts)
            return
        outputs = self._outputs(msg)
        if outputs is not None:
            for port, holds in enumerate(outputs):
                if holds:
                    self.send(msg, port)

    def _collect(self, msg: Msg, parts: dict[str, Any]) -> None:
        name = js.text(parts["id"])
        group = self._groups.setdefault(name, [])
        if self._kept >= MOST_KEPT:
            raise RedError("too many pending messages in switch node")
        group.append((msg, self._base))
        self._kept += 1
        count = next((m["parts"]["count"] for m, _ in reversed(group) if "count" in m["parts"]), MISSING)
        if count is MISSING or len(group) != count:
            return
        del self._groups[name]
        self._kept -= len(group)
        decided = []
        for each, base in group:
            self._base = base
            each["parts"] = {**each["parts"], "count": count}
            try:
                outputs = self._outputs(each)
            except RedError as error:
                self.error(str(error), each)
                continue
            if outputs is None:
                continue
            if self.repair:
                decided.append((each, base, outputs))
            else:
                for port, holds in enumerate(outputs):
                    if holds:
                        self.send(each, port)
        if len(decided) == count:
            self._repaired(decided)

    def _repaired(self, decided: list[tuple[Msg, Any, list[bool]]]) -> None:
        """Send a sequence with its parts numbered anew at each output.

        As in Node-RED, only as many outputs are served as rules were tried for the last msg, and an output counts
        those msgs too for which its rule was not tried.
        """
        ports = len(decided[-1][2])
        totals = [sum(1 for _, _, o in decided if port >= len(o) or o[port]) for port in range(ports)]
        ids = [uuid.uuid4().hex[:16] for _ in range(ports)]
        reached = [0] * ports
        for msg, base, outputs in decided:
            self._base = base
            for port in range(ports):
                if port < len(outputs) and outputs[port]:
                    fresh = {**msg["parts"], "id": ids[port], "index": reached[port], "count": totals[port]}
                    reached[port] += 1
                    self.send({**msg, "parts": fresh}, port)

    def _outputs(self, msg: Msg) -> list[bool] | None:
        """Return which of the rules that were tried hold; None: there is nothing to try them on."""
        try:
            value = evaluate(self, self.property, self.propertyType, msg)
        except RedError as error:
            self.warn(str(error))
            return None
        held = False
        outputs: list[bool] = []
        for rule in self._rules:
            holds = self._holds(rule, value, msg, held)
            outputs.append(holds)
            if holds:
                held = True
                if not self._all:
                    break
        self._previous = value
        return outputs

    def _holds(self, rule: Rule, value: Any, msg: Msg, held: bool) -> bool:
        kind = rule.get("t")
        if kind == "else":
            return not held
        if kind in ("head", "tail", "index"):
            return _at(
                kind, msg.get("parts"), self._operand(rule, "v", "vt", msg), self._operand(rule, "v2", "v2t", msg)
            )
        bound = _placed(msg.get("parts")) if kind == "jsonata_exp" else {}
        b = rule.get("v") if kind == "istype" else self._operand(rule, "v", "vt", msg, **bound)
        if kind == "regex":
            return regular(js.text(b), "i" if rule.get("case") else "").search(js.text(value)) is not None
        operator = OPERATORS.get(str(kind))
        if operator is None:
            return False
        c = self._operand(rule, "v2", "v2t", msg) if kind == "btwn" else None
        return operator(value, b, c)

    def _operand(self, rule: Rule, name: str, kind_name: str, msg: Msg, **bound: Any) -> Any:
        kind, value = rule[kind_name], rule.get(name, MISSING)
        if kind == "prev":
            return self._previous
        if value is MISSING:
            return MISSING
        if kind == "num":
            return value
        if kind in ("json", "null"):
            return kind  # no editor of Node-RED offers these, and it takes their names for the value
        if bound:
            from flowengine_nodes.nodered.jsonata import evaluate as jsonata

            return jsonata(self, js.text(value), msg, **bound)
        return evaluate(self, value, kind, msg)


def _placed(parts: Any) -> dict[str, Any]:
    """Return what an expression may know of a msg of a sequence: $I, its place, and $N, how many there are."""
    if not isinstance(parts, dict) or "id" not in parts or "index" not in parts:
        return {}
    return {"I": parts["index"], "N": parts.get("count")}


def _at(kind: str, parts: Any, b: Any, c: Any) -> bool:
    if not isinstance(parts, dict) or not js.is_number(parts.get("index")):
        return False
    index = parts["index"]
    if kind == "head":
        return bool(index < js.number(b))
    if kind == "index":
        return bool(js.number(b) <= index <= js.number(c))
    return js.is_number(parts.get("count")) and bool(index >= parts["count"] - js.number(b))
