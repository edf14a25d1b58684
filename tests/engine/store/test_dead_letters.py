"""The table of dead letters."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Message
from flowengine.store.dead_letters import DeadLetter, DeadLetters


def letter(number: int, payload: Any = None, flow: str = "f", node: str = "n") -> DeadLetter:
    return DeadLetter(
        flow=flow, node=node, port="", reason=f"reason {number}", kind="BadData", time=float(number),
        message=Message(number if payload is None else payload, id=str(number)),
    )  # fmt: skip


def test_letters_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "letters.sqlite"
    store = DeadLetters(file)
    store.add([letter(1), letter(2)])
    store.close()
    again = DeadLetters(file)
    assert len(again) == 2
    assert [x.reason for x in again.find()] == ["reason 2", "reason 1"]
    again.close()


def test_the_oldest_go_when_there_are_too_many_and_are_counted() -> None:
    store = DeadLetters(most=3)
    for number in range(5):
        store.add([letter(number)])
    store.add([letter(5), letter(6)])
    assert [x.message.payload for x in store.find()] == [6, 5, 4]
    assert (len(store), store.dropped) == (3, 4)


def test_letters_are_found_by_flow_and_node_page_by_page() -> None:
    store = DeadLetters()
    store.add([letter(n, flow="a" if n % 2 else "b", node=str(n % 3)) for n in range(12)])
    assert [x.message.payload for x in store.find(flow="a", node="1")] == [7, 1]
    page = store.find(most=5)
    assert [x.message.payload for x in store.find(most=5, before=page[-1].id)] == [6, 5, 4, 3, 2]


def test_removed_letters_are_gone() -> None:
    store = DeadLetters()
    store.add([letter(1), letter(2)])
    first = store.find()[0]
    assert store.remove([first.id, 999]) == 1
    assert store.get(first.id) is None
    assert len(store) == 1


def test_a_replay_can_be_asked_for_from_another_process(tmp_path: Path) -> None:
    file = tmp_path / "letters.sqlite"
    engine, person = DeadLetters(file), DeadLetters(file)
    engine.add([letter(1), letter(2)])
    number = person.find()[0].id
    person.request([number, number, 999])
    assert engine.take_requests() == [number]
    assert engine.take_requests() == []
    engine.close()
    person.close()


@pytest.mark.parametrize("damage", ["a page", "the header"])
def test_a_damaged_file_is_set_aside_and_what_can_be_read_of_it_taken_over(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "letters.sqlite"
    store = DeadLetters(file)
    store.add([letter(number, "x" * 3000) for number in range(20)])
    store.close()
    with file.open("r+b") as stream:
        if damage == "a page":
            stream.seek(-4096, os.SEEK_END)
        stream.write(b"\xff" * 200)
    if damage == "the header":
        with pytest.raises(OSError, match=r"letters\.sqlite is damaged: .* restore a backup, or move it away"):
            DeadLetters(file)
    store = DeadLetters(file, mend=True)
    assert (tmp_path / "letters.sqlite.damaged-1").exists()
    assert (0 < len(store) < 20) if damage == "a page" else len(store) == 0
    store.add([letter(99)])
    store.close()
    assert DeadLetters(file, mend=True).find()[0].reason == "reason 99"


def test_a_failed_write_stores_nothing_and_says_so(tmp_path: Path) -> None:
    store = DeadLetters(tmp_path / "letters.sqlite")
    with closing(sqlite3.connect(tmp_path / "letters.sqlite")) as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON dead_letters BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(sqlite3.IntegrityError, match="disk full"):
        store.add([letter(1)])
    assert len(store) == 0
    store.close()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    )
)
def test_any_payload_can_be_kept(payload: Any) -> None:
    store = DeadLetters()
    store.add([letter(1, payload=payload if payload is not None else 0)])
    kept = store.find()[0].message.payload
    if payload is not None and "0x" not in repr(kept) and not isinstance(kept, str):
        assert kept == payload or isinstance(payload, list | dict)
    store.close()
