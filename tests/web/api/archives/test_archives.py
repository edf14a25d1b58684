"""What historians have kept, over the API: lists, values, files."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pyarrow.parquet
import pytest

from tests.web.api.archives.asking import BEGIN, export, values
from tests.web.api.client import Client
from tests.web.api.conftest import SignedIn
from tests.web.canvas.served import Served


def test_the_archives_of_a_flow_are_listed_with_their_tags_whether_it_runs_or_not(program: Client) -> None:
    assert program.get("/api/flows/press-1/archives")["archives"] == [
        {"name": "history", "type": "history/store", "tags": ["force, max", "speed"], "more": 0, "problem": ""},
        {"name": "second", "type": "history/store", "tags": ["speed", "torque"], "more": 0, "problem": ""},
    ]
    (oven,) = program.get("/api/flows/oven/archives")["archives"]
    assert oven["tags"] == ["oven/temperature"]
    found = program.get("/api/flows/press-1/archives?search=SPE&most=0")["archives"]
    assert [(one["tags"], one["more"]) for one in found] == [([], 1), ([], 1)]
    (empty,) = program.get("/api/flows/empty/archives")["archives"]
    assert "nothing has been kept there yet" in empty["problem"]
    assert program.get("/api/flows/plain/archives") == {"archives": []}
    assert program.ask("GET", "/api/flows/nobody/archives").status == 404


def test_few_values_come_as_they_are_and_many_as_smallest_largest_and_mean(program: Client) -> None:
    asked = values("press-1", ["speed", "force, max", "nobody"], 10, 12)
    speed, force, nobody = program.get(asked)["series"]
    assert (speed["t"], speed["v"]) == ([BEGIN + 10, BEGIN + 11, BEGIN + 12], [10, 11, 12])
    assert (speed["archive"], speed["interval"], speed["low"]) == ("history", 0, [10, 11, 12])
    assert (force["archive"], force["t"]) == ("history", [])
    assert (nobody["archive"], nobody["t"]) == ("", [])
    (summed,) = program.get(values("press-1", ["speed"], points=62))["series"]
    assert summed["interval"] == 60
    assert len(summed["t"]) == 60
    assert (summed["low"][0], summed["v"][0], summed["high"][0]) == (0, 29.5, 59)
    assert set(summed["quality"]) == {0}
    (second,) = program.get(values("press-1", ["speed"], archive="second"))["series"]
    assert second["v"] == [7]


def test_where_a_tag_would_be_from_can_be_asked_without_a_value(program: Client) -> None:
    for flow, archive in (("press-1", "history"), ("plain", "")):
        (found,) = program.get(f"/api/flows/{flow}/archives/values?tag=speed&span=0")["series"]
        assert (found["archive"], found["t"]) == (archive, [])


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (values("press-1", ["speed"], raw="true", points=100), 422, "more than 100 values"),
        (values("press-1", ["speed"], 10, 5), 422, "begin before end"),
        (values("press-1", ["speed"], 0, float("inf")), 422, ""),
        (values("press-1", ["speed"], 0, float("nan")), 422, ""),
        (values("press-1", ["speed"], points=2), 422, ">= 3"),
        (values("press-1", []), 422, "0 tags were asked for: 1 to 100"),
        (values("press-1", [f"t{n}" for n in range(101)]), 422, ""),
        (values("press-1", ["speed"], archive="third"), 404, "no archive 'third', only history, second"),
        (export("plain", ["speed"]), 404, "keeps no history"),
        (values("empty", ["speed"]), 503, "nothing has been kept there yet"),
        (export("press-1", ["speed"], interval=0.0001), 422, "too many: choose longer ones"),
        (export("press-1", ["speed"], format="xlsx"), 422, "Invalid enum value 'xlsx'"),
    ],
)
def test_what_cannot_be_answered_says_why(program: Client, path: str, status: int, words: str) -> None:
    reply = program.ask("GET", path)
    assert (reply.status, words in reply.json["message"]) == (status, True), reply.raw


def test_a_question_that_would_read_too_much_is_refused_before_anything_is_read(
    program: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine.service.archives.MOST_READ", 3000)
    for path in (values("press-1", ["speed"]), export("press-1", ["speed"])):
        reply = program.ask("GET", path)
        assert (reply.status, "ask for a shorter span" in reply.json["message"]) == (422, True), reply.raw


def test_questions_wait_for_their_turn_and_are_told_when_it_does_not_come(
    program: Client, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives = served.site.service.archives
    monkeypatch.setattr("flowengine.service.archives.PATIENCE", 0.01)
    with archives._turn(), archives._turn():
        reply = program.ask("GET", values("press-1", ["speed"]))
    assert (reply.status, reply.json["error"], reply.headers["retry-after"]) == (503, "busy", "2")


def test_a_csv_file_holds_every_value_in_portions_that_do_not_hold_the_archive(
    program: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine.service.archives.AT_ONCE", 500)
    reply = program.ask("GET", export("press-1", ["speed", "force, max"]))
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="press-1-1767225600-1767229200.csv"' in reply.headers["content-disposition"]
    head, *rows = csv.reader(io.StringIO(reply.raw.decode()))
    assert head == ["tag", "time", "value", "quality", "min", "max", "count"]
    assert rows[0] == ["speed", "2026-01-01T00:00:00.000000Z", "0.0", "good", "", "", ""]
    assert [float(row[2]) for row in rows] == [*map(float, range(3600)), 1.5, 2.5]
    summed = program.ask("GET", export("press-1", ["speed"], interval=1800, end=3599)).raw.decode()
    assert summed.splitlines()[1] == "speed,2026-01-01T00:00:00.000000Z,899.5,good,0.0,1799.0,1800"


def test_a_parquet_file_holds_the_same(program: Client) -> None:
    reply = program.ask("GET", export("press-1", ["speed"], format="parquet"))
    assert reply.headers["content-type"] == "application/vnd.apache.parquet"
    table = pyarrow.parquet.read_table(io.BytesIO(reply.raw))
    assert table.column_names == ["tag", "time", "value", "quality", "min", "max", "count"]
    assert table.num_rows == 3600
    last = table.slice(3599).to_pylist()[0]
    assert (last["time"], last["value"]) == (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=3599), 3599.0)


def test_without_pyarrow_parquet_says_what_to_install(program: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    reply = program.ask("GET", export("press-1", ["speed"], format="parquet"))
    assert (reply.status, reply.json["error"]) == (422, "no-parquet")
    assert "flowengine-ot[parquet]" in reply.json["hint"]


def test_a_bad_value_is_a_gap(program: Client) -> None:
    (found,) = program.get(values("oven", ["oven/temperature"], 0, 5))["series"]
    assert (found["v"], found["low"], found["quality"]) == ([180, 181, None], [180, 181, None], [0, 0, 2])


def test_an_archive_is_read_while_its_flow_writes_and_when_that_has_stopped(
    program: Client, signed_in: SignedIn
) -> None:
    admin = signed_in("admin")
    for run in (False, True):
        admin.do("POST", "/api/flows/press-1/run", {"run": run})
        (speed,) = program.get(values("press-1", ["speed"], 3590, 3599))["series"]
        assert len(speed["v"]) == 10
