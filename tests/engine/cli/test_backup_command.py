"""`flowengine backup` and `restore` as a user meets them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowengine import Message
from flowengine.cli import cli, main
from flowengine.errors import FlowEngineError
from flowengine.store.checkpoints import Changes, CheckpointFile, Stored
from flowengine.store.dead_letters import DeadLetter, DeadLetters
from flowengine.store.holding import UNFINISHED, HeldFolder
from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.query import values
from flowengine_nodes.history.samples import GOOD, Sample


def flowengine(*arguments: str, status: int = 0) -> str:
    """Run the command line in this process; returns what it says."""
    done = CliRunner().invoke(cli, arguments)
    mistaken = isinstance(done.exception, FlowEngineError)  # which `main` shows, with exit code 2
    assert (2 if mistaken else done.exit_code) == status, done.output
    return str(done.exception) if mistaken else done.output


def kept(folder: Path) -> CheckpointFile:
    """Keep something in a folder, and hold the files open as a running engine does."""
    (folder / "hello.json").write_text(json.dumps({"flowengine": 1, "name": "hello", "nodes": {}, "wires": []}))
    letters = DeadLetters(folder / ".flowengine" / "dead-letters.sqlite")
    letters.add([DeadLetter(flow="f", node="n", port="", reason="r", kind="k", time=1.0, message=Message(1))])
    file = CheckpointFile(folder / ".flowengine" / "flows" / "hello.sqlite")
    file.write(Changes({"node:n": Stored("t", b"state")}))
    return file


def test_what_is_kept_is_copied_while_it_is_in_use_and_comes_back_elsewhere(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    file = kept(old)
    assert "files copied" in flowengine("backup", str(old), str(tmp_path / "copy"))
    file.close()
    assert "files restored" in flowengine("restore", str(new), str(tmp_path / "copy"))
    again = CheckpointFile(new / ".flowengine" / "flows" / "hello.sqlite")
    assert again.states() == {"node:n": Stored("t", b"state")}
    again.close()
    assert len(DeadLetters(new / ".flowengine" / "dead-letters.sqlite")) == 1


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    kept(tmp_path).close()
    flowengine("backup", str(tmp_path), str(tmp_path / "copy"))
    assert "is not empty" in flowengine("backup", str(tmp_path), str(tmp_path / "copy"), status=2)
    assert "is not empty" in flowengine("restore", str(tmp_path), str(tmp_path / "copy"), status=2)
    assert "holds no backup" in flowengine("restore", str(tmp_path), str(tmp_path / "none"), status=2)


def test_a_damaged_copy_is_refused(tmp_path: Path) -> None:
    kept(tmp_path).close()
    flowengine("backup", str(tmp_path), str(tmp_path / "copy"))
    (tmp_path / "copy" / "flows" / "hello.sqlite").write_bytes(b"no database" * 1000)
    (tmp_path / "new").mkdir()
    assert "nothing was restored" in flowengine("restore", str(tmp_path / "new"), str(tmp_path / "copy"), status=1)


def test_half_a_copy_and_half_of_what_was_restored_are_never_taken_for_the_whole(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    old, new, copy = tmp_path / "old", tmp_path / "new", tmp_path / "copy"
    kept(old).close()
    flowengine("backup", str(old), str(copy))
    (copy / UNFINISHED).touch()  # as a kill leaves it
    assert "was interrupted" in flowengine("restore", str(new), str(copy), status=2)
    (copy / UNFINISHED).unlink()
    state = new / ".flowengine"
    (state / UNFINISHED).touch()
    (state / "of-another-copy.sqlite").touch()
    for command in (("run", str(new), "--headless", "--workers", "0"), ("backup", str(new), str(tmp_path / "more"))):
        assert "call flowengine restore again" in flowengine(*command, status=2)
    assert "files restored" in flowengine("restore", str(new), str(copy))
    assert sorted(file.name for file in state.iterdir() if file.name[0] != ".") == [
        "dead-letters.sqlite", "engine-lock", "flows",
    ]  # fmt: skip


def test_a_copy_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    kept(tmp_path).close()
    (tmp_path / ".flowengine" / "flows" / "other.sqlite").write_bytes(b"no database" * 1000)
    assert "the backup was not made" in flowengine("backup", str(tmp_path), str(tmp_path / "copy"), status=1)
    assert not any((tmp_path / "copy").glob("[!.]*"))


def test_one_engine_at_a_time_uses_a_folder(tmp_path: Path) -> None:
    state = tmp_path / ".flowengine"
    first = HeldFolder(state)
    said = flowengine("run", str(tmp_path), "--headless", "--workers", "0", status=2)
    assert f"{state} is in use by another engine or restore (process {os.getpid()})" in said
    first.let_go()
    HeldFolder(state).let_go()


def test_a_damaged_file_is_named_and_no_traceback_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command, name in (("dead-letters list", "dead-letters"), ("users", "web"), ("changes", "web")):
        file = tmp_path / ".flowengine" / f"{name}.sqlite"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"no database" * 1000)
        monkeypatch.setattr("sys.argv", ["flowengine", *command.split(), str(tmp_path)])
        with pytest.raises(SystemExit, match="2"):
            main()
        said = capsys.readouterr().err
        assert said.startswith(f"flowengine: {file}")
        assert "restore a backup" in said
        assert said.count("\n") == 1


def test_a_historian_in_use_is_copied_as_of_one_instant_and_comes_back_to_its_place(tmp_path: Path) -> None:
    file, flows, copy = tmp_path / "history" / "h.sqlite", tmp_path / "flows", tmp_path / "copy"
    file.parent.mkdir()
    flows.mkdir()
    kept(flows).close()
    history = {
        "flowengine": 1,
        "disabled": True,
        "connections": {"history": {"type": "history/store", "options": {"file": str(file)}}},
        "nodes": {
            "tick": {"type": "timing/every", "options": {"interval": 1}},
            "write": {"type": "history/write", "options": {"store": "history", "tag": "a"}},
        },
        "wires": [{"from": "tick", "to": "write"}],
    }
    (flows / "history.json").write_text(json.dumps(history))
    (flows / "broken.json").write_text("{}")
    archive = Archive(file)
    archive.append([Sample("a", 1, 2.0, GOOD)])
    said = flowengine("backup", str(flows), str(copy))
    assert said.count("has errors") == 1
    assert "files copied" in said
    archive.append([Sample("a", 2, 3.0, GOOD)])  # it was not in the way of what runs
    archive.close()
    (tmp_path / "new").mkdir()
    assert "is there: move it away" in flowengine("restore", str(tmp_path / "new"), str(copy), status=2)
    for left in file.parent.iterdir():
        left.unlink()
    assert "files restored" in flowengine("restore", str(tmp_path / "new"), str(copy))
    again = Archive(file)
    assert [row.value for row in values(again, "a", 0, 10, 10)] == [2.0]
    again.close()
    assert not (tmp_path / "new" / ".flowengine" / "elsewhere").exists()
