"""A flow may state what its process may take; what it does not state is the engine's to say."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine.errors import FlowInvalid
from flowengine.flow.canonical import format_flow
from flowengine.flow.diff import diff
from flowengine.flow.file import from_data, parse_flow, to_data
from flowengine.flow.model import Limits
from flowengine.flow.plan import Plan
from flowengine.workers.settings import EACH_NODE, MEGABYTE, Workers

PLAIN: dict[str, Any] = {"flowengine": 1, "name": "one", "nodes": {}, "wires": []}


def test_limits_are_read_written_and_compared() -> None:
    flow = from_data({**PLAIN, "limits": {"memory": 256, "cpu": 0.5}})
    assert flow.limits == Limits(memory=256, cpu=0.5)
    assert from_data(to_data(flow)) == flow
    assert '\n  "limits": {"memory": 256, "cpu": 0.5}\n' in format_flow(flow)
    assert "limits" not in to_data(from_data(PLAIN))
    (change,) = diff(from_data({**PLAIN, "limits": {"memory": 256}}), flow).properties
    assert (change.path, change.new) == ("limits.cpu", 0.5)


@pytest.mark.parametrize("limits", [{"cpu": -1}, {"hang": 0.1}, {"memory": "256 MB"}, {"disk": 1}])
def test_a_limit_that_cannot_be_is_refused_at_its_place(limits: dict[str, Any]) -> None:
    with pytest.raises(FlowInvalid) as found:
        from_data({**PLAIN, "limits": limits})
    assert "limits" in str(found.value)


def test_of_flows_that_share_a_process_the_one_that_may_take_most_says_how_much() -> None:
    workers = Workers(memory=100 * MEGABYTE, cpu=1.0, hang=5.0)

    def allowed(*limits: Limits) -> tuple[int, float, float]:
        found = workers.allow(Plan(str(n), {}, (), {}, {}, limits=one) for n, one in enumerate(limits))
        return found.memory, found.cpu, found.hang

    assert allowed() == allowed(Limits()) == (100 * MEGABYTE, 1.0, 5.0)
    assert allowed(Limits(memory=10, cpu=0.1, hang=1)) == (10 * MEGABYTE, 0.1, 1)
    assert allowed(Limits(memory=10, cpu=0.1, hang=1), Limits()) == (100 * MEGABYTE, 1.0, 5.0)
    assert allowed(Limits(memory=0), Limits(cpu=0)) == (0, 0.0, 5.0)
    assert EACH_NODE > 0


def test_the_text_of_a_file_says_where_a_wrong_limit_stands() -> None:
    file = parse_flow('{"flowengine": 1,\n "limits": {"cpu": "half"},\n "nodes": {}, "wires": []}', "one.json")
    (problem,) = file.problems
    assert "limits" in str(problem)
    assert problem.line == 2
