from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.flow.references import Scope, escape, may_refer, references, resolve, whole

SCOPE = Scope(
    environment={"OWN": "own", "BOTH": "flow"},
    process={"BOTH": "process", "PORT": "502", "ON": "true", "EMPTY": ""},
    secrets={"db/main": "s3cret", "pin": "4711"}.get,
    parameters={"n": 3, "name": "x", "list": [1]},
    declared=frozenset({"n", "name", "list", "later"}),
)
NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("${OWN}", {}, "own"),
        ("${BOTH}", {}, "flow"),
        ("tcp://${OWN}:${PORT}/", {}, "tcp://own:502/"),
        ("${NONE:-here}", {}, "here"),
        ("${NONE:-}", {}, ""),
        ("${EMPTY:-full}", {}, ""),
        ("${NONE:-a:-b}", {}, "a:-b"),
        ("$${OWN} ${OWN}", {}, "${OWN} own"),
        ("$${", {}, "${"),
        ("costs $5", {}, "costs $5"),
        ("${PORT}", NUMBER, 502),
        ("${PORT}", {"type": "string"}, "502"),
        ("${PORT}", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, 502),
        ("${PORT}", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "502"),
        ("${PORT}", {"enum": [502, 503]}, 502),
        ("${PORT}", {"enum": ["502"]}, "502"),
        ("${ON}", {"type": "boolean"}, True),
        ("${NONE:-null}", {"type": ["number", "null"]}, None),
        ("${secret:db/main}", {}, "s3cret"),
        ("${secret:pin}", NUMBER, 4711),
        ("${parameter:n}", {}, 3),
        ("${parameter:list}", {}, [1]),
        ("${parameter:name}-${parameter:n}", {}, "x-3"),
    ],
)
def test_a_reference_is_replaced_by_what_it_stands_for(text: str, schema: dict[str, Any], value: Any) -> None:
    found = resolve({"o": [text]}, SCOPE, {"properties": {"o": {"items": schema}}})
    assert found.value == {"o": [value]}
    assert type(found.value["o"][0]) is type(value)
    assert found.complete


@pytest.mark.parametrize(
    ("text", "schema", "code", "words"),
    [
        ("${NONE}", {}, "missing-variable", "NONE is not set"),
        ("a${NONE}b", {}, "missing-variable", "NONE"),
        ("${secret:none}", {}, "missing-secret", "no secret 'none'"),
        ("${parameter:nme}", {}, "unknown-parameter", "did you mean 'name'?"),
        ("${OWN}", NUMBER, "bad-reference", "not 'own'"),
        ("${secret:db/main}", NUMBER, "bad-reference", "not its value"),
        ("${a b}", {}, "bad-reference", "$${"),
        ("${open", {}, "bad-reference", "'}' is missing"),
        ("${}", {}, "bad-reference", "expected"),
        ("${NONE:-[1]}", NUMBER, "bad-reference", "a number"),
        ("${NONE:-NaN}", NUMBER, "bad-reference", "a number"),
    ],
)
def test_a_reference_that_leads_nowhere_is_said_with_its_place(
    text: str, schema: dict[str, Any], code: str, words: str
) -> None:
    found = resolve({"a": {"b": text}}, SCOPE, {"properties": {"a": {"properties": {"b": schema}}}})
    [fault] = found.faults
    assert fault.keys == ("a", "b")
    assert fault.code == code
    assert words in fault.message + fault.hint
    assert "s3cret" not in fault.message + fault.hint


def test_what_is_not_known_yet_stays_open() -> None:
    nothing = Scope(declared=frozenset({"later"}))
    value = {"a": "${X}", "b": "${secret:x}", "c": ["${parameter:later}"], "d": "${X:-1}"}
    found = resolve(value, nothing)
    assert found.open == [("a",), ("b",), ("c", 0)]
    assert found.faults == []
    assert found.value["d"] == "1"


def test_it_is_known_where_secrets_went() -> None:
    found = resolve({"a": "${secret:pin}", "b": "x${secret:pin}"}, SCOPE)
    assert found.secret == {("a",): {"pin": "4711"}, ("b",): {"pin": "4711"}}


def test_all_references_of_a_value_can_be_listed() -> None:
    value = {"a": ["${X:-1} ${secret:y}"], "b": "$${Z}"}
    assert list(references(value)) == [(("a", 0), "X:-1"), (("a", 0), "secret:y")]
    assert whole("${X}") == "X"
    assert whole("${X} ") is None
    assert whole("$${") is None


@given(st.text(st.sampled_from("${}ab:-")))
def test_an_escaped_text_comes_out_as_it_was(text: str) -> None:
    found = resolve(escape(text), Scope(process={}))
    assert found.value == text
    assert not found.faults


@given(
    st.recursive(st.none() | st.integers() | st.text("ab$"), lambda v: st.lists(v) | st.dictionaries(st.text("a$"), v))
)
def test_a_value_without_references_is_left_as_it_is(value: Any) -> None:
    assert not may_refer(value)
    assert resolve(value, SCOPE).value is value
