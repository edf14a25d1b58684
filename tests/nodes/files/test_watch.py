import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from flowengine import Retryable
from flowengine.clock import VirtualClock
from flowengine.testing import messages_from, running
from flowengine_nodes.files.snapshot import TooManyFiles, look
from flowengine_nodes.files.watch import Watch


def seen(node: Watch, seconds: float, *doing: tuple[float, Callable[[], object]]) -> list[tuple[str, str, int | None]]:
    """Return event, name and size of what the node reports while something is done at times."""
    clock = VirtualClock()
    found: list[tuple[str, str, int | None]] = []

    async def main() -> None:
        async with running(node, clock):
            for at, action in doing:
                clock.call_later(at, action)
            source = node.run()
            clock.call_later(seconds, lambda: None)
            async for messages in source:
                found.extend((m.get("event"), m.get("file"), m.get("size")) for m in messages)
                if clock.elapsed >= seconds:
                    return

    async def limited() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await main()

    clock.run(limited())
    return found


def test_watch_reports_created_changed_and_deleted_files(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("1")
    found = seen(
        Watch(path=str(tmp_path)),
        9,
        (1.5, lambda: new.write_text("123")),
        (3.5, lambda: new.write_text("12345")),
        (5.5, old.unlink),
    )
    assert found == [("created", "new", 3), ("changed", "new", 5), ("deleted", "old", None)]


def test_files_that_are_there_are_reported_if_asked(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (found,) = messages_from(Watch(path=str(tmp_path), existing=True), seconds=5)
    assert (found.payload, found.get("event"), found.topic) == (str(tmp_path / "a"), "created", str(tmp_path))


def test_only_names_that_match_and_events_that_are_asked_for_are_reported(tmp_path: Path) -> None:
    def both() -> None:
        (tmp_path / "a.csv").write_text("1")
        (tmp_path / "a.tmp").write_text("1")

    node = Watch(path=str(tmp_path / "*.csv"), events=["created"])
    assert seen(node, 9, (1.5, both), (3.5, (tmp_path / "a.csv").unlink)) == [("created", "a.csv", 1)]


def test_a_file_still_growing_is_reported_when_it_has_settled(tmp_path: Path) -> None:
    file = tmp_path / "a"
    growth = [(t + 0.5, lambda t=t: file.write_text("x" * int(t + 1))) for t in range(1, 5)]
    assert seen(Watch(path=str(tmp_path), settled=True), 12, *growth) == [("created", "a", 5)]


def test_folders_inside_are_looked_at_if_asked(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("1")
    assert look(str(tmp_path), recursive=False, most=9) == {}
    assert list(look(str(tmp_path / "*.csv"), recursive=True, most=9)) == [str(tmp_path / "in" / "a.csv")]


def test_what_happened_while_it_was_stopped_is_reported_after_the_restart(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    node = Watch(path=str(tmp_path))
    assert messages_from(node, seconds=3) == []
    kept = msgspec.json.encode(node.state())
    (tmp_path / "b").write_text("1")
    after = Watch(path=str(tmp_path))
    after.restore(msgspec.json.decode(kept))
    assert [m.get("file") for m in messages_from(after, seconds=3)] == ["b"]


def test_too_many_files_and_a_missing_folder_are_errors(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text("")
    with pytest.raises(TooManyFiles):
        look(str(tmp_path), recursive=False, most=2)
    with pytest.raises(Retryable, match="raise 'most'"):
        messages_from(Watch(path=str(tmp_path), most=2), seconds=3)
    with pytest.raises(Retryable, match="cannot look at"):
        messages_from(Watch(path=str(tmp_path / "gone" / "*.csv")), seconds=3)


def test_files_known_in_another_folder_do_not_count(tmp_path: Path) -> None:
    before = Watch(path=str(tmp_path / "old"))
    before.known = {}
    for name, kept in (("old", {}), ("new", None)):
        after = Watch(path=str(tmp_path / name))
        after.restore(before.state())
        assert after.known == kept
