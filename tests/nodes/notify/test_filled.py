from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine_nodes.notify import filled

MSG = Message({"why": 'bearing "A" <hot>', "value": 7.5, "list": [1, 2]}, "line 1/press", 1_767_225_600.0)


def test_a_text_is_filled_in_as_it_is_and_the_time_is_iso_8601() -> None:
    assert filled.text("{{topic}}: {{payload.why}} since {{when}}{{payload.none}}")(MSG) == (
        'line 1/press: bearing "A" <hot> since 2026-01-01T00:00:00Z'
    )


def test_json_takes_texts_escaped_and_numbers_and_lists_as_they_are() -> None:
    template = '{"t": "{{payload.why}}", "v": {{payload.value}}, "l": {{payload.list}}}'
    assert filled.json_text(template)(MSG) == {"t": 'bearing "A" <hot>', "v": 7.5, "l": [1, 2]}
    with pytest.raises(BadData, match="which is no JSON"):
        filled.json_text('{"v": {{payload.why}}}')(MSG)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS | st.binary())
def test_nothing_in_a_message_adds_anything_to_json_but_its_own_text(value: str | bytes) -> None:
    try:
        made = filled.json_text('{"a": "{{payload}}", "b": 1}')(Message(value))
    except BadData as error:
        assert "written as text" in str(error)  # noqa: PT017 (bytes that are no UTF-8)
    else:
        assert made == {"a": value if isinstance(value, str) else value.decode(), "b": 1}


@given(TEXTS | st.binary() | st.lists(TEXTS) | st.floats())
def test_nothing_in_a_message_leads_elsewhere(value: object) -> None:
    try:
        made = filled.path("/lines/{{payload}}/events")(Message(value))
    except BadData:
        return
    assert made.count("/") == 3
    assert "?" not in made
    assert "/../" not in made


def test_a_path_is_percent_encoded_and_begins_with_a_slash() -> None:
    assert filled.path("/lines/{{topic}}?at={{payload.value}}")(MSG) == "/lines/line%201%2Fpress?at=7.5"
    with pytest.raises(ValueError, match="must begin with / or"):
        filled.path("lines")
    with pytest.raises(BadData, match="which is none"):
        filled.path("/lines/{{topic}}")(Message(1, ".."))


def test_json_escapes_what_json_needs() -> None:
    assert filled.json_text('"{{payload}}"')(Message('a\n"\\b')) == json.loads('"a\\n\\"\\\\b"')
