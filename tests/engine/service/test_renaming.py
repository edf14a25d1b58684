"""Flows that come and flows that go are held against each other: what one holds goes on in no wrong one."""

from __future__ import annotations

from flowengine.flow.model import Flow, NodeSpec
from flowengine.service.deploys.renaming import renames


def flows(**options: int) -> dict[str, Flow]:
    """One flow of each name, with a node of that option."""
    return {name: Flow(name=name, nodes={"n": NodeSpec(type="x", options={"a": a})}) for name, a in options.items()}


def test_a_flow_that_is_the_same_but_for_its_name_is_found_among_others_with_the_same_nodes() -> None:
    assert renames(flows(press_1=1, press_2=2), flows(line_2=2, line_1=1)) == {"line_1": "press_1", "line_2": "press_2"}


def test_one_that_was_edited_too_is_found_where_nothing_else_can_be_meant() -> None:
    assert renames(flows(old=1), flows(new=2)) == {"new": "old"}
    assert renames(flows(a=1, b=2), flows(c=1, d=3)) == {"c": "a", "d": "b"}


def test_where_several_may_be_meant_none_is() -> None:
    assert renames(flows(a=1, b=1), flows(c=1)) == {}
    assert renames(flows(a=1), flows(b=1, c=1)) == {}
    assert renames(flows(a=1, b=2), flows(c=3, d=4)) == {}


def test_other_nodes_and_none_are_no_renaming() -> None:
    other = {"b": Flow(name="b", nodes={"n": NodeSpec(type="y")}), "c": Flow(name="c")}
    assert renames(flows(a=1), other) == {}
    assert renames({"a": Flow(name="a")}, {"c": Flow(name="c")}) == {}
