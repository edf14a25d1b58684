"""What historians have kept, on the command line: no engine has to run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flowengine.cli import cli
from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.samples import SECOND, Sample

BEGIN = 1_767_225_600
"""2026-01-01, midnight UTC."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    store = {"type": "history/store", "options": {"file": str(folder / "kept.sqlite")}}
    keep = {"type": "history/write", "options": {"store": "past"}}
    flow = {"flowengine": 1, "name": "oven", "connections": {"past": store}, "nodes": {"keep": keep}}
    (folder / "oven.json").write_text(json.dumps(flow))
    return folder


@pytest.fixture(scope="module")
def archive(folder: Path) -> None:
    archive = Archive(folder / "kept.sqlite")
    archive.append([Sample("oven/temperature", (BEGIN + 60 * n) * SECOND, 180.0 + n, 0) for n in range(60)])
    archive.append([Sample("oven/door", (BEGIN + 1800) * SECOND, 1.0, 1)])
    archive.close()


def run(folder: Path, what: str, *arguments: str, status: int = 0) -> Result:
    found = CliRunner().invoke(cli, ["history", what, str(folder), *arguments])
    assert found.exit_code == status, found.output
    return found


def test_where_nothing_has_been_kept_that_is_said(tmp_path: Path, folder: Path) -> None:
    text = (folder / "oven.json").read_text().replace("kept.sqlite", "not-yet.sqlite")
    (tmp_path / "oven.json").write_text(text)
    assert "nothing has been kept there yet" in run(tmp_path, "list", status=1).output


def test_a_flow_with_errors_is_named_and_the_others_are_listed(folder: Path, archive: None, tmp_path: Path) -> None:
    (tmp_path / "oven.json").write_text((folder / "oven.json").read_text())
    (tmp_path / "bad.json").write_text('{"flowengine": 1, "name": "bad", "nodes": {"a": {"type": "no/such"}}}')
    lines = run(tmp_path, "list").output.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("bad is left out, as it has errors")


def test_a_list_has_each_tag_with_its_newest_value(folder: Path, archive: None) -> None:
    assert run(folder, "list").output.splitlines() == [
        "2026-01-01T00:30:00Z             1 uncertain  oven/oven/door",
        "2026-01-01T00:59:00Z           239 good       oven/oven/temperature",
    ]


def test_a_span_of_several_tags_is_one_table(folder: Path, archive: None, tmp_path: Path) -> None:
    tags = ("--tag", "oven/oven/temperature", "--tag", "oven/oven/door")
    span = ("--from", "2026-01-01T00:29", "--to", "2026-01-01T01:30+01:00")
    run(folder, "export", *tags, *span, "-o", str(tmp_path / "may.csv"))
    assert (tmp_path / "may.csv").read_text().splitlines() == [
        "tag,time,value,quality,min,max,count",
        "oven/temperature,2026-01-01T00:29:00.000000Z,209.0,good,,,",
        "oven/temperature,2026-01-01T00:30:00.000000Z,210.0,good,,,",
        "oven/door,2026-01-01T00:30:00.000000Z,1.0,uncertain,,,",
    ]


def test_without_a_span_all_of_it_comes_and_intervals_are_summed_up(folder: Path, archive: None) -> None:
    assert len(run(folder, "export", "--tag", "oven/oven/temperature").output.splitlines()) == 61
    hour = ("--from", "2026-01-01", "--to", "2026-01-01T00:59:59", "--interval", "1800")
    rows = run(folder, "export", "--tag", "oven/oven/temperature", *hour).output.splitlines()[1:]
    assert [row.split(",")[2:] for row in rows] == [
        ["194.5", "good", "180.0", "209.0", "30"],
        ["224.5", "good", "210.0", "239.0", "30"],
    ]


def test_a_parquet_file_has_the_same(folder: Path, archive: None, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "kept.parquet"
    run(folder, "export", "--tag", "oven/oven/door", "--format", "parquet", "-o", str(file))
    (row,) = pq.read_table(file).to_pylist()
    assert (row["tag"], row["value"], row["quality"]) == ("oven/door", 1.0, "uncertain")
    assert row["time"] == datetime.fromtimestamp(BEGIN + 1800, UTC)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tag", "oven/none"), "nothing is kept as 'oven/none'"),
        (("--tag", "press/oven/door"), "nothing is kept as 'press/oven/door'"),
        (("--tag", "oven/oven/door", "--from", "yesterday"), "yesterday is no time: expected such as"),
        (
            ("--tag", "oven/oven/door", "--from", "2026-02-01", "--to", "2026-01-01"),
            "2026-02-01 comes after 2026-01-01",
        ),
        (("--tag", "oven/oven/door", "--interval", "60"), "say its begin with --from"),
    ],
)
def test_what_cannot_be_exported_is_said(folder: Path, archive: None, arguments: tuple[str, ...], said: str) -> None:
    assert said in run(folder, "export", *arguments, status=2).output
