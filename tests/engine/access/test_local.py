"""The file by which programs of this computer get in."""

from __future__ import annotations

import threading
from pathlib import Path

from flowengine.access.access import Access, access_file
from flowengine.access.local import FILE, close_local, find_local, open_local

ADDRESS = "http://127.0.0.1:1890"


def test_whoever_looks_while_an_engine_starts_sees_the_whole_file_or_none(tmp_path: Path) -> None:
    access = Access(access_file(tmp_path))
    over, seen, faults = threading.Event(), set[str](), list[Exception]()

    def look() -> None:
        while not over.is_set():
            try:
                found = find_local(tmp_path)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test is to name it
                faults.append(error)
            else:
                seen.add(found.address if found else "")

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(60):
        open_local(access, tmp_path, ADDRESS)
    close_local(access, tmp_path)
    over.set()
    looking.join()
    access.close()
    assert faults == []
    assert seen <= {"", ADDRESS}


def test_nobody_else_may_read_the_file_and_nothing_else_stays(tmp_path: Path) -> None:
    access = Access(access_file(tmp_path))
    open_local(access, tmp_path, ADDRESS)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    close_local(access, tmp_path)
    access.close()
    assert [one.name for one in tmp_path.iterdir() if FILE in one.name] == []
