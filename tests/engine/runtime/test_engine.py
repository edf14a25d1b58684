"""The engine: delivery, order, back pressure, failures, drain, deploy."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message
from flowengine.clock import VirtualClock
from flowengine.errors import DeployFailed, NotFound
from flowengine.flow.model import Feedback, Queue
from flowengine.runtime.engine import Engine
from flowengine.store.dead_letters import DeadLetters
from tests.engine.runtime import small_nodes as nodes
from tests.engine.runtime.small_nodes import in_virtual_time, plan, until


def node(engine: Engine, name: str) -> Any:
    return engine.flows["test"].nodes[name]


def run_to_end(made: Any, seconds: float = 100.0) -> Engine:
    """Deploy a plan in virtual time, let it end, and stop it; the engine keeps its last flow for looking at."""

    async def main(clock: VirtualClock) -> Engine:
        engine = Engine(clock)
        await engine.deploy(made)
        flow = engine.flows["test"]
        await clock.sleep(seconds)
        await engine.stop()
        engine.flows["test"] = flow
        return engine

    return in_virtual_time(main)


def test_messages_reach_the_actuator_in_order_with_id_and_time() -> None:
    engine = run_to_end(plan({"in": (nodes.Feed, {"values": [1, 2, 3]}), "out": nodes.Sink}, ["in out"]))
    got = node(engine, "out").got
    assert [msg.payload for msg in got] == [1, 2, 3]
    assert len({msg.id for msg in got}) == 3
    assert all(msg.time > 1_700_000_000 for msg in got)


def test_the_source_hears_that_a_message_is_done_only_after_the_last_branch() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        feed = (nodes.Feed, {"values": [1]})
        slow = (nodes.Sink, {"seconds": 5})
        await engine.deploy(plan({"in": feed, "quick": nodes.Sink, "slow": slow}, ["in quick", "in slow"]))
        await clock.sleep(4)
        assert node(engine, "quick").payloads == [1]
        assert node(engine, "in").finished == []
        await clock.sleep(2)
        assert node(engine, "in").finished == node(engine, "in").brought
        await engine.stop()

    in_virtual_time(main)


def test_every_message_is_done_exactly_once_whatever_becomes_of_it() -> None:
    values = [*range(-20, 20), "x"] * 20
    made = plan(
        {
            "in": (nodes.Feed, {"values": values, "batch": 7}),
            "plus": nodes.Plus,
            "below": (nodes.Below, {"limit": 10}),
            "twice": nodes.Twice,
            "slow": nodes.Slow,
            "out": nodes.Sink,
            "other": nodes.Sink,
        },
        ["in plus", "plus below", "below twice", "twice slow", "slow out", "plus other"],
    )
    engine = run_to_end(made, 100_000)
    source = node(engine, "in")
    assert [msg.payload for msg in source.brought] == values
    assert sorted(map(id, source.finished)) == sorted(map(id, source.brought))


def test_a_full_inbox_holds_the_source_back() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        feed = (nodes.Feed, {"values": [1], "forever": True})
        wire = ("in out", {"queue": Queue(size=10)})
        await engine.deploy(plan({"in": feed, "out": (nodes.Sink, {"seconds": 1})}, [wire]))
        await clock.sleep(20.5)
        assert len(node(engine, "out").got) == 20
        assert len(node(engine, "in").brought) <= 20 + 1 + 10 + 1
        await engine.stop(drain=1000)

    in_virtual_time(main)


@pytest.mark.parametrize(("policy", "kept"), [("drop-oldest", [0, 8, 9]), ("drop-newest", [0, 1, 2])])
def test_a_full_inbox_drops_by_its_policy_and_counts(policy: Any, kept: list[int]) -> None:
    wire = ("in out", {"queue": Queue(size=2, full=policy)})
    feed = (nodes.Feed, {"values": list(range(10)), "batch": 1, "every": 0.1})
    engine = run_to_end(plan({"in": feed, "out": (nodes.Sink, {"seconds": 5})}, [wire]))
    assert node(engine, "out").payloads == kept
    flow = engine.flows["test"]
    assert flow.snapshot()["out"]["dropped"] == 7
    assert len(node(engine, "in").finished) == 10


def test_slow_transforms_run_concurrently_within_their_limit_and_in_order() -> None:
    values = [3, 1, 2, 1, 1, 1, 1, 1]
    engine = run_to_end(
        plan(
            {"in": (nodes.Feed, {"values": values, "batch": 8}), "slow": nodes.Slow, "out": nodes.Sink},
            ["in slow", "slow out"],
        )
    )
    assert node(engine, "out").payloads == values
    assert node(engine, "slow").most == 4


def test_a_failed_message_goes_to_the_error_port_with_the_reason() -> None:
    made = plan(
        {"in": (nodes.Feed, {"values": ["x"]}), "plus": nodes.Plus, "out": nodes.Sink, "errors": nodes.Sink},
        ["in plus", "plus out", "plus.error errors"],
    )
    engine = run_to_end(made)
    (msg,) = node(engine, "errors").got
    assert msg.payload == "x"
    assert msg.get("error") == {"message": "x is no number", "type": "BadData", "node": "plus"}
    assert len(engine.dead_letters) == 0


def test_without_an_error_port_it_becomes_a_dead_letter_that_can_be_replayed(tmp_path: Path) -> None:
    async def main() -> None:
        store = DeadLetters(tmp_path / "letters.sqlite")
        engine = Engine(dead_letters=store)
        made = plan(
            {"in": (nodes.Feed, {"values": [1.5, "x", 2.5]}), "plus": nodes.Plus, "out": nodes.Sink},
            ["in plus", "plus out"],
        )
        await engine.deploy(made)
        await until(lambda: len(store) == 1 and len(node(engine, "in").finished) == 3)
        (letter,) = store.find(flow="test")
        assert (letter.node, letter.kind, letter.reason) == ("plus", "BadData", "x is no number")
        assert letter.message.payload == "x"

        engine.replay(letter.id)  # still bad: it comes back
        await until(lambda: len(store) == 1 and store.find()[0].id != letter.id)
        with pytest.raises(NotFound, match="no dead letter"):
            engine.replay(letter.id)
        await engine.stop()
        store.close()

    asyncio.run(main())


def test_an_actuator_is_tried_again_as_often_as_it_says() -> None:
    feed = (nodes.Feed, {"values": [1, 2]})
    engine = run_to_end(plan({"in": feed, "out": (nodes.Sink, {"failures": 2})}, ["in out"]))
    assert node(engine, "out").payloads == [1, 2]
    assert node(engine, "out").times[0] == pytest.approx(1.0 + 2.0)

    engine = run_to_end(plan({"in": feed, "out": (nodes.Sink, {"failures": 3})}, ["in out"]))
    assert node(engine, "out").payloads == [2]
    assert len(engine.dead_letters) == 1


def test_an_actuator_is_not_tried_again_before_the_other_side_asked_to_be() -> None:
    feed = (nodes.Feed, {"values": [1]})
    engine = run_to_end(plan({"in": feed, "out": (nodes.Sink, {"failures": 2, "after": 1.5})}, ["in out"]))
    assert node(engine, "out").times == [pytest.approx(1.5 + 2.0)]


def test_a_feedback_wire_carries_the_previous_message() -> None:
    back = ("sum sum.back", {"feedback": Feedback(initial=100)})
    feed = (nodes.Feed, {"values": [1, 2, 3]})
    engine = run_to_end(plan({"in": feed, "sum": nodes.Sum, "out": nodes.Sink}, ["in sum", "sum out", back]))
    assert node(engine, "out").payloads == [101, 103, 106]


def test_stopping_lets_everything_under_way_finish() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        feed = (nodes.Feed, {"values": list(range(50)), "batch": 50})
        await engine.deploy(plan({"in": feed, "out": (nodes.Sink, {"seconds": 0.1})}, ["in out"]))
        out = node(engine, "out")
        await clock.sleep(0.05)
        await engine.stop()
        assert out.payloads == list(range(50))

    in_virtual_time(main)


def test_what_a_transform_has_collected_is_sent_on_when_the_flow_stops() -> None:
    feed = (nodes.Feed, {"values": [1, 2]})
    made = plan({"in": feed, "all": nodes.Collect, "plus": nodes.Twice, "out": nodes.Sink}, ["in all", "all out"])
    assert node(run_to_end(made), "out").payloads == [[1, 2]]


def test_what_is_held_for_later_is_kept_as_dead_letter_when_the_flow_stops() -> None:
    feed = (nodes.Feed, {"values": [1]})
    made = plan({"in": feed, "later": (nodes.Later, {"seconds": 3600}), "out": nodes.Sink}, ["in later", "later out"])
    engine = run_to_end(made)
    assert node(engine, "out").got == []
    (letter,) = engine.dead_letters.find()
    assert letter.message.payload == 1
    assert "when the flow stopped" in letter.reason


def test_what_cannot_finish_in_time_is_kept_as_dead_letter() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"slow": (nodes.Sink, {"seconds": 1000})}, []))
        for number in range(3):
            engine.inject("test", "slow", Message(number))
        await clock.sleep(1)
        await engine.stop(drain=5)
        assert sorted(letter.message.payload for letter in engine.dead_letters.find()) == [0, 1, 2]

    in_virtual_time(main)


def test_equal_connections_are_opened_once_and_closed_after_the_last_user() -> None:
    async def main(clock: VirtualClock) -> None:
        nodes.Line.opened = nodes.Line.closed = 0
        engine = Engine(clock)
        first = plan({"a": (nodes.OnLine, {"line": "x"})}, [], {"x": (nodes.Line, {"name": "1"})})
        second = plan(
            {"b": (nodes.OnLine, {"line": "y"}), "c": (nodes.OnLine, {"line": "z"})},
            [],
            {"y": (nodes.Line, {"name": "1"}), "z": (nodes.Line, {"name": "2"})},
        )
        await engine.deploy(first)
        await engine.deploy(type(second)("other", second.nodes, second.wires, second.connections, {}))
        assert node(engine, "a").line is engine.flows["other"].nodes["b"].line  # type: ignore[attr-defined]
        assert nodes.Line.opened == 2
        await engine.undeploy("test")
        assert nodes.Line.closed == 0
        await engine.stop()
        assert nodes.Line.closed == 2

    in_virtual_time(main)


def test_a_flow_that_does_not_start_leaves_the_one_before_it_running() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        feed = (nodes.Feed, {"values": [1], "forever": True, "every": 1.0})
        await engine.deploy(plan({"in": feed, "out": nodes.Sink}, ["in out"]))
        with pytest.raises(DeployFailed, match="node 'out': port is taken; the revision before it runs on"):
            await engine.deploy(plan({"in": feed, "out": nodes.Breaking}, ["in out"]))
        await clock.sleep(10)
        assert len(node(engine, "out").got) >= 10
        await engine.stop()

    in_virtual_time(main)


def test_a_source_that_breaks_is_started_again() -> None:
    class Fragile(nodes.Feed, type="test/fragile"):
        """Break twice before it brings anything."""

        broken = 0

        async def run(self) -> Any:
            if type(self).broken < 2:
                type(self).broken += 1
                raise OSError("unplugged")
            async for item in super().run():
                yield item

    engine = run_to_end(plan({"in": (Fragile, {"values": [7]}), "out": nodes.Sink}, ["in out"]))
    assert node(engine, "out").payloads == [7]
    assert engine.flows["test"].snapshot()["in"]["failed"] == 2


@pytest.mark.parametrize("kind", [nodes.Plus, nodes.PlusInline])
def test_a_long_line_of_transforms_is_cut_and_still_passes_messages(kind: type[nodes.Plus]) -> None:
    names = [f"n{i}" for i in range(1000)]
    made = plan(
        {"in": (nodes.Feed, {"values": [0, 1]}), **dict.fromkeys(names, kind), "out": nodes.Sink},
        ["in n0", *(f"n{i} n{i + 1}" for i in range(999)), "n999 out"],
    )
    assert node(run_to_end(made), "out").payloads == [1000, 1001]


def test_taps_see_each_message_before_the_node_does() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        seen: list[tuple[str, str, Any]] = []
        made = plan(
            {"in": (nodes.Feed, {"values": [1]}), "plus": nodes.PlusInline, "slow": nodes.Slow, "out": nodes.Sink},
            ["in plus", "plus slow", "slow out"],
        )
        tap = lambda name, port, msg: seen.append((name, port, msg.payload))  # noqa: E731
        await engine.deploy(made, taps=dict.fromkeys(["plus", "slow", "out"], tap))
        await clock.sleep(10)
        assert seen == [("plus", "in", 1), ("slow", "in", 2), ("out", "in", 2)]
        await engine.stop()

    in_virtual_time(main)
