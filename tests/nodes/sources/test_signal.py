from pathlib import Path

import pytest

from flowengine.clock import VIRTUAL_EPOCH, VirtualClock
from flowengine.testing import messages_from, running
from flowengine_nodes.sources.signal import Signal


def test_signal_sends_a_value_every_interval_with_its_unit() -> None:
    found = messages_from(Signal(shape="ramp", period=4, interval=1, unit="degC", topic="t", decimals=3), seconds=4.5)
    assert [m.payload for m in found] == [-1, -0.5, 0, 0.5, -1]
    assert [m.time - VIRTUAL_EPOCH for m in found] == [0, 1, 2, 3, 4]
    assert (found[0].topic, found[0].get("unit")) == ("t", "degC")


def test_the_same_seed_gives_the_same_signal() -> None:
    first = messages_from(Signal(noise=1, seed=5), seconds=50)
    assert [m.payload for m in first] == [m.payload for m in messages_from(Signal(noise=1, seed=5), seconds=50)]


def test_a_busy_flow_does_not_slow_the_signal_down() -> None:
    node, clock = Signal(shape="ramp", amplitude=50, offset=50, period=100, interval=1), VirtualClock()
    found = []

    async def main() -> None:
        async with running(node, clock):
            async for msg in node.run():
                found.append(round(msg.payload))
                await clock.sleep(2.5)
                if len(found) == 4:
                    return

    clock.run(main())
    assert found == [0, 2, 5, 7]


def test_csv_is_replayed_at_the_pace_of_its_time_column_and_repeated(tmp_path: Path) -> None:
    file = tmp_path / "run.csv"
    file.write_text("time,temp\n100,20\n102,21\n103,22\n", encoding="utf-8")
    node = Signal(shape="csv", file=str(file), column="temp", time_column="time", interval=5)
    found = messages_from(node, seconds=9)
    assert [(m.time - VIRTUAL_EPOCH, m.payload) for m in found] == [(0, 20), (2, 21), (3, 22), (8, 20)]


def test_csv_stops_at_its_end_and_can_run_faster(tmp_path: Path) -> None:
    file = tmp_path / "run.csv"
    file.write_text("time,a,b\n0,1,x\n10,2,y\n", encoding="utf-8")
    node = Signal(shape="csv", file=str(file), time_column="time", speed=10, at_end="stop")
    found = messages_from(node, seconds=100)
    assert [(m.time - VIRTUAL_EPOCH, m.payload) for m in found] == [(0, {"a": 1, "b": "x"}), (1, {"a": 2, "b": "y"})]


def test_a_bad_row_is_reported_and_the_others_are_sent(tmp_path: Path) -> None:
    file = tmp_path / "run.csv"
    file.write_text("time,v\n0,1\nnoon,2\n2,3\n", encoding="utf-8")
    node, clock = Signal(shape="csv", file=str(file), column="v", time_column="time", at_end="stop"), VirtualClock()

    async def main() -> None:
        async with running(node, clock) as host:
            assert [m.payload async for m in node.run()] == [1, 3]
            assert "line 3" in str(host.failures[0][0])

    clock.run(main())


def test_options_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        Signal(shape="csv")
    with pytest.raises(ValueError, match="at least one level"):
        Signal(shape="steps", levels=[])
