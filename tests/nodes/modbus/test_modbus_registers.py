from __future__ import annotations

import math
import random
import struct
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData
from flowengine_nodes.modbus.registers import FORMATS, ByteOrder, Coils, bounds, codec

ORDERS = get_args(ByteOrder)
INTEGERS = ["int16", "uint16", "int32", "uint32", "int64", "uint64", "bcd16", "bcd32"]
orders = st.sampled_from(ORDERS)


@given(st.data(), st.sampled_from(INTEGERS), orders, st.integers(1, 5))
def test_whole_numbers_come_back_as_they_were_in_every_order(
    data: st.DataObject, data_type: Any, order: ByteOrder, count: int
) -> None:
    number = st.integers(*bounds(data_type))
    value = data.draw(number if count == 1 else st.lists(number, min_size=count, max_size=count))
    made = codec(data_type, order, count)
    assert made.decode(made.encode(value)) == value
    assert len(made.encode(value)) == 2 * made.words


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), orders)
def test_float32_comes_back_as_it_was_in_every_order(value: float, order: ByteOrder) -> None:
    made = codec("float32", order)
    assert made.decode(made.encode(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False), orders)
def test_float64_comes_back_as_it_was_in_every_order(value: float, order: ByteOrder) -> None:
    made = codec("float64", order)
    assert made.decode(made.encode(value)) == value


@given(st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=9), orders)
def test_text_comes_back_as_it_was_in_every_order(value: str, order: ByteOrder) -> None:
    made = codec("string", order, length=9)
    assert made.words == 5
    assert made.decode(made.encode(value)) == value


@given(st.integers(1, 4), orders, st.randoms())
def test_bits_and_raw_registers_come_back_as_they_were(count: int, order: ByteOrder, chance: random.Random) -> None:
    bits = [chance.random() < 0.5 for _ in range(16 * count)]
    made = codec("bits", order, count)
    assert made.decode(made.encode(bits)) == bits
    words = [chance.randrange(65536) for _ in range(count)]
    assert codec("raw", order, count).decode(codec("raw", order, count).encode(words)) == words


@given(st.lists(st.booleans(), min_size=2, max_size=50))
def test_coils_come_back_as_they_were(values: list[bool]) -> None:
    assert Coils(len(values)).decode(Coils(len(values)).encode(values)) == values


@pytest.mark.parametrize(
    ("order", "sent"), [("ABCD", "aabbccdd"), ("CDAB", "ccddaabb"), ("BADC", "bbaaddcc"), ("DCBA", "ddccbbaa")]
)
def test_orders_are_what_vendors_call_them(order: ByteOrder, sent: str) -> None:
    assert codec("uint32", order).encode(0xAABBCCDD).hex() == sent


@pytest.mark.parametrize(
    ("order", "sent"),
    [
        ("ABCD", "0102030405060708"),
        ("CDAB", "0708050603040102"),
        ("BADC", "0201040306050807"),
        ("DCBA", "0807060504030201"),
    ],
)
def test_orders_of_64_bits_follow_the_same_names(order: ByteOrder, sent: str) -> None:
    assert codec("uint64", order).encode(0x0102030405060708).hex() == sent


@given(st.sampled_from([t for t in FORMATS if not t.startswith("bcd")]), st.integers(0, 2**64 - 1))
def test_decoding_agrees_with_pymodbus(data_type: Any, noise: int) -> None:
    from pymodbus.client.mixin import ModbusClientMixin as Oracle

    width = struct.calcsize(f">{FORMATS[data_type]}")
    data = noise.to_bytes(8, "big")[:width]
    words = list(struct.unpack(f">{width // 2}H", data))
    for order, name in (("ABCD", "big"), ("CDAB", "little")):
        theirs = Oracle.convert_from_registers(words, Oracle.DATATYPE[data_type.upper()], word_order=name)  # type: ignore[arg-type]
        ours = codec(data_type, order).decode(data)  # type: ignore[arg-type]
        assert ours == theirs or (math.isnan(ours) and math.isnan(theirs))  # type: ignore[arg-type]


def test_a_bit_is_counted_from_the_lowest_also_in_a_swapped_register() -> None:
    assert codec("bool", bit=0).decode(b"\x00\x01") is True
    assert codec("bool", bit=15).decode(b"\x80\x00") is True
    assert codec("bool", "BADC", bit=0).decode(b"\x01\x00") is True
    assert codec("bool").decode(b"\x00\x00") is False
    assert codec("bool").decode(b"\x10\x00") is True


@pytest.mark.parametrize(
    ("data_type", "value", "reason"),
    [
        ("int16", 40000, "does not fit int16 (-32768 to 32767)"),
        ("uint16", -1, "does not fit uint16 (0 to 65535)"),
        ("uint16", math.nan, "must be a number from 0 to 65535, not nan"),
        ("uint16", math.inf, "not inf"),
        ("uint16", "12", "not '12'"),
        ("uint16", True, "not True"),
        ("uint16", None, "not None"),
        ("int32", [1], "not [1]"),
        ("bcd16", 10000, "does not fit bcd16 (0 to 9999)"),
        ("float32", math.nan, "must be a finite number, not nan"),
        ("float32", 1e39, "too large for float32"),
        ("float32", 10**400, "too large for float32"),
        ("float64", "x", "must be a number, not 'x'"),
        ("bool", 2, "must be true or false, not 2"),
        ("string", 5, "must be text, not 5"),
        ("string", "a" * 17, "has 17 characters; there is room for 16"),
        ("string", "5 €", "only Latin-1"),
        ("raw", [1, 2], "must be a list of 1 values, not of 2"),
        ("bits", True, "must be a list of 16 values"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(data_type: Any, value: Any, reason: str) -> None:
    with pytest.raises(BadData) as caught:
        codec(data_type, length=16).encode(value)
    assert reason in str(caught.value)


def test_digits_above_nine_are_no_bcd() -> None:
    assert codec("bcd16").decode(b"\x12\x34") == 1234
    with pytest.raises(BadData, match="0x12F4 is no bcd16"):
        codec("bcd16").decode(b"\x12\xf4")


def test_numbers_are_rounded_to_whole_registers() -> None:
    assert codec("int16").encode(2.6) == b"\x00\x03"
