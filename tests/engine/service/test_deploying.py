"""Deploys: all of it or nothing, engine first, files after, nobody overwritten."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowengine.errors import DeployFailed, OutOfDate
from flowengine.flow.canonical import format_flow
from flowengine.service import ConnectionsItem, Deploy, DeployInvalid, DeployItem, Service
from flowengine.store.revisions import revision_of
from tests.engine.service.conftest import (
    INES,
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


def test_a_deploy_runs_writes_canonical_json_and_restarts_only_what_differs(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        await press(service, "a")
        await press(service, "a")
        new = with_node(flow("a"), "also", {"type": "debug/log"}, {"from": "count", "to": "also"})
        done = await service.deploy(deploy(service, new), OTTO)
        assert done.restarted == {"a": ("also",)}
        assert done.kept == {"a": 3}
        assert total(service, "a") == 2
        assert plant.text("a") == format_flow(new)
        assert done.revisions == {"a": revision_of(format_flow(new))}
        summary = service.summary().flows[0]
        assert (summary.revision, summary.disk, summary.state) == (done.revisions["a"], done.revisions["a"], "running")

    plant.with_service(main)


def test_what_a_deploy_does_not_change_is_the_same_object_from_the_file_to_the_engine(plant: Plant) -> None:
    plant.write(drive("a"), flow("b"))
    plant.share(machines())

    async def main(service: Service) -> None:
        files, plan = dict(service.project.flows), service.engine.flows["a"].plan
        new = with_node(drive("a"), "count", {"type": "test/count", "options": {"step": 5}})
        await service.deploy(deploy(service, new), OTTO)
        now, flow_before = service.engine.flows["a"].plan, files["a"].flow
        assert [name for name in now.nodes if now.nodes[name] is plan.nodes[name]] == ["tick", "show"]
        assert all(one is two for one, two in zip(now.wires, plan.wires, strict=True))
        assert flow_before is not None
        assert service.project.flows["a"].flow.wires is flow_before.wires  # type: ignore[union-attr]
        assert service.disk.project.flows["a"] is service.project.flows["a"]
        assert service.project.flows["b"] is files["b"]

        plant.share(machines(5020))
        await service.take(["connections.json"], OTTO)
        assert service.engine.flows["a"].plan.connections["press"].options == {"port": 5020}
        assert service.engine.flows["a"].plan.nodes["tick"] is plan.nodes["tick"]

    plant.with_service(main)


def test_modes_restart_the_whole_flow_or_everything(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"))

    async def main(service: Service) -> None:
        for mode, names in (("flows", {"a"}), ("all", {"a", "b"})):
            for name in ("a", "b"):
                await press(service, name)
            new = flow("a", note=mode)
            done = await service.deploy(deploy(service, with_node(new, mode, {"type": "debug/log"}), mode=mode), OTTO)
            assert set(done.restarted) == names
            assert total(service, "a") == 0
            assert total(service, "b") == (1 if mode == "flows" else 0)

    plant.with_service(main)


def test_an_old_base_is_a_conflict_that_says_what_was_changed_by_whom_and_nothing_is_done(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        base = service.disk.revision("a")
        await service.deploy(Deploy({"a": DeployItem(base, flow("a", step=2))}), INES)
        before = plant.text("a")
        with pytest.raises(OutOfDate) as late:
            await service.deploy(Deploy({"a": DeployItem(base, flow("a", step=3))}), OTTO)
        (conflict,) = late.value.conflicts
        assert (conflict.flow, conflict.by, conflict.revision) == ("a", "Ines", service.disk.revision("a"))  # type: ignore[attr-defined]
        assert "options.step: 1 -> 2" in str(conflict.diff)  # type: ignore[attr-defined]
        assert plant.text("a") == before

    plant.with_service(main)


def test_of_two_deploys_at_once_the_second_gets_the_conflict(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        requests = [deploy(service, flow("a", step=step)) for step in (2, 3)]
        results = await asyncio.gather(*(service.deploy(one, OTTO) for one in requests), return_exceptions=True)
        assert isinstance(results[1], OutOfDate)
        assert '"step": 2' in plant.text("a")

    plant.with_service(main)


def test_a_file_changed_outside_is_a_conflict_even_if_nobody_has_looked_at_the_folder_since(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        request = deploy(service, flow("a", step=2))
        plant.write(flow("a", step=7))
        with pytest.raises(OutOfDate) as late:
            await service.deploy(request, OTTO)
        assert "options.step: 1 -> 7" in str(late.value.conflicts[0].diff)  # type: ignore[attr-defined]
        assert '"step": 7' in plant.text("a")

    plant.with_service(main)


def test_a_file_changed_outside_during_the_deploy_is_not_overwritten_and_the_engine_goes_back(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        def change_outside(plan: Any) -> dict[str, Any]:
            plant.write(flow("a", step=7))
            return {}

        service._standing.taps = change_outside
        with pytest.raises(OutOfDate):
            await service.deploy(deploy(service, flow("a", step=2)), OTTO)
        assert '"step": 7' in plant.text("a")
        assert service.engine.flows["a"].plan.nodes["count"].options["step"] == 1

    plant.with_service(main)


def test_errors_of_any_flow_keep_all_from_being_deployed(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"))

    async def main(service: Service) -> None:
        wrong = with_node(flow("b"), "x", {"type": "test/cont"})
        with pytest.raises(DeployInvalid) as refused:
            await service.deploy(deploy(service, flow("a", step=2), wrong), OTTO)
        found = [one for one in refused.value.found if one.problem.severity == "error"]
        assert [(one.flow, one.problem.code, one.problem.node) for one in found] == [("b", "unknown-type", "x")]
        assert found[0].problem.line > 1
        assert '"step": 1' in plant.text("a")
        assert service.engine.flows["a"].plan.nodes["count"].options["step"] == 1

    plant.with_service(main)


def test_if_one_flow_does_not_start_those_before_it_are_put_back_and_no_file_is_written(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"), flow("gone"))

    async def main(service: Service) -> None:
        broken = flow("b")
        broken["nodes"]["tick"] = {"type": "test/tick", "options": {"broken": True}}
        request = deploy(service, flow("a", step=2), flow("new"), broken)
        request = Deploy({"gone": DeployItem(service.disk.revision("gone"), None), **request.flows})
        with pytest.raises(DeployFailed, match="the port is taken"):
            await service.deploy(request, OTTO)
        assert sorted(service.engine.flows) == ["a", "b", "gone"]
        assert service.engine.flows["a"].plan.nodes["count"].options["step"] == 1
        assert [file.name for file in sorted(plant.folder.glob("*.json"))] == ["a.json", "b.json", "gone.json"]
        assert '"step": 1' in plant.text("a")
        await press(service, "b")
        assert total(service, "b") == 1

    plant.with_service(main)


def test_if_a_file_cannot_be_written_nothing_is_deployed(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"))

    async def main(service: Service) -> None:
        def stand_in_the_way(plan: Any) -> dict[str, Any]:
            (plant.folder / "c.json").mkdir(exist_ok=True)
            return {}

        service._standing.taps = stand_in_the_way
        with pytest.raises(DeployFailed, match=r"nothing was deployed.*c\.json"):
            await service.deploy(deploy(service, flow("a", step=2), flow("b", step=2), flow("c")), OTTO)
        assert sorted(service.engine.flows) == ["a", "b"]
        assert service.summary().flows[0].revision == service.disk.revision("a")
        assert '"step": 1' in plant.text("a")
        assert '"step": 1' in plant.text("b")
        assert service.engine.flows["a"].plan.nodes["count"].options["step"] == 1

    plant.with_service(main)


def test_a_changed_subflow_redeploys_all_that_use_it_and_nothing_else(plant: Plant) -> None:
    plant.write(subflow("inner"), user_of("outer", "inner"), flow("other"))

    async def main(service: Service) -> None:
        await press(service, "other")
        done = await service.deploy(deploy(service, subflow("inner", step=5)), OTTO)
        assert done.restarted == {"outer": ("count/add",)}
        await press(service, "outer")
        assert total(service, "outer", "count/add") == 5
        assert total(service, "other") == 1

    plant.with_service(main)


def test_a_subflow_cannot_be_removed_or_broken_under_those_that_use_it(plant: Plant) -> None:
    plant.write(subflow("inner"), user_of("outer", "inner"))

    async def main(service: Service) -> None:
        base = service.disk.revision("inner")
        with pytest.raises(DeployInvalid) as refused:
            await service.deploy(Deploy({"inner": DeployItem(base, None)}), OTTO)
        assert [(one.flow, one.problem.code) for one in refused.value.found] == [("outer", "unknown-subflow")]
        preview = await service.preview(Deploy({"inner": DeployItem(base, None)}))
        assert [one.flow for one in preview.problems] == ["outer"]

    plant.with_service(main)


def test_shared_connections_redeploy_the_flows_that_use_them(plant: Plant) -> None:
    plant.share(machines(502, "press", "oven"))
    plant.write(drive("a", "press"), drive("b", "oven"))

    async def main(service: Service) -> None:
        changed = {**machines(502, "press"), **machines(503, "oven")}
        base = service.disk.connections
        done = await service.deploy(Deploy(connections=ConnectionsItem(base, changed)), OTTO)
        assert done.restarted == {"b": ("show",)}
        assert done.revisions == {"connections.json": service.disk.connections}
        assert '"port": 503' in plant.text("connections")
        with pytest.raises(DeployInvalid) as refused:
            await service.deploy(Deploy(connections=ConnectionsItem(service.disk.connections, machines())), OTTO)
        assert {one.flow for one in refused.value.found} == {"b"}
        with pytest.raises(OutOfDate) as late:
            await service.deploy(Deploy(connections=ConnectionsItem(base, changed)), OTTO)
        assert "~ connection oven" in str(late.value.conflicts[0].diff)  # type: ignore[attr-defined]

    plant.with_service(main)


def test_a_flow_is_renamed_under_its_old_key_with_its_tests_and_runs_once(plant: Plant) -> None:
    plant.write(flow("old"))
    (plant.folder / "old.test.json").write_text("{}")

    async def main(service: Service) -> None:
        done = await service.deploy(Deploy({"old": DeployItem(service.disk.revision("old"), flow("new"))}), OTTO)
        assert list(service.engine.flows) == ["new"]
        assert sorted(file.name for file in plant.folder.glob("*.json")) == ["new.json", "new.test.json"]
        assert done.revisions["old"] == ""
        assert service.history("new").entries[0].message.startswith("Rename old to new")

    plant.with_service(main)


def test_a_removed_flow_stops_and_its_file_goes(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"))
    (plant.folder / "a.test.json").write_text("{}")

    async def main(service: Service) -> None:
        told: list[Any] = []
        service.on_deployed.append(lambda *what: told.append(what))
        done = await service.deploy(Deploy({"a": DeployItem(service.disk.revision("a"), None)}), OTTO)
        assert done.warnings == ("a.test.json is left: it tests a flow that is no more",)
        assert list(service.engine.flows) == ["b"]
        assert not (plant.folder / "a.json").exists()
        assert told == [("a", "", "Otto")]
        assert [one.name for one in service.summary().flows] == ["b"]

    plant.with_service(main)


@pytest.mark.parametrize("name", ["connections", "dashboard", "envelope", "-x", "a/b", "../a", "", "x" * 101, "a.test"])
def test_a_name_that_is_no_name_for_a_flow_is_refused(plant: Plant, name: str) -> None:
    async def main(service: Service) -> None:
        with pytest.raises(DeployInvalid):
            await service.deploy(Deploy({name: DeployItem("", flow(name))}), OTTO)
        assert list(plant.folder.rglob("*.json")) == []

    plant.with_service(main)


def test_a_disabled_flow_is_kept_and_does_not_run(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        await service.deploy(deploy(service, flow("a", disabled=True)), OTTO)
        assert (list(service.engine.flows), service.summary().flows[0].state) == ([], "disabled")
        await service.deploy(deploy(service, flow("a")), OTTO)
        assert service.summary().flows[0].state == "running"

    plant.with_service(main)


def test_moving_a_box_changes_the_file_and_restarts_nothing(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        moved = flow("a", layout={"tick": [10, 20]})
        done = await service.deploy(deploy(service, moved), OTTO)
        assert done.restarted == {}
        assert plant.text("a") == format_flow(moved)

    plant.with_service(main)


def test_a_preview_says_what_restarts_and_which_machines_can_be_reached_and_does_nothing(plant: Plant) -> None:
    plant.share(machines())
    plant.write(drive("a"), flow("b"))

    async def main(service: Service) -> None:
        new = drive("a")
        new["nodes"]["count"]["options"]["step"] = 4
        preview = await service.preview(deploy(service, new, flow("b", step=2)))
        assert preview.restarts == {"a": ("count",), "b": ("count",)}
        assert preview.keeps == {"a": 2, "b": 2}
        assert [(one.flow, one.node, one.connection, one.device) for one in preview.reaches] == [
            ("a", "show", "press", "test/machine 127.0.0.1:502")
        ]
        assert preview.message.split("\n")[0] == "a: count step 1 -> 4; b: count step 1 -> 2"
        assert preview.conflicts == ()
        assert '"step": 1' in plant.text("a")

    plant.with_service(main)


def test_a_deploy_goes_on_when_the_one_who_asked_goes_away(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        task = asyncio.create_task(service.deploy(deploy(service, flow("a", step=2)), OTTO))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await service.rescan()  # waits for its turn
        assert '"step": 2' in plant.text("a")
        assert service.live.revision("a") == service.disk.revision("a")

    plant.with_service(main)


def test_a_broken_flow_beside_does_not_keep_a_sound_one_from_being_deployed(plant: Plant) -> None:
    plant.write(subflow("inner"), user_of("outer", "inner"), flow("a"))
    (plant.folder / "outer.json").write_text(
        format_flow(with_node(user_of("outer", "inner"), "x", {"type": "no/type"}))
    )

    async def main(service: Service) -> None:
        await service.deploy(deploy(service, subflow("inner", step=2), flow("a", step=2)), OTTO)
        states = {one.name: one.state for one in service.summary().flows}
        assert states == {"a": "running", "inner": "subflow", "outer": "broken"}

    plant.with_service(main)
