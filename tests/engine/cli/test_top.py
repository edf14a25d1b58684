"""`flowengine top`: what it makes of two looks, how it draws them, what keys do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from flowengine.cli.top.command import press
from flowengine.cli.top.rows import Shown, chosen, shown
from flowengine.cli.top.screen import NEXT, View, number, screen
from flowengine.cli.top.terminal_keys import split
from flowengine.telemetry.latency import Latency
from flowengine_web.shapes import EngineFigures, FlowFigures, LatencyFigures, NodeFigures, ProcessFigures


def node(received: int = 0, sent: int = 0, **more: Any) -> NodeFigures:
    given: dict[str, Any] = {
        "level": "ok", "text": "", "failed": 0, "dropped": 0, "drops": {}, "waiting": 0, "limit": 0, "age": 0.0,
        "retries": 0, "restarts": 0,
    }  # fmt: skip
    return NodeFigures(received=received, sent=sent, **(given | more))


def flow(nodes: dict[str, NodeFigures], timed: Latency | None = None, problem: str = "") -> FlowFigures:
    look = (timed or Latency()).look()
    latency = LatencyFigures(buckets=list(look.buckets), seconds=look.seconds)
    return FlowFigures(problem=problem, nodes=nodes, latency=latency, connections={})


def engine(at: float, flows: dict[str, FlowFigures], **more: Any) -> EngineFigures:
    given: dict[str, Any] = {
        "version": "1.2", "started": 100.0, "lag": 0.001, "memory": 96_000_000, "faults": 0, "dead_letters": 0,
        "dead_letters_dropped": 0, "debug_dropped": 0, "streams": 0, "stores": [],
    }  # fmt: skip
    return EngineFigures(at=at, flows=flows, **(given | more))


def process(**more: Any) -> ProcessFigures:
    given: dict[str, Any] = {
        "name": "1", "flows": ["oven"], "up": True, "memory": 50_000_000, "memory_limit": 0, "cpu": 1.0,
        "cpu_limit": 0.0, "stopped": 0.0, "lag": 0.001, "hang_limit": 5.0, "falls": {}, "why": "",
    }  # fmt: skip
    return ProcessFigures(**(given | more))


def drawn(found: Shown, view: View | None = None, width: int = 80, height: int | None = 24, problem: str = "") -> str:
    console = Console(width=width, height=height or 100, color_system=None, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with console.capture() as capture:
        console.print(screen(found, view or View(), width, height, problem))
    console.file.close()
    return capture.get()


@pytest.fixture
def busy() -> Shown:
    before, after = Latency(), Latency()
    for timed in (before, after):
        timed.add(5.0, 100)
    after.add(0.002, 99)
    after.add(0.2)
    old = {"in": node(0, 100), "double": node(100, 100), "out": node(100)}
    new = {
        "in": node(0, 350),
        "double": node(350, 350),
        "out": node(320, failed=2, dropped=7, drops={"drop-oldest": 7}, waiting=900, limit=1000, age=1.5, level="error",
                    text="no answer"),
    }  # fmt: skip
    idle = {"a": node()}
    return shown(
        "http://127.0.0.1:1890",
        engine(1000.0, {"oven": flow(old, before), "press": flow(idle)}),
        engine(1002.5, {"oven": flow(new, after), "press": flow(idle), "broken": flow({}, problem="it has errors")}),
    )


def test_rates_and_latencies_are_those_of_the_time_between_two_looks(busy: Shown) -> None:
    oven = busy.flows[0]
    assert (oven.received, oven.sent) == (100.0, 88.0)
    assert oven.p50 is not None
    assert oven.p99 is not None
    assert 0.001 < oven.p50 < 0.0025
    assert oven.p99 < 0.25, "what was timed before the first look does not count"
    assert (oven.waiting, oven.failed, oven.dropped, oven.level) == (900, 2, 7, "error")
    assert [row.received for row in busy.nodes if row.flow == "oven"] == [0.0, 100.0, 88.0]
    assert busy.rate == 188.0
    assert busy.up == 902.5


def test_a_counter_that_began_anew_gives_no_negative_rate() -> None:
    before = engine(10.0, {"f": flow({"a": node(1000, 1000)})})
    found = shown("", before, engine(12.0, {"f": flow({"a": node(10, 10)})}))
    assert found.nodes[0].received == 5.0


def test_a_frame_fits_a_small_terminal_and_says_what_matters(busy: Shown) -> None:
    lines = drawn(busy).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for wanted in ("188 msg/s", "3 flows", "oven", "900", "broken", "q: quit"):
        assert wanted in text
    assert "it has errors" in drawn(busy, width=120)


def test_nodes_are_shown_one_by_one_with_the_reasons_of_losses(busy: Shown) -> None:
    text = drawn(busy, View("nodes"), width=120)
    assert "oven/out" in text
    assert "no answer; drop-oldest 7" in text
    assert "1.5s" in text


def test_a_thousand_nodes_are_scrolled_through_and_never_beyond_the_end() -> None:
    nodes = {f"node {number:04}": node() for number in range(1000)}
    found = shown("", None, engine(1.0, {"f": flow(nodes)}))
    view = View("nodes")
    assert "node 0000" in drawn(found, view)
    assert press(view, "page-down", 19)
    assert "node 0019" in drawn(found, view)
    for _ in range(100):
        press(view, "page-down", 19)
    assert "node 0999" in drawn(found, view)
    assert view.first == 1000 - 19
    assert len(drawn(found, View("nodes"), height=None).splitlines()) > 1000


def test_keys_sort_turn_filter_pause_and_quit(busy: Shown) -> None:
    view = View()
    press(view, "s", 10)
    assert view.order == "rate"
    assert chosen(busy.flows, "rate", False, "")[0].flow == "oven"
    assert [row.flow for row in chosen(busy.flows, "name", True, "")] == ["press", "oven", "broken"]
    for key in "/pre!":
        press(view, key, 10)
    press(view, "back", 10)
    assert view.typing
    assert "filter: pre" in drawn(busy, view)
    press(view, "enter", 10)
    assert not view.typing
    assert "oven" not in drawn(busy, view)
    press(view, "escape", 10)
    press(view, "n", 10)
    press(view, "p", 10)
    assert (view.wanted, view.what, view.paused) == ("", "nodes", True)
    assert "PAUSED" in drawn(busy, view)
    assert not press(view, "q", 10)


def test_an_engine_without_flows_and_one_that_does_not_answer_any_more_are_said_so() -> None:
    nothing = shown("", None, engine(1.0, {}))
    assert "no flow runs" in drawn(nothing)
    assert "it is away" in drawn(nothing, problem="it is away")


def test_names_of_strangers_do_not_steer_the_terminal() -> None:
    name = "[red]x\x1b[2J\n"
    strange = {name: flow({"a\x9b": node(level="error", text="b\x1b]0;t\x07")})}
    found = shown("", None, engine(1.0, strange, processes=[process(flows=[name], falls={"exit": 1}, why="\x07")]))
    for what in NEXT:
        text = drawn(found, View(what), width=120)
        assert "\x1b[2J" not in text
        assert "\x9b" not in text
        assert "\x07" not in text
        assert "[red]x" in text


@given(st.floats(0, 1e12))
def test_every_number_is_short(value: float) -> None:
    assert len(number(value)) <= 6


def test_what_a_terminal_sends_is_split_into_keys() -> None:
    assert split("q\x1b[A\x1b[6~\x7f\r/") == ["q", "up", "page-down", "back", "enter", "/"]
    assert split("\x1b") == ["escape"]


def test_processes_are_shown_with_what_they_take_of_their_limits_and_why_they_fell() -> None:
    limits: dict[str, Any] = {"cpu_limit": 0.5, "memory_limit": 268_435_456}
    before = engine(100.0, {}, processes=[process(cpu=10.0, stopped=3.0, **limits)])
    now = [
        process(cpu=11.0, stopped=4.0, falls={"hang": 2}, why="code did not give the turn back", **limits),
        process(name="field", flows=[], up=False),
    ]
    text = drawn(shown("", before, engine(102.0, {}, processes=now)), View("processes"), width=120)
    first, second = (next(line for line in text.splitlines() if name in line) for name in ("oven", "field process"))
    for word in ("0.5", "50", "268", "50%", "2 hang: code did not"):
        assert word in first
    assert "-" in second
    assert "nodes" not in drawn(shown("", None, now=engine(1.0, {})), View("processes")).splitlines()[-2]
    assert "main process" in drawn(shown("", None, engine(1.0, {})), View("processes"))
