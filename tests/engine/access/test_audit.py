"""The record: whole, in order, chained; what is changed or cut is found where it is."""

from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowengine.access import audit as module
from flowengine.access.audit import Audit, AuditUnavailable, audit_folder, entries, files_of
from flowengine.access.audit_check import check_audit
from flowengine.access.audit_entry import LONGEST, Damaged, Entry, line_of, read_line
from flowengine.access.syslog import syslog_line
from flowengine.cli import cli


def write(folder: Path, count: int = 5, **fields: Any) -> Audit:
    audit = Audit(folder, **fields)
    for number in range(count):
        audit.record("deploy", "anna", f"flow-{number}", details={"revision": "ü" * 3, "n": number})
    return audit


def findings(folder: Path) -> list[tuple[str, int]]:
    return [(finding.file, finding.line) for finding in check_audit(folder).findings]


def test_entries_say_who_did_what_when_and_count_up(tmp_path: Path) -> None:
    audit = write(tmp_path, 3)
    entry = audit.record("sign-in", "bert", address="10.0.0.9", result="refused")
    assert entry is not None
    assert [one.n for one in entries(tmp_path)] == [1, 2, 3, 4]
    assert entry.time.endswith("+00:00")
    assert [one.about for one in entries(tmp_path)][:3] == ["flow-0", "flow-1", "flow-2"]
    assert check_audit(tmp_path).findings == []
    assert tmp_path.joinpath("00000001.jsonl").stat().st_mode & 0o077 == 0


def test_the_record_goes_on_after_a_start(tmp_path: Path) -> None:
    write(tmp_path, 3)
    write(tmp_path, 3)
    assert [one.n for one in entries(tmp_path)] == [1, 2, 3, 4, 5, 6]
    assert check_audit(tmp_path).findings == []


def test_two_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    one, other = Audit(tmp_path), Audit(tmp_path)
    for number in range(10):
        (one if number % 3 else other).record("deploy", about=str(number))
    assert [entry.about for entry in entries(tmp_path)] == [str(number) for number in range(10)]
    assert check_audit(tmp_path).findings == []


def _many(folder: Path) -> None:
    write(folder, 30)


def test_processes_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_many, args=(tmp_path,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert check_audit(tmp_path) == check_audit(tmp_path)
    assert check_audit(tmp_path).entries == 60
    assert check_audit(tmp_path).findings == []


# --- what was changed is found ---


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Path, bytes]]:
    folder = tmp_path_factory.mktemp("audit")
    write(folder, 20, most_bytes=1500)
    return folder, {file: file.read_bytes() for file in [*files_of(folder), folder / "head"]}


def restore(before: dict[Path, bytes]) -> None:
    for file, content in before.items():
        file.write_bytes(content)


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_any_flipped_byte_is_found_in_its_line(record: tuple[Path, dict[Path, bytes]], data: st.DataObject) -> None:
    folder, before = record
    file = data.draw(st.sampled_from(sorted(before)))
    content = bytearray(before[file])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    try:
        found = findings(folder)
    finally:
        restore(before)
    assert found, f"{file.name} byte {at}"
    if file.name != "head":
        line = before[file].count(b"\n", 0, at) + 1
        assert (file.name, line) in found


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_lines_that_are_cut_out_doubled_or_exchanged_are_found(
    record: tuple[Path, dict[Path, bytes]], data: st.DataObject
) -> None:
    folder, before = record
    file = data.draw(st.sampled_from([file for file in sorted(before) if file.name != "head"]))
    lines = before[file].splitlines(keepends=True)
    first = data.draw(st.integers(0, len(lines) - 1))
    match data.draw(st.sampled_from(["cut", "cut the rest", "double", "exchange", "remove the file"])):
        case "cut":
            del lines[first]
        case "cut the rest":
            del lines[first:]
        case "double":
            lines.insert(first, lines[first])
        case "exchange":
            other = data.draw(st.integers(0, len(lines) - 1).filter(lambda n: n != first))
            lines[first], lines[other] = lines[other], lines[first]
        case _:
            lines = []
            file.unlink()
    if lines or file.exists():
        file.write_bytes(b"".join(lines))
    try:
        assert findings(folder)
    finally:
        restore(before)


def test_an_entry_that_was_forged_with_a_hash_of_its_own_is_found(tmp_path: Path) -> None:
    write(tmp_path, 5)
    file = files_of(tmp_path)[0]
    lines = file.read_bytes().splitlines()
    old, _ = read_line(lines[2])
    forged = Entry(n=old.n, time=old.time, what=old.what, who="somebody else", before=old.before)
    lines[2] = line_of(forged)[0]
    file.write_bytes(b"\n".join(lines) + b"\n")
    assert findings(tmp_path) == [(file.name, 4)]


def test_a_record_that_is_gone_but_for_its_head_is_found(tmp_path: Path) -> None:
    write(tmp_path, 5)
    files_of(tmp_path)[0].unlink()
    assert findings(tmp_path) == [("head", 0)]
    (tmp_path / "head").unlink()
    assert check_audit(tmp_path).findings == []  # nothing is there: nothing says that there was ever anything


# --- bounds ---


def test_old_files_go_and_the_chain_says_so(tmp_path: Path) -> None:
    write(tmp_path, 200, most_files=3, most_bytes=2000)
    assert len(files_of(tmp_path)) == 3
    first = next(iter(entries(tmp_path)))
    assert first.n > 100
    assert check_audit(tmp_path).findings == []
    files_of(tmp_path)[0].unlink()
    assert "are missing, and nothing says why" in str(check_audit(tmp_path).findings[0])


def test_an_entry_that_is_too_long_is_cut_and_says_so(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit.record("deploy", "a" * 9000, details={"x": "y" * 50_000, "odd": object()})
    line = files_of(tmp_path)[0].read_bytes()
    assert len(line) < LONGEST
    assert next(iter(entries(tmp_path))).details["cut"] is True
    assert check_audit(tmp_path).findings == []


# --- faults ---


def test_a_line_that_a_crash_cut_short_is_taken_off_and_noted(tmp_path: Path) -> None:
    write(tmp_path, 3)
    file = files_of(tmp_path)[0]
    with file.open("ab") as stream:
        stream.write(b'{"n":4,"time":"20')
    assert "has no end" in str(check_audit(tmp_path).findings[0])
    Audit(tmp_path).record("deploy", "anna")
    assert [entry.what for entry in entries(tmp_path)] == ["deploy", "deploy", "deploy", "torn", "deploy"]
    assert check_audit(tmp_path).findings == []


def test_a_damaged_end_is_gone_on_from_and_stays_found(tmp_path: Path) -> None:
    write(tmp_path, 3)
    file = files_of(tmp_path)[0]
    content = bytearray(file.read_bytes())
    content[-10] ^= 1
    file.write_bytes(content)
    Audit(tmp_path).record("deploy", "anna")
    assert (file.name, 3) in findings(tmp_path)


def test_a_full_disk_refuses_what_must_be_recorded_and_counts_what_need_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = write(tmp_path, 2)

    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(AuditUnavailable, match="No space left"):
            audit.record("deploy", "anna")
        assert audit.record("emergency-stop", "anna", must=False) is None
        assert audit.record("emergency-stop", "anna", must=False) is None
    audit.record("deploy", "anna")
    assert [entry.what for entry in entries(tmp_path)] == ["deploy", "deploy", "lost", "deploy"]
    assert [entry.details for entry in entries(tmp_path)][2] == {"entries": 2}
    assert check_audit(tmp_path).findings == []


def test_a_write_that_stops_half_way_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = write(tmp_path, 2)
    real = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda handle, data: real(handle, data[:20]))
        with pytest.raises(AuditUnavailable):
            audit.record("deploy", "anna")
    audit.record("deploy", "anna")
    assert [entry.what for entry in entries(tmp_path)] == ["deploy"] * 3
    assert check_audit(tmp_path).findings == []


def test_an_entry_that_may_not_be_on_disk_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = write(tmp_path, 2)

    def failed(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failed)
        with pytest.raises(AuditUnavailable, match="Input/output error"):
            audit.record("change-approved", "anna")
    assert [entry.what for entry in entries(tmp_path)] == ["deploy"] * 2
    audit.record("deploy", "anna")
    assert check_audit(tmp_path).findings == []


def test_nothing_is_begun_that_could_not_be_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = Audit(tmp_path)
    audit.ready()
    monkeypatch.setattr(module, "SPARE", 2**60)
    with pytest.raises(AuditUnavailable, match="is full"):
        audit.ready()
    os.rename(tmp_path, f"{tmp_path}-gone")
    with pytest.raises(AuditUnavailable, match="cannot be reached"):
        audit.ready()


# --- handing on ---


def test_a_syslog_line_has_the_parts_of_rfc_5424_and_no_value_breaks_out() -> None:
    entry = Entry(
        n=7, time="2026-01-01T00:00:00.000+00:00", what="sign in", who='a"]\n<1>', address="::1", result="refused"
    )
    assert syslog_line(entry, "pl ant") == (
        '<108>1 2026-01-01T00:00:00.000+00:00 pl?ant flowengine - sign?in [audit@32473 n="7" who="a\\"\\]?<1>" '
        'from="::1" result="refused"]'
    )
    assert syslog_line(Entry(what="x", details={"a": "\n"})).endswith('{"a":"\\n"}')


@given(st.text(), st.text(), st.dictionaries(st.text(max_size=5), st.text(max_size=9) | st.integers(), max_size=3))
def test_any_entry_is_one_line_that_reads_back(who: str, about: str, details: dict[str, Any]) -> None:
    who, about = (text.encode("utf-8", "replace").decode() for text in (who, about))
    entry = Entry(n=1, what="x", who=who, about=about, details=details)
    line, digest = line_of(entry)
    assert b"\n" not in line
    assert read_line(line) == (entry, digest)
    assert "\n" not in syslog_line(entry)


@pytest.mark.parametrize("line", [b"", b"{}", b'{"n":1,"sha256":"00"}', b"\xff"])
def test_what_is_no_line_is_damaged(line: bytes) -> None:
    with pytest.raises(Damaged):
        read_line(line)


def test_the_command_line_shows_and_verifies(tmp_path: Path) -> None:
    folder = audit_folder(tmp_path)
    write(folder, 3).record("sign-in", "bert", address="10.0.0.9")
    run = CliRunner().invoke
    assert "4 entries, none not as written" in run(cli, ["audit", "verify", str(tmp_path)]).output
    assert "bert from 10.0.0.9: sign-in: done" in run(cli, ["audit", "show", str(tmp_path), "--who", "bert"]).output
    assert run(cli, ["audit", "show", str(tmp_path), "--most", "2", "--as", "json"]).output.count("\n") == 2
    assert run(cli, ["audit", "show", str(tmp_path), "--what", "deploy", "--as", "syslog"]).output.count("<109>1") == 3
    file = files_of(folder)[0]
    file.write_bytes(file.read_bytes().replace(b"flow-1", b"flow-9"))
    found = run(cli, ["audit", "verify", str(tmp_path)])
    assert found.exit_code == 1
    assert "00000001.jsonl:2: changed: it does not fit its own hash" in found.output
