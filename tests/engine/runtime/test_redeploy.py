"""Deploys into a running flow: what differs restarts, the rest does not notice, and no message is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flowengine import Message, State, Transform
from flowengine.clock import VirtualClock
from flowengine.errors import DeployFailed
from flowengine.flow.model import Feedback, Queue
from flowengine.runtime.changes import restarts
from flowengine.runtime.engine import Engine
from tests.engine.runtime import small_nodes as nodes
from tests.engine.runtime.small_nodes import in_virtual_time, plan


class Life(Transform, type="test/life"):
    """Count its messages; remember how often nodes of its class started and stopped."""

    amount: int = 0
    count: State[int] = 0
    story = []  # type: ignore[var-annotated]

    async def start(self) -> None:
        Life.story.append(f"start {self.amount}")

    async def stop(self) -> None:
        Life.story.append(f"stop {self.amount}")

    def process(self, msg: Message) -> Message:
        self.count += 1
        return msg.with_payload((msg.payload, self.count))


def engine_with(clock: VirtualClock) -> tuple[Engine, Any]:
    engine = Engine(clock)
    return engine, lambda name: engine.flows["test"].nodes[name]


TICK = (nodes.Ticker, {"every": 1.0})


def test_a_node_that_does_not_differ_keeps_its_state_and_its_counters() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        await engine.deploy(plan({"in": TICK, "n": Life, "plus": nodes.Twice, "out": nodes.Sink}, ["in n", "n out"]))
        await clock.sleep(4.5)
        kept = node("n")
        outcome = await engine.deploy(
            plan({"in": TICK, "n": Life, "more": nodes.Collect, "out": nodes.Sink}, ["in n", "n more", "n out"])
        )
        assert (outcome.restarted, outcome.kept, outcome.removed) == (("more",), ("in", "n", "out"), ("plus",))
        await clock.sleep(4)
        assert node("n") is kept
        assert node("out").payloads == [(n, n + 1) for n in range(9)]
        look = engine.look("test")
        assert (look.nodes["n"].received, look.nodes["n"].sent, look.wires["n.out>out.in"].passed) == (9, 9, 9)
        assert look.wires["n.out>more.in"].passed == 4
        await engine.stop()

    in_virtual_time(main)


def test_counters_go_on_however_many_wires_have_come_and_gone() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, _ = engine_with(clock)
        await engine.deploy(plan({"in": TICK, "out": nodes.Sink}, ["in out"]))
        await clock.sleep(0.5)
        for turn in range(30):
            others = {f"n{turn}-{number}": nodes.Collect for number in range(60)}
            wires = [*(f"in {name}" for name in others), "in out"]
            await engine.deploy(plan({"in": TICK, "out": nodes.Sink, **others}, wires))
            await clock.sleep(1)
        look = engine.look("test")
        assert (look.nodes["in"].sent, look.nodes["out"].received) == (31, 31)
        assert {look.nodes[f"n29-{number}"].received for number in range(60)} == {1}
        assert len(engine.flows["test"].looking._index) < 1200
        await engine.stop()

    in_virtual_time(main)


def test_only_what_differs_is_stopped_and_started() -> None:
    async def main(clock: VirtualClock) -> None:
        Life.story = []
        engine, node = engine_with(clock)
        await engine.deploy(plan({"in": TICK, "a": (Life, {"amount": 1}), "b": (Life, {"amount": 2})}, ["in a", "a b"]))
        await clock.sleep(1.5)
        await engine.deploy(plan({"in": TICK, "a": (Life, {"amount": 1}), "b": (Life, {"amount": 3})}, ["in a", "a b"]))
        await clock.sleep(1)
        # The new node is tried first; the one that takes its place has what the old one remembered.
        assert Life.story == ["start 1", "start 2", "start 3", "start 3", "stop 3", "stop 2"]
        assert (node("a").count, node("b").count) == (3, 3)
        await engine.deploy(plan({"in": TICK, "a": (Life, {"amount": 1})}, ["in a"]))
        assert Life.story[-1] == "stop 3"
        await engine.stop()

    in_virtual_time(main)


def test_a_source_goes_on_in_its_rhythm() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        await engine.deploy(plan({"in": TICK, "out": nodes.Sink}, ["in out"]))
        await clock.sleep(2.25)
        await engine.deploy(plan({"in": TICK, "gone": nodes.Sink, "out": nodes.Sink}, ["in out", "in gone"]))
        await engine.deploy(plan({"in": TICK, "out": nodes.Sink}, ["in out"]))
        await clock.sleep(2)
        assert [at % 1 for at in node("out").times] == [0.0] * 5
        assert node("in").starts == 1
        await engine.stop()

    in_virtual_time(main)


def test_what_is_held_for_later_comes_in_its_time() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        later = (nodes.Later, {"seconds": 10})
        await engine.deploy(plan({"later": later, "out": nodes.Sink}, ["later out"]))
        engine.inject("test", "later", Message("held"))
        await clock.sleep(5)
        await engine.deploy(plan({"later": later, "plus": Life, "out": nodes.Sink}, ["later plus", "plus out"]))
        await clock.sleep(4.9)
        assert node("out").payloads == []
        await clock.sleep(0.2)
        assert node("out").payloads == [("held", 1)]
        await engine.stop()

    in_virtual_time(main)


def test_what_a_replaced_transform_has_collected_is_sent_on_and_what_it_holds_is_kept() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        wires = ["all out", "later out"]
        first = {"all": nodes.Collect, "later": (nodes.Later, {"seconds": 10}), "out": nodes.Sink}
        await engine.deploy(plan(first, wires))
        engine.inject("test", "all", Message(1))
        engine.inject("test", "later", Message(2))
        await engine.deploy(plan({**first, "all": nodes.Twice, "later": (nodes.Later, {"seconds": 1})}, wires))
        await clock.sleep(20)
        assert node("out").payloads == [[1]]
        (letter,) = engine.dead_letters.find()
        assert (letter.node, letter.message.payload) == ("later", 2)
        assert "when the node was replaced" in letter.reason
        await engine.stop()

    in_virtual_time(main)


def test_what_waits_for_a_replaced_actuator_waits_for_its_successor() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        feed = (nodes.Feed, {"values": list(range(20)), "batch": 20})
        await engine.deploy(plan({"in": feed, "out": (nodes.Sink, {"seconds": 1.0})}, ["in out"]))
        await clock.sleep(2.5)
        old = node("out")
        await engine.deploy(plan({"in": feed, "out": (nodes.Sink, {"seconds": 0.5})}, ["in out"]))
        await clock.sleep(30)
        assert old.payloads == [0, 1, 2]
        assert node("out").payloads == list(range(3, 20))
        assert len(node("in").finished) == 20
        await engine.stop()

    in_virtual_time(main)


def test_a_write_that_does_not_end_in_time_is_begun_again_by_the_successor() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        await engine.deploy(plan({"in": TICK, "out": (nodes.Sink, {"seconds": 1000})}, ["in out"]))
        await clock.sleep(2.5)
        await engine.deploy(plan({"in": TICK, "out": nodes.Sink}, ["in out"]), drain=5)
        await clock.sleep(2)
        assert node("out").payloads == list(range(10))
        assert node("in").finished == list(range(10))
        assert len(engine.dead_letters) == 0
        await engine.stop()

    in_virtual_time(main)


def test_what_waits_for_a_removed_actuator_is_finished_first() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        feed = (nodes.Feed, {"values": list(range(10)), "batch": 10})
        await engine.deploy(plan({"in": feed, "out": (nodes.Sink, {"seconds": 0.5})}, ["in out"]))
        await clock.sleep(0.6)
        old = node("out")
        await engine.deploy(plan({"in": feed}, []))
        assert old.payloads == list(range(10))
        assert len(node("in").finished) == 10
        await engine.stop()

    in_virtual_time(main)


def test_what_a_removed_actuator_cannot_finish_in_time_becomes_a_dead_letter_and_is_acknowledged() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        feed = (nodes.Feed, {"values": list(range(5)), "batch": 5})
        await engine.deploy(plan({"in": feed, "out": (nodes.Sink, {"seconds": 1000})}, ["in out"]))
        await clock.sleep(1)
        await engine.deploy(plan({"in": feed}, []), drain=3)
        await clock.sleep(1)
        assert sorted(letter.message.payload for letter in engine.dead_letters.find()) == list(range(5))
        assert len(node("in").finished) == 5
        await engine.stop()

    in_virtual_time(main)


def test_a_transform_that_no_longer_has_an_inbox_takes_what_waits_in_it_first() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        slow = {"in": TICK, "n": Life, "slow": nodes.Slow, "out": nodes.Sink}
        await engine.deploy(plan(slow, [("in n", {"queue": Queue(size=5)}), "n out"]))
        await clock.sleep(2.5)
        for number in range(100, 103):
            engine.inject("test", "n", Message(number))
        await engine.deploy(plan(slow, ["in n", "n out"]))
        engine.inject("test", "n", Message(200))
        await clock.sleep(1)
        assert [payload for payload, _ in node("out").payloads] == [0, 1, 2, 100, 101, 102, 200, 3]
        await engine.deploy(plan(slow, [("in n", {"queue": Queue(size=5)}), "n out"]))
        await clock.sleep(2)
        assert [payload for payload, _ in node("out").payloads][-2:] == [4, 5]
        await engine.stop()

    in_virtual_time(main)


def test_a_feedback_wire_keeps_its_message() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        back = ("sum sum.back", {"feedback": Feedback(initial=100)})
        made = {"in": TICK, "sum": nodes.Sum, "out": nodes.Sink}
        await engine.deploy(plan(made, ["in sum", "sum out", back]))
        await clock.sleep(2.5)
        await engine.deploy(plan({**made, "also": nodes.Sink}, ["in sum", "sum out", "sum also", back]))
        await clock.sleep(1)
        assert node("out").payloads == [100, 101, 103, 106]
        assert node("also").payloads == [106]
        await engine.stop()

    in_virtual_time(main)


def test_what_does_not_start_leaves_everything_as_it_was() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        good = {"in": TICK, "n": Life, "out": nodes.Sink}
        await engine.deploy(plan(good, ["in n", "n out"]))
        await clock.sleep(1.5)
        kept = dict(engine.flows["test"].nodes)
        broken = {"in": (nodes.Ticker, {"every": 5.0}), "n": (Life, {"amount": 1}), "out": nodes.Breaking}
        with pytest.raises(DeployFailed, match="node 'out': port is taken; the revision before it runs on"):
            await engine.deploy(plan(broken, ["in n", "n out"]))
        await clock.sleep(2)
        assert engine.flows["test"].nodes == kept
        assert node("out").payloads == [(0, 1), (1, 2), (2, 3), (3, 4)]
        assert node("in").starts == 1
        await engine.stop()

    in_virtual_time(main)


def test_a_source_that_does_not_start_lets_the_old_one_go_on_where_it_was() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        await engine.deploy(plan({"in": TICK, "out": nodes.Sink}, ["in out"]))
        await clock.sleep(2.5)
        with pytest.raises(DeployFailed, match="node 'in': port is taken"):
            await engine.deploy(plan({"in": (nodes.Ticker, {"broken": True}), "out": nodes.Sink}, ["in out"]))
        await clock.sleep(2.25)
        assert node("out").payloads == [0, 1, 2, 3, 4, 5]
        assert node("in").starts == 1
        await engine.stop()

    in_virtual_time(main)


def test_a_replaced_source_has_heard_that_its_messages_are_done_before_it_stops() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        await engine.deploy(plan({"in": TICK, "out": (nodes.Sink, {"seconds": 0.8})}, ["in out"]))
        await clock.sleep(3.5)
        old = node("in")
        outcome = await engine.deploy(
            plan({"in": (nodes.Ticker, {"every": 2.0}), "out": (nodes.Sink, {"seconds": 0.8})}, ["in out"])
        )
        assert outcome.restarted == ("in",)
        assert old.finished == [0, 1, 2, 3]
        await clock.sleep(1)
        assert node("out").payloads == [0, 1, 2, 3, 4]
        await engine.stop()

    in_virtual_time(main)


def test_connections_that_stay_are_not_opened_again() -> None:
    async def main(clock: VirtualClock) -> None:
        nodes.Line.opened = nodes.Line.closed = 0
        engine, node = engine_with(clock)
        first = plan({"a": (nodes.OnLine, {"line": "x"})}, [], {"x": (nodes.Line, {"name": "1"})})
        renamed = plan({"a": (nodes.OnLine, {"line": "y"})}, [], {"y": (nodes.Line, {"name": "1"})})
        other = plan({"a": (nodes.OnLine, {"line": "y"})}, [], {"y": (nodes.Line, {"name": "2"})})
        await engine.deploy(first)
        assert (await engine.deploy(renamed)).kept == ("a",)
        assert (nodes.Line.opened, nodes.Line.closed) == (1, 0)
        assert (await engine.deploy(other)).restarted == ("a",)
        assert (nodes.Line.opened, nodes.Line.closed) == (2, 1)
        assert node("a").line.name == "2"
        await engine.stop()
        assert nodes.Line.closed == 2

    in_virtual_time(main)


def test_a_whole_flow_restarts_when_asked_to_or_when_its_variables_differ() -> None:
    async def main(clock: VirtualClock) -> None:
        engine, node = engine_with(clock)
        made = plan({"in": TICK, "n": Life}, ["in n"])
        await engine.deploy(made)
        first = node("n")
        assert (await engine.deploy(made, mode="flows")).restarted == ("in", "n")
        assert node("n") is not first
        assert restarts(made, replace(made, environment={"A": "1"})).kept == ()
        assert (await engine.deploy(replace(made, environment={"A": "1"}))).restarted == ("in", "n")
        await engine.stop()

    in_virtual_time(main)


def test_options_are_compared_strictly() -> None:
    def made(value: Any) -> Any:
        return plan({"n": (nodes.Feed, {"values": [value]})}, [])

    assert restarts(made(1), made(1)).kept == ("n",)
    for value in (1.0, True, "1", [1]):
        assert restarts(made(1), made(value)).restarted == ("n",)
