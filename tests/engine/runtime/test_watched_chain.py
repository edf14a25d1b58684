"""The watched variant of a chain does what the plain one does, and tells of every message at every output port."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowengine import Message
from flowengine.clock import VirtualClock
from flowengine.node import Transform
from flowengine.runtime.chains.chain import compile_chain
from flowengine.runtime.chains.watched import MOST_MESSAGES, MOST_REPORTS, TICK, Budget, WatchedChain
from flowengine.telemetry.observer import Sight
from flowengine.telemetry.traces import Traces
from tests.engine.runtime import small_nodes as nodes
from tests.engine.runtime.small_nodes import in_virtual_time
from tests.engine.runtime.test_chain import Bench


class Seeing(Sight):
    """Keeps everything it is told."""

    def __init__(self) -> None:
        super().__init__("test", lambda: 1.0, Traces())
        self.seen: list[tuple[str, str, Any]] = []

    def _at(self, node: str, port: str, newest: Any, what: Any) -> Any:
        place = f"{node}.{port}"
        return lambda msg: self.seen.append((what, place, msg.payload))


def watched(classes: dict[str, Any], wires: list[str]) -> tuple[Bench, Seeing, Any]:
    """Return a bench whose chain can also be run in sight."""
    bench, sight = Bench(classes, wires), Seeing()
    bench.chain = compile_chain(bench.world, bench.world.wires_from.get(("in", "out"), []), False, ("in", "out"))
    run, _ = bench.chain.watched(sight)
    return bench, sight, lambda *payloads: run([Message(payload, id="x") for payload in payloads], None)


def test_it_tells_of_each_output_also_of_those_that_lead_nowhere() -> None:
    for plus, odd_even in ((nodes.Plus, nodes.OddEven), (nodes.PlusInline, nodes.OddEvenInline)):
        wires = ["in a", "a b", "b.odd out", "a end"]
        bench, sight, run = watched({"a": plus, "b": odd_even, "end": nodes.Twice}, wires)
        run(1, 2)
        assert sight.seen == [
            *[("out", "in.out", 1), ("out", "a.out", 2), ("out", "b.even", 2), ("out", "end.out", 2)],
            *[("out", "end.out", -2), ("out", "in.out", 2), ("out", "a.out", 3), ("out", "b.odd", 3)],
            *[("out", "end.out", 3), ("out", "end.out", -3)],
        ]
        assert bench.caught == [("out", 3)]


def test_a_source_that_is_wired_to_nothing_is_seen_too() -> None:
    _, sight, run = watched({}, [])
    run(1)
    assert sight.seen == [("out", "in.out", 1)]


def test_of_a_transform_without_outputs_it_tells_what_comes() -> None:
    class Dark(Transform, type="test/dark"):
        """Swallow everything."""

        outputs = ()

        def process(self, msg: Message) -> None:
            return None

    _, sight, run = watched({"a": Dark}, ["in a"])
    run(1)
    assert sight.seen == [("out", "in.out", 1), ("in", "a.in", 1)]


def test_failures_are_placed_as_in_the_plain_one() -> None:
    wires = ["in a", "a b", "b c", "c out"]
    bench, sight, run = watched({"a": nodes.PlusInline, "b": nodes.Breaks, "c": nodes.Plus}, wires)
    run(1)
    bench.chain.run([Message(1)], None)
    assert bench.failed == [("b", "broken", 2), ("b", "broken", 2)]
    assert bench.passed() == {"in a": 2, "a b": 2, "b c": 0, "c out": 0}
    assert [place for _, place, _ in sight.seen] == ["in.out", "a.out"]


@given(st.lists(st.one_of(st.integers(-100, 100), st.text(max_size=2)), max_size=30), st.data())
def test_plain_and_watched_do_the_same_on_random_chains(payloads: list[Any], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 6))
    table = {
        "plus": nodes.Plus,
        "plus-inline": nodes.PlusInline,
        "odd-even": nodes.OddEven,
        "odd-even-inline": nodes.OddEvenInline,
        "below": (nodes.Below, {"limit": 50}),
        "twice": nodes.Twice,
    }
    kinds = [data.draw(st.sampled_from(sorted(table))) for _ in range(size)]
    wires = []
    for number in range(size):
        for before in data.draw(st.sets(st.integers(-1, number - 1), min_size=1, max_size=2)):
            ports = [".odd", ".even"] if before >= 0 and kinds[before].startswith("odd") else [""]
            wires.append(f"{'in' if before < 0 else f'n{before}'}{data.draw(st.sampled_from(ports))} n{number}")
        if data.draw(st.booleans()):
            wires.append(f"n{number}{'.odd' if kinds[number].startswith('odd') else ''} out{number}")
    classes = {f"n{number}": table[kind] for number, kind in enumerate(kinds)}

    plain, (other, sight, run) = Bench(classes, wires), watched(classes, wires)
    plain.run(*payloads)
    run(*payloads)
    assert other.caught == plain.caught
    assert other.failed == plain.failed
    assert other.passed() == plain.passed()
    told = Counter(place for _, place, _ in sight.seen)
    for wire, number in other.chain.counts().items():
        assert told[f"{wire.source}.{wire.out}"] == number

    other.chain.run([Message(payload) for payload in payloads], None)
    assert other.passed() == {wire: 2 * number for wire, number in plain.passed().items()}
    assert other.caught == plain.caught * 2


def test_of_a_large_batch_the_last_are_watched_and_the_order_stays() -> None:
    async def main(clock: VirtualClock) -> None:
        bench, sight, _ = watched({"a": nodes.Plus}, ["in a", "a out"])
        WatchedChain(bench.chain, sight, Budget(clock))
        bench.run(*range(100))
        assert [payload for _, place, payload in sight.seen if place == "in.out"] == list(range(80, 100))
        assert bench.caught == [("out", number + 1) for number in range(100)]
        assert bench.chain.run is bench.chain.plain
        bench.run(*range(100))
        assert len(sight.seen) == 2 * MOST_MESSAGES
        await clock.sleep(TICK)
        bench.run(1)
        bench.run(2)
        assert [payload for _, place, payload in sight.seen if place == "in.out"][-2:] == [1, 2]
        assert bench.passed() == {"in a": 202, "a out": 202}

    in_virtual_time(main)


def test_a_chain_that_is_watched_no_more_runs_its_own_code() -> None:
    async def main(clock: VirtualClock) -> None:
        bench, sight, _ = watched({"a": nodes.Plus}, ["in a", "a out"])
        budget = Budget(clock)
        chain = WatchedChain(bench.chain, sight, budget)
        bench.run(*range(50))
        chain.end()
        await clock.sleep(2 * TICK)
        assert bench.chain.run is bench.chain.plain
        before = len(sight.seen)
        bench.run(1)
        assert len(sight.seen) == before

    in_virtual_time(main)


def test_many_busy_chains_share_what_an_engine_may_spend_and_take_turns() -> None:
    async def main(clock: VirtualClock) -> None:
        budget = Budget(clock)
        benches = [watched({f"n{i}": nodes.Plus for i in range(9)}, ["in n0"]) for _ in range(200)]
        for bench, sight, _ in benches:
            WatchedChain(bench.chain, sight, budget)
        most = 0
        for _ in range(60):
            before = sum(len(sight.seen) for _, sight, _ in benches)
            for bench, _, _ in benches:
                bench.chain.run([Message(1, id="x")] * 5, None)
            most = max(most, sum(len(sight.seen) for _, sight, _ in benches) - before)
            await clock.sleep(TICK)
        assert most <= MOST_REPORTS + 20 * 10
        assert min(len(sight.seen) for _, sight, _ in benches) >= 10

    in_virtual_time(main)
