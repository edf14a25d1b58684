"""What is changed outside is seen, checked and offered; never overwritten, never run unasked."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from flowengine.errors import NotFound, OutOfDate
from flowengine.service import DeployInvalid, Service
from flowengine.service.folder import Folder
from flowengine.service.service import GLANCE
from tests.engine.service.conftest import (
    OTTO,
    Plant,
    deploy,
    drive,
    flow,
    machines,
    press,
    subflow,
    total,
    user_of,
    with_node,
)


async def heard(service: Service) -> None:
    """Wait until the service tells that something changed."""
    change = asyncio.Event()
    service.on_project_change.append(change.set)
    await asyncio.wait_for(change.wait(), 30)


def test_a_change_made_outside_is_told_at_a_glance_each_second_and_does_not_run(plant: Plant) -> None:
    plant.write(flow("a"))
    assert GLANCE == 1.0

    async def main(service: Service) -> None:
        await press(service, "a")
        plant.write(flow("a", step=5))
        await heard(service)
        (summary,) = service.summary().flows
        assert summary.disk != summary.revision
        assert summary.state == "running"
        await press(service, "a")
        assert total(service, "a") == 2
        assert service.detail("a").flow == flow("a")
        assert service.detail("a", disk=True).flow == flow("a", step=5)

    plant.with_service(main, watch=True)


def test_new_deleted_and_broken_files_and_connections_are_seen(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"))

    async def main(service: Service) -> None:
        plant.write(flow("new"))
        (plant.folder / "a.json").unlink()
        (plant.folder / "b.json").write_text("{ half of a fi")
        plant.share(machines())
        assert await service.rescan()
        assert not await service.rescan()
        found = {one.name: one for one in service.summary().flows}
        assert (found["new"].revision, found["new"].state) == ("", "stopped")
        assert (found["a"].disk, found["a"].state) == ("", "running")
        assert found["b"].disk != found["b"].revision
        assert service.detail("b", disk=True).problems[0].problem.code == "not-json"
        assert service.summary().connections.disk != service.summary().connections.revision == ""
        assert sorted(service.engine.flows) == ["a", "b"]

    plant.with_service(main)


def test_taking_runs_what_the_file_holds_and_keeps_what_does_not_differ(plant: Plant) -> None:
    plant.write(flow("a"), flow("gone"))

    async def main(service: Service) -> None:
        await press(service, "a")
        plant.write(with_node(flow("a"), "also", {"type": "debug/log"}, {"from": "count", "to": "also"}), flow("new"))
        (plant.folder / "gone.json").unlink()
        done = await service.take(["a"], OTTO)
        assert (done.restarted, done.kept) == ({"a": ("also",)}, {"a": 3})
        assert total(service, "a") == 1
        await service.take([], OTTO)
        assert sorted(service.engine.flows) == ["a", "new"]
        assert service.live.revisions == service.disk.revisions
        with pytest.raises(NotFound):
            await service.take(["gone"], OTTO)

    plant.with_service(main)


def test_taking_a_flow_brings_the_changed_subflows_it_uses_and_no_other_flow(plant: Plant) -> None:
    plant.write(subflow("inner"), user_of("outer", "inner"), flow("other"))

    async def main(service: Service) -> None:
        changed = with_node(user_of("outer", "inner"), "also", {"type": "debug/log"}, {"from": "count", "to": "also"})
        plant.write(subflow("inner", step=3), changed, flow("other", step=9))
        done = await service.take(["outer"], OTTO)
        assert set(done.revisions) == {"outer", "inner"}
        await press(service, "outer")
        assert total(service, "outer", "count/add") == 3
        await press(service, "other")
        assert total(service, "other") == 1

    plant.with_service(main)


def test_what_has_errors_is_not_taken_and_what_ran_runs_on(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        plant.write(with_node(flow("a"), "x", {"type": "no/type"}))
        with pytest.raises(DeployInvalid, match="no/type"):
            await service.take(["a"], OTTO)
        await press(service, "a")
        assert total(service, "a") == 1

    plant.with_service(main)


def test_connections_are_taken_by_their_name(plant: Plant) -> None:
    plant.share(machines(502))
    plant.write(drive("a"))

    async def main(service: Service) -> None:
        plant.share(machines(503))
        done = await service.take(["connections.json"], OTTO)
        assert done.restarted == {"a": ("show",)}

    plant.with_service(main)


def test_a_deploy_of_another_flow_takes_nothing_that_was_changed_outside(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"))

    async def main(service: Service) -> None:
        plant.write(flow("b", step=7))
        await service.deploy(deploy(service, flow("a", step=2)), OTTO)
        assert service.engine.flows["b"].plan.nodes["count"].options["step"] == 1
        assert '"step": 7' in plant.text("b")

    plant.with_service(main)


def test_formatting_a_file_is_no_change(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        (plant.folder / "a.json").write_text(plant.text("a").replace("\n", "\n\n"))
        assert not await service.rescan()

    plant.with_service(main)


def test_a_change_of_the_same_size_at_the_same_date_is_seen(plant: Plant) -> None:
    plant.write(flow("a", step=1))
    file = plant.folder / "a.json"
    folder = Folder(plant.folder)
    before = folder.read()
    stat = file.stat()
    plant.write(flow("a", step=2))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert folder.read().differing(before) == ["a"]


def test_files_that_have_not_changed_are_not_parsed_again(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"))
    folder = Folder(plant.folder)
    before = folder.read()
    plant.write(flow("a", step=2))
    after = folder.read()
    assert after.file("b") is before.file("b")
    assert folder.read().file("a") is after.file("a")


def test_a_folder_that_is_gone_for_a_while_stops_nothing(plant: Plant, tmp_path: Path) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        plant.folder.rename(tmp_path / "away")
        assert not await service.rescan()
        (tmp_path / "away").rename(plant.folder)
        assert not await service.rescan()
        assert "a" in service.engine.flows

    plant.with_service(main)


def test_an_old_content_is_kept_when_one_is_taken_where_there_is_no_git(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        plant.write(flow("a", step=2))
        await service.take(["a"], OTTO)
        entries = service.history("a").entries
        assert [(entry.message, entry.author) for entry in entries] == [
            ("taken from the file", "Otto"), ("as it was found", ""),
        ]  # fmt: skip
        assert service.old("a", entries[1].id).flow == flow("a")

    plant.with_service(main)


def test_all_that_was_changed_outside_is_shown_and_taken_as_a_whole(plant: Plant) -> None:
    plant.share(machines(502))
    plant.write(drive("a"), drive("b"), flow("c"))

    async def main(service: Service) -> None:
        plant.share(machines(502, "new-name"))
        plant.write(drive("a", "new-name"))
        half = await service.outside()  # b still uses the old name
        assert [change.name for change in half.diffs] == ["a", "connections.json"]
        assert any(one.flow == "b" and one.problem.severity == "error" for one in half.problems)
        with pytest.raises(DeployInvalid):
            await service.take([], OTTO)
        plant.write(drive("b", "new-name"))
        whole = await service.outside()
        assert not [one for one in whole.problems if one.problem.severity == "error"]
        done = await service.take(list(whole.revisions), OTTO, whole.revisions)
        assert sorted(done.revisions) == ["a", "b", "connections.json"]
        assert service.live.revisions == service.disk.revisions
        assert (await service.outside()).revisions == {}

    plant.with_service(main)


def test_what_changed_once_more_since_somebody_looked_is_not_taken(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        plant.write(flow("a", step=2))
        seen = (await service.outside()).revisions
        plant.write(flow("a", step=3))
        with pytest.raises(OutOfDate, match="changed once more"):
            await service.take(list(seen), OTTO, seen)
        assert service.detail("a").flow == flow("a")

    plant.with_service(main)
