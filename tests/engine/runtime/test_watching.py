"""Watching a running flow: newest messages, ways of messages, what nodes show, faults, widgets."""

from __future__ import annotations

import inspect
import logging
from typing import Any

import pytest

from flowengine import BadData, Message, Source, Transform
from flowengine.clock import VirtualClock
from flowengine.errors import DeployFailed, NotFound
from flowengine.runtime.engine import Engine
from flowengine.runtime.pace import at_once
from flowengine.telemetry.look import Seen
from tests.engine.runtime import small_nodes as nodes
from tests.engine.runtime.small_nodes import in_virtual_time, plan
from tests.steps import steps

TICK = (nodes.Ticker, {"every": 1.0})


def payload(seen: Seen | None) -> Any:
    return None if seen is None else seen.msg.payload


class Talks(Transform, type="test/talks"):
    """Show, warn, and say."""

    def process(self, msg: Message) -> None:
        self.show(msg.payload, msg)
        self.log.warning("hot: %s degC", msg.payload)
        self.log.info("all is well")
        self.log.log(logging.WARNING, "shown already", extra={"shown": True})


class Slider(Source, type="test/slider"):
    """Moved by operators."""

    widget = "slider"

    def operated(self, value: Any) -> Message | None:
        if not isinstance(value, int):
            raise BadData(f"{value!r} is no number")
        return Message(value)


class Moody(Transform, type="test/moody"):
    """Say of each message how it is; a text is refused."""

    def process(self, msg: Message) -> Message:
        if msg.payload == "bad":
            raise BadData("a bad one")
        self.status(msg.payload if msg.payload in ("ok", "warning", "error") else "ok", "so it is")
        return msg


def test_the_newest_message_is_known_at_every_node_and_wire_while_somebody_watches() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        made = plan(
            {"in": TICK, "plus": nodes.PlusInline, "end": nodes.Plus, "slow": nodes.Slow, "out": nodes.Sink},
            ["in plus", "plus slow", "slow out", "plus end"],
        )
        await engine.deploy(made)
        await clock.sleep(0.5)
        assert all(node.newest is None for node in engine.look("test").nodes.values())
        token = engine.watch("test")
        await clock.sleep(2)
        look = engine.look("test")
        assert {name: payload(node.newest) for name, node in look.nodes.items()} == {
            "in": 2,
            "plus": 3,
            "end": 4,
            "slow": 1,  # the one of 2 seconds is under way
            "out": 1,
        }
        assert {key: (wire.passed, payload(wire.newest)) for key, wire in look.wires.items()} == {
            "in.out>plus.in": (3, 2),
            "plus.out>slow.in": (3, 3),
            "slow.out>out.in": (1, 1),
            "plus.out>end.in": (3, 3),
        }
        out = look.nodes["out"].newest
        assert out is not None
        assert (out.port, out.at) == ("in", clock.epoch + 1.0)
        engine.unwatch(token)
        assert all(node.newest is None for node in engine.look("test").nodes.values())
        assert engine.look("test").nodes["in"].sent == 3
        await engine.stop()

    in_virtual_time(main)


def test_a_flow_that_nobody_watches_runs_its_own_code_alone() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"in": TICK, "slow": nodes.Slow, "out": nodes.Sink}, ["in slow", "slow out"]))

        def plain() -> list[bool]:
            part: Any = engine.flows["test"].parts["in"]
            return [chain.run == chain.plain for chain in part._wiring.all_chains()]

        assert all(plain())
        first, second = engine.watch("test"), engine.watch("test")
        assert not any(plain())
        engine.unwatch(first)
        assert not any(plain())
        engine.unwatch(second)
        assert all(plain())
        await clock.sleep(2)
        assert all(plain())
        await engine.stop()

    in_virtual_time(main)


def test_watching_lasts_over_deploys_and_may_begin_before_the_first() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        token = engine.watch("test")
        await engine.deploy(plan({"in": TICK, "a": nodes.Plus}, ["in a"]))
        await clock.sleep(0.5)
        assert payload(engine.look("test").nodes["a"].newest) == 1
        await engine.deploy(plan({"in": TICK, "a": (nodes.Plus, {"amount": 10}), "b": nodes.Plus}, ["in a", "a b"]))
        look = engine.look("test")
        assert payload(look.nodes["in"].newest) == 0
        assert look.nodes["a"].newest is None
        await clock.sleep(1)
        assert payload(engine.look("test").nodes["b"].newest) == 12
        await engine.deploy(plan({"in": TICK, "a": nodes.Plus}, ["in a"]), mode="flows")
        assert engine.look("test").nodes["in"].newest is None
        await clock.sleep(0.5)
        assert payload(engine.look("test").nodes["a"].newest) == 1
        engine.unwatch(token)
        await engine.stop()

    in_virtual_time(main)


def test_the_way_of_a_message_is_known_from_source_to_actuator() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        engine.watch("test")
        await engine.deploy(
            plan(
                {"in": TICK, "twice": nodes.Twice, "slow": nodes.Slow, "out": nodes.Sink},
                ["in twice", "twice slow", "slow out"],
            )
        )
        await clock.sleep(1.5)
        newest = engine.look("test").nodes["twice"].newest
        assert newest is not None
        await clock.sleep(3)
        hops = [(hop.node, hop.what, hop.port, hop.msg.payload) for hop in engine.trace(newest.msg.id).hops]
        assert hops == [
            ("in", "out", "out", 1),
            ("twice", "out", "out", 1),
            ("twice", "out", "out", -1),
            ("slow", "in", "in", 1),
            ("slow", "in", "in", -1),
            ("slow", "out", "out", 1),
            ("out", "in", "in", 1),
            ("slow", "failed", "in", -1),
        ]
        assert engine.trace("never heard of").hops == ()
        await engine.stop()

    in_virtual_time(main)


def test_a_wire_says_whether_its_last_message_failed_at_the_end() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"a": Moody, "b": nodes.Sink}, ["a b"]))
        engine.inject("test", "a", Message("bad"))
        await engine.deploy(plan({"in": nodes.Feed, "a": Moody, "b": nodes.Sink}, ["in a", "a b"]))
        assert engine.look("test").wires["in.out>a.in"].failed
        engine.inject("test", "a", Message("ok"))
        assert not engine.look("test").wires["in.out>a.in"].failed
        await engine.stop()

    in_virtual_time(main)


def test_what_nodes_show_warn_of_and_fail_by_comes_to_the_debug_stream_though_nobody_watches() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"talks": Talks, "plus": nodes.Plus}, []))
        engine.inject("test", "talks", Message(250, id="m1"))
        engine.inject("test", "plus", Message("x", id="m2"))
        items = [(item.node, item.level, item.text, item.value) for item in engine.observer.debug.since(0)]
        assert items == [
            ("talks", "value", "", 250),
            ("talks", "warning", "hot: 250 degC", None),
            ("plus", "error", "x is no number", "x"),
        ]
        assert [hop.what for hop in engine.trace("m2").hops] == ["failed"]
        await engine.stop()

    in_virtual_time(main)


def test_a_node_that_fails_is_a_fault_until_a_message_passes_or_some_seconds_do() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"a": Moody, "b": Moody}, []))
        for name in "ab":
            engine.inject("test", name, Message("bad"))
        assert [fault.active for fault in engine.faults.all()] == [True, True]
        await clock.sleep(1.5)
        engine.inject("test", "a", Message("ok"))
        await clock.sleep(1)
        assert {fault.node: fault.active for fault in engine.faults.all()} == {"a": False, "b": True}
        await clock.sleep(9)
        assert {fault.node: fault.active for fault in engine.faults.all()} == {"a": False, "b": False}
        await engine.stop()

    in_virtual_time(main)


def test_a_node_that_says_it_is_bad_is_a_fault_until_it_says_otherwise_or_is_replaced() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"a": Moody, "b": Moody, "c": Moody}, []))
        for name in "abc":
            engine.inject("test", name, Message("error"))
        engine.inject("test", "a", Message("ok"))
        await engine.deploy(plan({"a": Moody, "b": nodes.Plus}, []))
        assert {fault.node: fault.active for fault in engine.faults.all()} == {"a": False, "b": False}
        await engine.stop()

    in_virtual_time(main)


def test_a_flow_that_does_not_start_is_a_fault_unless_the_one_before_runs_on() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        with pytest.raises(DeployFailed):
            await engine.deploy(plan({"a": nodes.Breaking}, []))
        (fault,) = engine.faults.all()
        assert (fault.node, fault.active) == ("", True)
        assert "port is taken" in fault.text
        await engine.deploy(plan({"a": nodes.Plus}, []))
        assert not engine.faults.all()[0].active
        engine.faults.acknowledge("test", "", "anna", 1.0)
        with pytest.raises(DeployFailed):
            await engine.deploy(plan({"a": nodes.Breaking}, []))
        assert engine.faults.all() == []
        await engine.stop()

    in_virtual_time(main)


def test_an_operator_moves_a_widget_and_the_message_leaves_the_node() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"slider": Slider, "out": nodes.Sink}, ["slider out"]))
        engine.operate("test", "slider", 7)
        await clock.sleep(0.1)
        (msg,) = engine.flows["test"].nodes["out"].got  # type: ignore[attr-defined]
        assert (msg.payload, bool(msg.id)) == (7, True)
        with pytest.raises(BadData, match="'x' is no number"):
            engine.operate("test", "slider", "x")
        for flow, node in (("test", "out"), ("test", "none"), ("none", "slider")):
            with pytest.raises(NotFound):
                engine.operate(flow, node, 1)
        await engine.stop()

    in_virtual_time(main)


def test_looking_at_a_flow_that_does_not_run_is_refused() -> None:
    with pytest.raises(NotFound):
        Engine(VirtualClock()).look("none")


def test_a_look_at_5000_nodes_goes_in_steps_that_keep_nothing_else_waiting() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        rows = {f"n{n}": TICK if n % 50 == 0 else nodes.PlusInline for n in range(5000)}
        wires = [f"n{n - 1} n{n}" for n in range(5000) if n % 50]
        await engine.deploy(plan(rows, wires))
        engine.watch("test")
        await clock.sleep(2.5)
        found = at_once(engine.look_in_steps("test"))
        assert found.nodes.keys() == rows.keys()
        assert found.nodes["n4949"].received == 3
        looking = engine.look_in_steps("test")
        lengths: list[int] = []
        while inspect.getgeneratorstate(looking) != inspect.GEN_CLOSED:
            lengths.append(steps(lambda: next(looking, None)))
        assert max(lengths) < 15_000  # lines of Python: a millisecond
        assert len(lengths) > 100

    in_virtual_time(main)


def test_a_look_during_which_a_deploy_comes_begins_anew() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        rows = {f"n{n}": nodes.PlusInline for n in range(500)}
        wires = [f"in n{n}" for n in range(500)]
        await engine.deploy(plan({"in": TICK, **rows}, wires))
        steps = engine.look_in_steps("test")
        next(steps)
        del rows["n499"]
        await engine.deploy(plan({"in": TICK, **rows, "new": nodes.PlusInline}, [*wires[:-1], "in new"]))
        found = at_once(steps)
        assert found.nodes.keys() == {"in", *rows, "new"}
        assert len(found.wires) == 500

    in_virtual_time(main)
