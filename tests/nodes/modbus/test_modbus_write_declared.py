"""modbus/write says what it would write, before it is done."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowengine
from flowengine import BadData, Message
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.write import Write


def declared(payload: Any, **options: Any) -> list[flowengine.Write]:
    node = Write(connection=Device(host="10.0.0.5"), **{"address": 20, **options})
    return list(node.writes(Message(payload)))


def test_a_write_names_device_unit_place_and_form() -> None:
    found = declared(50, data_type="float32", engineering_unit="%")
    assert found == [("tcp://10.0.0.5:502/1/holding/20/float32", 50.0, "%")]


def test_another_form_in_the_same_place_is_another_address() -> None:
    ways: list[dict[str, Any]] = [
        {"data_type": "int16"},
        {"data_type": "int16", "scale": 0.1},
        {"data_type": "int16", "offset": 5},
        {"data_type": "uint16"},
        {"data_type": "float32", "order": "CDAB"},
        {"data_type": "float32"},
        {"data_type": "uint16", "unit": 2},
    ]
    assert len({declared(1, **way)[0].address for way in ways}) == len(ways)


def test_an_address_counted_from_one_is_the_place_that_is_sent() -> None:
    assert declared(1, address=21, address_base=1) == declared(1)


def test_the_value_is_what_the_device_will_hold() -> None:
    assert declared(21.56, data_type="int16", scale=0.1)[0].value == 21.6
    assert declared(0.1, data_type="float32")[0].value == pytest.approx(0.1, abs=1e-8)
    assert declared(0.1, data_type="float32")[0].value != 0.1


def test_several_values_are_several_writes_in_a_row() -> None:
    found = declared([1, 2, 3], data_type="int32", count=3)
    assert [(write.address.partition("holding/")[2], write.value) for write in found] == [
        ("20/int32", 1),
        ("22/int32", 2),
        ("24/int32", 3),
    ]


def test_coils_bits_and_raw_registers_are_one_address_each() -> None:
    assert declared([True, False], table="coil", count=2) == [
        ("tcp://10.0.0.5:502/1/coil/20/bool", True, ""),
        ("tcp://10.0.0.5:502/1/coil/21/bool", False, ""),
    ]
    assert declared([True] + [False] * 15, data_type="bits")[0] == declared(True, data_type="bool", bit=0)[0]
    assert declared([7, 8], data_type="raw", count=2)[1] == declared(8, data_type="uint16", address=21)[0]


def test_a_text_is_one_write() -> None:
    assert declared("ab", data_type="string", length=4)[0][:2] == ("tcp://10.0.0.5:502/1/holding/20/string[2]", "ab")


@pytest.mark.parametrize("payload", ["hot", None, float("nan"), 70000, True, [1]])
def test_a_payload_that_does_not_fit_would_write_nothing(payload: Any) -> None:
    with pytest.raises(BadData):
        declared(payload, data_type="uint16")


@given(st.floats(-3000, 3000))
def test_declaring_what_was_declared_changes_nothing(value: float) -> None:
    once = declared(value, data_type="int16", scale=0.1)
    assert declared(once[0].value, data_type="int16", scale=0.1) == once
