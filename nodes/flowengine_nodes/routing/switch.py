"""Route messages by rules on one property."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import Inline, Message, Port, Routed, State, Transform, path, type_of
from flowengine_nodes.routing.rules import ELSE, SwitchRule, make
from flowengine_nodes.values.properties import MISSING
from flowengine_nodes.values.typed import typed

_NO_MESSAGE = Message()
"""Given to rules that have the form of an expression: they look at the value alone."""


class Switch(Transform, type="routing/switch"):
    """Send a message on by the port of each rule that its value fulfils.

    The rules are tried in order; with `check_all` off, only the first that holds counts. A message for which none
    holds ends here; a last rule `else` catches it. Ports are named by their rules, or "1", "2" and so on.

    Values are compared as in Node-RED: "21.5" and 21.5 are equal, and a value that cannot be compared (null, an object,
    a text that is no number) is neither less nor greater than a number.

    Example: rules `[{"operator": "gt", "value": 80, "port": "hot"}, {"operator": "else", "port": "fine"}]`.
    """

    rules: Annotated[list[SwitchRule], Meta(description="One for each output port, in order")]
    property: Annotated[
        str, Meta(description="What the rules look at: a path such as payload.level, or an expression")
    ] = "payload"
    property_type: Annotated[
        Literal["msg", "flow", "global", "env", "expression"],
        Meta(description="How to read `property`"),
        type_of("property"),
    ] = "msg"
    check_all: Annotated[bool, Meta(description="Try every rule; off: stop at the first that holds")] = True
    previous: State[Any] = None

    def __post_init__(self) -> None:
        """Make the rules ready."""
        self._ports = [port.name for port in self.output_ports({"rules": self.rules})]
        if len(set(self._ports)) < len(self._ports):
            raise ValueError(f"two rules have the same port; there are: {', '.join(self._ports)}")
        self._subject = typed(self.property, self.property_type, self, "property")
        self._rules = []
        for name, rule in zip(self._ports, self.rules, strict=True):
            try:
                self._rules.append(make(rule, self, lambda: self.previous))
            except ValueError as error:
                raise ValueError(f"rule {name}: {error}") from None
        self._ways = list(zip(self._ports, self._rules, strict=True))
        self._remembers = any("prev" in (rule.value_type, rule.value2_type) for rule in self.rules)

    @classmethod
    def output_ports(cls, options: Mapping[str, Any]) -> tuple[Port, ...]:
        """Return one port for each rule."""
        return tuple(Port(_port(rule) or str(place)) for place, rule in enumerate(options.get("rules") or [], 1))

    def process(self, msg: Message) -> list[Routed]:
        """Try the rules."""
        value = self._subject.read(msg)
        routes: list[Routed] = []
        none_held = True
        for port, rule in self._ways:
            if rule is ELSE:
                held = none_held
                none_held = True
            else:
                held = rule.holds(msg, value)
            if held:
                routes.append(Routed(port, msg))
                none_held = False
                if not self.check_all:
                    break
        if self._remembers:
            self.previous = None if value is MISSING else value
        return routes

    def remembers(self) -> bool:
        """Say whether a rule compares with the value before."""
        return self._remembers

    def inline(self) -> Inline | None:
        """Return one condition for each rule, if they look at payload or topic only."""
        subject = self.property.removeprefix("msg.") if self.property_type == "msg" else ""
        if not subject or self._remembers or not self.rules:
            return None
        name, *keys = path.parse(subject)
        if name not in ("payload", "topic"):
            return None
        if keys:
            return self._inline_below(str(name), tuple(keys))
        names: dict[str, Any] = {}
        route: list[str] = []
        since: list[str] = []
        for number, rule in enumerate(self._rules):
            if rule is ELSE:
                condition = f"not ({' or '.join(since)})" if since and self.check_all else "True"
                since = [condition]
            elif rule.python is None:
                return None
            else:
                condition = f"({_renamed(rule.python(subject), frozenset(rule.names), number)})"
                names.update((f"{name}_{number}", value) for name, value in rule.names.items())
                since.append(condition)
            route.append(condition)
        return Inline(route=tuple(route), first=not self.check_all, names=names)

    def _inline_below(self, name: str, keys: path.Path) -> Inline | None:
        """Return the form for a value below payload or topic: one rule only, since it is looked up for each."""
        rule = self._rules[0]
        if len(self._rules) > 1 or rule is ELSE or rule.python is None:
            return None
        holds = lambda value: rule.holds(_NO_MESSAGE, path.get(value, keys))  # noqa: E731
        return Inline(route=(f"holds({name})",), names={"holds": holds})


@lru_cache(maxsize=1024)
def _renamed(python: str, names: frozenset[str], number: int) -> str:
    """Return a rule's expression with its own names made different from those of the other rules."""
    tree = ast.parse(python, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            node.id += f"_{number}"
    return ast.unparse(tree)


def _port(rule: Any) -> str:
    """Return the port that a rule names, be it made or still as the flow file has it."""
    return rule.port if isinstance(rule, SwitchRule) else str(rule.get("port", "")) if isinstance(rule, Mapping) else ""
