"""The history of alarms: kept over a restart, bounded, the newest first."""

from __future__ import annotations

from pathlib import Path

from flowengine.store.alarm_history import SPARE, AlarmEntry, AlarmHistory


def entry(number: int, name: str = "a") -> AlarmEntry:
    return AlarmEntry(time=float(number), name=name, what="active", state="unacknowledged", priority="high", by="anna")


def test_entries_outlast_the_process_and_come_newest_first(tmp_path: Path) -> None:
    history = AlarmHistory(tmp_path / "alarms.sqlite")
    for number in range(5):
        history.add(entry(number, "ab"[number % 2]))
    history.close()
    again = AlarmHistory(tmp_path / "alarms.sqlite")
    assert [one.time for one in again.find()] == [4.0, 3.0, 2.0, 1.0, 0.0]
    assert [one.time for one in again.find("b")] == [3.0, 1.0]
    newest = again.find(most=2)
    assert [one.time for one in again.find(before=newest[-1].id, most=1)] == [2.0]
    assert newest[0].by == "anna"
    again.close()


def test_beyond_its_bound_the_oldest_go() -> None:
    history = AlarmHistory(most=10)
    for number in range(10 + SPARE + 1):
        history.add(entry(number))
    assert len(history) == 10
    assert history.find()[-1].time == float(SPARE + 1)
    history.close()
