import os
import resource
from pathlib import Path
from typing import Any

import pytest

from flowengine import BadData, Message, Refused, Retryable
from flowengine.testing import write_all
from flowengine_nodes.files.append import Append
from flowengine_nodes.files.file_errors import node_error


def written(file: Path, node: Append, *values: Any) -> str:
    write_all(node, values)
    return file.read_text()


def test_each_message_becomes_a_line(tmp_path: Path) -> None:
    file = tmp_path / "a"
    assert written(file, Append(file=str(file)), "one", 2.0, {"a": 1}) == 'one\n2\n{"a":1}\n'
    assert written(file, Append(file=str(file), newline=False), "x", b"y") == 'one\n2\n{"a":1}\nxy'


def test_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "a"
    assert written(file, Append(file=str(file), format="json"), "a\nb", [1]) == '"a\\nb"\n[1]\n'


def test_csv_begins_a_new_file_with_its_columns_and_only_that(tmp_path: Path) -> None:
    file = tmp_path / "a"
    node = Append(file=str(file), format="csv", columns=["time", "t", "note"])
    row = Message({"t": 20.5, "note": 'a "quoted", text'}, time=100.0)
    assert written(file, node, row, row) == 'time,t,note\n100,20.5,"a ""quoted"", text"\n' * 1 + (
        '100,20.5,"a ""quoted"", text"\n'
    )
    node = Append(file=str(file), format="csv", columns=["time", "payload"], separator=";")
    assert written(file, node, Message(5, time=7.0)).endswith("7;5\n")
    assert written(file, Append(file=str(file), format="csv"), [1, None, True]).endswith("\n1,,true\n")


def test_overwrite_keeps_only_the_newest(tmp_path: Path) -> None:
    file = tmp_path / "a"
    assert written(file, Append(file=str(file), overwrite=True, sync=True), "one", "two") == "two\n"
    assert os.listdir(tmp_path) == ["a"]


def test_a_line_cut_short_by_a_crash_is_closed_first(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("whole\ncut sho")
    assert written(file, Append(file=str(file), sync=True), "next") == "whole\ncut sho\nnext\n"


def test_a_write_that_fails_half_way_leaves_no_half_line(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("whole\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(Refused, match="too large"):
            write_all(Append(file=str(file)), ["x" * 5000])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_text() == "whole\n"


def test_a_full_disk_is_tried_again_and_a_missing_permission_is_not(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="cannot write /dev/full: the disk is full"):
        write_all(Append(file="/dev/full"), ["x"])
    with pytest.raises(Refused, match="it is a folder"):
        write_all(Append(file=str(tmp_path)), ["x"])
    with pytest.raises(Refused, match="no such folder"):
        write_all(Append(file=str(tmp_path / "new" / "a")), ["x"])
    assert isinstance(node_error(PermissionError(13, "x"), "write", tmp_path), Refused)


def test_missing_folders_are_made_if_asked_and_the_topic_can_name_the_file(tmp_path: Path) -> None:
    node = Append(file="{topic}.log", folder=str(tmp_path), create_folder=True)
    write_all(node, [Message("x", topic="plant/oven")])
    assert (tmp_path / "plant" / "oven.log").read_text() == "x\n"
    with pytest.raises(BadData):
        write_all(node, [Message("x", topic="../../evil")])


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no payload"):
        write_all(Append(file=str(tmp_path / "a"), property="payload.x"), [{}])
    with pytest.raises(BadData, match="cannot be written in ascii"):
        write_all(Append(file=str(tmp_path / "a"), encoding="ascii"), ["°"])
    with pytest.raises(ValueError, match="'klingon' is not known"):
        Append(file="x", encoding="klingon")
