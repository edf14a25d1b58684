"""Schemas that users write hold up no check and lead nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.flow.foreign_schema import LONGEST, fault_of_pattern, faults_of_schema

ENDLESS = [
    r"(a+)+$",
    r"(a*)*",
    r"(a|a)*b",
    r"(x+x+)+y",
    r"(?:(?:ab|b)c)*",
    r"((a{1,50}){1,50})",
    r"(.*a){30}",
    "a*a*a*a*b",
    "a?" * 30 + "a" * 30,
]


@pytest.mark.parametrize("pattern", [*ENDLESS, r"(?=(a+)+)"])
def test_a_pattern_that_could_take_for_ever_is_refused(pattern: str) -> None:
    assert "could take for ever" in fault_of_pattern(pattern)


PLAIN = [r"^[A-Z]{2}-\d{3}$", r"^(on|off)$", r"^\d{1,3}(\.\d{1,3}){3}$", r"^\w+@\w+\.\w+$", r"(ab)?c+"]


@pytest.mark.parametrize("pattern", PLAIN)
def test_a_plain_pattern_is_used(pattern: str) -> None:
    assert fault_of_pattern(pattern) == ""


def test_what_is_no_pattern_or_too_long_is_said() -> None:
    assert "is no pattern" in fault_of_pattern("[")
    assert f"more than {LONGEST}" in fault_of_pattern("a" * (LONGEST + 1))


def test_a_schema_leads_nowhere_else_wherever_it_says_so() -> None:
    for place in ("http://127.0.0.1/x", "file:///etc/passwd", "other.json", "#"):
        assert "leads elsewhere" in faults_of_schema({"properties": {"a": {"items": {"$ref": place}}}})
    assert faults_of_schema({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}) == ""
    assert "for ever" in faults_of_schema({"patternProperties": {"(a+)+$": {}}})


@pytest.mark.filterwarnings("ignore::FutureWarning")
@given(st.text(alphabet="ab(|)*+?[]{}1,.^$\\", max_size=12))
def test_what_is_let_through_comes_to_an_end(pattern: str) -> None:
    import re

    if fault_of_pattern(pattern) == "":
        re.search(pattern, "a" * 300 + "c")  # what repeats in a repetition would take for years
