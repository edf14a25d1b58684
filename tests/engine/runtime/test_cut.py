"""How a plan is cut: chains stay small enough to be compiled at once, and lose nothing by it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from flowengine.clock import VirtualClock
from flowengine.runtime import cut as cutting
from flowengine.runtime.cut import cut, cut_again
from flowengine.runtime.engine import Engine
from tests.engine.runtime import small_nodes as nodes
from tests.engine.runtime.small_nodes import in_virtual_time, plan


def branches(count: int, length: int) -> tuple[dict[str, Any], list[str]]:
    """Return the nodes and wires of a source with so many branches behind it."""
    inner = {f"n{branch}-{step}": nodes.Plus for branch in range(count) for step in range(length)}
    wires = [
        f"{'in' if step == 0 else f'n{branch}-{step - 1}'} n{branch}-{step}"
        for branch in range(count)
        for step in range(length)
    ]
    return inner, wires


def test_a_fan_out_of_any_size_is_cut_into_chains_of_bounded_size() -> None:
    inner, wires = branches(50, 60)
    made = plan({"in": (nodes.Feed, {}), **inner}, wires)
    pieces = cut(made)
    behind: dict[str, str] = {"in": "in"}
    size: dict[str, int] = defaultdict(int)
    for wire in made.wires:
        behind[wire.target] = wire.target if wire.target in pieces.stages else behind[wire.source]
        size[behind[wire.target]] += 1
    assert max(size.values()) <= cutting.LARGEST_CHAIN
    assert sum(size.values()) == 3000
    assert len(pieces.stages) <= 50


def test_messages_pass_a_chain_that_was_cut_for_its_size_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "LARGEST_CHAIN", 7)
    inner, wires = branches(5, 4)
    ends = {f"out{branch}": nodes.Sink for branch in range(5)}
    wires += [f"n{branch}-3 out{branch}" for branch in range(5)]

    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"in": (nodes.Feed, {"values": [1, 2, 3], "batch": 2}), **inner, **ends}, wires))
        await clock.sleep(1)
        found = engine.flows["test"].nodes
        assert [found[f"out{branch}"].payloads for branch in range(5)] == [[5, 6, 7]] * 5  # type: ignore[attr-defined]
        assert len(found["in"].finished) == 3  # type: ignore[attr-defined]
        await engine.stop()

    in_virtual_time(main)


@pytest.mark.parametrize(
    ("kinds", "wires"),
    [
        ({}, ["in a", "a b", "b out"]),
        ({"a": nodes.Plus}, ["in a", "a b", "b out"]),
        ({}, ["in a", "in b", "a out"]),
        ({"b": nodes.Slow}, ["in a", "a b", "b out"]),
        ({"out": nodes.Plus}, ["in a", "a b", "b out"]),
    ],
)
def test_a_plan_like_one_before_is_cut_as_if_there_had_been_none(kinds: dict[str, Any], wires: list[str]) -> None:
    inner = {"in": (nodes.Feed, {}), "a": nodes.Plus, "b": nodes.Plus, "out": nodes.Sink}
    old = plan(inner, ["in a", "a b", "b out"])
    new = plan({**inner, **kinds}, wires)
    assert cut_again(new, old, cut(old)) == cut(new)
    assert [list(part.nodes.items()) for part in cut_again(new, old, cut(old)).parts] == [list(new.nodes.items())]
