"""formats/text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.formats.text import Text


def test_auto_decodes_bytes_and_encodes_the_rest() -> None:
    assert outputs_of(Text(), "°".encode(), "°", 5, {"a": 1}) == ["°", b"\xc2\xb0", b"5", b'{"a":1}']


def test_decode_and_encode_leave_alone_what_is_so_already() -> None:
    assert outputs_of(Text(action="decode", encoding="latin-1"), b"\xb0", "x") == ["°", "x"]
    assert outputs_of(Text(action="encode"), b"\xb0", "x") == [b"\xb0", b"x"]


def test_what_does_not_fit_is_bad_data_replaced_or_left_out() -> None:
    for value in (b"a\xff", "°"):
        with pytest.raises(BadData, match="is not ascii"):
            outputs_of(Text(encoding="ascii"), value)
    assert outputs_of(Text(encoding="ascii", errors="ignore"), b"a\xff", "a°") == ["a", b"a"]
    assert outputs_of(Text(encoding="ascii", errors="replace"), "a°") == [b"a?"]


def test_another_property_is_converted_and_a_missing_one_passes() -> None:
    [routed] = messages_of(Text(property="code"), Message(1, properties={"code": b"X1"}, quality="bad"))
    assert (routed.msg.properties, routed.msg.quality) == ({"code": "X1"}, "bad")
    assert outputs_of(Text(property="code"), 1) == [1]


@given(st.text(alphabet=st.characters(codec="utf-8")), st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "gb18030"]))
def test_text_comes_back_the_same(text: str, encoding: Any) -> None:
    [raw] = outputs_of(Text(encoding=encoding), text)
    assert outputs_of(Text(encoding=encoding), raw) == [text]


def test_the_inline_form_is_process(inline_is_process: Any) -> None:
    inline_is_process(Text(encoding="ascii"), map(Message, [b"a", b"\xff", "a", "°", None, 5, [1]]))
