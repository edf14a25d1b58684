"""What a flow keeps goes with it to another name, whatever happens meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.errors import DeployFailed
from flowengine.store.dead_letters import DeadLetters
from flowengine.store.flow_files import aside_of, files_of, rename, settle


def there(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def kept(folder: Path, flow: str) -> dict[str, str]:
    for file in files_of(folder, flow):
        file.write_text(file.name)
    return there(folder)


@pytest.mark.parametrize("moved", range(7))
def test_after_a_kill_all_is_found_under_the_name_that_the_flow_has_in_its_folder(tmp_path: Path, moved: int) -> None:
    before = kept(tmp_path, "old")
    rename(tmp_path, DeadLetters(), "old", "new")
    after = there(tmp_path)
    for source, target in list(zip(files_of(tmp_path, "old"), files_of(tmp_path, "new"), strict=True))[moved:]:
        target.rename(source)  # as if it had been killed before
    if moved < 6:
        settle(tmp_path, DeadLetters(), ["old", "other"])
        assert there(tmp_path) == before
    else:
        settle(tmp_path, DeadLetters(), ["new"])
        assert there(tmp_path) == {name: text for name, text in after.items() if name != "old.renamed"}


def test_a_removal_that_a_kill_has_interrupted_is_undone(tmp_path: Path) -> None:
    for flow in ("there", "gone"):
        aside_of(tmp_path, flow).write_text(flow)
    settle(tmp_path, DeadLetters(), ["there"])
    assert there(tmp_path) == {"there.sqlite": "there"}


def test_what_cannot_be_carried_over_is_where_it_was(tmp_path: Path) -> None:
    before = kept(tmp_path, "old")
    letters = DeadLetters()
    letters.close()
    with pytest.raises(DeployFailed, match="what 'old' holds cannot go on under the name 'new'"):
        rename(tmp_path, letters, "old", "new")
    settle(tmp_path, DeadLetters(), ["old"])
    assert there(tmp_path) == before


def test_a_flow_that_was_renamed_and_made_anew_since_keeps_its_own(tmp_path: Path) -> None:
    kept(tmp_path, "old")
    rename(tmp_path, DeadLetters(), "old", "new")
    for file in files_of(tmp_path, "old"):
        file.write_text("of another")
    settle(tmp_path, DeadLetters(), ["old"])
    assert (tmp_path / "old.sqlite").read_text() == "of another"
