from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flowengine import BadData, Message, Retryable
from flowengine.clock import VirtualClock
from flowengine.testing import running
from flowengine_nodes.history.read import ReadHistory
from flowengine_nodes.history.store import HistoryStore
from tests.nodes.history.conftest import EPOCH, Historian, Play

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_range_is_a_list_of_rows_in_order_of_time(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.write(1, None, 2.5)
        return await h.read()

    assert play(script) == [
        {"tag": "t", "time": EPOCH + 0.01, "value": 1.0, "quality": "good"},
        {"tag": "t", "time": EPOCH + 1.01, "value": None, "quality": "bad"},
        {"tag": "t", "time": EPOCH + 2.01, "value": 2.5, "quality": "good"},
    ]


def test_an_aggregate_has_minimum_maximum_mean_and_count_of_each_interval_and_passes_over_bad_values(
    play: Play,
) -> None:
    async def script(h: Historian) -> Any:
        await h.write(1, 2, 6, None, every=20)
        return await h.read(query="aggregate", interval=60, span=3600)

    first, second = play(script)
    assert first == {
        **{"tag": "t", "time": EPOCH, "value": 3.0, "quality": "good"},
        **{"min": 1.0, "max": 6.0, "count": 3},
    }
    assert second == {
        **{"tag": "t", "time": EPOCH + 60, "value": None, "quality": "bad"},
        **{"min": None, "max": None, "count": 0},
    }


def test_an_aggregate_without_an_interval_gives_at_most_so_many_rows(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.write(*range(1000))
        return await h.read(query="aggregate", span=1000, most=50)

    rows = play(script)
    assert 49 <= len(rows) <= 50
    assert sum(row["count"] for row in rows) >= 999
    assert max(row["max"] for row in rows) == 999.0


def test_a_message_may_ask_otherwise_than_the_options_say(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.write(1, 2, 3)
        await h.write(7, topic="u")
        return [
            await h.read(history={"query": "last", "tags": ["u", "t", "nobody"]}),
            await h.read(history={"query": "last", "end": EPOCH + 1.5}),
            await h.read(history={"start": EPOCH + 1, "end": EPOCH + 2}),
            await h.read("nobody"),
        ]

    newest, before, between, none = play(script)
    assert [(row["tag"], row["value"]) for row in newest] == [("t", 3.0), ("u", 7.0)]
    assert [row["value"] for row in before] == [2.0]
    assert [row["value"] for row in between] == [2.0]
    assert none == []


def test_csv_has_a_header_times_in_iso_8601_and_quotes_what_needs_it(play: Play) -> None:
    async def script(h: Historian) -> Any:
        await h.write(21, None, topic='a,"b"')
        return [
            await h.read('a,"b"', format="csv"),
            await h.read('a,"b"', format="csv", query="aggregate", interval=60),
        ]

    values, summaries = play(script)
    assert values == (
        'tag,time,value,quality\n"a,""b""",2026-01-01T00:00:00.010000Z,21,good\n'
        '"a,""b""",2026-01-01T00:00:01.010000Z,,bad\n'
    )
    assert summaries == (
        'tag,time,value,quality,min,max,count\n"a,""b""",2026-01-01T00:00:00.000000Z,21,uncertain,21,21,1\n'
    )


def test_parquet_has_times_as_times_and_numbers_as_numbers(play: Play) -> None:
    from pyarrow import parquet

    async def script(h: Historian) -> Any:
        await h.write(21.5, None)
        return [
            await h.read(format="parquet"),
            await h.read(format="parquet", query="aggregate", interval=60),
            await h.read("nobody", format="parquet"),
        ]

    values, summaries, none = [parquet.read_table(io.BytesIO(data)) for data in play(script)]
    assert values.to_pylist() == [
        {"tag": "t", "time": AT + timedelta(microseconds=10_000), "value": 21.5, "quality": "good"},
        {"tag": "t", "time": AT + timedelta(microseconds=1_010_000), "value": None, "quality": "bad"},
    ]
    assert summaries.to_pylist() == [
        {"tag": "t", "time": AT, "value": 21.5, "quality": "uncertain", "min": 21.5, "max": 21.5, "count": 1}
    ]
    assert none.schema == values.schema
    assert none.num_rows == 0


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (7, "must be an object with some of tags, query"),
        ({"query": "all"}, "Invalid enum value 'all'"),
        ({"spam": 1}, "unknown field `spam`"),
        ({"most": 0}, "`int` >= 1"),
        ({"span": -1}, "`float` > 0"),
        ({"tags": []}, "expected 1 to 100 tags"),
        ({"tags": ["x"] * 101}, "expected 1 to 100 tags"),
        ({"start": 2.0, "end": 1.0}, "start before end"),
        ({"start": -1e300}, "start before end"),
        ({"most": 1}, "has more than 1 values"),
        ({"query": "aggregate", "interval": 0.001}, "intervals of 0.001 s, and at most 1000"),
    ],
)
def test_a_question_that_makes_no_sense_is_bad_data_and_says_why(play: Play, history: Any, said: str) -> None:
    async def script(h: Historian) -> None:
        await h.write(1, 2)
        with pytest.raises(BadData, match=said):
            await h.read(history=history)

    play(script)


def test_while_the_file_cannot_be_opened_the_message_can_be_tried_again() -> None:
    clock = VirtualClock()

    async def main() -> None:
        store = HistoryStore(file="/nowhere/at/all/history.sqlite")
        async with running(store, clock) as host:
            await clock.sleep(20)
            assert host.statuses[-1].level == "error"
            assert host.statuses[-1].text.endswith("history.sqlite: No such file or directory")
            node = ReadHistory(store=store)
            async with running(node, clock):
                with pytest.raises(Retryable, match="is not open; see the status"):
                    await node.process(Message(topic="t"))

    clock.run(main())
