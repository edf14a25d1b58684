"""Ways of messages as traces of OpenTelemetry, received by a real collector on loopback."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Message
from flowengine.runtime.engine import Engine
from flowengine.telemetry.trace_context import TraceContext, came_with, parsed
from flowengine.telemetry.tracing import begin, wanted
from tests.engine.runtime import small_nodes as nodes
from tests.engine.runtime.small_nodes import plan, until
from tests.engine.telemetry.collector import Collector

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    collector = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "plant=south")
    yield collector
    collector.close()


def run(inject: list[Message], asked: list[str] | None = None) -> None:
    """Send messages through a flow of three nodes, in real time, and stop the engine."""

    async def main() -> None:
        engine = Engine()
        await engine.start()
        flow = {"in": (nodes.Ticker, {"every": 100.0}), "plus": nodes.Plus, "out": nodes.Sink, "bad": nodes.Breaks}
        await engine.deploy(plan(flow, ["in plus", "plus out", "plus bad"]))
        out: Any = engine.flows["test"].nodes["out"]
        await until(lambda: len(out.got) == 1)
        for count, msg in enumerate(inject, 2):
            engine.inject("test", "plus", msg)
            await until(lambda count=count: len(out.got) == count)  # type: ignore[misc]
            trace = out.tracer()
            if asked is not None and trace is not None:
                asked.append(trace(out.got[-1]))
        await engine.stop(1)

    asyncio.run(main())


def test_the_way_of_a_message_is_a_span_of_the_flow_with_spans_of_its_nodes(collector: Collector) -> None:
    run([])
    spans = {span.name: span for span in collector.until(5)}
    assert set(spans) == {"test", "in", "plus", "out", "bad"}
    root = spans["test"]
    assert not root.parent_span_id
    assert all(span.trace_id == root.trace_id for span in spans.values())
    assert all(spans[name].parent_span_id == root.span_id for name in ("in", "plus", "out", "bad"))
    assert len({span.span_id for span in spans.values()}) == 5
    told = {one.key: one.value.string_value for one in spans["plus"].attributes}
    assert (told["flowengine.flow"], told["flowengine.node"]) == ("test", "plus")
    assert root.start_time_unix_nano <= spans["plus"].start_time_unix_nano <= spans["plus"].end_time_unix_nano
    assert spans["bad"].status.message == "broken"
    assert root.status.message == "bad: broken"
    assert collector.resources[0]["service.name"] == "flowengine"
    assert collector.resources[0]["plant"] == "south"


def test_a_trace_that_comes_with_a_message_goes_on_and_is_given_to_the_next(collector: Collector) -> None:
    asked: list[str] = []
    run([Message(1, id="m1", properties={"user_properties": {"traceparent": PARENT}})], asked)
    spans = [span for span in collector.until(9) if span.trace_id.hex() == PARENT[3:35]]
    (root,) = [span for span in spans if span.name == "test"]
    assert root.parent_span_id.hex() == PARENT[36:52]
    assert {span.name for span in spans} == {"test", "plus", "out", "bad"}
    assert asked == [f"00-{PARENT[3:35]}-{root.span_id.hex()}-01"]


def test_what_its_sender_does_not_sample_is_not_sampled_here(collector: Collector) -> None:
    asked: list[str] = []
    run([Message(1, id="m1", properties={"headers": {"Traceparent": PARENT[:-2] + "00"}})], asked)
    collector.until(5)
    assert asked == [""]
    assert all(span.trace_id.hex() != PARENT[3:35] for span in collector.spans)


def test_the_standard_variables_say_how_much_is_sampled(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    run([])
    assert collector.spans == []


def test_a_collector_that_is_away_disturbs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    run([])


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "x"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_traces_are_sent_only_if_a_variable_asks_for_them(environment: dict[str, str], expected: bool) -> None:
    assert wanted(environment) is expected


def test_what_cannot_be_sent_is_said_once_and_the_engine_runs(caplog: pytest.LogCaptureFixture) -> None:
    assert begin({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}) is None
    assert "grpc is not offered, only http/protobuf" in caplog.text


def test_without_them_nothing_of_opentelemetry_is_loaded_and_nothing_is_watched() -> None:
    code = (
        "import asyncio, sys\n"
        "from flowengine.runtime.engine import Engine\n"
        "async def main():\n"
        "    engine = Engine()\n"
        "    await engine.start()\n"
        "    assert not engine.observer.is_watched('x') and engine.observer.traces.listener is None\n"
        "asyncio.run(main())\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@given(trace=st.integers(1, 2**128 - 1), span=st.integers(1, 2**64 - 1), sampled=st.booleans())
def test_a_traceparent_says_what_it_was_made_of(trace: int, span: int, sampled: bool) -> None:
    context = TraceContext(trace, span, sampled)
    assert parsed(str(context)) == context


@given(st.text(alphabet="0123456789abcdef-fF x", max_size=60) | st.binary() | st.none())
def test_whatever_else_comes_is_no_traceparent(value: Any) -> None:
    found = parsed(value)
    assert found is None or str(found)[:52] == value[:52].replace(value[:2], "00", 1)


@pytest.mark.parametrize(
    "text",
    [
        PARENT.replace("00-", "ff-", 1),
        PARENT + "-more",
        PARENT.upper(),
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        PARENT[:36] + "0" * 16 + "-01",
    ],
)
def test_what_the_standard_forbids_is_no_traceparent(text: str) -> None:
    assert parsed(text) is None


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert parsed("01" + PARENT[2:] + "-more") == parsed(PARENT)


def test_properties_of_any_form_are_looked_at_with_care() -> None:
    for properties in ({}, {"headers": "x"}, {"headers": {1: 2}}, {"user_properties": {"traceparent": ["a", "b"]}}):
        assert came_with(Message(1, properties=properties)) is None
