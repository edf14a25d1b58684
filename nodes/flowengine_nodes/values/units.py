"""Convert between units of measurement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta

from flowengine import BadData, Inline, Message, Transform
from flowengine_nodes.values.convert import number, shown
from flowengine_nodes.values.properties import MISSING, reader, writer
from flowengine_nodes.values.unit_table import DIMENSIONS, canonical, conversion

_UNITS = {"enum": list(DIMENSIONS)}


class Units(Transform, type="values/units"):
    """Convert a number from one unit into another, and say so in the message's `unit` property.

    In goes a number, with its unit in `from_unit` or, if that is left out, in the message's `unit` property; out comes
    the number in `to_unit`. Units of temperature, pressure, length, area, volume, mass, time, speed, frequency, force,
    torque, power, energy, flow, density, ratio, voltage, current and more are known; bar into kW is refused when the
    flow is checked, or, if the unit comes with the message, as bad data.

    Example: from degC to degF, a payload of 100 becomes 212 with the unit degF.
    """

    to_unit: Annotated[str, Meta(description="The unit wanted", extra_json_schema=_UNITS)]
    from_unit: Annotated[
        Annotated[str, Meta(extra_json_schema=_UNITS)] | None,
        Meta(description="The unit of the number; left out: the message's `unit` property says it"),
    ] = None
    property: Annotated[str, Meta(description="Which property holds the number: a path such as payload.level")] = (
        "payload"
    )
    set_unit: Annotated[bool, Meta(description="Write the new unit into the message's `unit` property")] = True

    def __post_init__(self) -> None:
        """Look the units up."""
        self._target = canonical(self.to_unit)
        self._known: dict[str, Callable[[float], float]] = {}
        self._convert = conversion(self.from_unit, self._target).function() if self.from_unit else None
        self._read = reader(self.property)
        self._write = writer(self.property)

    def process(self, msg: Message) -> Message:
        """Convert the number."""
        value = self._read(msg)
        if value is MISSING:
            raise BadData(f"there is no {self.property} to convert")
        convert = self._convert or self._by_unit(msg.properties.get("unit"))
        msg = self._write(msg, convert(number(value)))
        return msg.with_properties(unit=self._target) if self.set_unit else msg

    def inline(self) -> Inline | None:
        """Return the formula, if the message's other properties play no role."""
        if not self.from_unit or self.set_unit or self.property != "payload":
            return None
        found = conversion(self.from_unit, self._target)
        kind = "payload.__class__ is float"
        if found.formula("x") != "x":  # then an int becomes a float by itself
            kind = f"({kind} or payload.__class__ is int)"
        x = f"(payload if {kind} and -1e308 <= payload <= 1e308 else number(payload))"
        return Inline(payload=found.formula(x), names={"float": float, "int": int, "number": number})

    def _by_unit(self, unit: Any) -> Callable[[float], float]:
        known = self._known.get(unit) if isinstance(unit, str) else None
        if known is not None:
            return known
        if not isinstance(unit, str):
            raise BadData(f"the message's unit is {shown(unit)}: give it a unit, or set from_unit")
        try:
            found = conversion(unit, self._target).function()
        except ValueError as error:
            raise BadData(str(error)) from None
        return self._known.setdefault(unit, found)  # bounded: only units of the table get here
