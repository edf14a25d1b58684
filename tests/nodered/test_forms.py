"""What HTTP nodes of Node-RED send and take beside a body: fields and files of forms, cookies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.nodered import cookies, multipart
from flowengine_nodes.nodered.base import RedError

NAMES = st.text("abz_-", min_size=1, max_size=6)


@given(
    st.dictionaries(NAMES, st.text(max_size=20).filter(str.isprintable), min_size=1, max_size=3), st.binary(max_size=60)
)
def test_fields_and_files_of_a_form_arrive_as_they_were_sent(fields: dict[str, str], content: bytes) -> None:
    file = {"value": content, "options": {"filename": "a b.png"}}
    sent, files = multipart.read(*multipart.written({**fields, "the file": file, "gone": None}))
    assert sent == fields
    about = {"fieldname": "the file", "originalname": "a b.png", "encoding": "7bit", "mimetype": "image/png"}
    assert files == [{**about, "buffer": content, "size": len(content)}]


def test_a_field_that_comes_twice_is_a_list_and_what_is_no_form_is_refused() -> None:
    body, kind = multipart.written({"a": "1", "b": {"x": 1}})
    assert multipart.read(body.replace(b'"b"', b'"a"'), kind) == ({"a": ["1", '{"x":1}']}, [])
    with pytest.raises(RedError):
        multipart.read(b"text", "multipart/form-data")


@given(st.dictionaries(NAMES, st.text(max_size=20), max_size=4))
def test_cookies_arrive_as_they_were_sent(given_: dict[str, str]) -> None:
    assert cookies.read(cookies.sent("", given_)) == given_


def test_a_msg_adds_to_the_cookies_of_a_header_and_nothing_in_it_begins_another_header() -> None:
    added = {"a": {"value": "2"}, "b": "x\r\ny", "c": None, "bad name": "1", "d": {"value": "é", "encode": False}}
    assert cookies.sent("z=1; a=0", added) == "z=1; a=2; b=x%0D%0Ay"
    with pytest.raises(ValueError, match="path"):
        cookies.set_by("a", {"value": "1", "path": "/;x"}, 0)
    with pytest.raises(ValueError, match="no name"):
        cookies.set_by("a b", "1", 0)


def test_an_answer_sets_a_cookie_with_all_that_is_said_of_it_and_null_clears_it() -> None:
    said = {
        "value": "x y",
        "maxAge": 1500,
        "domain": "d",
        "path": "/p",
        "httpOnly": True,
        "secure": True,
        "sameSite": "lax",
    }
    assert cookies.set_by("a", said, 0) == (
        "a=x%20y; Max-Age=1; Domain=d; Path=/p; Expires=Thu, 01 Jan 1970 00:00:01 GMT; HttpOnly; Secure; SameSite=Lax"
    )
    assert cookies.set_by("a", None, 5) == "a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
