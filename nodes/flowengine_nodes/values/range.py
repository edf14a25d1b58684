"""Map one range of numbers onto another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Inline, Message, Transform, path
from flowengine_nodes.values.convert import number, shown
from flowengine_nodes.values.properties import MISSING, reader, writer

EXACT = 2**53
"""Integers up to this are floats too, without rounding."""


class Range(Transform, type="values/range"):
    """Map a number from one range onto another: a raw 0 to 27648 onto 0 to 100 percent.

    The value is stretched linearly, so that `input_low` becomes `output_low` and `input_high` becomes `output_high`;
    either range may run downwards. `action` says what becomes of a number outside the input range:

    - scale: it is stretched all the same
    - clamp: it becomes the nearer limit
    - roll: it is wrapped around, as an angle is
    - drop: the message ends here

    Text that is a number counts as one; anything else is bad data. A message without the property passes unchanged.

    Example: input 4 to 20, output 0 to 250, clamp: a payload of 12 becomes 125.
    """

    action: Annotated[
        Literal["scale", "clamp", "roll", "drop"], Meta(description="What becomes of a number outside the input range")
    ] = "scale"
    input_low: Annotated[float, Meta(description="The number that becomes `output_low`")] = 0.0
    input_high: Annotated[float, Meta(description="The number that becomes `output_high`")] = 100.0
    output_low: Annotated[float, Meta(description="What `input_low` becomes")] = 0.0
    output_high: Annotated[float, Meta(description="What `input_high` becomes")] = 1.0
    round: Annotated[bool, Meta(description="Round the result to a whole number, halves upwards")] = False
    property: Annotated[str, Meta(description="Which property holds the number: a path such as payload.level")] = (
        "payload"
    )

    @classmethod
    def sends(cls, options: Mapping[str, Any], port: str) -> tuple[float, float] | None:
        """Return the output range, where nothing beyond it is sent."""
        if options.get("action", "scale") == "scale" or options.get("property", "payload") != "payload":
            return None
        low, high = options.get("output_low", 0.0), options.get("output_high", 1.0)
        return min(low, high), max(low, high)

    def __post_init__(self) -> None:
        """Put the numbers in order."""
        if self.input_low == self.input_high:
            raise ValueError(f"input_low and input_high are both {self.input_low:g}: give two different numbers")
        self._least, self._most = sorted((float(self.input_low), float(self.input_high)))
        self._low = self.input_low or 0  # to take -0.0 away would make 0.0 of -0.0
        self._span = float(self.input_high - self.input_low)
        self._read = reader(self.property)
        self._write = writer(self.property)

    def process(self, msg: Message) -> Message | None:
        """Map the number."""
        value = self._read(msg)
        if value is MISSING:
            return msg
        inside = self._inside(value)
        if self.action == "drop" and not self._least <= inside <= self._most:
            return None
        return self._write(msg, self._mapped(inside))

    def inline(self) -> Inline | None:
        """Return the formula; a number inside the range needs no call."""
        name, *keys = path.parse(self.property)
        if name != "payload" or (keys and self.action == "drop"):
            return None
        if keys:
            return Inline(payload="below(payload)", names={"below": self._below(tuple(keys))})
        least, most = (self._least, self._most) if self.action != "scale" else (-1e308, 1e308)
        upper = "<" if self.action == "roll" else "<="
        # Ints are compared with ints, which is fast, and only those that are the same number as a float.
        first, last = math.ceil(least), math.ceil(most) - 1 if self.action == "roll" else math.floor(most)
        usual = (
            f"payload.__class__ is float and {least!r} <= payload {upper} {most!r}"
            f" or payload.__class__ is int and {max(first, -EXACT)} <= payload <= {min(last, EXACT)}"
        )
        names = {"float": float, "int": int, "inside": self._inside, "whole": whole}
        x = f"(payload if {usual} else inside(payload))"
        shifted = f"({x} - {float(self._low)!r})" if self._low else x
        formula = (
            f"{shifted} / {self._span!r} * {float(self.output_high - self.output_low)!r} + {float(self.output_low)!r}"
        )
        keep = f"({usual}) or {least!r} <= inside(payload) <= {most!r}" if self.action == "drop" else None
        return Inline(keep=keep, payload=f"whole({formula})" if self.round else formula, names=names)

    def _below(self, keys: path.Path) -> Callable[[Any], Any]:
        """Return the function that maps the number at a path below the payload."""

        def below(payload: Any) -> Any:
            value = path.get(payload, keys)
            return payload if value is MISSING else path.put(payload, keys, self._mapped(self._inside(value)))

        return below

    def _inside(self, value: object) -> float:
        """Return the value as a number, brought inside the input range as clamp and roll do."""
        x = number(value)
        if self.action == "clamp":
            return min(max(x, self._least), self._most)
        if self.action == "roll" and not self._least <= x < self._most:
            return (x - self._least) % (self._most - self._least) + self._least
        return x

    def _mapped(self, x: float) -> float:
        # In this order both ends come out exactly.
        result = (x - self._low) / self._span * (self.output_high - self.output_low) + self.output_low
        return whole(result) if self.round else result


def whole(x: float) -> int:
    """Return the nearest whole number, halves upwards, as JavaScript's Math.round."""
    if not math.isfinite(x):
        raise BadData(f"{shown(x)} cannot be rounded")
    below = math.floor(x)
    return below + 1 if x - below >= 0.5 else below
