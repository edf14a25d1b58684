import asyncio
from pathlib import Path

import msgspec
import pytest

from flowengine import Message
from flowengine.clock import VirtualClock
from flowengine.testing import messages_from, running
from flowengine_nodes.files.tail import Tail


async def next_lines(lines: object) -> list[Message]:
    found = await anext(lines)  # type: ignore[call-overload]
    assert isinstance(found, list)
    return found


def test_tail_sends_a_message_per_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("one\ntwo\n")
    found = messages_from(Tail(file=str(file), begin="start", topic="log"), seconds=2)
    assert [(m.payload, m.topic, m.get("file")) for m in found] == [
        ("one", "log", str(file)),
        ("two", "log", str(file)),
    ]
    assert messages_from(Tail(file=str(file)), seconds=2) == []


def test_tail_follows_through_rotation_and_waits_for_a_file_that_is_not_there(tmp_path: Path) -> None:
    file, clock = tmp_path / "log", VirtualClock()
    node = Tail(file=str(file))
    found: list[str] = []

    def write(text: str) -> None:
        with file.open("a") as stream:
            stream.write(text)

    def rotate() -> None:
        file.rename(tmp_path / "log.1")
        write("two\n")

    async def main() -> None:
        async with running(node, clock):
            clock.call_later(10, lambda: write("one\n"))
            clock.call_later(20, rotate)
            async for messages in node.run():
                found.extend(m.payload for m in messages)
                if len(found) == 2:
                    return

    clock.run(main())
    assert found == ["one", "two"]
    assert clock.elapsed == pytest.approx(20, abs=1)


def test_only_finished_lines_are_left_out_after_a_restart(tmp_path: Path) -> None:
    file, clock = tmp_path / "log", VirtualClock()
    file.write_text("one\ntwo\n")
    node = Tail(file=str(file), begin="start")

    async def before() -> bytes:
        async with running(node, clock):
            lines = node.run()
            first = await next_lines(lines)
            with file.open("a") as stream:
                stream.write("three\n")
            second = await next_lines(lines)
            node.taken(second)  # finished before the first: its lines must come again all the same
            assert node.position == {}
            node.taken(first[:1])
            assert node.position == {}
            node.taken(first[1:])
            assert node.position["offset"] == len("one\ntwo\nthree\n")
            with file.open("a") as stream:
                stream.write("four\n")
            await next_lines(lines)  # not finished
            return msgspec.json.encode(node.state())

    after = Tail(file=str(file), begin="end")
    after.restore(msgspec.json.decode(asyncio.run(before())))
    assert [m.payload for m in messages_from(after, seconds=2)] == ["four"]


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(ValueError, match="'klingon' is not known"):
        Tail(file="x", encoding="klingon")


def test_the_position_in_another_file_does_not_count(tmp_path: Path) -> None:
    before = Tail(file=str(tmp_path / "old"))
    before.position = {"device": 1, "inode": 2, "offset": 3}
    for name, kept in (("old", before.position), ("new", {})):
        after = Tail(file=str(tmp_path / name))
        after.restore(before.state())
        assert after.position == kept
