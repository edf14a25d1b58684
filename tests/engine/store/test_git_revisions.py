"""Revisions in git: real repositories, with all that can be wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.errors import NotFound
from flowengine.flow.canonical import format_flow
from flowengine.store import git_revisions
from flowengine.store.git_revisions import GitRevisions, in_git
from flowengine.store.kept_revisions import KeptRevisions
from flowengine.store.revisions import Written, revision_of
from tests.engine.store.conftest import Run


def revisions(folder: Path) -> GitRevisions:
    found = in_git(folder, KeptRevisions())
    assert found is not None
    return found


def write(file: Path, text: str | None) -> Written:
    before = file.read_text() if file.exists() else None
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    return Written(file, text, before)


def test_a_deploy_is_a_commit_of_exactly_the_files_it_wrote(git: Run, flows: Path) -> None:
    store = revisions(flows)
    (flows / "mine.txt").write_text("not yours")
    (flows / "staged.txt").write_text("staged")
    git("add", "flows/staged.txt")
    done = store.record([write(flows / "oven.json", '{"a": 1}'), write(flows / "line.json", "{}")], "Heat more", "Otto")
    assert done.id == git("rev-parse", "HEAD")
    assert done.warning == ""
    assert git("show", "--name-only", "--format=%an <%ae> %s", "HEAD").split("\n") == [
        "Otto <Otto@flowengine> Heat more", "", "flows/line.json", "flows/oven.json",
    ]  # fmt: skip
    assert git("status", "--short") == "A  flows/staged.txt\n?? flows/mine.txt"


def test_what_the_user_has_staged_of_other_files_stays_staged_when_a_known_file_changes(git: Run, flows: Path) -> None:
    store = revisions(flows)
    other = flows / "other.json"
    store.record([write(flows / "oven.json", "{}"), write(other, "{}")], "m", "Otto")
    other.write_text('{"staged": 1}')
    git("add", "flows/other.json")
    other.write_text('{"dirty": 1}')
    store.record([write(flows / "oven.json", '{"x": 1}')], "m", "Otto")
    assert git("status", "--short") == "MM flows/other.json"
    assert git("show", ":flows/other.json") == '{"staged": 1}'


def test_the_users_own_identity_in_git_stays_his_own(git: Run, flows: Path) -> None:
    revisions(flows).record([write(flows / "oven.json", "{}")], "m", "Ines")
    assert git("log", "-1", "--format=%an %ae") == "Ines ines@plant.example"


def test_where_git_knows_no_user_the_signed_in_one_commits(git: Run, flows: Path) -> None:
    git("config", "--unset", "user.name")
    git("config", "--unset", "user.email")
    revisions(flows).record([write(flows / "oven.json", "{}")], "m", "Otto")
    assert git("log", "-1", "--format=%an %cn %ce") == "Otto Otto Otto@flowengine"


@pytest.mark.parametrize(
    "name", ["--amend", "a <b> c\nAuthor: d", "$(touch hit)", "; touch hit", "<>", "", "\x00", "äöü 王"]
)
def test_no_name_and_no_message_is_more_than_a_text(git: Run, flows: Path, name: str) -> None:
    store = revisions(flows)
    done = store.record([write(flows / "oven.json", "{}")], f"{name}\n# not a comment\n--allow-empty", name)
    assert done.warning == ""
    assert "# not a comment\n--allow-empty" in git("log", "-1", "--format=%B")
    assert git("rev-list", "--count", "HEAD") == "1"
    assert list(flows.parent.rglob("hit")) == []


@pytest.mark.parametrize("name", ["--force.json", "-rf.json", ":(glob)*.json", "a b'\".json", "ü.json", "*.json"])
def test_no_file_name_is_an_option_or_a_pattern(git: Run, flows: Path, name: str) -> None:
    store = revisions(flows)
    (flows / "mine.json").write_text("not yours")
    assert store.record([write(flows / name, "{}")], "m", "Otto").warning == ""
    assert git("ls-files", "-z", "flows") == f"flows/{name}\0"
    assert [entry.message for entry in store.history(flows / name)] == ["m"]
    write(flows / name, None)
    assert store.record([Written(flows / name, None, "{}")], "gone", "Otto").warning == ""
    assert git("ls-files", "flows") == ""


def test_history_follows_a_file_that_was_renamed_and_names_each_content(git: Run, flows: Path) -> None:
    store = revisions(flows)
    old, new = flows / "old.json", flows / "new.json"
    nodes = {name: {"type": "debug/log"} for name in ("a", "b")}
    first = format_flow({"flowengine": 1, "name": "old", "nodes": nodes})
    second = first.replace('"old"', '"new"')
    store.record([write(old, first)], "first\n\nwith a body", "Otto")
    write(old, None)
    new.write_text(second)
    store.record([Written(old, None, first), Written(new, second, None, old)], "renamed", "Ines")
    entries = store.history(new)
    assert [(entry.message, entry.author, entry.revision) for entry in entries] == [
        ("renamed", "Ines", revision_of(second)),
        ("first\n\nwith a body", "Otto", revision_of(first)),
    ]
    assert store.content(new, entries[1].id)[1] == first
    with pytest.raises(NotFound):
        store.content(new, "HEAD")
    with pytest.raises(NotFound):
        store.content(new, "--output=/tmp/x")


def test_a_removed_file_has_an_end_in_its_history(flows: Path) -> None:
    store = revisions(flows)
    file = flows / "oven.json"
    store.record([write(file, "{}")], "made", "Otto")
    store.record([write(file, None)], "gone", "Otto")
    assert [(entry.message, entry.revision == "") for entry in store.history(file)] == [("gone", True), ("made", False)]
    assert store.content(file, store.history(file)[0].id)[1] is None


def test_what_git_has_already_is_no_commit(git: Run, flows: Path) -> None:
    store = revisions(flows)
    store.record([write(flows / "oven.json", "{}")], "m", "Otto")
    assert store.record([write(flows / "oven.json", "{}")], "again", "Otto").id == ""
    assert git("rev-list", "--count", "HEAD") == "1"


def refused(store: GitRevisions, file: Path, text: str = '{"lost": false}') -> str:
    """Deploy where git cannot commit: the warning; the content must be in the history all the same."""
    done = store.record([write(file, text)], "kept", "Otto")
    assert done.id == ""
    assert file.read_text() == text
    entry = store.history(file)[0]
    assert (entry.message, entry.author, entry.revision) == ("kept", "Otto", revision_of(text))
    assert store.content(file, entry.id)[1] == text
    return done.warning


def test_a_lock_on_the_index_loses_nothing(git: Run, flows: Path) -> None:
    (flows.parent / ".git" / "index.lock").touch()
    warning = refused(revisions(flows), flows / "oven.json")
    assert "index.lock" in warning
    assert "the files are written; commit them by hand" in warning


def test_a_hook_that_refuses_loses_nothing_and_is_quoted_and_leaves_the_index_alone(git: Run, flows: Path) -> None:
    hook = flows.parent / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no deploys on Fridays' >&2\nexit 1\n")
    hook.chmod(0o755)
    assert "no deploys on Fridays" in refused(revisions(flows), flows / "oven.json")
    assert git("status", "--short", "-uall") == "?? flows/oven.json"


def test_a_hook_that_hangs_is_ended(git: Run, flows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = flows.parent / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nsleep 600\n")
    hook.chmod(0o755)
    monkeypatch.setattr(git_revisions, "COMMIT_LIMIT", 1.0)
    assert "not done after 1 s" in refused(revisions(flows), flows / "oven.json")


def test_during_a_rebase_nothing_is_committed(git: Run, flows: Path) -> None:
    (flows.parent / ".git" / "rebase-merge").mkdir()
    assert "a rebase has been begun" in refused(revisions(flows), flows / "oven.json")


def test_an_ignored_file_is_kept_all_the_same(git: Run, flows: Path) -> None:
    (flows / ".gitignore").write_text("secret*.json\n")
    assert "ignored" in refused(revisions(flows), flows / "secret-oven.json")


def test_a_commit_on_no_branch_is_said(git: Run, flows: Path) -> None:
    store = revisions(flows)
    store.record([write(flows / "oven.json", "{}")], "m", "Otto")
    assert store.branch == "main"
    git("checkout", "--quiet", "--detach")
    done = store.record([write(flows / "oven.json", '{"x": 1}')], "m", "Otto")
    assert done.id == git("rev-parse", "HEAD")
    assert "on no branch" in done.warning
    assert store.branch == ""


def test_variables_of_a_hook_that_started_us_lead_to_no_other_repository(
    git: Run, flows: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert revisions(flows).record([write(flows / "oven.json", "{}")], "m", "Otto").id
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git("ls-files") == "flows/oven.json"


def test_a_folder_in_no_repository_or_an_ignored_one_is_not_in_git(git: Run, flows: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    assert in_git(tmp_path / "elsewhere", KeptRevisions()) is None
    (flows.parent / ".gitignore").write_text("flows/\n")
    assert in_git(flows, KeptRevisions()) is None


def test_without_git_the_table_says_why(git: Run, flows: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    kept = KeptRevisions()
    assert in_git(flows, kept) is None
    assert "git is not installed" in kept.note
