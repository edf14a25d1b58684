"""values/units: conversions and their table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message, Transform
from flowengine.options import build, problems, schema_of
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.values.unit_table import DIMENSIONS, OTHER_SPELLINGS, TABLE, conversion
from flowengine_nodes.values.units import Units

Check = Callable[[Transform, Iterable[Message]], None]


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        # NIST SP 811, appendix B, to the digits printed there
        (100, "degC", "degF", 212),
        (32, "degF", "degC", 0),
        (-40, "degF", "degC", -40),
        (0, "degC", "K", 273.15),
        (1, "psi", "Pa", 6894.757),
        (1, "bar", "kPa", 100),
        (760, "torr", "Pa", 101325),
        (1, "atm", "bar", 1.01325),
        (1, "in", "mm", 25.4),
        (1, "mi", "km", 1.609344),
        (1, "gal", "l", 3.785412),
        (1, "lb", "kg", 0.45359237),
        (1, "oz", "g", 28.34952),
        (1, "hp", "W", 745.6999),
        (1, "PS", "kW", 0.73549875),
        (1, "BTU", "J", 1055.056),
        (1, "kWh", "MJ", 3.6),
        (1, "lbf", "N", 4.448222),
        (1, "lbf.ft", "N.m", 1.355818),
        (3600, "rpm", "Hz", 60),
        (1, "rpm", "rad/s", 0.1047198),
        (36, "km/h", "m/s", 10),
        (1, "m3/h", "l/min", 16.66667),
        (1, "gal/min", "l/min", 3.785412),
        (1, "t/h", "kg/min", 16.66667),
        (50, "percent", "fraction", 0.5),
        (180, "deg", "rad", 3.141593),
        (90, "min", "h", 1.5),
        (1, "lb/ft3", "kg/m3", 16.01846),
    ],
)
def test_factors_are_those_of_the_standard(value: float, source: Any, target: Any, expected: float) -> None:
    [found] = outputs_of(Units(from_unit=source, to_unit=target), value)
    assert found == pytest.approx(expected, rel=5e-7, abs=1e-12)


def test_plain_decimal_conversions_come_out_exactly() -> None:
    assert outputs_of(Units(from_unit="mm", to_unit="m"), 5, 4200, 0.3) == [0.005, 4.2, 0.0003]
    assert outputs_of(Units(from_unit="degF", to_unit="degC"), 32, 212, -40) == [0.0, 100.0, -40.0]


def test_the_message_gets_the_new_unit_unless_told_otherwise() -> None:
    msg = Message(1, quality="uncertain")
    [routed] = messages_of(Units(from_unit="bar", to_unit="kPa"), msg)
    assert (routed.msg.payload, routed.msg.properties, routed.msg.quality) == (100.0, {"unit": "kPa"}, "uncertain")
    assert messages_of(Units(from_unit="bar", to_unit="kPa", set_unit=False), msg)[0].msg.properties == {}


def test_without_from_unit_the_message_says_its_unit() -> None:
    node = Units(to_unit="degC", property="payload.t")
    messages = [Message({"t": 212}, properties={"unit": unit}) for unit in ("degF", "°F", "K", "degF")]
    assert [p["t"] for p in outputs_of(node, *messages)] == [100.0, 100.0, pytest.approx(-61.15), 100.0]
    for unit in ("bar", "furlong", None, 5):
        with pytest.raises(BadData, match=r"cannot be converted|not known|give it a unit"):
            outputs_of(node, Message({"t": 1}, properties={"unit": unit}))
    with pytest.raises(BadData, match=r"no payload\.t"):
        outputs_of(node, Message(1, properties={"unit": "K"}))


def test_different_dimensions_and_unknown_units_are_refused_when_the_node_is_made() -> None:
    with pytest.raises(ValueError, match="bar is a unit of pressure, kW of power"):
        Units(from_unit="bar", to_unit="kW")
    with pytest.raises(ValueError, match="unit 'furlong' is not known"):
        Units(to_unit="furlong")
    assert problems(schema_of(Units), {"to_unit": "furlong"})
    assert problems(schema_of(Units), {"to_unit": "m", "from_unit": "furlong"})
    assert build(Units, {"to_unit": "m", "from_unit": "mm"})


@pytest.mark.parametrize("value", [True, None, "warm", [1], float("nan")])
def test_what_is_no_number_is_bad_data(value: Any) -> None:
    with pytest.raises(BadData, match="is not a number"):
        outputs_of(Units(from_unit="bar", to_unit="kPa"), value)


def test_each_unit_stands_in_one_dimension_and_each_spelling_means_a_unit() -> None:
    assert len(DIMENSIONS) == sum(len(units) for units in TABLE.values())
    assert set(OTHER_SPELLINGS.values()) <= set(DIMENSIONS)
    assert not set(OTHER_SPELLINGS) & set(DIMENSIONS)


@given(st.sampled_from(sorted(DIMENSIONS)), st.sampled_from(sorted(DIMENSIONS)), st.floats(-1e9, 1e9))
def test_there_and_back_gives_the_same_number(one: str, other: str, value: float) -> None:
    if DIMENSIONS[one] != DIMENSIONS[other]:
        with pytest.raises(ValueError, match="cannot be converted"):
            conversion(one, other)
        return
    there, back = conversion(one, other).function(), conversion(other, one).function()
    assert back(there(value)) == pytest.approx(value, rel=1e-9, abs=1e-9)


@settings(max_examples=100)
@given(
    data=st.data(),
    units=st.sampled_from([("degF", "degC"), ("degC", "degF"), ("psi", "bar"), ("m", "m"), ("mm", "in")]),
)
def test_the_inline_form_is_process(data: st.DataObject, units: Any, messages: Any, inline_is_process: Check) -> None:
    node = Units(from_unit=units[0], to_unit=units[1], set_unit=False)
    inline_is_process(node, [data.draw(messages) for _ in range(4)])
