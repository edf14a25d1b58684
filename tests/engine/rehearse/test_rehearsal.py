"""What a flow test brings, replaces and runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from flowengine.rehearse.suite import FileResult
from tests.engine.rehearse.oven_nodes import PLANT

Run = Callable[..., FileResult]


def passes(result: FileResult) -> bool:
    assert not result.problems, result.problems
    for outcome in result.outcomes:
        assert not outcome.error, outcome.error
        assert not outcome.unmet, outcome.unmet
    return bool(result.outcomes)


def chain(*types: str) -> dict[str, Any]:
    """Return a flow of nodes n0, n1 ... in a row."""
    names = [f"n{number}" for number in range(len(types))]
    return {
        "flowengine": 1,
        "name": "chain",
        "connections": {"plc": {"type": "oven/device"}},
        "nodes": {
            name: {"type": kind, "options": {"connection": "plc"} if kind in ("oven/read", "oven/write") else {}}
            for name, kind in zip(names, types, strict=True)
        },
        "wires": [{"from": a, "to": b} for a, b in itertools.pairwise(names)],
    }


def test_a_fed_source_drives_the_flow_and_the_actuator_is_caught(rehearse: Run) -> None:
    result = rehearse(
        {
            "feed": [{"node": "temperature", "at": 1, "payload": 70}],
            "expect": [{"node": "heater", "payload": 0, "at": 1, "count": 1}, {"node": "alarm", "payload": 70}],
        }
    )
    assert passes(result)


def test_a_whole_message_can_be_fed_to_any_input(rehearse: Run) -> None:
    msg = {"payload": 61, "topic": "oven", "quality": "uncertain", "unit": "degC"}
    result = rehearse(
        {
            "feed": [{"node": "compare", "msg": msg}],
            "expect": [{"node": "alarm", "topic": "oven", "quality": "uncertain", "msg": {"unit": "degC"}}],
        }
    )
    assert passes(result)


@pytest.mark.parametrize(
    ("series", "payloads"),
    [
        ({"values": [1, 2, 3]}, [1, 2, 3]),
        ({"values": [1, 2], "count": 5}, [1, 2, 1, 2, 1]),
        ({"values": [1, 2], "until": 2}, [1, 2, 1]),
        ({"ramp": [0, 10], "count": 3}, [0, 5, 10]),
        ({"ramp": [0, 3], "until": 3}, [0, 1, 2, 3]),
        ({"payload": 7, "count": 2}, [7, 7]),
        ({"payload": 7}, [7, 7, 7, 7, 7]),
    ],
)
def test_a_series_is_fed_in_its_time(rehearse: Run, series: Any, payloads: Any) -> None:
    feed = {"node": "temperature", "every": 1, **series}
    assert passes(rehearse({"duration": 4, "feed": [feed], "expect": [{"leaves": "scale", "payloads": payloads}]}))


def test_bytes_are_written_as_buffers(rehearse: Run) -> None:
    buffer = {"type": "Buffer", "data": [1, 255]}
    flow = chain("oven/read", "oven/later", "oven/write")
    test = {"feed": [{"node": "n0", "payload": buffer}], "duration": 3, "expect": [{"node": "n2", "payload": buffer}]}
    assert passes(rehearse(test, flow=flow))


def test_a_pressed_button_sends_what_the_real_source_would(rehearse: Run) -> None:
    result = rehearse(
        {
            "press": [{"node": "button", "at": 5}],
            "expect": [{"node": "hold.setpoint", "payload": 50, "topic": "button"}],
        }
    )
    assert passes(result)


def test_a_source_is_silent_unless_it_is_real(rehearse: Run) -> None:
    flow = chain("oven/tick", "oven/scale")
    silent = {"duration": 3, "expect": [{"node": "n1", "count": 0}]}
    real = {"duration": 3, "real": ["n0"], "expect": [{"node": "n1", "payloads": [0, 1, 2, 3]}]}
    assert passes(rehearse(silent, real, flow=flow))


def test_timers_run_in_virtual_time(rehearse: Run) -> None:
    flow = chain("oven/read", "oven/later", "oven/write")
    test = {
        "feed": [{"node": "n0", "payload": 1, "at": 3600}],
        "duration": 3603,
        "expect": [{"node": "n2", "at": 3602}],
    }
    result = rehearse(test, flow=flow)
    assert passes(result)
    assert result.outcomes[0].seconds < 2


def test_a_closed_loop_settles_and_recovers_from_a_disturbance(rehearse: Run) -> None:
    plant = {**PLANT, "disturb": [{"at": 400, "shift": -15}]}
    result = rehearse(
        {
            "duration": 900,
            "plant": plant,
            "expect": [
                {"node": "hold", "after": 300, "by": 399, "all": True, "near": 40, "tolerance": 0.5},
                {"node": "hold", "at": 400, "range": [None, 26]},
                {"node": "hold", "after": 700, "all": True, "near": 40, "tolerance": 0.5},
                {"node": "alarm", "count": 0},
            ],
            "final": [{"node": "heater", "near": 10, "tolerance": 0.5}],
        }
    )
    assert passes(result)


def test_a_variable_of_a_test_stands_before_that_of_the_flow(rehearse: Run) -> None:
    result = rehearse(
        {
            "environment": {"SETPOINT": "60"},
            "duration": 900,
            "plant": PLANT,
            "final": [{"node": "hold", "near": 60, "tolerance": 0.5}],
        }
    )
    assert passes(result)


def test_an_async_transform_answers_what_the_test_says(rehearse: Run) -> None:
    answers = {"n1": [{"payload": "yes", "times": 2}, {"payload": "no", "after": 2}]}
    test = {
        "feed": [{"node": "n0", "every": 10, "values": [1, 2, 3]}],
        "duration": 30,
        "answers": answers,
        "expect": [{"node": "n2", "payloads": ["yes", "yes", "no"]}, {"node": "n2", "at": 22, "payload": "no"}],
    }
    assert passes(rehearse(test, flow=chain("oven/read", "oven/ask", "oven/write")))


def test_an_async_transform_without_an_answer_fails_the_test(rehearse: Run) -> None:
    result = rehearse({"feed": [{"node": "n0", "payload": 1}]}, flow=chain("oven/read", "oven/ask", "oven/write"))
    (unmet,) = result.outcomes[0].unmet
    assert "the test does not say under 'answers'" in "\n".join(unmet.came)


def test_an_actuator_can_be_away_and_the_write_is_tried_again(rehearse: Run) -> None:
    away = {"error": "away", "kind": "Retryable"}
    flow = chain("oven/read", "oven/write")
    feed = [{"node": "n0", "payload": 1}]
    back = {"feed": feed, "duration": 10, "answers": {"n1": [away, {}]}}
    gone = {
        "feed": feed,
        "duration": 10,
        "answers": {"n1": away},
        "failures": [{"node": "n1", "kind": "Retryable", "error": "away", "count": 1}],
    }
    assert passes(rehearse(back, gone, flow=flow))


def test_a_failing_message_fails_the_test_unless_it_is_expected(rehearse: Run) -> None:
    feed = [{"node": "scale", "payload": "hot"}]
    expected = {"failures": [{"node": "scale", "kind": "BadData", "error": "number"}]}
    result = rehearse({"feed": feed}, {"feed": feed, "failures": 1}, {"feed": feed, **expected}, {**expected})
    assert [outcome.passed for outcome in result.outcomes] == [False, True, True, False]
    assert "scale: BadData: a number was expected, not 'hot'" in "\n".join(result.outcomes[0].unmet[0].came)


def test_the_common_part_is_shared_and_a_test_can_replace_its_plant(rehearse: Run) -> None:
    cold = {**PLANT, "start": -20}
    result = rehearse(
        {"expect": [{"node": "scale", "at": 0, "payload": 20}]},
        {"plant": cold, "expect": [{"node": "scale", "at": 0, "payloads": [-20]}]},
        common={"plant": PLANT},
    )
    assert passes(result)


def test_the_day_on_which_a_test_begins_can_be_chosen(rehearse: Run) -> None:
    test = {
        "start": "2026-03-29T00:30:00Z",
        "feed": [{"node": "n0", "payload": 1, "at": 10}],
        "expect": [{"node": "n1", "property": "time", "payload": 1774744210}],
    }
    assert passes(rehearse(test, flow=chain("oven/read", "oven/scale")))


def test_an_instance_of_a_subflow_and_a_disabled_node_can_be_watched(rehearse: Run) -> None:
    inner = {
        "flowengine": 1,
        "name": "double",
        "subflow": {"inputs": {"in": ["scale"]}, "outputs": {"out": ["scale"]}},
        "nodes": {"scale": {"type": "oven/scale", "options": {"gain": 2}}},
    }
    flow = {
        "flowengine": 1,
        "name": "outer",
        "nodes": {
            "tick": {"type": "oven/tick"},
            "twice": {"type": "flow/double"},
            "off": {"type": "oven/scale", "disabled": True},
        },
        "wires": [{"from": "tick", "to": "twice"}, {"from": "twice", "to": "off"}],
    }
    test = {
        "feed": [{"node": "tick", "payload": 4}, {"node": "twice", "payload": 5, "at": 1}],
        "expect": [{"node": "twice", "payloads": [4, 5]}, {"node": "off", "payloads": [8, 10]}],
    }
    result = rehearse(test, flow=flow, siblings=[inner])
    assert passes(result)
    assert result.coverage is not None
    assert (result.coverage.nodes, result.coverage.unreached_nodes) == (["tick", "twice/scale"], [])
    assert [words for words, _ in result.coverage.wires] == ["tick.out -> twice.in"]


def test_two_runs_of_a_test_are_the_same(rehearse: Run) -> None:
    test = {"duration": 50, "plant": PLANT, "expect": [{"node": "heater", "payload": "never"}]}
    first, second = (rehearse(test).outcomes[0].unmet for _ in range(2))
    assert first == second


def test_a_flow_that_never_comes_to_rest_is_given_up() -> None:
    from flowengine import Message, Transform
    from flowengine.flow.doors import Doored
    from flowengine.flow.model import Flow
    from flowengine.flow.plan import Plan, PlannedNode
    from flowengine.registry import Registry
    from flowengine.rehearse.file import Case
    from flowengine.rehearse.places import Places
    from flowengine.rehearse.rehearsal import rehearse as run_one
    from flowengine.rehearse.shape import Feed, Test

    class Restless(Transform, type="t/restless"):
        """Never come to rest."""

        def process(self, msg: Message) -> None:
            self.clock.call_later(0, lambda: self.process(msg))

    plan = Plan("p", {"n": PlannedNode("n", Restless, {})}, (), {}, {})
    feed = Feed(node="n", payload=1)
    case = Case(("tests", 0), Test(name="x"), {}, "", 5.0, [], [((), feed)], {}, [])
    outcome = run_one(case, Places(plan, Doored(Flow(name="p"), Registry())), longest=0.3)
    assert "not finished after 0.3 s of real time" in outcome.error
