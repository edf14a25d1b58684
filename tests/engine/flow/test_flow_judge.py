from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import Meta

from flowengine import Connection, Secret, Transform
from flowengine.flow.file import flow_file
from flowengine.flow.judge import _options_type, judge, judge_options
from flowengine.flow.shape import FlowShape, shape_schema
from flowengine.flow.strict_json import Json
from flowengine.options import schema_of


class Link(Connection, type="judge/link"):
    """A link."""


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place."""

    x: float
    y: float = 0.0
    label: Annotated[str, Meta(max_length=2)] | None = None


class Everything(Transform, type="judge/everything"):
    """Every type that an option may have."""

    link: Link | None = None
    whole: Annotated[int, Meta(ge=0, le=3)] = 0
    real: Annotated[float, Meta(gt=-1, lt=2)] = 0.0
    step: Annotated[float, Meta(multiple_of=0.1)] = 0.0
    text: Annotated[str, Meta(min_length=1, max_length=3)] = "a"
    shape: Annotated[str, Meta(pattern="^a+$")] = "a"
    secret: Secret = ""
    choice: Literal["one", "two", 3] = "one"
    flag: bool = False
    maybe: int | None = None
    either: int | str | bool = 0
    numbers: Annotated[list[float], Meta(max_length=2)] = []
    names: dict[Annotated[str, Meta(pattern="^[ab]+$")], int] = {}
    pair: tuple[int, str] = (0, "")
    frozen: tuple[float, ...] = ()
    point: Point | None = None
    points: list[Point] = []
    anything: Any = None


class Restricted(Transform, type="judge/restricted"):
    """An option with a rule that msgspec does not know."""

    even: Annotated[int, Meta(extra_json_schema={"multipleOf": 2})] = 0
    inner: list[Annotated[str, Meta(extra_json_schema={"pattern": "^x"})]] = []


class Unique(Transform, type="judge/unique"):
    """A set, of which the schema wants that no entry is there twice."""

    even: set[int] = set()


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 4)
    | st.sampled_from([0.0, 1.0, 1.5, 0.3, 0.30000000000000004, 1e300, 10**30, -1.0, 2.0])
    | st.sampled_from(["", "a", "aa", "aaaa", "b", "one", "two", "x", "a\n", "ä"])
)
NAMES = st.sampled_from([*schema_of(Everything)["properties"], "x", "y", "label", "a", "b", "even", "inner", "nothing"])
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(NAMES, v, max_size=3), max_leaves=6)


@settings(max_examples=600)
@given(st.dictionaries(NAMES, VALUES, max_size=3))
def test_what_msgspec_accepts_jsonschema_accepts_too(options: dict[str, Any]) -> None:
    fast = _options_type(Everything)
    assert fast is not None
    try:
        msgspec.convert(options, fast)
    except msgspec.ValidationError:
        return
    assert list(Draft202012Validator(schema_of(Everything)).iter_errors(options)) == []


@settings(max_examples=600)
@pytest.mark.parametrize("cls", [Everything, Restricted, Unique])
@given(options=st.dictionaries(NAMES, VALUES, max_size=3))
def test_the_verdict_is_that_of_jsonschema(cls: type[Transform], options: dict[str, Any]) -> None:
    sound = Draft202012Validator(schema_of(cls)).is_valid(options)
    assert (judge_options(cls, options) == []) == sound


def test_rules_of_their_own_keep_a_class_from_the_fast_way() -> None:
    assert _options_type(Restricted) is None
    assert _options_type(Unique) is None
    assert judge_options(Unique, {"even": [1, 1]})
    assert [v.keys for v in judge_options(Restricted, {"even": 3, "inner": ["x", "y"]})] == [("even",), ("inner", 1)]


FORM = st.recursive(
    st.none() | st.integers(0, 2) | st.sampled_from(["a", "a.b", "-", "a\n", "block", ""]) | st.booleans(),
    lambda v: (
        st.lists(v, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                sorted(["type", "options", "from", "to", "feedback", "initial", "queue", "size", "full", "note", "a"])
            ),
            v,
        )
    ),
    max_leaves=6,
)
FILES = st.dictionaries(
    st.sampled_from(["flowengine", "name", "nodes", "wires", "layout", "subflow", "connections", "x"]), FORM, max_size=5
)


@settings(max_examples=500)
@given(FILES)
def test_the_form_of_a_file_is_accepted_where_its_schema_accepts_it(data: dict[str, Any]) -> None:
    data = {"flowengine": 1, **data}
    file = flow_file(Json("f.json", "", data), "f")
    assert (file.flow is not None) == Draft202012Validator(shape_schema(FlowShape)).is_valid(data)
    assert (file.flow is None) == bool(file.problems)


@pytest.mark.parametrize(
    ("options", "keys", "words"),
    [
        ({"whole": 4}, ("whole",), "must be at most 3, not 4"),
        ({"whole": "x"}, ("whole",), "must be a whole number, not 'x'"),
        ({"whole": True}, ("whole",), "must be a whole number, not true"),
        ({"maybe": "x"}, ("maybe",), "must be a whole number or null, not 'x'"),
        ({"choice": "tow"}, ("choice",), "must be one of 'one', 'two', 3, not 'tow' did you mean 'two'?"),
        ({"nubmers": []}, ("nubmers",), "there is no option 'nubmers' did you mean 'numbers'?"),
        ({"point": {}}, ("point",), "key 'x' is missing"),
        ({"point": {"x": 1, "z": 2}}, ("point", "z"), "there is no key 'z'"),
        ({"points": [{"x": 1}, {"x": []}]}, ("points", 1, "x"), "must be a number, not an empty list"),
        ({"names": {"c": 1}}, ("names", "c"), "as a key: 'c' does not match ^[ab]+$"),
        ({"text": "aaaa"}, ("text",), "must have at most 3 characters, not 'aaaa'"),
        ({"shape": "b"}, ("shape",), "'b' does not match ^a+$"),
        ({"link": ""}, ("link",), "at least 1 character"),
    ],
)
def test_each_verdict_says_where_and_why(options: dict[str, Any], keys: tuple[str | int, ...], words: str) -> None:
    [verdict] = judge_options(Everything, options)
    assert verdict.keys == keys
    assert words in f"{verdict.message} {verdict.hint}"


def test_all_missing_and_unknown_members_are_named_one_by_one() -> None:
    schema = {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"], "additionalProperties": False}
    found = judge(schema, {"c": 1, "d": 2})
    assert sorted(v.message for v in found) == [
        "key 'a' is missing",
        "key 'b' is missing",
        "there is no key 'c'",
        "there is no key 'd'",
    ]
