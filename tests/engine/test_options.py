"""A class's fields as options: schema, conversion, state; and the node contract at import."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import Meta

from flowengine import Connection, Message, Secret, State, Transform, unit
from flowengine.options import build, connection_names, problems, schema_of


class Line(Connection, type="test/line-of-options"):
    """A connection."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A nested option."""

    action: Literal["set", "delete", "change"]
    to: int = 0


class Everything(Transform, type="test/everything"):
    """A node with an option of every kind."""

    line: Line
    backup: Line | None = None
    gain: Annotated[float, Meta(description="Multiply by", gt=0, extra_json_schema=unit("bar"))] = 1.0
    limit: Annotated[float | None, Meta(description="At most", ge=0)] = None
    mode: Literal["zero", "add"] = "zero"
    rules: list[Rule] = []
    names: dict[str, str] = {}
    password: Secret = ""
    count: State[int] = 0
    seen: State[list[int]] = []

    def process(self, msg: Message) -> Message:
        self.count += 1
        self.seen.append(self.count)
        return msg


GOOD: dict[str, Any] = {"line": "a", "gain": 2, "limit": 3, "rules": [{"action": "set"}], "names": {"x": "y"}}


def test_the_schema_says_what_the_class_says() -> None:
    schema = schema_of(Everything)
    Draft202012Validator.check_schema(schema)
    assert schema["required"] == ["line"]
    assert list(schema["properties"]) == ["line", "backup", "gain", "limit", "mode", "rules", "names", "password"]
    assert schema["properties"]["gain"] == {
        "type": "number", "exclusiveMinimum": 0, "default": 1.0, "description": "Multiply by", "x-unit": "bar",
    }  # fmt: skip
    assert schema["properties"]["mode"]["enum"] == ["zero", "add"]
    assert schema["properties"]["rules"]["items"]["properties"]["action"]["enum"] == ["set", "delete", "change"]
    assert schema["properties"]["line"]["x-connection"] == "test/line-of-options"
    assert schema["properties"]["password"]["writeOnly"] is True


def test_options_become_a_node_with_its_connections() -> None:
    line = Line()
    node = build(Everything, GOOD, {"a": line}.__getitem__)
    assert (node.line, node.gain, node.limit, node.rules) == (line, 2.0, 3.0, [Rule("set")])
    assert connection_names(Everything, {**GOOD, "backup": "b"}) == ["a", "b"]


def test_every_fault_is_found_at_once_with_its_place() -> None:
    found = problems(schema_of(Everything), {"gain": 0, "limit": -1, "rules": [{"action": "x"}], "foo": 1})
    assert [path for path, _ in found] == [[], [], ["gain"], ["limit"], ["rules", 0, "action"]]
    text = "\n".join(reason for _, reason in found)
    assert "'line' is a required property" in text
    assert "unknown option ('foo' was unexpected)" in text


def test_state_is_declared_not_an_option_and_not_shared() -> None:
    first, second = build(Everything, GOOD, lambda name: Line()), build(Everything, GOOD, lambda name: Line())
    first.process(Message())
    assert first.state() == {"count": 1, "seen": [1]}
    assert second.state() == {"count": 0, "seen": []}
    second.restore(first.state())
    assert second.count == 1


@given(st.fixed_dictionaries({"line": st.text(min_size=1)}, optional={
    "gain": st.floats(allow_nan=False) | st.integers() | st.text(max_size=2),
    "limit": st.none() | st.floats(allow_nan=False),
    "mode": st.sampled_from(["zero", "add", "sub"]),
    "names": st.dictionaries(st.text(max_size=2), st.text(max_size=2) | st.integers(), max_size=2),
}))  # fmt: skip
def test_what_passes_the_schema_can_be_built_and_nothing_else(options: dict[str, Any]) -> None:
    if problems(schema_of(Everything), options):
        return
    build(Everything, options, lambda name: Line())


def test_a_node_without_help_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="needs a docstring"):

        class Silent(Transform, type="test/silent"):
            pass


def test_a_type_without_a_package_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="must read package/name"):

        class Bare(Transform, type="bare"):
            """A node."""


def test_an_option_may_not_hide_what_every_node_has() -> None:
    with pytest.raises(TypeError, match="an option may not be called 'status'"):

        class Hiding(Transform, type="test/hiding"):
            """A node."""

            status: str = ""  # type: ignore[assignment]
