from pathlib import Path

import pytest

from flowengine import BadData, Refused
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.files.read import ReadFile
from flowengine_nodes.sequences.join import Join


def test_a_file_is_read_as_text_or_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes("21 °C".encode())
    assert outputs_of(ReadFile(file=str(file)), None) == ["21 °C"]
    (found,) = messages_of(ReadFile(file="{payload}", folder=str(tmp_path), format="bytes"), "a")
    assert (found.msg.payload, found.msg.get("file")) == ("21 °C".encode(), str(file))


def test_a_file_is_read_line_by_line_as_a_sequence(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one\ntwo\n")
    found = [r.msg for r in messages_of(ReadFile(file=str(file), format="lines"), None)]
    assert [m.payload for m in found] == ["one", "two"]
    assert outputs_of(Join(), *found) == ["one\ntwo"]


def test_what_cannot_be_read_is_refused_with_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "a"
    with pytest.raises(Refused, match="no such folder or file"):
        outputs_of(ReadFile(file=str(file)), None)
    file.write_bytes(b"\xff" * 100)
    with pytest.raises(BadData, match="not written in utf-8"):
        outputs_of(ReadFile(file=str(file)), None)
    with pytest.raises(BadData, match="larger than 99 bytes"):
        outputs_of(ReadFile(file=str(file), largest=99), None)
