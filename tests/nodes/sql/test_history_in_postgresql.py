"""Values over time in a table of a real PostgreSQL: written by a flow's node, read as every archive is."""

from __future__ import annotations

import asyncio
import json
import math
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flowengine import BadData, Historian, Message, Quality, Reading, Retryable
from flowengine.cli import cli
from flowengine.outgoing import reach_for
from flowengine_nodes.sql.database import Database
from flowengine_nodes.sql.write import WriteSql
from tests.nodes.sql.conftest import options_of
from tests.nodes.threads import started
from tests.plants.postgresql import PostgreSql

BEGIN = 1_767_225_600
"""2026-01-01, midnight UTC."""
TABLE = (
    "CREATE TABLE kept (tag text, time timestamptz, value double precision, quality text NOT NULL,"
    " PRIMARY KEY (tag, time))"
)
KEEP = (
    "INSERT INTO kept (tag, time, value, quality) VALUES (:topic, to_timestamp(:time), :payload, :quality)"
    " ON CONFLICT (tag, time) DO UPDATE SET value = excluded.value, quality = excluded.quality"
)


def at(second: float, value: float | None, quality: Quality = "good", tag: str = "oven/temperature") -> Message:
    return Message(value, tag, BEGIN + second, quality)


@pytest.fixture(scope="module")
def options(postgresql: PostgreSql) -> dict[str, Any]:
    """A database in which a minute of a temperature, with a bad and an uncertain value, and a door have been kept."""
    options = {**options_of(postgresql), "history": "public.kept"}
    messages = [at(n, 180.0 + n) for n in range(58)]
    messages += [at(58, None, "bad"), at(59, 500.0, "uncertain"), at(59, 240.0, "uncertain"), at(7, 1.0, tag="door")]

    async def main() -> None:
        database = Database(**options)
        async with started(database):
            await WriteSql(connection=database, statement="DROP TABLE IF EXISTS kept").write(Message(None))
            await WriteSql(connection=database, statement=TABLE).write(Message(None))
            keep = WriteSql(connection=database, statement=KEEP)
            await asyncio.gather(*map(keep.write, messages))

    asyncio.run(main())
    return options


def asked(options: dict[str, Any], question: Any, rules: Sequence[str] | None = None) -> Any:
    opening = Database.historian(options, reach_for(rules))
    assert opening is not None
    with opening as historian:
        return question(historian)


def test_tags_and_the_newest_value_are_known(options: dict[str, Any]) -> None:
    def main(historian: Historian) -> Any:
        return historian.tags(), historian.knows("door"), historian.knows("none"), historian.last("oven/temperature")

    newest = Reading(BEGIN + 59, 240.0, "uncertain")
    assert asked(options, main) == (["door", "oven/temperature"], True, False, newest)
    assert asked(options, lambda historian: historian.last("none")) is None


def test_values_of_a_span_come_in_order_both_ends_included(options: dict[str, Any]) -> None:
    found = asked(options, lambda one: list(one.values("oven/temperature", BEGIN + 56, BEGIN + 59)))
    assert found == [
        Reading(BEGIN + 56, 236.0, "good"),
        Reading(BEGIN + 57, 237.0, "good"),
        Reading(BEGIN + 58, None, "bad"),
        Reading(BEGIN + 59, 240.0, "uncertain"),
    ]
    assert asked(options, lambda one: one.about("oven/temperature", BEGIN, BEGIN + 59)) > 0


def test_intervals_leave_bad_values_aside_and_say_so(options: dict[str, Any]) -> None:
    first, second = asked(options, lambda one: one.summaries("oven/temperature", BEGIN, BEGIN + 59, 30.0))
    assert first == Reading(BEGIN, 194.5, "good", 180.0, 209.0, 30)
    assert second.value == pytest.approx((sum(range(210, 238)) + 240) / 29)
    assert second == Reading(BEGIN + 30, second.value, "uncertain", 210.0, 240.0, 29)
    assert asked(options, lambda one: one.summaries("oven/temperature", BEGIN + 58, BEGIN + 58.5, 1.0)) == [
        Reading(BEGIN + 58, None, "bad", None, None, 0)
    ]


def folder_with_flow(folder: Path, options: dict[str, Any], **more: Any) -> None:
    connections = {"plant": {"type": "sql/database", "options": {**options, "password": "${secret:plant}"}}}
    keep = {"type": "sql/write", "options": {"connection": "plant", "statement": KEEP}}
    flow = {"flowengine": 1, "name": "oven", **more, "connections": connections, "nodes": {"keep": keep}}
    (folder / "oven.json").write_text(json.dumps(flow))


def test_the_command_line_lists_and_exports_it_like_any_archive(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWENGINE_SECRET_PLANT", options["password"])
    folder_with_flow(tmp_path, options)
    listed = CliRunner().invoke(cli, ["history", "list", str(tmp_path)])
    assert listed.output.splitlines()[0] == "2026-01-01T00:00:07Z             1 good       oven/door", listed.output
    exported = CliRunner().invoke(cli, ["history", "export", str(tmp_path), "--tag", "oven/door"])
    assert exported.output.splitlines()[1:] == ["door,2026-01-01T00:00:07.000000Z,1.0,good,,,"], exported.output


def test_what_is_no_number_is_summed_up_in_nothing_and_an_unknown_quality_is_said(options: dict[str, Any]) -> None:
    options = {**options, "history": "odd"}
    values = [math.inf, -math.inf, math.nan, None, 2.0]

    async def main() -> None:
        database = Database(**options)
        async with started(database):
            for statement in ("DROP TABLE IF EXISTS odd", TABLE.replace("kept", "odd")):
                await WriteSql(connection=database, statement=statement).write(Message(None))
            keep = KEEP.replace("kept", "odd")
            node = WriteSql(connection=database, statement=keep)
            await asyncio.gather(*(node.write(at(n, value, tag="odd")) for n, value in enumerate(values)))
            foreign = keep.replace(":quality", "'192'")
            await WriteSql(connection=database, statement=foreign).write(at(0, 1.0, tag="foreign"))

    asyncio.run(main())
    assert [one.value for one in asked(options, lambda one: list(one.values("odd", BEGIN, BEGIN + 9)))] == [
        *(None, None, None, None),
        2.0,
    ]
    (sums,) = asked(options, lambda one: one.summaries("odd", BEGIN, BEGIN + 9, 60.0))
    assert sums == Reading(BEGIN, 2.0, "uncertain", 2.0, 2.0, 1)
    with pytest.raises(BadData, match="the quality '192': expected good, uncertain, bad"):
        asked(options, lambda one: one.last("foreign"))


def test_what_cannot_be_read_says_which_table_and_why(options: dict[str, Any]) -> None:
    for change, why in (
        ({"history": "nowhere"}, "nowhere"),
        ({"password": "wrong"}, "password"),
        ({"port": 1}, "away"),
    ):
        with pytest.raises(
            Retryable, match=rf"cannot read the history in the table .* of postgres at 127.0.0.1:\d+: .*{why}"
        ):
            asked({**options, **change}, lambda one: one.last("door"))
    assert Database.historian({**options, "history": ""}, reach_for(None)) is None


def test_it_is_read_at_the_address_that_the_list_of_hosts_has_judged(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {**options, "host": "archive.plant"}
    looked_up: list[str] = []

    def resolver(host: str, port: int, **how: Any) -> list[Any]:
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setenv("FLOWENGINE_SECRET_PLANT", options["password"])
    folder_with_flow(tmp_path, named, outgoing=["archive.plant"])
    listed = CliRunner().invoke(cli, ["history", "list", str(tmp_path)])
    # libpq, which does not ask Python, finds no such name: it gets the address beside it
    assert (listed.exit_code, listed.output.split()[-1]) == (0, "oven/oven/temperature"), listed.output
    assert looked_up == ["archive.plant"]
    with pytest.raises(Retryable, match=r"table public\.kept of .* is not among the hosts of the flow's list"):
        asked(named, lambda one: one.knows("door"), ["10.0.0.0/8"])
    assert asked(named, lambda one: one.knows("door"), ["127.0.0.0/8"])
