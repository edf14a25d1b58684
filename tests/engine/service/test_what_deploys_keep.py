"""What flows hold outlasts deploys that rename them, that fail, or that find the disk full."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine import Message
from flowengine.errors import DeployFailed
from flowengine.runtime.engine import Engine
from flowengine.service import Deploy, DeployItem, Service
from flowengine.store.dead_letters import DeadLetter
from tests.engine.service.conftest import OTTO, Plant, deploy, flow, press, total
from tests.plants.small_disk import SmallDisk


def test_a_renamed_flow_goes_on_with_what_it_held_and_so_does_one_that_a_deploy_ends_which_fails(plant: Plant) -> None:
    plant.write(flow("old"), flow("b"))

    async def main(service: Service) -> None:
        for _ in range(3):
            await press(service, "old")
        failed = DeadLetter(flow="old", node="show", port="", reason="r", kind="k", time=0.0, message=Message(7))
        service.dead_letters.add([failed])
        broken = flow("b")
        broken["nodes"]["tick"]["options"] = {"broken": True}
        renamed = {"old": DeployItem(service.disk.revision("old"), flow("new"))}
        removed = {"old": DeployItem(service.disk.revision("old"), None)}
        for beside in (renamed, removed):
            with pytest.raises(DeployFailed, match="the port is taken"):
                await service.deploy(Deploy({**beside, "b": DeployItem(service.disk.revision("b"), broken)}), OTTO)
            assert (sorted(service.engine.flows), total(service, "old")) == (["b", "old"], 3)
        assert [one for one in service.engine.faults.all() if one.flow == "new"] == []
        await service.deploy(Deploy(renamed), OTTO)
        await press(service, "new")
        assert total(service, "new") == 4
        (number,) = [one.id for one in service.dead_letters.find(flow="new")]
        assert (await service.replay([number])).done == (number,)

    plant.with_service(main)


@pytest.mark.parametrize("taken", [["new"], ["old"], []], ids=["by its new name", "by its old name", "with all"])
def test_a_flow_that_was_renamed_outside_goes_on_with_what_it_held_and_runs_once(
    plant: Plant, taken: list[str]
) -> None:
    plant.write(flow("old"), flow("b"))

    async def main(service: Service) -> None:
        for _ in range(3):
            await press(service, "old")
        (plant.folder / "old.json").unlink()
        plant.write(flow("new"), flow("b", step=2))
        shown = {change.name: change for change in (await service.outside()).diffs}
        assert (sorted(shown), shown["new"].existed) == (["b", "new"], True)
        assert [(one.path, one.old) for one in shown["new"].properties] == [("name", "old")]
        await service.take(taken, OTTO)
        assert sorted(service.engine.flows) == ["b", "new"]
        await press(service, "new")
        assert total(service, "new") == 4

    plant.with_service(main)


def test_a_file_that_is_moved_is_the_flow_that_it_says_it_is_and_is_written_where_it_stands(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        await press(service, "a")
        (plant.folder / "a.json").rename(plant.folder / "moved.json")
        assert (await service.outside()).revisions == {}
        await service.deploy(deploy(service, flow("a", step=5)), OTTO)
        assert [file.name for file in plant.folder.glob("*.json")] == ["moved.json"]
        await press(service, "a")
        assert total(service, "a") == 6

    plant.with_service(main)


def test_a_deploy_while_the_disk_is_full_touches_nothing_that_runs(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "disk", 4_000_000) as disk:
        plant = Plant(disk.folder / "flows")
        plant.write(flow("a"), flow("b"))

        async def main(service: Service) -> None:
            assert isinstance(service.engine, Engine)
            before = {name: live.nodes["count"] for name, live in service.engine.flows.items()}
            with disk.full(), pytest.raises(DeployFailed, match=r"nothing was deployed.*(No space|too large)"):
                await service.deploy(deploy(service, flow("a", step=2), flow("c")), OTTO)
            assert all(service.engine.flows[name].nodes["count"] is node for name, node in before.items())
            assert list(service.engine.flows) == list(before)
            assert sorted(file.name for file in plant.folder.glob("*.json")) == ["a.json", "b.json"]
            await service.deploy(deploy(service, flow("a", step=2)), OTTO)

        plant.with_service(main)
