"""Hours entered by hand stand in assets.json, and nothing else of it has changed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine.assets.hours import with_hours
from flowengine.errors import BadData, NotFound

DAY = date(2026, 11, 20)
NAMES = st.text(st.characters(codec="utf-8"), max_size=8)


def test_what_is_there_is_replaced_and_the_text_around_it_stays() -> None:
    text = (
        '{"flowengine":1,\n "assets" : {"a\\u0062": {"hours_on":"2020-01-01" , "kind":"device","running_hours": 7}}}\n'
    )
    assert with_hours(text, "ab", 1234.5, DAY) == text.replace("2020-01-01", "2026-11-20").replace(" 7}", " 1234.5}")


def test_what_is_not_there_comes_behind_the_last_laid_out_like_it() -> None:
    text = '{\n  "flowengine": 1,\n  "assets": {\n    "a": {\n      "kind": "device"\n    }\n  }\n}\n'
    lines = '"kind": "device",\n      "hours_on": "2026-11-20",\n      "running_hours": 20000\n'
    assert with_hours(text, "a", 20000.0, DAY) == text.replace('"kind": "device"\n', lines)


@settings(max_examples=50)
@given(st.dictionaries(NAMES, NAMES, min_size=1), st.floats(0, 1e9), st.sampled_from([None, 0, 2, "\t"]), st.data())
def test_whatever_the_names_and_the_layout_only_the_hours_differ(
    notes: dict[str, str], hours: float, indent: int | str | None, data: Any
) -> None:
    value: dict[str, Any] = {"flowengine": 1, "assets": {k: {"kind": "device", "note": v} for k, v in notes.items()}}
    part = data.draw(st.sampled_from(sorted(notes)))
    found = json.loads(
        with_hours(json.dumps(value, indent=indent, ensure_ascii=data.draw(st.booleans())), part, hours, DAY)
    )
    entered = found["assets"][part]
    assert (entered.pop("hours_on"), entered.pop("running_hours")) == ("2026-11-20", pytest.approx(hours, rel=1e-14))
    assert found == value


def test_what_is_no_part_or_no_sound_file_is_refused() -> None:
    with pytest.raises(NotFound, match="there is no part 'b'"):
        with_hours('{"flowengine": 1, "assets": {"a": {"kind": "device"}}}', "b", 1, DAY)
    with pytest.raises(BadData, match="'a' is a line: parts in it have running hours"):
        with_hours('{"flowengine": 1, "assets": {"a": {"kind": "line"}}}', "a", 1, DAY)
    with pytest.raises(BadData, match=r"assets\.json:1: error"):
        with_hours('{"flowengine": 1, "assets": {"a": 3}}', "a", 1, DAY)
