"""The ring of what flows at machines were told: what stays, what goes, and files that no engine wrote."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.message import Message
from flowengine.store.recordings import (
    MOST_SIZE,
    BadRecording,
    Recording,
    Taken,
    expire,
    read_recording,
    recording_file,
    span,
)

BEGIN = 1_790_000_000.0


def reading(at: float, payload: Any, node: str = "temperature", topic: str = "") -> Taken:
    return Taken(BEGIN + at, node, "", Message(payload, topic=topic, time=BEGIN + at))


def recorded(folder: Path, *rows: Taken, hours: float = 24, most: int = 1 << 20) -> Path:
    file = recording_file(folder, "oven")
    recording = Recording(file, hours, most)
    recording.append(rows)
    recording.close()
    return file


def test_a_span_is_given_back_in_order_with_what_was_said_last_before_it(tmp_path: Path) -> None:
    setpoint = reading(0, 180, "setpoint", "plant/setpoint")
    rows = [reading(number, number) for number in range(10)]
    file = recorded(tmp_path, setpoint, *rows)
    assert span(file) == (BEGIN, BEGIN + 9)
    found = read_recording(file, BEGIN + 5, BEGIN + 7, 100)
    assert found.rows == rows[5:8]
    assert sorted(found.last) == sorted([setpoint, rows[4]])
    assert not found.cut


def test_of_more_than_is_asked_for_the_newest_are_read_and_that_is_said(tmp_path: Path) -> None:
    file = recorded(tmp_path, *(reading(number, number) for number in range(10)))
    found = read_recording(file, BEGIN, BEGIN + 100, 3)
    assert [taken.msg.payload for taken in found.rows] == [7, 8, 9]
    assert found.cut
    assert found.last[0].msg.payload == 6


def test_old_messages_make_room_and_what_was_said_last_on_a_topic_stays(tmp_path: Path) -> None:
    setpoint = reading(0, 180, "setpoint", "plant/setpoint")
    file = recorded(tmp_path, setpoint, reading(10, 20), reading(2 * 3600, 21), hours=1)
    found = read_recording(file, 0, BEGIN + 1e6, 100)
    assert [taken.msg.payload for taken in found.rows] == [180, 21]


def test_the_ring_stays_within_its_bytes(tmp_path: Path) -> None:
    recording = Recording(recording_file(tmp_path, "oven"), 24, most=20_000)
    for number in range(20):
        recording.append([reading(number, "x" * 2000)])
    recording.close()
    found = read_recording(recording_file(tmp_path, "oven"), 0, BEGIN + 100, 1000)
    assert 5 <= len(found.rows) <= 10
    assert found.rows[-1].at == BEGIN + 19


def test_a_message_that_is_too_large_is_left_out_and_counted(tmp_path: Path) -> None:
    file = recorded(tmp_path, reading(0, "x" * MOST_SIZE), reading(1, 1))
    found = read_recording(file, 0, BEGIN + 10, 10)
    assert (len(found.rows), found.left_out) == (1, 1)


@given(
    payload=st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)
)
def test_any_payload_comes_back(tmp_path_factory: pytest.TempPathFactory, payload: Any) -> None:
    file = recorded(tmp_path_factory.mktemp("recordings"), reading(0, payload))
    assert repr(read_recording(file, 0, BEGIN + 1, 10).rows[0].msg.payload) == repr(payload)


@pytest.mark.parametrize(
    ("at", "node", "message"),
    [
        (BEGIN, "temperature", b"\xc1 rubbish"),
        (BEGIN, "temperature", b"\x93\x01\x02\x03"),
        (BEGIN, b"\xff", b"\x80"),
        (BEGIN, "temperature", b"x" * (MOST_SIZE + 1)),
        (float("inf"), "temperature", b"\x80"),
        ("never", "temperature", b"\x80"),
    ],
)
def test_a_message_that_no_engine_wrote_is_named(tmp_path: Path, at: object, node: object, message: bytes) -> None:
    file = recorded(tmp_path, reading(0, 1))
    with sqlite3.connect(file) as db:
        db.execute("INSERT INTO messages (at, node, port, topic, message) VALUES (?,?,'','',?)", (at, node, message))
    db.close()

    def read() -> None:
        _, end = span(file) or (0, 0)
        read_recording(file, 0, end, 100)

    with pytest.raises(BadRecording, match=r"oven\.sqlite"):
        read()


def test_a_file_that_is_none_is_said_to_be_so(tmp_path: Path) -> None:
    file = recording_file(tmp_path, "oven")
    file.write_bytes(b"rubbish" * 1000)
    with pytest.raises(BadRecording, match="remove it, and the engine begins a new one"):
        span(file)
    assert span(recording_file(tmp_path, "press")) is None


def test_recordings_that_nobody_writes_to_any_more_are_removed(tmp_path: Path) -> None:
    file = recorded(tmp_path, reading(0, 1))
    written = file.stat().st_mtime
    expire(tmp_path, 24, written + 23 * 3600)
    assert file.exists()
    expire(tmp_path, 24, written + 25 * 3600)
    assert not list(tmp_path.iterdir())
