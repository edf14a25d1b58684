"""Doors in front of subflows, and dead ends in place of disabled nodes."""

from __future__ import annotations

from typing import Any

from flowengine import Message, Port, Transform
from flowengine.flow.doors import with_doors
from flowengine.flow.file import from_data
from flowengine.flow.plan import plan_flow
from flowengine.flow.project import Project
from flowengine.registry import Registry


class Pass(Transform, type="doors/pass"):
    """Let through; two ways in."""

    inputs = (Port("in"), Port("other"))

    def on_other(self, msg: Message) -> Message:
        return msg

    def process(self, msg: Message) -> Message:
        return msg


REGISTRY = Registry()
REGISTRY.add(Pass, "doors")

TWO_WAYS = from_data(
    {
        "flowengine": 1,
        "name": "two-ways",
        "subflow": {"inputs": {"there": ["a"], "back": ["b"]}, "outputs": {"out-a": ["a"], "out-b": ["b"]}},
        "nodes": {"a": {"type": "doors/pass"}, "b": {"type": "doors/pass"}},
    }
)


def planned(nodes: dict[str, Any], wires: list[dict[str, str]]) -> tuple[Any, Any]:
    flow = from_data({"flowengine": 1, "name": "outer", "nodes": nodes, "wires": wires})
    project = Project.of(flow, TWO_WAYS)
    doored = with_doors(flow, project, REGISTRY)
    return doored, plan_flow(doored.flow, project, doored.registry, {})


def test_a_flow_without_either_is_left_alone() -> None:
    flow = from_data({"flowengine": 1, "name": "plain", "nodes": {"a": {"type": "doors/pass"}}})
    doored = with_doors(flow, Project.of(flow), REGISTRY)
    assert (doored.flow, doored.registry) == (flow, REGISTRY)


def test_each_input_of_a_subflow_gets_a_door_of_its_own() -> None:
    # Through one door for both the flow would run in a loop: zone.out-a -> x -> zone.back is none.
    nodes = {"zone": {"type": "flow/two-ways"}, "x": {"type": "doors/pass"}}
    wires = [{"from": "zone.out-a", "to": "x"}, {"from": "x", "to": "zone.back"}]
    doored, plan = planned(nodes, wires)
    back = doored.doors["zone"]["back"]
    ways = {(wire.source, wire.target) for wire in plan.wires}
    assert ways == {(doored.doors["zone"]["there"], "zone/a"), ("zone/a", "x"), ("x", back), (back, "zone/b")}


def test_a_disabled_node_takes_messages_at_all_its_inputs_and_sends_none() -> None:
    nodes = {"a": {"type": "doors/pass"}, "off": {"type": "doors/pass", "disabled": True}}
    wires = [{"from": "a", "to": "off"}, {"from": "a", "to": "off.other"}, {"from": "off", "to": "a"}]
    doored, plan = planned(nodes, wires)
    assert doored.dead_ends == {"off"}
    assert [(wire.source, wire.target, wire.port) for wire in plan.wires] == [("a", "off", "in"), ("a", "off", "other")]


def test_a_name_that_is_taken_is_not_used_for_a_door() -> None:
    nodes = {"zone": {"type": "flow/two-ways"}, "zone--there": {"type": "doors/pass"}}
    doored, plan = planned(nodes, [{"from": "zone--there", "to": "zone"}])
    assert len(plan.nodes) == 5
    assert doored.doors["zone"]["there"] not in nodes
