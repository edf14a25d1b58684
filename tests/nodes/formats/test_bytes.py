"""formats/bytes and its layouts."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.options import build, problems, schema_of
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.formats.bytes import Bytes


def made(*layout: dict[str, Any], **options: Any) -> Bytes:
    assert problems(schema_of(Bytes), {"layout": list(layout), **options}) == []
    return build(Bytes, {"layout": list(layout), **options})


def test_registers_of_a_device_become_named_values() -> None:
    node = made({"name": "level", "type": "float32"}, {"name": "running", "type": "bits"}, data="registers")
    assert outputs_of(node, [16518, 26214, 1]) == [{"level": pytest.approx(4.2, rel=1e-6), "running": True}]


@pytest.mark.parametrize(
    ("order", "raw"),
    [
        ({}, "AABBCCDD"),
        ({"word_order": "low-first"}, "CCDDAABB"),
        ({"byte_order": "little", "word_order": "high-first"}, "BBAADDCC"),
        ({"byte_order": "little"}, "DDCCBBAA"),
    ],
)
def test_the_four_orders_of_a_long_number(order: dict[str, str], raw: str) -> None:
    layout = {"name": "n", "type": "uint32", **order}
    assert outputs_of(made(layout), bytes.fromhex(raw)) == [{"n": 0xAABBCCDD}]
    assert outputs_of(made(layout, direction="build"), {"n": 0xAABBCCDD}) == [bytes.fromhex(raw)]


def test_offsets_count_bytes_or_registers_and_default_to_after_the_one_before() -> None:
    fields: list[dict[str, Any]] = [
        {"name": "a", "type": "uint8"},
        {"name": "b", "type": "uint8"},
        {"name": "c", "type": "int16", "offset": 4},
    ]
    assert outputs_of(made(*fields), b"\x01\x02\0\0\xff\xfe\x09") == [{"a": 1, "b": 2, "c": -2}]
    assert outputs_of(made(*fields, data="registers"), [0x0100, 0x0200, 0, 0, 0xFFFE]) == [{"a": 1, "b": 2, "c": -2}]


def test_bits_are_taken_from_words_of_either_order() -> None:
    fields = [
        {"name": "low", "type": "bits", "offset": 0},
        {"name": "mode", "type": "bits", "offset": 0, "bit": 4, "length": 3},
        {"name": "top", "type": "bits", "offset": 0, "bit": 15},
    ]
    assert outputs_of(made(*fields, data="registers"), [0x8051]) == [{"low": True, "mode": 5, "top": True}]
    assert outputs_of(made(*fields, data="registers", direction="build"), {"low": 1, "mode": 5, "top": True}) == [
        [0x8051]
    ]
    byte = made({"name": "b", "type": "bits", "bit": 7})
    assert outputs_of(byte, b"\x80", b"\x7f") == [{"b": True}, {"b": False}]


def test_text_is_padded_with_zeros() -> None:
    layout = {"name": "code", "type": "string", "length": 6}
    assert outputs_of(made(layout), b"AB12\0\0") == [{"code": "AB12"}]
    assert outputs_of(made(layout, data="registers", direction="build"), {"code": "AB12"}) == [[0x4142, 0x3132, 0]]


def test_scaled_values_are_scaled_back() -> None:
    layout = {"name": "t", "type": "int16", "scale": 0.1, "add": -40}
    assert outputs_of(made(layout), (615).to_bytes(2)) == [{"t": pytest.approx(21.5)}]
    assert outputs_of(made(layout, direction="build"), {"t": 21.5}) == [(615).to_bytes(2)]


def test_another_property_is_converted_and_the_rest_stays() -> None:
    msg = Message(1, properties={"raw": b"\x05"}, quality="uncertain")
    [routed] = messages_of(made({"name": "n", "type": "uint8"}, property="raw"), msg)
    assert (routed.msg.payload, routed.msg.properties, routed.msg.quality) == (1, {"raw": {"n": 5}}, "uncertain")


@pytest.mark.parametrize(
    ("options", "value", "text"),
    [
        ({}, b"\x01", "the layout needs 2 bytes; the message has 1"),
        ({"data": "registers"}, [], "the layout needs 1 registers; the message has 0"),
        ({"data": "registers"}, [70000], "each must be 0 to 65535"),
        ({"data": "registers"}, [1.5], "no list of registers"),
        ({}, "text", "neither bytes nor a list"),
        ({}, None, "neither bytes nor a list"),
        ({"direction": "build"}, {}, "field 'n' is missing"),
        ({"direction": "build"}, 5, "no object"),
        ({"direction": "build"}, {"n": 70000}, "70000 does not fit into int16"),
        ({"direction": "build"}, {"n": True}, "field 'n' needs a number"),
        ({"direction": "build"}, {"n": float("nan")}, "does not fit"),
        ({"property": "raw"}, 1, "no raw"),
    ],
)
def test_data_that_does_not_fit_the_layout_is_bad_data(options: dict[str, Any], value: Any, text: str) -> None:
    with pytest.raises(BadData, match=text):
        outputs_of(made({"name": "n", "type": "int16"}, **options), value)


def test_texts_and_bits_that_do_not_fit_are_bad_data() -> None:
    for field, value in (
        ({"type": "string", "length": 2}, "ABC"),
        ({"type": "string", "length": 2}, "°"),
        ({"type": "string", "length": 2}, 5),
        ({"type": "bits", "length": 2}, 4),
        ({"type": "bits", "length": 2}, -1),
        ({"type": "bits", "length": 2}, "x"),
    ):
        with pytest.raises(BadData, match="field 'n'"):
            outputs_of(made({"name": "n", **field}, direction="build"), {"n": value})
    with pytest.raises(BadData, match="is not ascii"):
        outputs_of(made({"name": "n", "type": "string", "length": 2}), b"\xff\xff")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ([{"name": "n", "type": "int8"}, {"name": "n", "type": "int8"}], "two fields have the name 'n'"),
        ([{"name": "n", "type": "int8", "scale": 0}], "scale must be"),
        ([{"name": "n", "type": "bits", "bit": 60, "length": 8}], "beyond 64 bits"),
        ([{"name": "n", "type": "int8", "offset": 2_000_000}], "at most 1000000"),
    ],
)
def test_a_layout_that_does_not_fit_together_is_refused(fields: list[dict[str, Any]], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        made(*fields)


INTEGERS = {"int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32, "uint32": 32, "int64": 64, "uint64": 64}


def _number(kind: str) -> st.SearchStrategy[Any]:
    if kind == "string":
        return st.text(alphabet=st.characters(min_codepoint=1, max_codepoint=127), max_size=5)
    if kind == "bits":
        return st.integers(0, 2**5 - 1)
    if kind == "float32":
        return st.floats(width=32, allow_nan=False)
    if kind == "float64":
        return st.floats(allow_nan=False)
    bits = INTEGERS[kind]
    return st.integers(0, 2**bits - 1) if kind[0] == "u" else st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


@st.composite
def records(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    kinds = draw(st.lists(st.sampled_from([*INTEGERS, "float32", "float64", "string", "bits"]), min_size=1, max_size=6))
    layout = [
        {
            "name": f"f{i}",
            "type": kind,
            "length": 5,
            "bit": 3,
            "byte_order": draw(st.sampled_from(["big", "little"])),
            "word_order": draw(st.sampled_from([None, "high-first", "low-first"])),
        }
        for i, kind in enumerate(kinds)
    ]
    return layout, {f"f{i}": draw(_number(kind)) for i, kind in enumerate(kinds)}


@given(records(), st.sampled_from(["bytes", "registers"]))
def test_what_is_built_is_parsed_back_the_same(record: Any, data: str) -> None:
    layout, values = record
    [raw] = outputs_of(made(*layout, data=data, direction="build"), values)
    assert outputs_of(made(*layout, data=data), raw) == [values]


@given(st.binary(max_size=40), st.sampled_from(["bytes", "registers"]))
def test_any_data_is_values_or_bad_data(raw: bytes, data: str) -> None:
    node = made(
        {"name": "a", "type": "float32"},
        {"name": "b", "type": "string", "length": 4},
        {"name": "c", "type": "int64"},
        data=data,
    )
    try:
        [found] = outputs_of(node, raw)
    except BadData:
        return
    assert struct.pack(">q", found["c"]) == raw[8:16]


def test_the_inline_form_is_process(inline_is_process: Any) -> None:
    inline_is_process(
        made({"name": "n", "type": "int16"}), map(Message, [b"\x01\x02", b"", None, [1, 2], [1.5, 2], "x"])
    )
