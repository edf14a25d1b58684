from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from flowengine import BadData, Message
from flowengine.clock import VirtualClock
from flowengine.testing import running
from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.expiry import DAY, size
from flowengine_nodes.history.query import last
from flowengine_nodes.history.samples import GOOD, SECOND, Sample
from flowengine_nodes.history.store import BATCH, HistoryStore
from tests.nodes.history.conftest import EPOCH, Historian, Play
from tests.nodes.threads import started
from tests.plants.small_disk import SmallDisk


def sample(number: int, tag: str = "t") -> Sample:
    return Sample(tag, round(EPOCH * SECOND) + number * SECOND, float(number), GOOD)


def test_values_become_summaries_per_minute_then_per_hour_and_then_go_as_time_passes(play: Play) -> None:
    async def script(h: Historian) -> list[Any]:
        await h.store.record([sample(n) for n in range(7200)])
        found = []
        for days in (0.9, 0.3, 2, 3):
            await h.clock.sleep(days * DAY)
            found.append(await h.read(query="range", span=30 * DAY, most=10_000))
        return found

    raw, minutes, hours, nothing = play(script, raw=1, minutes=3, hours=5)
    assert [row["value"] for row in raw] == [float(n) for n in range(7200)]
    assert [(row["min"], row["max"], row["count"]) for row in minutes] == [(n, n + 59, 60) for n in range(0, 7200, 60)]
    assert [(row["value"], row["min"], row["max"], row["count"]) for row in hours] == [
        (1799.5, 0.0, 3599.0, 3600),
        (5399.5, 3600.0, 7199.0, 3600),
    ]
    assert nothing == []


def test_values_are_written_while_old_ones_are_summed_up_and_a_stop_does_not_wait_for_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine_nodes.history.store.expire", lambda *asked: iter(int, 1))  # which never ends

    async def main() -> None:
        store = HistoryStore(file=str(tmp_path / "h"))
        async with started(store):
            await store.record([sample(n) for n in range(BATCH)])

    asyncio.run(main())
    archive = Archive(tmp_path / "h")
    assert [row.value for row in last(archive, "t")] == [BATCH - 1]
    archive.close()


def test_an_aggregate_is_the_same_before_and_after_its_values_were_summed_up(play: Play) -> None:
    async def script(h: Historian) -> list[Any]:
        await h.store.record([sample(n) for n in range(0, 7200, 7)])
        question = {"start": EPOCH, "end": EPOCH + DAY, "query": "aggregate", "interval": 3600}
        before = await h.read(history=question)
        await h.clock.sleep(1.1 * DAY)
        return [before, await h.read(history=question)]

    before, after = play(script, raw=1)
    assert before == after
    assert len(before) == 2


def test_a_late_value_of_an_hour_that_was_summed_up_is_added_to_it(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.store.record([sample(n) for n in range(60)])
        await h.clock.sleep(1.1 * DAY)
        await h.store.record([Sample("t", round((EPOCH + 30.5) * SECOND), 1000.0, GOOD)])
        await h.clock.sleep(0.1 * DAY)
        return await h.read(query="aggregate", span=2 * DAY, interval=3600)

    (hour,) = play(script, raw=1)
    assert (hour["min"], hour["max"], hour["count"]) == (0.0, 1000.0, 61)


def test_the_file_keeps_its_bound_and_the_oldest_go_first(play: Play, tmp_path: Path) -> None:
    chance = random.Random(1)

    async def script(h: Historian) -> Any:
        for hour in range(6):
            first = hour * 3600 * SECOND + round(EPOCH * SECOND)
            await h.store.record([Sample("t", first + n * 1000, chance.random(), GOOD) for n in range(15_000)])
            await h.clock.sleep(3600)
        return await h.read(query="aggregate", interval=3600, span=DAY)

    rows = play(script, largest=0.3)
    assert 1 <= len(rows) < 6
    assert rows[-1]["count"] == 15_000
    archive = Archive(tmp_path / "history.sqlite")
    assert size(archive) <= 330_000
    archive.close()
    assert (tmp_path / "history.sqlite").stat().st_size < 1_500_000


def test_what_was_acknowledged_is_there_after_a_restart_and_stop_writes_what_has_come(play: Play) -> None:
    async def first(h: Historian) -> None:
        await h.write(1, 2)
        h.store.record([sample(50)])  # and the flow stops

    async def second(h: Historian) -> Any:
        await h.clock.sleep(100)
        return await h.read()

    play(first)
    assert [row["value"] for row in play(second)] == [1.0, 2.0, 50.0]


def test_a_tag_too_many_is_refused_and_those_that_are_known_go_on(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.write(1, topic="a")
        with pytest.raises(BadData, match="'b' is one more than the 1 allowed: raise 'most_tags'"):
            await h.write(1, topic="b")
        await h.write(2, topic="a")
        return await h.read("a")

    assert len(play(script, most_tags=1)) == 2


def test_a_tag_that_is_no_text_is_refused_and_others_are_written(play: Play) -> None:
    async def script(h: Historian) -> Any:
        with pytest.raises(BadData, match=r"tag 'half\\ud800' is no Unicode text: surrogates not allowed"):
            await h.write(1, topic="half\ud800")
        await h.write(2, topic="a")
        return await h.read("a"), await h.read("half\ud800")

    (row,), nothing = play(script)
    assert (row["value"], nothing) == (2.0, [])


def test_a_file_in_use_elsewhere_is_waited_for_and_the_status_says_so(tmp_path: Path) -> None:
    clock, file = VirtualClock(), str(tmp_path / "h")

    async def main() -> None:
        archive = Archive(Path(file))
        store = HistoryStore(file=file)
        async with running(store, clock) as host:
            written = store.record([sample(1)])
            await clock.sleep(1)
            assert host.statuses[-1].text == f"cannot open {file}: it is in use by another connection or program"
            assert not written.done()
            archive.close()
            await written
            await clock.sleep(1)
            assert (host.statuses[-1].level, host.statuses[-1].text) == ("ok", "1 tags")

    clock.run(main())


def test_values_wait_while_the_file_is_moved_away_and_are_written_when_it_is_back(tmp_path: Path) -> None:
    clock, file, away = VirtualClock(), tmp_path / "h", tmp_path / "away"

    async def main() -> None:
        store = HistoryStore(file=str(file))
        async with running(store, clock) as host:
            await store.record([sample(1)])
            file.rename(away)
            written = store.record([sample(2)])
            await clock.sleep(20)
            assert host.statuses[-1].text.startswith(f"cannot write {file}: the file was moved away or deleted")
            assert not written.done()
            away.rename(file)
            await written

    clock.run(main())
    archive = Archive(file)
    assert [row.value for row in last(archive, "t")] == [2.0]
    archive.close()


def test_while_the_disk_is_full_values_wait_and_are_written_when_there_is_room(tmp_path: Path) -> None:
    clock = VirtualClock()

    async def main(disk: SmallDisk) -> None:
        store = HistoryStore(file=str(disk.folder / "h"))
        async with running(store, clock) as host:
            await store.record([sample(1)])
            with disk.full():
                waiting = store.record([sample(n) for n in range(2, 60_000)])
                await clock.sleep(3)
                assert host.statuses[-1].level == "error"
                assert "cannot write" in host.statuses[-1].text
                assert not waiting.done()
            await waiting
            await clock.sleep(1)
            assert [status.level for status in host.statuses][-1] == "ok"

    with SmallDisk(tmp_path / "disk", 8_000_000) as disk:
        clock.run(main(disk))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"raw": 400}, r"raw \(400 days\) must not be longer than minutes \(365 days\)"),
        ({"hours": 100}, r"minutes \(365 days\) must not be longer than hours \(100 days\)"),
    ],
)
def test_levels_that_overtake_each_other_are_refused(options: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        HistoryStore(file="h", **options)


def test_what_is_kept_for_ever_needs_nothing_that_comes_after(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.write(Message(1, "t", EPOCH - 1000 * DAY))
        await h.clock.sleep(2 * 3600)
        return await h.read(query="last")

    assert "count" not in play(script, raw=0)[0]
    assert "count" in play(script, raw=30)[0]
