from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from flowengine.errors import FlowInvalid
from flowengine.flow.file import parse_flow
from flowengine.flow.model import ConnectionSpec, Feedback, Queue
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.project import Project
from flowengine.registry import Registry
from tests.steps import growth

Planner = Callable[..., Plan]

OVEN = {"oven": {"type": "test/device", "options": {"host": "${OVEN:-10.0.0.1}", "port": "${PORT:-5020}"}}}


def test_nodes_are_ordered_so_that_none_comes_before_one_that_feeds_it(plan: Planner) -> None:
    made = plan(
        {
            "nodes": {"c": {"type": "test/show"}, "b": {"type": "test/add"}, "a": {"type": "test/tick"}},
            "wires": [{"from": "b", "to": "c"}, {"from": "a", "to": "b"}],
        }
    )
    assert list(made.nodes) == ["a", "b", "c"]


def test_ports_that_the_file_leaves_out_are_the_first_ones(plan: Planner) -> None:
    made = plan(
        {
            "nodes": {"a": {"type": "test/tick"}, "s": {"type": "test/switch", "options": {"ways": ["x", "y"]}}},
            "wires": [{"from": "a", "to": "s"}, {"from": "a.error", "to": "s.in"}],
        }
    )
    assert [(w.source, w.out, w.target, w.port) for w in made.wires] == [
        ("a", "out", "s", "in"),
        ("a", "error", "s", "in"),
    ]


def test_a_feedback_wire_closes_a_loop_and_keeps_its_initial_value_and_queue(plan: Planner) -> None:
    made = plan(
        {
            "nodes": {"a": {"type": "test/tick"}, "b": {"type": "test/add"}},
            "wires": [
                {"from": "a", "to": "b"},
                {
                    "from": "b",
                    "to": "b.second",
                    "feedback": {"initial": [1]},
                    "queue": {"size": 3, "full": "drop-oldest"},
                },
            ],
        }
    )
    assert made.wires[1].feedback == Feedback(initial=[1])
    assert made.wires[1].queue == Queue(size=3, full="drop-oldest")


def test_disabled_nodes_and_wires_are_left_out_with_all_that_hangs_on_them(plan: Planner) -> None:
    made = plan(
        {
            "nodes": {
                "a": {"type": "test/tick"},
                "b": {"type": "test/add", "disabled": True},
                "c": {"type": "test/show"},
            },
            "wires": [
                {"from": "a", "to": "b"},
                {"from": "b", "to": "c"},
                {"from": "a", "to": "c"},
                {"from": "a.error", "to": "c", "disabled": True},
            ],
        }
    )
    assert list(made.nodes) == ["a", "c"]
    assert [(w.source, w.out, w.target) for w in made.wires] == [("a", "out", "c")]


def test_references_give_numbers_where_numbers_are_wanted(plan: Planner) -> None:
    flow = {
        "environment": {"ADDRESS": "17"},
        "connections": OVEN,
        "nodes": {"r": {"type": "test/read", "options": {"connection": "oven", "address": "${ADDRESS}"}}},
    }
    made = plan(flow, {"PORT": "6000", "ADDRESS": "99"})
    assert made.nodes["r"].options == {"connection": "oven", "address": 17}
    assert made.connections["oven"].options == {"host": "10.0.0.1", "port": 6000}
    assert made.environment == {"ADDRESS": "17"}


def test_secrets_arrive_in_the_plan(plan: Planner) -> None:
    flow = {"nodes": {"a": {"type": "test/ask", "options": {"token": "${secret:api}", "pin": "${secret:pin}"}}}}
    made = plan(flow, None, {"api": "s3cret", "pin": "4711"}.get)
    assert made.nodes["a"].options == {"token": "s3cret", "pin": 4711}


def test_what_is_missing_in_the_surroundings_keeps_a_flow_from_running(plan: Planner) -> None:
    flow = {
        "nodes": {
            "a": {"type": "test/ask", "options": {"token": "${secret:api}"}},
            "b": {"type": "test/text", "options": {"template": "${NOWHERE}"}},
        }
    }
    with pytest.raises(FlowInvalid) as caught:
        plan(flow)
    assert [p.code for p in caught.value.problems] == ["missing-secret", "missing-variable"]  # type: ignore[attr-defined]


def test_shared_connections_serve_where_the_flow_has_none_of_its_own(plan: Planner) -> None:
    shared = {
        "oven": ConnectionSpec(type="test/device", options={"host": "shared"}),
        "mill": ConnectionSpec(type="test/device", options={"host": "mill"}),
        "idle": ConnectionSpec(type="test/device", options={"host": "idle"}),
    }
    flow = {
        "connections": OVEN,
        "nodes": {
            "a": {"type": "test/read", "options": {"connection": "oven"}},
            "b": {"type": "test/read", "options": {"connection": "mill"}},
        },
    }
    made = plan(flow, connections=shared)
    assert {name: c.options["host"] for name, c in made.connections.items()} == {"oven": "10.0.0.1", "mill": "mill"}


ZONE = {
    "subflow": {
        "parameters": {
            "gain": {"type": "number"},
            "device": {"type": "string", "x-connection": "test/device"},
            "label": {"type": "string", "default": "zone"},
        },
        "inputs": {"in": ["scale"]},
        "outputs": {"out": ["scale", "read"], "text": ["text"]},
    },
    "nodes": {
        "read": {"type": "test/read", "options": {"connection": "${parameter:device}"}},
        "scale": {"type": "test/scale", "options": {"gain": "${parameter:gain}"}},
        "text": {"type": "test/text", "options": {"template": "${parameter:label}: ${parameter:gain}"}},
    },
    "wires": [{"from": "scale", "to": "text"}],
}


def test_each_instance_of_a_subflow_has_nodes_of_its_own(plan: Planner) -> None:
    made = plan(
        {
            "connections": OVEN,
            "nodes": {
                "source": {"type": "test/read", "options": {"connection": "oven"}},
                "one": {"type": "flow/zone", "options": {"gain": 2, "device": "oven"}},
                "two": {"type": "flow/zone", "options": {"gain": 3.5, "device": "oven", "label": "B"}},
                "end": {"type": "test/show"},
            },
            "wires": [
                {"from": "source", "to": "one"},
                {"from": "source", "to": "two.in"},
                {"from": "one", "to": "end"},
                {"from": "two.text", "to": "end", "queue": {"size": 5}},
            ],
        },
        zone=ZONE,
    )
    assert made.nodes["one/scale"].options == {"gain": 2}
    assert made.nodes["two/text"].options == {"template": "B: 3.5"}
    assert made.nodes["one/text"].options == {"template": "zone: 2"}
    assert made.nodes["two/read"].options == {"connection": "oven"}
    assert [(w.source, w.target) for w in made.wires] == [
        ("one/scale", "one/text"),
        ("two/scale", "two/text"),
        ("source", "one/scale"),
        ("source", "two/scale"),
        ("one/scale", "end"),
        ("one/read", "end"),
        ("two/text", "end"),
    ]
    assert made.wires[-1].queue == Queue(size=5)


def test_subflows_nest_and_their_own_connections_belong_to_the_instance(plan: Planner) -> None:
    inner = {
        "subflow": {"parameters": {"host": {"type": "string"}}, "outputs": {"out": ["r"]}},
        "connections": {"d": {"type": "test/device", "options": {"host": "${parameter:host}"}}},
        "nodes": {"r": {"type": "test/read", "options": {"connection": "d"}}},
    }
    outer = {
        "subflow": {"parameters": {"n": {"type": "integer"}}, "outputs": {"value": ["i"]}},
        "nodes": {"i": {"type": "flow/inner", "options": {"host": "plc-${parameter:n}"}}},
    }
    main = {
        "nodes": {
            "a": {"type": "flow/outer", "options": {"n": 1}},
            "b": {"type": "flow/outer", "options": {"n": 2}},
            "end": {"type": "test/show"},
        },
        "wires": [{"from": "a", "to": "end"}, {"from": "b.value", "to": "end"}],
    }
    made = plan(main, inner=inner, outer=outer)
    assert {name: c.options["host"] for name, c in made.connections.items()} == {"a/i/d": "plc-1", "b/i/d": "plc-2"}
    assert made.nodes["b/i/r"].options == {"connection": "b/i/d"}
    assert [(w.source, w.out, w.target) for w in made.wires] == [("a/i/r", "out", "end"), ("b/i/r", "out", "end")]


def test_failures_inside_a_subflow_leave_by_its_error_port_unless_they_are_taken_inside(plan: Planner) -> None:
    inner = {
        "subflow": {"inputs": {"in": ["a", "b"]}, "outputs": {"out": ["a"]}},
        "nodes": {"a": {"type": "test/add"}, "b": {"type": "test/add"}, "log": {"type": "test/show"}},
        "wires": [{"from": "b.error", "to": "log"}],
    }
    main = {
        "nodes": {"t": {"type": "test/tick"}, "s": {"type": "flow/inner"}, "end": {"type": "test/show"}},
        "wires": [{"from": "t", "to": "s"}, {"from": "s.error", "to": "end"}],
    }
    made = plan(main, inner=inner)
    assert {w.source for w in made.wires if w.target == "end"} == {"s/a", "s/log"}


def test_a_way_out_of_one_port_of_a_subflow_and_into_another_is_no_loop(plan: Planner) -> None:
    two_ways = {
        "subflow": {"inputs": {"a": ["x"], "b": ["y"]}, "outputs": {"c": ["x"], "d": ["y"]}},
        "nodes": {"x": {"type": "test/add"}, "y": {"type": "test/add"}},
    }
    main = {
        "nodes": {"t": {"type": "test/tick"}, "s": {"type": "flow/two-ways"}, "end": {"type": "test/show"}},
        "wires": [{"from": "t", "to": "s.a"}, {"from": "s.c", "to": "s.b"}, {"from": "s.d", "to": "end"}],
    }
    assert list(plan(main, two_ways=two_ways).nodes) == ["t", "s/x", "s/y", "end"]


def test_errors_in_a_subflow_keep_the_flow_around_it_from_running(plan: Planner) -> None:
    inner = {"subflow": {"inputs": {"in": ["a"]}}, "nodes": {"a": {"type": "test/adder"}}}
    with pytest.raises(FlowInvalid) as caught:
        plan({"nodes": {"s": {"type": "flow/inner"}}}, inner=inner)
    [problem] = caught.value.problems
    assert problem.code == "unknown-type"  # type: ignore[attr-defined]
    assert problem.file == "inner.json"  # type: ignore[attr-defined]


def test_subflows_that_multiply_without_end_are_refused(plan: Planner) -> None:
    flows = {
        f"f{n}": {
            "subflow": {"inputs": {"in": ["a"]}},
            "nodes": {key: {"type": f"flow/f{n + 1}"} for key in "abcdefghij"},
        }
        for n in range(9)
    }
    flows["f9"] = {"subflow": {"inputs": {"in": ["a"]}}, "nodes": {"a": {"type": "test/show"}}}
    with pytest.raises(FlowInvalid, match="more than 50000 nodes"):
        plan({"nodes": {"s": {"type": "flow/f0"}}}, **flows)


def planned(count: int, registry: Registry) -> Plan:
    """Read, check and plan a line of so many nodes."""
    nodes = ",".join(f'"n{i}": {{"type": "test/scale", "options": {{"gain": {i}.5}}}}' for i in range(1, count))
    wires = ",".join(f'{{"from": "n{i}", "to": "n{i + 1}"}}' for i in range(count - 1))
    text = f'{{"flowengine": 1, "nodes": {{"n0": {{"type": "test/tick"}}, {nodes}}}, "wires": [{wires}]}}'
    return plan_flow(parse_flow(text, "big.json"), Project(), registry)


def test_each_of_many_nodes_is_read_checked_and_planned_as_soon_as_one_of_few(registry: Registry) -> None:
    assert growth(lambda count: planned(count, registry), 100, 400) < 1.1


@pytest.mark.timed
def test_ten_thousand_nodes_are_read_checked_and_planned_in_about_a_second(registry: Registry) -> None:
    planned(2, registry)  # what is imported for it is not measured
    begin = time.process_time()
    assert len(planned(10_000, registry).nodes) == 10_000
    assert time.process_time() - begin < 3  # 0.7 s on an idle machine
