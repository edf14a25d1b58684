"""A flow is checked again and again while people work on it: what is taken over from before changes nothing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.flow.check import examine
from flowengine.flow.diff import diff
from flowengine.flow.expansion import Expansion, Surroundings
from flowengine.flow.file import FlowFile
from flowengine.flow.plan import plan_of
from flowengine.flow.problem import errors
from flowengine.flow.project import Project
from flowengine.flow.sharing import shared
from flowengine.registry import Registry
from tests.engine.flow.conftest import file_of

NAMES = ("a", "b", "c", "d", "e")
NUMBERS = st.sampled_from([1, 1.0, True, 2, "3", "${GAIN}", "${GAIN:-5}"])
NODES = st.one_of(
    st.builds(lambda every: {"type": "test/tick", "options": {"every": every}}, NUMBERS),
    st.builds(lambda gain: {"type": "test/scale", "options": {"gain": gain}}, NUMBERS),
    st.builds(lambda low, high: {"type": "test/scale", "options": {"low": low, "high": high}}, NUMBERS, NUMBERS),
    st.builds(
        lambda ways: {"type": "test/switch", "options": {"ways": ways}},
        st.lists(st.sampled_from(["x", "y"]), max_size=2),
    ),
    st.builds(
        lambda name: {"type": "test/read", "options": {"connection": name}}, st.sampled_from(["one", "two", "no"])
    ),
    st.builds(
        lambda token: {"type": "test/ask", "options": {"token": token}},
        st.sampled_from(["${secret:token}", "clear", "wrong"]),
    ),
    st.sampled_from(
        [
            {"type": "test/text"},
            {"type": "test/show"},
            {"type": "test/nothing"},
            {"type": "test/show", "disabled": True},
            {"type": "test/rotten", "options": {"depth": 1}},
            {"type": "flow/inner", "options": {"factor": 2}},
            {"type": "flow/inner", "options": {"factor": "${GAIN:-1}"}},
        ]
    ),
)
ENDS = st.sampled_from([*NAMES, "a.error", "b.x", "c.y", "f"])
WIRES = st.builds(
    lambda source, target, feedback: {
        "from": source,
        "to": target,
        **({"feedback": {"initial": 1}} if feedback else {}),
    },
    ENDS,
    ENDS,
    st.integers(0, 4).map(lambda n: n == 0),
)
CONNECTIONS = st.fixed_dictionaries(
    {
        "one": st.builds(
            lambda kind, host: {"type": kind, "options": {"host": host}},
            st.sampled_from(["test/device", "test/fast-device", "test/broker"]),
            st.sampled_from(["oven", "", "${GAIN:-press}", "${secret:token}"]),
        )
    }
)
CONTENTS = st.fixed_dictionaries(
    {
        "connections": CONNECTIONS,
        "nodes": st.dictionaries(st.sampled_from(NAMES), NODES, max_size=5),
        "wires": st.lists(WIRES, max_size=5),
        "environment": st.sampled_from([{}, {"GAIN": "4"}, {"GAIN": "x"}, {"GAIN": "7"}]),
    }
)
INNER = st.builds(
    lambda gain, kind: {
        "name": "inner",
        "subflow": {"parameters": {"factor": {"type": "number"}}, "inputs": {"in": ["i"]}, "outputs": {"out": ["j"]}},
        "nodes": {"i": {"type": "test/scale", "options": {"gain": gain}}, "j": {"type": kind}},
        "wires": [{"from": "i", "to": "j"}],
    },
    st.sampled_from([1, 1.0, "${parameter:factor}"]),
    st.sampled_from(["test/lamp", "test/text"]),
)


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[dict[str, Any], dict[str, Any], str]]:
    """A few contents of a flow, each with little changed, of a subflow that it may use, and of a secret."""
    content: dict[str, Any] = draw(CONTENTS)
    inner: dict[str, Any] = draw(INNER)
    found = [(content, inner, "t0")]
    for _ in range(draw(st.integers(1, 4))):
        key = draw(st.sampled_from([*content, "nodes", "environment", "inner"]))
        if key == "inner":
            inner = draw(INNER)
        elif key == "nodes":
            nodes = dict(content["nodes"])
            name = draw(st.sampled_from(NAMES))
            nodes.pop(name, None)
            content = {**content, "nodes": {**nodes, name: draw(NODES)} if draw(st.integers(0, 3)) else nodes}
        else:
            content = {**content, key: draw(CONTENTS)[key]}
        found.append((content, inner, draw(st.sampled_from(["t0", "t1", "wrong"]))))
    return found


def outcome(expansion: Expansion | None, problems: list[Any]) -> str:
    nodes = {} if expansion is None else {name: placed.options for name, placed in expansion.nodes.items()}
    plan = repr(plan_of(expansion)) if expansion is not None and not errors(problems) else ""
    return f"{problems}\n{nodes}\n{plan}"


@given(edits())
def test_a_check_that_takes_over_what_has_not_changed_finds_what_a_check_of_everything_finds(
    registry: Registry, contents: list[tuple[dict[str, Any], dict[str, Any], str]]
) -> None:
    before: Expansion | None = None
    file: FlowFile | None = None
    around_inner: FlowFile | None = None
    for content, inner, token in contents:
        secrets = {"token": token}.get
        around = Surroundings(Project.of(file_of(content), file_of(inner, "inner")), registry, {}, secrets)
        whole = examine("main", around)
        file, around_inner = shared(file_of(content), file), shared(file_of(inner, "inner"), around_inner)
        again = Surroundings(Project.of(file, around_inner), registry, {}, secrets)
        problems, expansion = examine("main", again, before)
        assert outcome(expansion, problems) == outcome(whole[1], whole[0])
        before = expansion


@given(edits())
def test_what_is_shared_with_an_earlier_content_says_the_same_and_differs_as_before(
    contents: list[tuple[dict[str, Any], dict[str, Any], str]],
) -> None:
    files = [file_of(content) for content, _, _ in contents]
    for old, new in itertools.pairwise(files):
        one = shared(new, old)
        assert repr(one.flow) == repr(new.flow)
        assert diff(old.flow, one.flow) == diff(old.flow, new.flow)


def test_nodes_that_have_not_changed_are_not_looked_at_again(registry: Registry) -> None:
    def around(file: FlowFile) -> Surroundings:
        return Surroundings(Project.of(file), registry, {}, None)

    nodes = {"tick": {"type": "test/tick"}, "scale": {"type": "test/scale"}, "show": {"type": "test/show"}}
    wires = [{"from": "tick", "to": "scale"}, {"from": "scale", "to": "show"}]
    old = file_of({"nodes": nodes, "wires": wires})
    _, before = examine("main", around(old))
    changed = {**nodes, "scale": {"type": "test/scale", "options": {"gain": 2}}}
    new = shared(file_of({"nodes": changed, "wires": wires}), old)
    _, after = examine("main", around(new), before)
    assert before is not None
    assert after is not None
    same = [name for name, placed in after.nodes.items() if placed is before.nodes[name]]
    assert same == ["tick", "show"]
    assert after.wires is before.wires


@pytest.mark.parametrize(("old", "new"), [(1, 1.0), (1, True), (0, False)])
def test_a_number_written_in_another_way_is_not_the_same_node(old: Any, new: Any) -> None:
    files = [file_of({"nodes": {"a": {"type": "test/tick", "options": {"payload": one}}}}) for one in (old, new)]
    assert files[0].flow is not None
    one = shared(files[1], files[0]).flow
    assert one is not None
    assert repr(one.nodes["a"].options["payload"]) == repr(new)
    assert one.nodes["a"] is not files[0].flow.nodes["a"]
