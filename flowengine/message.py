"""The message: what travels along wires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from flowengine import path

Quality = Literal["good", "uncertain", "bad"]

FIELDS = ("payload", "topic", "time", "quality", "id")
"""The properties that every message has; all others are kept in `Message.properties`."""


class Message(msgspec.Struct, frozen=True, gc=False):  # immutable: no cycle can go through it
    """One immutable message; every change makes a new one, so a fan-out copies nothing.

    Treat the payload as immutable too: build a new dict or list instead of changing the one you were given.
    """

    payload: Any = None
    """The value itself: any JSON value or bytes."""
    topic: str = ""
    """What the value is about, in MQTT's manner: `plant/oven/temperature`."""
    time: float = 0.0
    """When the reading was taken: seconds since 1970-01-01 UTC. 0 = not stamped yet; the runtime stamps it."""
    quality: Quality = "good"
    """How far to trust the value, in OPC UA's three words."""
    id: str = ""
    """Kept by every message made from this one. Empty = not stamped yet; the runtime stamps it."""
    properties: dict[str, Any] = {}
    """Any further properties (`unit`, `parts`, `error` ...), beside the fields above as in Node-RED's msg."""

    def with_payload(self, payload: Any) -> Message:
        """Return this message with another payload."""
        return replace(self, payload=payload)

    def replace(self, **fields: Any) -> Message:
        """Return this message with other fields: `msg.replace(payload=1, quality="bad")`."""
        return replace(self, **fields)

    def with_properties(self, **properties: Any) -> Message:
        """Return this message with further properties set: `msg.with_properties(unit="degC")`."""
        return replace(self, properties={**self.properties, **properties})

    def to(self, port: str) -> Routed:
        """Say by which output port this message leaves: `return msg.to("high")`."""
        return Routed(port, self)

    def get(self, where: str, default: Any = None) -> Any:
        """Return the value at a property path (`payload.temps[0]`, `unit`), or `default`."""
        keys = path.parse(where)
        found = path.get(self._root(keys[0]), keys[1:], default)
        return default if found is path.MISSING else found

    def has(self, where: str) -> bool:
        """Say whether there is a value at a property path."""
        return self.get(where, path.MISSING) is not path.MISSING

    def set(self, where: str, value: Any) -> Message:
        """Return this message with `value` at a property path; missing dicts on the way are made.

        Raises:
            ValueError: something on the way is neither a dict nor a list, or a fixed field gets a wrong type.
        """
        keys = path.parse(where)
        name = str(keys[0])
        new = path.put(self._root(name), keys[1:], value)
        if name not in FIELDS:
            return replace(self, properties={**self.properties, name: new})
        return replace(self, **{name: _fit(name, new)})

    def delete(self, where: str) -> Message:
        """Return this message without the value at a property path; a fixed field goes back to its default."""
        keys = path.parse(where)
        name = str(keys[0])
        if name in FIELDS:
            if len(keys) == 1:
                return replace(self, **{name: getattr(_EMPTY, name)})
            return replace(self, **{name: path.remove(self._root(name), keys[1:])})
        return replace(self, properties=path.remove(self.properties, keys))

    def as_dict(self) -> dict[str, Any]:
        """Return every property as one flat dict, as Node-RED shows it: `{"payload": 1, "unit": "bar"}`."""
        return {
            **self.properties,
            "payload": self.payload,
            "topic": self.topic,
            "time": self.time,
            "quality": self.quality,
            "id": self.id,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Message:
        """Make a message from a flat dict; what is missing gets its default.

        Raises:
            ValueError: a fixed field has a wrong type.
        """
        fields = {name: _fit(name, data[name]) for name in FIELDS if name in data}
        rest = {name: value for name, value in data.items() if name not in FIELDS}
        return cls(**fields, properties=rest)

    def _root(self, name: path.Key) -> Any:
        return getattr(self, name) if name in FIELDS else self.properties.get(str(name), path.MISSING)


class Routed(NamedTuple):
    """A message and the output port it leaves by."""

    port: str
    msg: Message


Emission = Message | Routed | Iterable[Message | Routed] | None
"""What a node may return: nothing, one message, or several, each by the first output port or routed to another."""

_EMPTY = Message()


def _fit(name: str, value: Any) -> Any:
    """Check a value for a fixed field; a number becomes text for `topic` and `id`."""
    if name == "payload":
        return value
    if name in ("topic", "id"):
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        if value is None:
            return ""
    elif name == "time":
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif value in ("good", "uncertain", "bad"):
        return value
    wanted = {"time": "a number of seconds", "quality": "good, uncertain or bad"}.get(name, "text")
    raise ValueError(f"{name} must be {wanted}, not {value!r:.60}")
