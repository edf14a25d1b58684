"""A message on its way through a chain, as the generated code has it: an object, and what differs from it by now.

Most nodes change one field. Their new values stay in variables; the object is made only where somebody needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flowengine.message import FIELDS

CONSTRUCTOR = ("payload", "topic", "time", "quality", "id")
"""The fields of a message in the order in which its constructor takes them, but for the properties at the end."""

assert set(CONSTRUCTOR) == set(FIELDS)

Stamps = tuple[float, str, Sequence[str]]
"""For one batch: its time, what all its ids begin with, and the endings that tell them apart."""


@dataclass
class State:
    """The message at some point of the generated code.

    All texts are cheap and safe to write several times: names, constants, or `m0.time or now`.
    """

    msg: str
    """The variable that holds the object."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field -> its new value."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Further property -> its new value."""
    read: Mapping[str, str] = field(default_factory=dict)
    """Field (or `properties`) of the object -> a variable that holds it, if it has been looked at."""
    unstamped: bool = False
    """Whether the object may lack time and id: `fields` then has them, filled up."""

    @property
    def changed(self) -> bool:
        """Whether the object is no longer the message."""
        return bool(self.fields or self.properties)

    def value(self, name: str) -> str:
        """Return the text of a field."""
        return self.fields.get(name) or self.read.get(name) or f"{self.msg}.{name}"

    def with_field(self, name: str, text: str) -> State:
        """Return the state after a field has got a value."""
        return replace(self, fields={**self.fields, name: text}, unstamped=False)

    def with_property(self, name: str, text: str) -> State:
        """Return the state after a further property has got a value."""
        return replace(self, properties={**self.properties, name: text}, unstamped=False)

    def parts(self, constants: Mapping[str, Any], name: Callable[[str, Any], str]) -> dict[str, str]:
        """Return the expressions of what the constructor takes, in its order.

        Args:
            constants: what the names in the generated code stand for, where it is always the same.
            name: gives a constant a name.
        """
        return {**{field: self.value(field) for field in CONSTRUCTOR}, "properties": self._properties(constants, name)}

    def written(self, constants: Mapping[str, Any], name: Callable[[str, Any], str]) -> str:
        """Return the expression that makes the object; the arguments are those of `parts`."""
        return self.made_of(self.parts(constants, name))

    def made_of(self, parts: Mapping[str, str]) -> str:
        """Return the expression that makes the object of what the constructor takes."""
        made = f"Message({', '.join(parts.values())})"
        return f"{self.msg} if {self.msg}.id and {self.msg}.time else {made}" if self.unstamped else made

    def _properties(self, constants: Mapping[str, Any], name: Callable[[str, Any], str]) -> str:
        before = self.value("properties")
        if not self.properties:
            return before
        if all(text in constants for text in self.properties.values()):
            # Properties are immutable, so messages that had none before may share these.
            added = name("c", {key: constants[text] for key, text in self.properties.items()})
            return f"{{**{before}, **{added}}} if {before} else {added}"
        return f"{{**{before}, {', '.join(f'{key!r}: {text}' for key, text in self.properties.items())}}}"


def unstamped(msg: str, id: str, time: str) -> State:
    """Return the state of a message that comes straight from its source: without time and id, if it gave none."""
    return State(msg, {"id": f"({msg}.id or {id})", "time": f"({msg}.time or {time})"}, unstamped=True)
