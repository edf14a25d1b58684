"""Rates, frames and readers, without a network."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Generator
from typing import Any

import pytest

from flowengine import Message
from flowengine.runtime.pace import SLICE, Pace
from flowengine.telemetry.look import FlowLook, NodeLook, Seen, WireLook
from flowengine_web.live.frames import FlowFrames
from flowengine_web.live.rate import Rate
from flowengine_web.live.reader import MOST_WAITING, Reader


@pytest.mark.parametrize(("a_second", "tolerance"), [(0.2, 0.02), (1, 0.05), (7, 0.3), (50, 1), (5000, 50)])
def test_a_steady_rate_is_shown_as_steady(a_second: float, tolerance: float) -> None:
    rate = Rate(0, 0.0)
    shown = [rate.update(int(turn * 0.1 * a_second), turn * 0.1) for turn in range(1, 400)]
    assert all(abs(one - a_second) <= a_second * 0.1 + tolerance for one in shown[-150:])


def test_a_rate_falls_when_nothing_comes_any_more_and_ends_at_0() -> None:
    rate = Rate(0, 0.0)
    for turn in range(1, 50):
        rate.update(turn * 10, turn * 0.1)
    assert rate.update(490, 6.0) <= 1.0
    assert rate.update(490, 500.0) == 0.0


def test_a_counter_that_begins_anew_gives_no_negative_rate() -> None:
    rate = Rate(1000, 0.0)
    assert rate.update(5, 1.0) == 5.0


def look(sent: int, payload: Any = None, level: Any = "ok", names: tuple[str, ...] = ("a", "b")) -> FlowLook:
    msg = Message(payload, time=5.0, id="1", properties={"unit": "degC"})
    newest = Seen(msg, 6.0, "out")
    nodes = {name: NodeLook(level, "", 0, sent if name == "a" else 0, 0, 0, 0, newest) for name in names}
    return FlowLook("f", 6.0, nodes, {"a.out>b.in": WireLook(sent, False, newest)})


def data(event: bytes | None) -> Any:
    assert event is not None
    return json.loads(event.partition(b"data: ")[2])


def test_the_first_frame_has_all_and_the_next_what_changed() -> None:
    frames = FlowFrames("f")
    first = data(frames.update(look(1, 20.5), 1.0))
    assert first["full"] is True
    assert first["nodes"]["a"] == {
        "level": "ok", "text": "", "received": 0, "sent": 1, "failed": 0, "dropped": 0, "waiting": 0,
        "value": 20.5, "kind": "number", "unit": "degC", "quality": "good", "time": 5.0, "rate": 0.0,
    }  # fmt: skip
    again = look(1, 20.5)
    frames.update(again, 1.1)
    assert frames.update(again, 1.2) is None
    delta = data(frames.update(look(2, 21.0), 2.0))
    assert delta["nodes"]["a"] == {"sent": 2, "value": 21.0, "rate": 1.0}
    assert delta["wires"]["a.out>b.in"] == {"passed": 2, "value": 21.0, "rate": 1.0}


def test_a_node_that_has_lost_messages_says_so_beside_what_it_says_itself() -> None:
    def lossy(text: str, lost: int) -> FlowLook:
        node = NodeLook("ok", text, 0, 0, 0, lost, 0, None, {"drop-oldest": lost, "over-rate": 0})
        return FlowLook("f", 6.0, {"a": node}, {})

    frames = FlowFrames("f")
    assert data(frames.update(lossy("connected", 0), 1.0))["nodes"]["a"]["text"] == "connected"
    delta = data(frames.update(lossy("connected", 1200), 2.0))["nodes"]["a"]
    assert (delta["text"], delta["dropped"]) == ("connected; 1,200 lost (drop-oldest)", 1200)
    assert data(frames.update(lossy("", 1200), 3.0))["nodes"]["a"]["text"] == "1,200 lost (drop-oldest)"


def test_true_after_1_is_news() -> None:
    frames = FlowFrames("f")
    frames.update(look(1, 1), 1.0)
    assert data(frames.update(look(2, True), 2.0))["nodes"]["b"] == {"value": True, "kind": "boolean"}


def test_deltas_put_on_the_first_frame_give_what_the_full_frame_says() -> None:
    frames = FlowFrames("f")
    known = data(frames.update(look(0), 0.0))
    for turn in range(1, 60):
        event = frames.update(look(turn // 3, turn // 4, "error" if turn % 7 == 0 else "ok"), turn * 0.1)
        if event is not None:
            delta = data(event)
            for part in ("nodes", "wires"):
                for key, fields in delta[part].items():
                    known[part][key] |= fields
    full = data(frames.full())
    assert (known["nodes"], known["wires"]) == (full["nodes"], full["wires"])


def test_a_deploy_begins_anew_and_an_end_empties() -> None:
    frames = FlowFrames("f")
    frames.update(look(1), 1.0)
    assert data(frames.update(look(1, names=("a", "b", "c")), 1.1))["full"] is True
    end = data(frames.update(None, 1.2))
    assert (end["full"], end["nodes"]) == (True, {})
    assert frames.update(None, 1.3) is None


def test_a_slow_reader_loses_what_is_old_is_told_how_much_and_begins_anew() -> None:
    reader = Reader("session", "ada")
    reader.fresh = {"f"}
    for number in range(MOST_WAITING):
        reader.put((str(number).encode(),))
    assert not reader.stalled
    reader.put((b"one too many",))
    assert reader.stalled
    assert reader.fresh == set()
    reader.put((b"nothing is kept for it while it does not read",))
    assert reader.take(0) == (b"", MOST_WAITING + 1)
    assert not reader.stalled
    reader.put((b"new",))
    assert reader.take(0) == (b"new", 0)


def test_a_closed_reader_takes_what_is_left_and_then_nothing() -> None:
    reader = Reader("session", "ada")
    reader.put((b"a", b"b"))
    reader.close(b"bye")
    assert reader.take(10) == (b"abbye", 0)
    assert reader.take(10) is None


def test_work_on_the_loop_lets_others_go_first_after_each_slice() -> None:
    order: list[str] = []

    def steps() -> Generator[None, None, str]:
        for _ in range(6):
            until = time.perf_counter() + SLICE
            while time.perf_counter() < until:
                pass
            order.append("step")
            yield
        return "done"

    async def others() -> None:
        while order.count("step") < 6:
            order.append("other")
            await asyncio.sleep(0)

    async def main() -> None:
        pace, beside = Pace(), asyncio.create_task(others())
        assert await pace.drive(steps()) == "done"
        assert pace.busy >= 6 * SLICE
        await beside

    asyncio.run(main())
    assert ("step", "step") not in itertools.pairwise(order)
