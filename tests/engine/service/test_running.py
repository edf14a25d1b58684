"""What people do to running flows; what a folder looks like that is not all sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowengine.errors import BadData, DeployFailed, FlowInvalid, NotAllowed, NotFound
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.runtime.wiring import Tap
from flowengine.service import Deploy, Service
from flowengine.store.dead_letters import DeadLetter
from tests.engine.service.conftest import (
    INES,
    OTTO,
    Drive,
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


def broken_start(name: str) -> dict[str, Any]:
    data = flow(name)
    data["nodes"]["tick"] = {"type": "test/tick", "options": {"broken": True}}
    return data


def test_with_the_canvas_sound_flows_start_and_the_others_are_shown_with_why(plant: Plant) -> None:
    plant.write(
        flow("good"), with_node(flow("wrong"), "x", {"type": "no/type"}), broken_start("late"), subflow("inner")
    )
    plant.write(flow("off", disabled=True))
    (plant.folder / "half.json").write_text("{")

    async def main(service: Service) -> None:
        flows = {one.name: one for one in service.summary().flows}
        assert {name: one.state for name, one in flows.items()} == {
            "good": "running",
            "wrong": "broken",
            "late": "failed",
            "inner": "subflow",
            "off": "disabled",
            "half": "broken",
        }
        assert "no/type" in flows["wrong"].error
        assert "the port is taken" in flows["late"].error
        assert flows["wrong"].errors == 1
        assert {fault.flow for fault in service.engine.faults.all() if fault.active} == {"wrong", "late", "half"}

    plant.with_service(main)


def test_headless_nothing_starts_unless_all_is_sound(plant: Plant) -> None:
    plant.write(flow("good"), with_node(flow("wrong"), "x", {"type": "no/type"}))

    async def main(service: Service) -> None:
        raise AssertionError("must not start")

    with pytest.raises(FlowInvalid, match="no/type"):
        plant.with_service(main, strict=True)


def test_who_starts_all_is_asked_before_each_flow_just_before_it_starts(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"))
    seen: list[tuple[str, str]] = []

    async def before(one: Plan) -> None:
        seen.append(("before", one.name))

    def taps(one: Plan) -> dict[str, Tap]:
        seen.append(("starts", one.name))
        return {}

    async def main(service: Service) -> None:
        assert seen == [("before", "a"), ("starts", "a"), ("before", "b"), ("starts", "b")]

    plant.with_service(main, before=before, taps=taps)


def test_an_empty_folder_is_fine_with_the_canvas_and_takes_its_first_flow(plant: Plant) -> None:
    async def main(service: Service) -> None:
        assert service.summary().problems == ()
        await service.deploy(deploy(service, flow("first")), OTTO)
        assert list(service.engine.flows) == ["first"]

    plant.with_service(main)


def test_a_broken_flow_runs_once_it_is_mended(plant: Plant) -> None:
    plant.write(broken_start("a"))

    async def main(service: Service) -> None:
        await service.deploy(deploy(service, flow("a")), OTTO)
        assert [(one.state, one.error) for one in service.summary().flows] == [("running", "")]
        assert [fault for fault in service.engine.faults.all() if fault.active] == []

    plant.with_service(main)


def test_a_stopped_flow_stays_stopped_until_its_own_deploy(plant: Plant) -> None:
    plant.write(subflow("inner"), user_of("outer", "inner"))

    async def main(service: Service) -> None:
        assert (await service.run("outer", False, OTTO)).state == "stopped"
        await service.deploy(deploy(service, subflow("inner", step=2)), OTTO)
        assert "outer" not in service.engine.flows
        assert (await service.run("outer", True, OTTO)).state == "running"
        await service.run("outer", False, OTTO)
        await service.deploy(deploy(service, user_of("outer", "inner") | {"note": "again"}), OTTO)
        assert "outer" in service.engine.flows

    plant.with_service(main)


def test_what_cannot_be_started_says_why(plant: Plant) -> None:
    plant.write(subflow("inner"), flow("off", disabled=True), broken_start("late"))
    plant.write(with_node(flow("wrong"), "x", {"type": "no/type"}))

    async def main(service: Service) -> None:
        refusals = {"inner": NotAllowed, "off": NotAllowed, "late": DeployFailed, "wrong": FlowInvalid, "no": NotFound}
        for name, error in refusals.items():
            with pytest.raises(error):
                await service.run(name, True, OTTO)

    plant.with_service(main)


def test_a_message_is_given_to_any_node_but_an_actuator(plant: Plant) -> None:
    plant.share(machines())
    plant.write(drive("a"))

    async def main(service: Service) -> None:
        Drive.written.clear()
        with pytest.raises(NotAllowed, match="only its flow commands"):
            await service.inject("a", "show", {"payload": 99}, "", OTTO)
        with pytest.raises(BadData):
            await service.inject("a", "count", {"payload": 1, "time": "now"}, "", OTTO)
        with pytest.raises(NotFound):
            await service.inject("a", "count", None, "", OTTO)
        await service.inject("a", "count", {"payload": 5}, "", OTTO)
        await press(service, "a")
        assert total(service, "a") == 2

    plant.with_service(main)
    assert Drive.written == [1, 2]


def test_dead_letters_are_replayed_and_deleted_each_with_its_outcome(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        service.dead_letters.add(
            DeadLetter(flow=name, node="count", port="", reason="r", kind="BadData", time=1.0, message=Message(1))
            for name in ("a", "gone", "a")
        )
        first, gone, second = sorted(letter.id for letter in service.letters())
        done = await service.replay([first, gone, 99])
        assert (done.done, sorted(done.failed)) == ((first,), [gone, 99])
        assert total(service, "a") == 1
        deleted = service.delete_letters([gone, first])
        assert (deleted.done, sorted(deleted.failed)) == ((gone,), [first])
        assert [letter.id for letter in service.letters()] == [second]

    plant.with_service(main)


def test_what_belongs_to_the_engine_is_kept_out_of_git(plant: Plant) -> None:
    plant.write(flow("a"))
    plant.become_repository()

    async def main(service: Service) -> None:
        service.drafts.put("otto", "a", flow("a"), "", "")
        assert plant.git("status", "--short") == ""

    plant.with_service(main)


def test_a_folder_whose_flows_are_not_there_any_more_has_a_history_still(plant: Plant) -> None:
    plant.write(flow("a"))

    async def main(service: Service) -> None:
        from flowengine.service import DeployItem

        await service.deploy(Deploy({"a": DeployItem(service.disk.revision("a"), None)}), INES)
        entries = service.history("a").entries
        assert [entry.author for entry in entries] == ["Ines", ""]
        assert service.old("a", entries[1].id).flow == flow("a")
        for name in ("never", "../../etc/passwd", "..", "x\0"):
            with pytest.raises(NotFound):
                service.history(name)

    plant.with_service(main)


def test_a_single_file_runs_with_what_is_beside_it(plant: Plant, tmp_path: Path) -> None:
    plant.write(flow("a"), flow("b"))
    plant.folder = plant.folder / "a.json"

    async def main(service: Service) -> None:
        assert list(service.engine.flows) == ["a"]

    plant.with_service(main)
