"""Revisions where there is no git."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.errors import NotFound
from flowengine.flow.canonical import format_flow
from flowengine.store.kept_revisions import FOUND, KeptRevisions
from flowengine.store.revisions import Written, revision_of, revision_of_canonical

OVEN = Path("flows/oven.json")


def test_revisions_survive_a_restart_the_newest_first(tmp_path: Path) -> None:
    file = tmp_path / "state" / "web.sqlite"
    store = KeptRevisions(file)
    store.record([Written(OVEN, '{"a": 1}', '{"a": 0}')], "one", "Otto")
    store.record([Written(OVEN, '{"a": 2}', '{"a": 1}')], "two", "Ines")
    store.close()
    store = KeptRevisions(file)
    entries = store.history(OVEN)
    assert [(e.message, e.author) for e in entries] == [("two", "Ines"), ("one", "Otto"), (FOUND, "")]
    assert store.content(OVEN, entries[2].id) == (entries[2], '{"a": 0}')
    assert file.stat().st_mode & 0o077 == 0


def test_what_was_changed_outside_before_a_deploy_can_be_gone_back_to() -> None:
    store = KeptRevisions()
    store.record([Written(OVEN, '{"a": 1}')], "one", "Otto")
    store.record([Written(OVEN, '{"a": 3}', '{"outside": true}')], "two", "Otto")
    assert [entry.revision for entry in store.history(OVEN)] == [
        revision_of('{"a": 3}'), revision_of('{"outside": true}'), revision_of('{"a": 1}'),
    ]  # fmt: skip


def test_of_each_file_the_oldest_go() -> None:
    store = KeptRevisions(most=3)
    for number in range(6):
        store.record([Written(OVEN, str(number))], str(number), "Otto")
        store.record([Written(Path("other.json"), str(number))], str(number), "Otto")
    assert [entry.message for entry in store.history(OVEN)] == ["5", "4", "3"]
    assert len(store.history(Path("other.json"))) == 3


def test_history_follows_a_rename() -> None:
    store = KeptRevisions()
    store.record([Written(OVEN, "{}")], "made", "Otto")
    new = Path("flows/furnace.json")
    store.record([Written(OVEN, None, "{}"), Written(new, "{}", None, OVEN)], "renamed", "Otto")
    assert [entry.message for entry in store.history(new)] == ["renamed", "renamed", "made"]


@pytest.mark.parametrize("id", ["99", "", "-1", "1 OR 1", "9" * 40, "²", "HEAD"])
def test_a_revision_that_is_not_there_is_said(id: str) -> None:
    store = KeptRevisions()
    store.record([Written(OVEN, "{}")], "made", "Otto")
    with pytest.raises(NotFound):
        store.content(OVEN, id)


def test_a_content_has_the_same_name_however_its_text_is_laid_out() -> None:
    assert revision_of('{"flowengine":1,"nodes":{}}') == revision_of('{\n "flowengine": 1,\n "nodes": {}}')
    assert revision_of('{"flowengine":1}') != revision_of('{"flowengine":2}')
    assert len(revision_of("{ broken")) == 16
    assert revision_of(None) == ""


def test_a_canonical_text_is_named_without_being_read_and_an_uncanonical_one_keeps_its_name() -> None:
    text = format_flow({"flowengine": 1, "nodes": {"a": {"type": "x/y", "options": {"n": 1.0}}}})
    loose = text.replace("\n", " ")
    assert revision_of(loose) == revision_of_canonical(text) == revision_of(text)
    assert revision_of(loose) == revision_of_canonical(text)
