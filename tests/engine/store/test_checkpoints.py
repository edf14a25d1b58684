"""Checkpoints of a flow on disk: all or nothing, in order, and damage is found."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import Message
from flowengine.store.checkpoints import Changes, CheckpointFile, Stored, Waiting
from flowengine.store.dead_letters import DeadLetters
from flowengine.store.packing import pack_message, pack_value, unpack_message, unpack_value
from flowengine.store.sqlite import FORM


def waiting(number: int, node: str = "sink", size: int = 10) -> Waiting:
    return Waiting(number, node, "in", b"%d:" % number + b"x" * size)


def test_a_checkpoint_survives_a_restart(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "flows" / "oven.sqlite")
    file.write(Changes({"window": Stored("windows/window", b"one")}, added=[waiting(2), waiting(1)]))
    file.write(Changes({"window": Stored("windows/window", b"two")}, added=[waiting(3)], finished=[1]))
    file.close()
    again = CheckpointFile(tmp_path / "flows" / "oven.sqlite")
    assert again.states() == {"window": Stored("windows/window", b"two")}
    assert [one.number for one in again.waiting("sink")] == [2, 3]
    assert again.nodes() == {"sink": (2, 2, 3)}
    assert again.damage == []
    again.close()


def test_messages_are_read_in_pieces(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "a.sqlite")
    file.write(Changes(added=[waiting(n, node) for n in range(10) for node in ("sink",)] + [waiting(77, "other")]))
    assert [one.number for one in file.waiting("sink", after=3, most=4)] == [4, 5, 6, 7]
    file.close()


def test_nothing_of_a_checkpoint_that_fails_is_stored(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "a.sqlite")
    file.write(Changes(added=[waiting(1)]))
    broken: Any = Changes({"n": Stored("t", b"")}, added=[waiting(2), Waiting(3, None, "in", b"")], finished=[1])  # type: ignore[arg-type]
    with pytest.raises(sqlite3.Error):
        file.write(broken)
    file.reopen()
    assert [one.number for one in file.waiting("sink")] == [1]
    assert file.states() == {}
    file.close()


def test_a_full_disk_is_an_error_and_what_was_stored_stays(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "a.sqlite")
    file.write(Changes(added=[waiting(1)]))
    (pages,) = file._db.execute("PRAGMA page_count").fetchone()
    file._db.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        file.write(Changes(added=[waiting(n, size=3000) for n in range(2, 50)]))
    file.reopen()
    file.write(Changes(added=[waiting(2)]))
    assert [one.number for one in file.waiting("sink")] == [1, 2]
    file.close()


def test_a_file_gives_its_space_back_when_messages_are_finished(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "a.sqlite")
    file.write(Changes(added=[waiting(n, size=1000) for n in range(5000)]))
    file._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    large = file.size()
    for start in range(0, 5000, 100):
        file.write(Changes(finished=list(range(start, start + 100))))
    file._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert large.messages == 5000
    assert file.size().messages == 0
    assert file.size().bytes < large.bytes / 2
    file.close()


def test_a_backup_of_a_file_that_is_written_to_is_one_instant(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "a.sqlite")
    file.write(Changes({"n": Stored("t", b"0")}, added=[waiting(0)]))
    over = threading.Event()

    def go_on() -> None:
        number = 0
        while not over.is_set():
            number += 1
            change = Changes({"n": Stored("t", b"%d" % number)}, added=[waiting(number)], finished=[number - 1])
            file.write(change)

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        for place in range(5):
            file.backup(tmp_path / "copies" / f"{place}.sqlite")
    finally:
        over.set()
        writer.join()
    for place in range(5):
        copy = CheckpointFile(tmp_path / "copies" / f"{place}.sqlite")
        assert [one.number for one in copy.waiting("sink")] == [int(copy.states()["n"].data)]
        copy.close()
    file.close()


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "a.sqlite")
    assert (tmp_path / "a.sqlite").stat().st_mode & 0o077 == 0
    file.remove()
    assert os.listdir(tmp_path) == []


def stored(folder: Path) -> Path:
    """Make a file of some size, closed as a crash would leave it: half of it still in the write-ahead log."""
    file = CheckpointFile(folder / "live.sqlite")
    for start in range(0, 400, 40):
        states = {f"node {n}": Stored("t", b"%d" % start * 50) for n in range(20)}
        file.write(Changes(states, added=[waiting(n, size=200) for n in range(start, start + 40)]))
        if start == 200:
            file._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (folder / "crashed").mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(folder / f"live.sqlite{suffix}", folder / "crashed" / f"live.sqlite{suffix}")
    file.close()
    return folder / "crashed"


def test_every_bit_and_cut_is_found_and_what_stands_before_it_is_served(tmp_path: Path) -> None:
    seed = os.environ.get("SEED", "1")
    print("seed", seed)
    chance = random.Random(seed)
    crashed = stored(tmp_path)
    everything = [waiting(n, size=200) for n in range(400)]
    silent = 0
    for round in range(int(os.environ.get("CORRUPTIONS", "60"))):
        folder = tmp_path / f"round {round}"
        shutil.copytree(crashed, folder)
        name = chance.choice(["live.sqlite", "live.sqlite-wal"])
        data = bytearray((folder / name).read_bytes())
        place = chance.randrange(len(data))
        if chance.random() < 0.5:
            data[place] ^= 1 << chance.randrange(8)
        else:
            del data[place:]
        (folder / name).write_bytes(data)
        file = CheckpointFile(folder / "live.sqlite")
        found = file.waiting("sink")
        whole = found == everything and file.states() == CHECKED_STATES
        at_a_border = len(data) == place and (not place or (place - 32) % (24 + 4096) == 0)
        if not file.damage and not file.torn and not whole and not at_a_border:  # there nothing is left to tell by
            silent += 1
            print("unnoticed:", name, place, len(data), len(found))
        assert [one for one in found if one not in everything] == []
        assert [one.number for one in found] == sorted(one.number for one in found)
        file.write(Changes(added=[waiting(1000)]))
        file.close()
        shutil.rmtree(folder)
    assert silent == 0


CHECKED_STATES = {f"node {n}": Stored("t", b"360" * 50) for n in range(20)}


def test_a_damaged_file_is_kept_aside_and_said(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "a.sqlite")
    file.write(Changes({"n": Stored("t", b"state")}, added=[waiting(n) for n in range(9)]))
    file.close()
    data = (tmp_path / "a.sqlite").read_bytes()
    (tmp_path / "a.sqlite").write_bytes(data.replace(waiting(4).data, waiting(4).data[:-1] + b"y"))
    again = CheckpointFile(tmp_path / "a.sqlite")
    assert [one.number for one in again.waiting("sink")] == [0, 1, 2, 3, 5, 6, 7, 8]
    assert again.states() == {"n": Stored("t", b"state")}
    assert "message 4" in again.damage[0]
    assert "a.sqlite.damaged-1" in again.damage[1]
    assert (tmp_path / "a.sqlite.damaged-1").exists()
    again.close()


def test_a_file_of_a_later_version_is_left_as_it_is_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "flow.sqlite"
    CheckpointFile(file).close()
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (FORM,)
        db.execute(f"PRAGMA user_version={FORM + 1}")
    for opened in (CheckpointFile, DeadLetters):
        with pytest.raises(OSError, match=r"flow\.sqlite is of a later version .* run that version"):
            opened(file)
    assert [one.name for one in tmp_path.iterdir() if "damaged" in one.name] == []


def test_what_is_no_database_at_all_does_not_keep_the_flow_from_starting(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"this was a text once" * 1000)
    file = CheckpointFile(tmp_path / "a.sqlite")
    assert file.damage
    file.write(Changes(added=[waiting(1)]))
    file.close()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    )
)
def test_any_payload_and_any_state_comes_back_as_it_was(value: Any) -> None:
    msg = Message(value, topic="a", time=1.5, quality="bad", id="x", properties={"more": value})
    assert unpack_message(pack_message(msg)) == msg
    assert unpack_value(pack_value({"kept": value})) == {"kept": value}


def test_a_state_that_cannot_be_kept_says_so() -> None:
    with pytest.raises(ValueError, match="unsupported"):
        pack_value({"kept": object()})


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.binary(max_size=20)), max_size=40))
def test_the_file_holds_what_a_dictionary_would(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    file = CheckpointFile(tmp_path_factory.mktemp("model") / "a.sqlite")
    model: dict[int, bytes] = {}
    for number, keep, data in steps:
        if keep:
            model[number] = data
            file.write(Changes(added=[Waiting(number, "n", "in", data)]))
        else:
            model.pop(number, None)
            file.write(Changes(finished=[number]))
    assert {one.number: one.data for one in file.waiting("n")} == model
    file.close()
