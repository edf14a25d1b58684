"""The metrics as Prometheus reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic

from flowengine.telemetry import metrics
from flowengine.telemetry.figures import Figures, WebFigures
from flowengine.telemetry.latency import Latency
from flowengine.telemetry.look import CheckpointLook, ConnectionLook, FlowLook, NodeLook, ProcessLook
from flowengine.telemetry.metrics import MOST_FLOWS, MOST_NODES, MOST_PROCESSES, render

OPERATE = Path(__file__).parents[3] / "docs" / "operate.md"
PLACES = ("worker", "flow", "node", "connection", "type", "route")
NEW = "application/openmetrics-text; version=1.0.0"


def node(received: int = 3, sent: int = 2, level: Any = "ok", **more: Any) -> NodeLook:
    return NodeLook(level, "", received, sent, 1, sum(more.get("drops", {}).values()), 4, None, **more)


def look(flow: str, nodes: dict[str, NodeLook], **more: Any) -> FlowLook:
    return FlowLook(flow, 6.0, nodes, {}, **more)


def figures(*looks: FlowLook, **more: Any) -> Figures:
    wanted = more.pop("wanted", {one.flow: "" for one in looks})
    return Figures("1.2", 6.0, 5.0, 0.01, looks, wanted, 7, 2, 3, 4096, 1, (), **more)


def values(figures: Figures, accept: str = "") -> dict[tuple[str, str], float]:
    """Return every sample by its name and the values of its labels, read as Prometheus reads it."""
    text, kind = render(figures, accept)
    parse = openmetrics if "openmetrics" in kind else classic
    found: dict[tuple[str, str], float] = {}
    for family in parse(text.decode()):
        for sample in family.samples:
            labels = sorted(sample.labels.items(), key=lambda one: PLACES.index(one[0]) if one[0] in PLACES else 9)
            key = sample.name, " ".join(value for _, value in labels)
            assert key not in found, "no series may be there twice"
            found[key] = sample.value
    return found


@pytest.mark.parametrize("accept", ["", NEW])
def test_what_an_engine_has_counted_is_told(accept: str) -> None:
    timed = Latency()
    timed.add(0.003, 5)
    nodes = {
        "in": node(0, 9, restarts=2),
        "out": node(level="error", drops={"drop-oldest": 6}, limit=1000, age=1.5, retries=8),
    }
    one = look(
        "oven",
        nodes,
        latency=timed.look(),
        checkpoint=CheckpointLook(5, 900, 0.02, 0.5, ""),
        connections={"broker": ConnectionLook("mqtt/broker", "busy", "connecting")},
    )
    web = WebFigures({("/metrics", "2xx"): 4}, 2, 11)
    found = values(figures(one, wanted={"oven": "", "press": "it has errors"}, web=web), accept)
    assert found["flowengine_messages_total", "oven in out"] == 9
    assert found["flowengine_messages_total", "oven out in"] == 3
    assert found["flowengine_failures_total", "oven out"] == 1
    assert found["flowengine_dropped_total", "oven out drop-oldest"] == 6
    assert found["flowengine_queue_messages", "oven out"] == 4
    assert found["flowengine_queue_limit_messages", "oven out"] == 1000
    assert found["flowengine_queue_age_seconds", "oven out"] == 1.5
    assert found["flowengine_retries_total", "oven out"] == 8
    assert found["flowengine_restarts_total", "oven in"] == 2
    assert found["flowengine_node_status", "oven out error"] == 1
    assert found["flowengine_node_status", "oven out ok"] == 0
    assert found["flowengine_flow_running", "oven"] == 1
    assert found["flowengine_flow_running", "press"] == 0
    assert found["flowengine_latency_seconds_bucket", "oven 0.0025"] == 0
    assert found["flowengine_latency_seconds_bucket", "oven 0.005"] == 5
    assert found["flowengine_latency_seconds_count", "oven"] == 5
    assert found["flowengine_latency_seconds_sum", "oven"] == pytest.approx(0.015)
    assert found["flowengine_checkpoint_age_seconds", "oven"] == 0.5
    assert found["flowengine_connection_up", "broker mqtt/broker"] == 0
    assert found["flowengine_dead_letters", ""] == 7
    assert found["flowengine_event_loop_lag_seconds", ""] == 0.01
    assert found["flowengine_web_requests_total", "/metrics 2xx"] == 4
    assert found["flowengine_stream_turns_lost_total", ""] == 11
    assert found["process_resident_memory_bytes", ""] > 1_000_000


def process(name: str, *flows: str, **more: Any) -> ProcessLook:
    given: dict[str, Any] = {
        "up": True, "memory": 1000, "memory_limit": 0, "cpu": 2.5, "cpu_limit": 0.0, "stopped": 0.0, "lag": 0.01,
        "hang_limit": 5.0,
    }  # fmt: skip
    return ProcessLook(name, flows=flows, **(given | more))


def test_each_worker_is_told_with_its_limits_and_why_it_fell_and_those_beyond_the_bound_are_one() -> None:
    limited = process("1", "oven", memory_limit=4000, cpu_limit=0.5, stopped=1.5, falls={"hang": 2}, up=False)
    many = [limited, *(process(str(number)) for number in range(2, MOST_PROCESSES + 3)), process("field")]
    found = values(figures(processes=tuple(many)))
    assert found["flowengine_worker_up", "1"] == 0
    assert found["flowengine_worker_flow", "1 oven"] == 1
    assert found["flowengine_worker_memory_bytes", "1"] == 1000
    assert found["flowengine_worker_memory_limit_bytes", "1"] == 4000
    assert found["flowengine_worker_cpu_seconds_total", "2"] == 2.5
    assert found["flowengine_worker_cpu_limit_cores", "1"] == 0.5
    assert found["flowengine_worker_throttled_seconds_total", "1"] == 1.5
    assert found["flowengine_worker_event_loop_lag_seconds", "2"] == 0.01
    assert found["flowengine_worker_restarts_total", "1 hang"] == 2
    assert found["flowengine_worker_restarts_total", "1 memory"] == 0
    assert ("flowengine_worker_memory_limit_bytes", "2") not in found
    assert found["flowengine_worker_memory_bytes", "other"] == 3000
    assert sum(name == "flowengine_worker_up" for name, _ in found) == MOST_PROCESSES + 1


def test_both_formats_are_there_and_the_caller_chooses() -> None:
    assert render(figures())[1].startswith("text/plain; version=0.0.4")
    text, kind = render(figures(), NEW)
    assert kind.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")


def test_nodes_beyond_the_bound_are_one_and_it_says_how_many() -> None:
    many = {f"n{number}": node() for number in range(MOST_NODES)}
    found = values(figures(look("large", many), look("small", {"a": node(), "b": node(), "other": node()})))
    assert found["flowengine_messages_total", "large n499 in"] == 3
    assert found["flowengine_messages_total", "small other in"] == 9
    assert ("flowengine_node_status", "small a ok") not in found
    assert found["flowengine_nodes_folded", "small"] == 3
    assert found["flowengine_nodes_folded", "large"] == 0


def test_however_many_flows_and_nodes_there_are_the_series_stay_bounded() -> None:
    nodes = {f"n{n}": node(0, 0, limit=5, retries=1, drops={f"r{r}": 1 for r in range(3)}) for n in range(50)}
    timed = Latency().look()
    many = [look(f"flow {number}", nodes, latency=timed) for number in range(MOST_FLOWS + 100)]
    found = values(figures(*many))
    assert len(found) < MOST_NODES * 20 + MOST_FLOWS * 40
    assert found["flowengine_flow_running", "other"] == 1
    assert found["flowengine_nodes_folded", "other"] == 100 * 50
    total = sum(value for (name, _), value in found.items() if name == "flowengine_failures_total")
    assert total == 200 * 50, "nothing is lost in the sums"


@given(name=st.text(max_size=30), flow=st.text(max_size=30), reason=st.text(max_size=10))
def test_whatever_names_are_the_text_can_be_read_and_gives_them_back(name: str, flow: str, reason: str) -> None:
    one = figures(look(flow, {name: node(drops={reason: 1})}))
    for accept in ("", NEW):
        text, kind = render(one, accept)
        parse = openmetrics if "openmetrics" in kind else classic
        dropped = [s for f in parse(text.decode()) for s in f.samples if s.name == "flowengine_dropped_total"]
        assert [sample.labels for sample in dropped] == [{"flow": flow, "node": name, "reason": reason}]


def test_half_of_a_pair_in_a_name_does_not_keep_the_rest_from_being_read() -> None:
    found = values(figures(look("a\ud800", {"b": node()})))
    assert found["flowengine_failures_total", "a? b"] == 1


def test_every_metric_is_in_the_operators_page() -> None:
    described = OPERATE.read_text()
    collected = metrics._Collector(figures(look("f", {"a": node()}))).collect()
    names = [family.name for family in collected if family.name.startswith("flowengine")]
    assert len(names) > 25
    assert [name for name in names if f"`{name}" not in described] == []
