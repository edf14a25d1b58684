"""What a change can reach: by wires, and by all the ways beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Actuator, AsyncTransform, Connection, Source, Transform
from flowengine.flow.file import from_data
from flowengine.flow.impact import Impact, differing, impact
from flowengine.flow.meeting import meetings, overlap
from flowengine.flow.ownership import Ownership, parse_ownership
from flowengine.flow.plan import Plan, PlannedConnection, PlannedNode, PlannedWire, plan_flow
from flowengine.flow.project import Project
from flowengine.registry import Registry


class Machine(Connection, type="test/machine"):
    """A machine."""

    ot = True
    host: str = "10.0.0.5"


class Bus(Connection, type="test/bus"):
    """A broker."""

    host: str = "10.0.0.9"


class Feel(Source, type="test/feel"):
    """Read a machine."""

    connection: Machine


class Hear(Source, type="test/hear"):
    """Hear a topic."""

    connection: Bus
    topic: str = "#"

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Take what others say there."""
        return [("takes", f"connection/{options.get('topic', '#')}")]


class Step(Transform, type="test/step"):
    """Change a message."""

    gain: float = 1.0
    note: str = ""


class Keep(Transform, type="test/keep"):
    """Keep a value for others."""

    def process(self, msg: Any) -> Any:
        """Keep it."""
        self.context("global").set("kept", msg.payload)
        return msg


class Drive(Actuator, type="test/drive"):
    """Move a machine."""

    connection: Machine
    speed: float = 1.0


class Say(Actuator, type="test/say"):
    """Say something under a topic."""

    connection: Bus
    topic: str = ""

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Give it to those who listen there."""
        return [("gives", f"connection/{options.get('topic') or '#'}")]


@pytest.fixture(scope="module")
def registry() -> Registry:
    found = Registry.discover()
    for cls in (Machine, Bus, Feel, Hear, Step, Keep, Drive, Say):
        found.add(cls, "test")
    return found


SHARED = {"press": {"type": "test/machine"}, "bus": {"type": "test/bus"}}


def flow(name: str, nodes: dict[str, Any], *wires: str, **more: Any) -> dict[str, Any]:
    ends = [wire.split(" ") for wire in wires]
    return {
        "flowengine": 1,
        "name": name,
        "connections": SHARED,
        "nodes": nodes,
        "wires": [{"from": a, "to": b, **({"feedback": {}} if rest else {})} for a, b, *rest in ends],
        **more,
    }


def node(type: str, **options: Any) -> dict[str, Any]:
    return {"type": type, "options": options}


class Plans:
    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def of(self, *flows: dict[str, Any]) -> dict[str, Plan]:
        project = Project.of(*(from_data(one) for one in flows))
        return {one.name: plan_flow(one, project, self.registry) for one in project.runnable()}


@pytest.fixture(scope="module")
def plans(registry: Registry) -> Plans:
    return Plans(registry)


def reached(found: Impact) -> list[str]:
    return [f"{one.flow}/{one.node}" for one in found.machines]


LINE = {
    "feel": node("test/feel", connection="press"),
    "step": node("test/step"),
    "aside": node("test/step"),
    "drive": node("test/drive", connection="press"),
}


def test_a_change_reaches_what_lies_downstream_and_nothing_else(plans: Plans) -> None:
    wires = ("feel step", "step drive", "feel aside")
    before = plans.of(flow("a", LINE, *wires))
    found = impact(before, plans.of(flow("a", {**LINE, "step": node("test/step", gain=2)}, *wires)))
    [output] = found.machines
    assert (output.flow, output.node, output.connection, output.device) == (
        *("a", "drive", "press"),
        "test/machine 10.0.0.5",
    )
    assert output.via == ("a/step", "a/drive")
    assert not impact(before, plans.of(flow("a", {**LINE, "aside": node("test/step", gain=2)}, *wires))).outputs
    assert impact(before, before) == Impact()


def test_what_is_taken_away_or_fed_by_another_wire_reaches_it_too(plans: Plans) -> None:
    before = plans.of(flow("a", LINE, "feel step", "step drive"))
    without = {name: one for name, one in LINE.items() if name != "step"}
    assert reached(impact(before, plans.of(flow("a", without, "feel drive")))) == ["a/drive"]
    assert reached(impact(before, plans.of(flow("a", without)))) == ["a/drive"]
    assert reached(impact(before, {})) == ["a/drive"]
    assert reached(impact({}, before)) == ["a/drive"]
    both = flow("a", LINE, "feel step", "feel aside", "step drive", "aside drive")
    order = flow("a", LINE, "feel aside", "feel step", "step drive", "aside drive")
    assert reached(impact(plans.of(both), plans.of(order))) == ["a/drive"]


@pytest.mark.parametrize(
    "more", [{"environment": {"A": "1"}}, {"delivery": "at-most-once"}, {"limits": {"memory": 100}}], ids=str
)
def test_how_a_flow_runs_is_a_change_of_all_its_nodes(plans: Plans, more: dict[str, Any]) -> None:
    before = plans.of(flow("a", LINE, "feel step", "step drive"))
    assert reached(impact(before, plans.of(flow("a", LINE, "feel step", "step drive", **more)))) == ["a/drive"]


def test_a_feedback_wire_carries_a_change_back(plans: Plans) -> None:
    nodes = {**LINE, "back": node("test/step")}
    wires = ("feel step", "step drive", "feel aside", "aside step feedback")
    found = impact(
        plans.of(flow("a", nodes, *wires)),
        plans.of(flow("a", {**nodes, "aside": node("test/step", gain=3)}, *wires)),
    )
    assert found.machines[0].via == ("a/aside", "a/step", "a/drive")


def test_a_shared_connection_that_leads_elsewhere_reaches_all_who_use_it(plans: Plans) -> None:
    other = {**flow("a", LINE, "feel step", "step drive"), "connections": {"press": node("test/machine", host="::1")}}
    assert reached(impact(plans.of(flow("a", LINE, "feel step", "step drive")), plans.of(other))) == ["a/drive"]


def test_topics_carry_a_change_from_flow_to_flow_if_they_can_be_the_same(plans: Plans) -> None:
    def two(said: str, heard: str, gain: float) -> dict[str, Plan]:
        feel = {"feel": LINE["feel"], "step": node("test/step", gain=gain)}
        talk = flow("talk", {**feel, "say": node("test/say", connection="bus", topic=said)}, "feel step", "step say")
        act = flow(
            "act", {"hear": node("test/hear", connection="bus", topic=heard), "drive": LINE["drive"]}, "hear drive"
        )
        return plans.of(talk, act)

    for said, heard in (("a/b", "a/b"), ("a/b", "a/+"), ("a/b", "#"), ("", "a/b")):
        found = impact(two(said, heard, 1), two(said, heard, 2))
        assert reached(found) == ["act/drive"], (said, heard)
        assert found.machines[0].via[0] == "talk/step"
    for said, heard in (("a/b", "a/c"), ("a/b", "a/+/c"), ("a", "a/b")):
        assert not reached(impact(two(said, heard, 1), two(said, heard, 2))), (said, heard)


def test_shared_values_carry_a_change_whether_options_or_code_speak_of_them(plans: Plans) -> None:
    def two(gain: float, kept: str) -> dict[str, Plan]:
        feel = {"feel": LINE["feel"], "step": node("test/step", gain=gain)}
        keep = flow("keep", {**feel, "keep": node("test/keep")}, "feel step", "step keep")
        use = {"feel": LINE["feel"], "use": node("test/step", note=kept), "drive": LINE["drive"]}
        return plans.of(keep, flow("use", use, "feel use", "use drive"))

    assert reached(impact(two(1, "global.kept"), two(2, "global.kept"))) == ["use/drive"]
    assert not reached(impact(two(1, "flow.kept"), two(2, "flow.kept")))  # another flow's own values
    assert not reached(impact(two(1, ""), two(2, "")))


def test_links_files_and_displays_carry_a_change(plans: Plans) -> None:
    def linked(gain: float) -> dict[str, Plan]:
        out = {"feel": LINE["feel"], "step": node("test/step", gain=gain), "out": node("nodered/link-out", links=["x"])}
        enter = {"enter": node("nodered/link-in", link="x"), "drive": LINE["drive"]}
        return plans.of(flow("a", out, "feel step", "step out"), flow("b", enter, "enter drive"))

    assert reached(impact(linked(1), linked(2))) == ["b/drive"]

    def filed(gain: float) -> dict[str, Plan]:
        out = {"feel": LINE["feel"], "step": node("test/step", gain=gain), "out": node("files/append", file="x.csv")}
        enter = {"enter": node("files/tail", file="x.csv"), "drive": LINE["drive"]}
        return plans.of(flow("a", out, "feel step", "step out"), flow("b", enter, "enter drive"))

    assert reached(impact(filed(1), filed(2))) == ["b/drive"]

    def operated(gain: float) -> dict[str, Plan]:
        page = {
            "feel": LINE["feel"],
            "step": node("test/step", gain=gain),
            "shown": node("dashboard/value"),
            "fan": node("dashboard/switch", reads="shown"),
            "drive": LINE["drive"],
        }
        return plans.of(flow("a", page, "feel step", "step shown", "fan drive"))

    assert reached(impact(operated(1), operated(2))) == ["a/drive"]


def test_a_subflow_reaches_wherever_it_is_used(plans: Plans) -> None:
    def two(gain: float) -> dict[str, Plan]:
        inner = {
            "flowengine": 1,
            "name": "inner",
            "subflow": {"inputs": {"in": ["step"]}, "outputs": {"out": ["step"]}},
            "nodes": {"step": node("test/step", gain=gain)},
        }
        return plans.of(inner, flow("a", {**LINE, "step": node("flow/inner")}, "feel step", "step drive"))

    found = impact(two(1), two(2))
    assert found.machines[0].via == ("a/step/step", "a/drive")


def test_what_the_policy_gives_to_it_or_ot_counts_by_the_rule_before_and_after(plans: Plans) -> None:
    nodes = {"feel": LINE["feel"], "say": node("test/say", connection="bus", topic="lamp")}
    before, after = plans.of(flow("a", nodes)), plans.of(flow("a", nodes, "feel say"))
    assert not impact(before, after).machines
    assert [one.node for one in impact(before, after).outputs] == ["say"]
    ot = parse_ownership('{"flowengine": 1, "connections": {"bus": "ot"}}').ownership
    it = parse_ownership('{"flowengine": 1, "connections": {"*": "it"}, "nodes": {"a/s*": "ot"}}').ownership
    assert reached(impact(before, after, ot)) == ["a/say"]
    assert reached(impact(before, after, it)) == ["a/say"]
    assert reached(impact(before, after, Ownership(), ot)) == ["a/say"]


def test_a_transform_that_may_write_to_its_machine_is_an_output_and_one_that_only_reads_is_none(plans: Plans) -> None:
    class Swap(AsyncTransform, type="test/swap"):
        """Exchange values with a machine."""

        connection: Machine

    plans.registry.add(Swap, "test")
    plc = {"type": "modbus/device", "options": {"host": "10.0.0.7"}}

    def both(gain: float) -> dict[str, Plan]:
        nodes = {
            "feel": LINE["feel"],
            "step": node("test/step", gain=gain),
            "swap": node("test/swap", connection="press"),
            "look": node("modbus/request", connection="plc"),
        }
        data = flow("a", nodes, "feel step", "step swap", "step look")
        return plans.of({**data, "connections": {**SHARED, "plc": plc}})

    assert reached(impact(both(1), both(2))) == ["a/swap"]


def test_names_with_wildcards_overlap_if_a_topic_can_fit_both() -> None:
    for one, other, wanted in (
        *(("a/b", "a/b", True), ("a/b", "a/+", True), ("a/#", "a", True), ("a/#", "a/b/c", True), ("#", "x", True)),
        *(("a", "b", False), ("a/b", "a", False), ("a/+", "a/b/c", False), ("+/b", "a/+", True)),
    ):
        assert overlap(one, other) is wanted, (one, other)
        assert overlap(other, one) is wanted, (one, other)


def test_a_type_that_says_nothing_is_taken_at_its_worst(registry: Registry) -> None:
    assert ("gives", "global/#") in meetings(Keep, {})
    assert meetings(Step, {}) == []
    assert ("takes", "flow/#") in meetings(Step, {"note": "flow.x"})


KINDS = (Feel, Step, Keep, Drive, Say, Hear)
PLACES = ("a/b", "a/c", "a/+", "#")


@st.composite
def changes(draw: st.DrawFn) -> tuple[dict[str, Plan], dict[str, Plan]]:
    """Draw the plans of three flows before a change and after it."""

    def plan(name: str) -> Plan:
        nodes = {}
        for number in range(draw(st.integers(1, 6))):
            cls = draw(st.sampled_from(KINDS))
            options: dict[str, Any] = {}
            if cls in (Feel, Drive):
                options["connection"] = "press"
            elif cls in (Say, Hear):
                options = {"connection": "bus", "topic": draw(st.sampled_from(PLACES))}
            elif cls is Step:
                options = {
                    "gain": draw(st.sampled_from([1, 2])),
                    "note": draw(st.sampled_from(["", "flow.x", "global.x"])),
                }
            nodes[f"n{number}"] = PlannedNode(f"n{number}", cls, options)
        ends = st.sampled_from(sorted(nodes))
        wires = draw(st.lists(st.builds(lambda a, b: PlannedWire(a, "out", b, "in"), ends, ends), max_size=8))
        connections = {"press": PlannedConnection("press", Machine, {}), "bus": PlannedConnection("bus", Bus, {})}
        return Plan(name, nodes, tuple(wires), connections, {})

    before = {name: plan(name) for name in "xyz" if draw(st.booleans())}
    after = {name: before[name] if name in before and draw(st.booleans()) else plan(name) for name in "xyz"}
    return before, after


def naive_edges(*both: Mapping[str, Plan]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Every pair that one hop joins, before or after, said anew: two loops over all nodes."""
    everybody = [(flow, node) for plans in both for flow, plan in plans.items() for node in plan.nodes.values()]
    for flow, plan in (one for plans in both for one in plans.items()):
        yield from (((flow, wire.source), (flow, wire.target)) for wire in plan.wires)
    for flow, one in everybody:
        for other_flow, other in everybody:
            for way, name in meetings(one.cls, one.options):
                for back, heard in meetings(other.cls, other.options):
                    scope = name.split("/")[0]
                    if (way, back) != ("gives", "takes") or scope != heard.split("/")[0]:
                        continue
                    if scope == "flow" and flow != other_flow:
                        continue
                    if scope == "connection" and {one.options["connection"], other.options["connection"]} != {"bus"}:
                        continue
                    if overlap(name.partition("/")[2], heard.partition("/")[2]):
                        yield (flow, one.id), (other_flow, other.id)


@given(changes())
def test_it_is_what_a_slow_search_finds(drawn: tuple[dict[str, Plan], dict[str, Plan]]) -> None:
    before, after = drawn
    found = set(differing(before, after))
    edges = set(naive_edges(before, after))
    size = -1
    while size != len(found):
        size = len(found)
        found |= {target for source, target in edges if source in found}
    drives = {
        (flow, node.id)
        for plans in (before, after)
        for flow, plan in plans.items()
        for node in plan.nodes.values()
        if node.cls is Drive
    }
    assert {(one.flow, one.node) for one in impact(before, after).machines} == found & drives


def test_in_a_flow_of_a_thousand_nodes_every_actuator_behind_a_change_is_found() -> None:
    connections = {"press": PlannedConnection("press", Machine, {}), "bus": PlannedConnection("bus", Bus, {})}

    def plan(gain: float) -> Plan:
        nodes = {"in": PlannedNode("in", Feel, {"connection": "press"})}
        nodes |= {
            f"s{n}": PlannedNode(f"s{n}", Step, {"gain": gain if n == 0 else 1.0, "note": ""}) for n in range(900)
        }
        nodes |= {f"d{n}": PlannedNode(f"d{n}", Drive, {"connection": "press"}) for n in range(99)}
        wires = [PlannedWire("in", "out", "s0", "in")]
        wires += [PlannedWire(f"s{n}", "out", f"s{n + 1}", "in") for n in range(899)]
        wires += [PlannedWire(f"s{n * 9}", "out", f"d{n}", "in") for n in range(99)]
        return Plan("big", nodes, tuple(wires), connections, {})

    before, after = {"big": plan(1.0)}, {"big": plan(2.0)}
    assert len(impact(before, after).machines) == 99
