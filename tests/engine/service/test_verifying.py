"""`flowengine verify` and `flowengine changes`: the history held against the record, and what counts from now on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowengine.cli import cli
from flowengine.registry import Registry
from flowengine.service import Service
from tests.engine.service.conftest import deploy, flow, registry
from tests.engine.service.governed import Governed, approved, asked, faster, speed, who


@pytest.fixture
def governed(tmp_path: Path) -> Governed:
    plant = Governed(tmp_path / "flows")
    plant.become_repository()
    return plant


@pytest.fixture(autouse=True)
def _test_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry()
    monkeypatch.setattr(Registry, "discover", lambda *dirs: known)


def verify(plant: Governed) -> tuple[int, list[str]]:
    found = CliRunner().invoke(cli, ["verify", str(plant.folder)])
    return found.exit_code, found.output.splitlines()


def commit(plant: Governed, message: str) -> str:
    plant.git("commit", "--quiet", "-am", message)
    return plant.git("rev-parse", "HEAD")


async def history(service: Service) -> None:
    """A change with two yeses, one that reaches nothing, and one behind broken glass that fell back."""
    await service.changes.deploy(await approved(service, speed=2), who("Ada"))
    await service.deploy(deploy(service, flow("report", step=3)), who("Ada"))
    id = await asked(service, speed=4)
    await service.changes.break_glass(id, who("Otto"), "the press is stuck, now")
    await service.changes.glass.fall_back(id, who("Root"))


def test_a_history_in_which_all_had_its_yeses_fits_the_record_and_one_written_anew_does_not(governed: Governed) -> None:
    governed.run(history)
    assert verify(governed) == (
        0,
        [
            "5 commits, 4 of them ran here since two keys are in force, 3 reached a machine; "
            "0 contents that ran are in no commit; problems: 0"
        ],
    )
    commits = governed.git("log", "--reverse", "--format=%H").splitlines()
    governed.git("replace", commits[1], commits[2])
    assert verify(governed)[0] == 0, "what a ref shows in place of a commit is not what was committed"
    governed.git("replace", "--delete", commits[1])
    governed.git("reset", "--quiet", "--soft", commits[0])
    governed.git("commit", "--quiet", "-m", "tidied up")
    code, lines = verify(governed)
    assert code == 1
    assert lines[0] == f"change 1 ran as commit {commits[1][:10]}, which the history has no longer"
    governed.git("checkout", "--quiet", "--orphan", "anew")
    governed.git("commit", "--quiet", "-m", "begin here")
    assert verify(governed)[1][0].startswith("no commit holds what counted as approved when two keys came into force")


def test_a_commit_with_trailers_that_nobody_gave_is_named(governed: Governed) -> None:
    governed.run(history)
    governed.write(faster(9))
    id = commit(governed, "faster\n\nApproved-IT: Ida\nApproved-OT: Otto")
    code, lines = verify(governed)
    assert code == 1
    assert lines[:2] == [
        f"commit {id[:10]} (faster): it says Approved-IT: Ida, and the record does not",
        f"commit {id[:10]} (faster): it says Approved-OT: Otto, and the record does not",
    ]
    governed.write(faster(10))
    id = commit(governed, "faster still\n\nContent-Hash: " + "0" * 64)
    assert (
        f"commit {id[:10]} (faster still): its Content-Hash is not that of what is committed" in verify(governed)[1][2]
    )


def test_what_ran_by_another_record_than_the_yeses_is_named(governed: Governed) -> None:
    governed.run(history)
    audit = governed.audit()
    audit.record("change-approved", "Ida", "1", details={"side": "it", "content": "x", "grant": "y", "seal": "z"})
    audit.record("change-deployed", "Ada", "7", details={"content": "x", "it": "Ida", "ot": "Otto"})
    code, lines = verify(governed)
    assert code == 1
    assert [line.partition(": ")[2] for line in lines[:-1]] == [
        "the yes of Ida was not written by this engine",
        "change 7 ran without a yes of IT and one of OT",
    ]


def test_a_damaged_record_is_named(governed: Governed) -> None:
    governed.run(history)
    [file] = (governed.state / "audit").glob("*.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"Otto"', b'"Hugo"', 1))
    code, lines = verify(governed)
    assert code == 1
    assert lines[0].startswith("the record: 00000001.jsonl:")


def test_what_is_lost_is_adopted_at_the_computer_for_a_stated_reason(governed: Governed) -> None:
    governed.run(lambda service: asyncio.sleep(0))
    (governed.state / "approved.json").unlink()
    governed.write(faster(5))
    command = ["changes", str(governed.folder), "adopt"]
    found = CliRunner().invoke(cli, command)
    assert "why?" in str(found.exception)
    found = CliRunner().invoke(cli, [*command, "--reason", "the disk was exchanged"])
    assert found.exit_code == 0, found.output

    async def main(service: Service) -> None:
        assert service.keys.in_force
        assert speed(service) == 5

    governed.run(main)


def test_changes_are_listed_with_what_became_of_them(governed: Governed) -> None:
    governed.run(history)
    found = CliRunner().invoke(cli, ["changes", str(governed.folder)])
    lines = [line.split(None, 3)[3] for line in found.output.splitlines()]
    assert lines == ["expired    Ada  press.json: it had not both yeses in time", "deployed   Ada  press.json"]
