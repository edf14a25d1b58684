"""Payloads made small enough to look at."""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Message
from flowengine.telemetry.preview import HEAVY, is_heavy, kind_of, lightened, preview
from tests.steps import steps


@dataclass
class Reading:
    value: float
    unit: str


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, "null", None),
        (True, "boolean", True),
        (21.5, "number", 21.5),
        (math.nan, "number", "nan"),
        (-math.inf, "number", "-inf"),
        (2**53 + 1, "number", "9007199254740993"),
        ("oven", "text", "oven"),
        (b"\x01\xff", "bytes", "01 ff"),
        ({"t": [1, 2]}, "object", {"t": [1, 2]}),
        ({1: "a", None: "b"}, "object", {"1": "a", "None": "b"}),
        ((1, "a"), "list", [1, "a"]),
        (Reading(1.0, "bar"), "object", {"value": 1.0, "unit": "bar"}),
        (datetime.date(2026, 1, 2), "text", "2026-01-02"),
        (decimal.Decimal("1.50"), "number", "1.50"),
        (object(), "text", "<object>"),
        ("half a pair \ud800", "text", "half a pair ?"),
    ],
)
def test_every_kind_of_value_is_shown_as_json(value: Any, kind: str, shown: Any) -> None:
    assert preview(value) == (kind, shown, False)


def test_long_values_end_early_and_say_so() -> None:
    assert preview("x" * 5000, 10) == ("text", "x" * 10, True)
    assert preview(b"\x00" * 5000, 9) == ("bytes", "00 00 00", True)
    kind, value, cut = preview(list(range(100_000)), 100)
    assert (kind, value[:3], cut) == ("list", [0, 1, 2], True)
    assert preview(10**5000).cut


def test_what_is_nested_without_end_is_cut() -> None:
    value: list[Any] = []
    value.append(value)
    assert preview(value).cut


class Counting(Mapping[str, Any]):
    """A large object that counts how much of it is looked at."""

    def __init__(self) -> None:
        self.looked = 0

    def __getitem__(self, key: str) -> Any:
        self.looked += 1
        return {"inner": [1] * 100}

    def __iter__(self) -> Iterator[str]:
        return (f"key{number}" for number in range(10**6))

    def __len__(self) -> int:
        return 10**6


def test_no_more_is_looked_at_than_is_shown() -> None:
    value = Counting()
    assert preview(value).cut
    assert value.looked < 500
    assert is_heavy(value)
    assert value.looked < 2000

    def work(large: Any) -> int:
        return steps(lambda: preview(large))

    assert work("x" * 10_000_000) == work("x" * 10_000)
    assert work([[0] * 10_000] * 10_000) == work([[0] * 1000] * 1000)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers() | st.none(), inner)
    ),
    max_leaves=60,
)


@given(anything, st.integers(0, 300))
def test_whatever_comes_json_can_say_it_and_it_is_about_as_short_as_asked_for(value: Any, most: int) -> None:
    kind, shown, cut = preview(value, most)
    text = msgspec.json.encode(shown)
    assert len(text) <= 12 * most + 200  # escapes take six bytes, what is open must still be closed
    assert kind == kind_of(value)
    if not cut and value == value and isinstance(value, str | bool | None):
        assert shown == value or not value.isprintable()  # type: ignore[union-attr]


def test_messages_kept_for_long_keep_no_heavy_payload() -> None:
    light, heavy = Message({"t": 1}), Message("x" * 10 * HEAVY, properties={"request": [0] * HEAVY})
    assert lightened(light) is light
    assert len(lightened(heavy).payload) == HEAVY
    assert len(lightened(heavy).properties["request"]) < HEAVY
