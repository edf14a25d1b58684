"""Drafts: two tabs of one user never overwrite each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.errors import NotFound, NotKept, OutOfDate, TooLarge
from flowengine.store.drafts import Drafts

FLOW = {"flowengine": 1, "name": "oven", "note": "äöü \ud800"}


def test_a_draft_survives_a_restart(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "web.sqlite")
    put = drafts.put("otto", "oven", FLOW, "base", "")
    drafts.close()
    drafts = Drafts(tmp_path / "web.sqlite")
    assert drafts.get("Otto", "oven") == put
    assert [(d.name, d.base, d.revision) for d in drafts.all("otto")] == [("oven", "base", put.revision)]


def test_nobody_sees_the_drafts_of_another() -> None:
    drafts = Drafts()
    drafts.put("otto", "oven", FLOW, "base", "")
    assert drafts.get("ines", "oven") is None
    assert drafts.names("ines") == set()
    with pytest.raises(NotFound):
        drafts.delete("ines", "oven", None)


def test_the_slower_of_two_tabs_is_told_and_overwrites_nothing() -> None:
    drafts = Drafts()
    first = drafts.put("otto", "oven", FLOW, "base", "")
    second = drafts.put("otto", "oven", {**FLOW, "note": "2"}, "base", first.revision)
    for late in ("", first.revision):
        with pytest.raises(OutOfDate):
            drafts.put("otto", "oven", {**FLOW, "note": "late"}, "base", late)
        with pytest.raises(OutOfDate):
            drafts.delete("otto", "oven", late)
    assert drafts.get("otto", "oven") == second
    drafts.delete("otto", "oven", second.revision)
    assert drafts.get("otto", "oven") is None


def test_a_draft_that_the_disk_does_not_take_says_which_file_it_was_for_and_leaves_the_one_before(
    tmp_path: Path,
) -> None:
    drafts = Drafts(tmp_path / "web.sqlite")
    before = drafts.put("ada", "one", {"nodes": {}}, "base", "")
    drafts._db._db.execute("PRAGMA query_only=ON")
    with pytest.raises(NotKept, match=r"web\.sqlite: .*readonly.*; see that it can be written to"):
        drafts.put("ada", "one", None, "base", before.revision)
    drafts._db._db.execute("PRAGMA query_only=OFF")
    assert drafts.get("ada", "one") == before


def test_drafts_have_bounds_that_are_said() -> None:
    drafts = Drafts(largest=100, most=2)
    with pytest.raises(TooLarge, match="MiB"):
        drafts.put("otto", "oven", {"note": "x" * 100}, "", "")
    drafts.put("otto", "a", {}, "", "")
    drafts.put("otto", "b", {}, "", "")
    with pytest.raises(TooLarge, match="2 drafts"):
        drafts.put("otto", "c", {}, "", "")
    drafts.put("otto", "b", {"note": "still editable"}, "", None)
    drafts.put("ines", "c", {}, "", "")
