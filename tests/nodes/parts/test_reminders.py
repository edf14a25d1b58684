"""Reminders of the parts' lives, with a folder of flows on disk and a day that passes at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message, Retryable
from flowengine.clock import VirtualClock
from flowengine.testing import running
from flowengine_nodes.parts.reminders import Reminders

DAY = 86400.0
BEGIN = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()
FLOW = {
    "flowengine": 1,
    "name": "line",
    "nodes": {
        "speed": {"type": "sources/signal", "options": {"topic": "line/speed"}},
        "drive": {"type": "files/append", "options": {"file": "out.txt"}},
    },
    "wires": [{"from": "speed", "to": "drive"}],
}


def write(folder: Path, end_of_sale: str, **product: Any) -> None:
    io = {
        "vendor": "Acme",
        "model": "IO-1",
        "end_of_sale": end_of_sale,
        "spares": 2,
        "substitutes": ["io-2"],
        **product,
    }
    (folder / "assets.json").write_text(
        json.dumps(
            {
                "flowengine": 1,
                "remind": [90, 30],
                "products": {"io": io, "io-2": {"vendor": "Acme", "model": "IO-2"}},
                "assets": {
                    "press": {"kind": "machine", "name": "Press"},
                    "card": {
                        "kind": "device",
                        "name": "Card",
                        "inside": "press",
                        "product": "io",
                        "nodes": ["line/speed"],
                    },
                },
            }
        )
    )


def test_a_day_that_is_worked_out_moves_with_every_look_and_is_told_at_the_next_reminder(tmp_path: Path) -> None:
    (tmp_path / "line.json").write_text(json.dumps(FLOW))
    # no stock: it is to be ordered 90 days before today, whichever day that is
    write(tmp_path, "2036-01-01", end_of_life="2040-01-01", failures_per_year=1, spares=0, lead_time=90)
    found = told(Reminders(folder=str(tmp_path)), 5)
    assert [(msg.payload["what"], msg.payload["reminder"]) for msg in found] == [("last_time_buy", 0)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "line.json").write_text(json.dumps(FLOW))
    write(tmp_path, "2026-08-20")  # 80 days after the begin
    return tmp_path


def told(node: Reminders, days: float, *doing: tuple[float, Callable[[], object]], takes: bool = True) -> list[Message]:
    """Run a node for some days from noon of 1 June 2026, as an engine does that takes what comes at once."""
    clock = VirtualClock(BEGIN)
    found: list[Message] = []

    async def main() -> None:
        async with running(node, clock):
            for day, action in doing:
                clock.call_later(day * DAY, action)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(days * DAY):
                    async for messages in node.run():
                        found.extend(messages)
                        if takes:
                            node.taken(messages)

    clock.run(main())
    return found


def node_for(folder: Path, **options: Any) -> Reminders:
    return Reminders(folder=str(folder), interval=3600, **options)


def test_a_reminder_says_what_ends_what_it_touches_and_what_to_do(folder: Path) -> None:
    (found,) = told(node_for(folder), 1)
    said = found.payload
    assert found.topic == said["part"] == "card"
    assert (said["machine"], said["what"], said["day"], said["days"]) == ("Press", "end_of_sale", "2026-08-20", 80)
    assert said["event"] == "end of sale"
    assert (said["flows"], said["tags"], said["outputs"]) == (["line"], ["line/speed"], ["line/drive"])
    assert (said["spares"], said["substitutes"]) == (2, ["Acme IO-2"])
    assert said["why"] == "Card: end of sale on 2026-08-20, 80 days left; stops 1 output"


def test_each_reminder_comes_once_on_its_day_at_its_hour(folder: Path) -> None:
    found = told(node_for(folder, hour=6), 100)
    assert [(one.payload["reminder"], one.payload["days"]) for one in found] == [(90, 80), (30, 30), (0, -1)]
    hours = [datetime.fromtimestamp(one.time, UTC).hour for one in found]
    assert hours == [12, 6, 6]


def test_what_was_told_is_not_told_again_after_a_restart_but_what_came_meanwhile_is(folder: Path) -> None:
    first = node_for(folder)
    told(first, 1)
    second = node_for(folder)
    second.restore(json.loads(json.dumps(first.state())))
    assert [one.payload["reminder"] for one in told(second, 60)] == [30]


def test_what_the_flow_has_not_taken_is_told_again_after_a_crash(folder: Path) -> None:
    fallen = node_for(folder)
    assert len(told(fallen, 2, takes=False)) == 1  # while it runs, once is enough
    second = node_for(folder)
    second.restore(fallen.state())
    assert len(told(second, 1)) == 1


def test_a_date_that_is_moved_is_told_anew_within_the_interval(folder: Path) -> None:
    found = told(node_for(folder), 1.5, (0.1, lambda: write(folder, "2026-06-20")))
    assert [one.payload["day"] for one in found] == ["2026-08-20", "2026-06-20"]
    assert found[1].time - BEGIN <= 0.1 * DAY + 3600


def test_a_part_that_is_gone_is_forgotten(folder: Path) -> None:
    node = node_for(folder)
    told(node, 1, (0.1, lambda: (folder / "assets.json").write_text('{"flowengine": 1}')))
    assert node.told == {}


def test_all_gives_the_whole_list_each_day_and_how_many_have_passed(folder: Path) -> None:
    write(folder, "2026-05-01", end_of_support="2026-06-02")
    found = told(node_for(folder, send="all"), 2)
    assert [[one["what"] for one in each.payload] for each in found] == [["end_of_sale", "end_of_support"]] * 3
    assert [each.get("past") for each in found] == [0, 0, 1]


def test_a_day_is_one_of_the_plants_time_zone(folder: Path) -> None:
    (found, *_) = told(node_for(folder, zone="Pacific/Auckland"), 0.1)
    assert found.payload["days"] == 79  # there it is 2 June already


@pytest.mark.parametrize(
    ("text", "reason"), [(None, "there is no "), ('{"flowengine": 1, "assets": 3}', "assets.json:1: error")]
)
def test_a_file_that_is_missing_or_wrong_is_said_and_tried_again(folder: Path, text: str | None, reason: str) -> None:
    (folder / "assets.json").unlink()
    if text is not None:
        (folder / "assets.json").write_text(text)
    with pytest.raises(Retryable, match=reason):
        told(node_for(folder), 1)
