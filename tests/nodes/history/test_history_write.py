from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message
from tests.nodes.history.conftest import EPOCH, Historian, Play


def short(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["tag"], row["value"], row["quality"]) for row in rows]


def test_numbers_and_booleans_are_kept_under_the_topic_or_the_tag_with_time_and_quality(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.write(True, "21.5", Message(3, "t", EPOCH + 1.5, quality="uncertain"))
        await h.write(4, topic="", tag="level")
        return [await h.read(), await h.read("level")]

    topic, tag = play(script)
    assert short(topic) == [("t", 1.0, "good"), ("t", 21.5, "good"), ("t", 3.0, "uncertain")]
    assert topic[-1]["time"] == EPOCH + 1.5
    assert short(tag) == [("level", 4.0, "good")]


def test_an_object_gives_a_tag_for_each_name(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.write({"speed": 12, "on": False}, topic="line-1")
        return await h.read(tags=["line-1/speed", "line-1/on"])

    assert short(play(script)) == [("line-1/speed", 12.0, "good"), ("line-1/on", 0.0, "good")]


def test_rows_that_were_read_can_be_written_to_another_historian(play: Play) -> None:
    rows = [
        {"tag": "a", "time": EPOCH - 5, "value": 1.5, "quality": "uncertain"},
        {"tag": "a", "time": EPOCH - 4, "value": None, "quality": "bad"},
    ]

    async def script(h: Historian) -> Any:
        await h.write(rows, rows)  # a second time changes nothing
        return await h.read("a")

    assert play(script) == rows


@pytest.mark.parametrize(
    ("msg", "said"),
    [
        (Message("on", "t"), "'on' is not a number: a historian keeps numbers and true/false .tag 't'"),
        (Message(float("nan"), "t"), "is not a number"),
        (Message(1, ""), "give the message a topic, or set 'tag'"),
        (Message(1, "t" * 501), "is no tag: expected 1 to 500 characters"),
        (Message([1, 2], "t"), "1 is no row: expected an object with value"),
        (Message([{"value": 1, "quality": "fine"}], "t"), "quality 'fine' of 't' is none of good, uncertain, bad"),
        (Message([{"value": 1, "time": "now"}], "t"), "time 'now' of 't' is no number of seconds"),
        (Message(1, "t", time=1e12), "no time within 285 years"),
    ],
)
def test_what_cannot_be_kept_is_bad_data_and_says_why(play: Play, msg: Message, said: str) -> None:
    async def script(h: Historian) -> None:
        with pytest.raises(BadData, match=said):
            await h.write(msg)

    play(script)


def test_within_the_deadband_nothing_is_kept_until_the_quality_differs_or_time_has_passed(play: Play) -> None:
    async def script(h: Historian) -> Any:
        uncertain = Message(10.6, "t", EPOCH + 100, quality="uncertain")
        await h.write(10, 10.4, 10.5, 10.6, 10.2, uncertain, uncertain, every=1, deadband=0.5, longest=60)
        await h.clock.sleep(120)
        return await h.read()

    assert short(play(script)) == [("t", 10.0, "good"), ("t", 10.6, "good"), ("t", 10.6, "uncertain")]


def test_with_a_deadband_a_steady_value_is_kept_every_so_often(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.write(*[5] * 100, every=10, deadband=1, longest=300)
        return await h.read(span=3600)

    assert [round(row["time"] - EPOCH) for row in play(script)] == [0, 300, 600, 900]
