"""A flow may promise of delivery what its sinks can keep."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flowengine.flow.check import check_flow
from flowengine.flow.file import parse_flow
from flowengine.flow.problem import Problem
from flowengine.flow.project import Project
from flowengine.registry import Registry


def problems_of(protocol: str, sink: dict[str, Any], delivery: str = "effectively-once") -> list[Problem]:
    options = {"connection": "broker", "topic": "t"}
    data = {
        "flowengine": 1,
        "name": "f",
        "delivery": delivery,
        "connections": {"broker": {"type": "mqtt/broker", "options": {"protocol": protocol}}},
        "nodes": {"in": {"type": "mqtt/subscribe", "options": options}, "out": sink},
        "wires": [{"from": "in", "to": "out"}],
    }
    return check_flow(parse_flow(json.dumps(data)), Project.of(), Registry.discover())


PUBLISH = {"type": "mqtt/publish", "options": {"connection": "broker", "topic": "u"}}
APPEND = {"type": "files/append", "options": {"file": "/tmp/x"}}


def test_a_sink_with_keys_may_be_delivered_to_effectively_once() -> None:
    assert problems_of("5", PUBLISH) == []


@pytest.mark.parametrize(("protocol", "sink"), [("3.1.1", PUBLISH), ("5", APPEND)])
def test_a_sink_without_keys_may_not(protocol: str, sink: dict[str, Any]) -> None:
    (problem,) = problems_of(protocol, sink)
    assert (problem.code, problem.node, problem.path) == ("no-delivery-key", "out", "$.delivery")
    assert "tells the other side no key" in problem.message
    assert problems_of(protocol, sink, "at-least-once") == []
