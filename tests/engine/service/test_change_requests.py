"""A change that reaches a machine: asked for, approved by IT and OT, deployed; and the others go as before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flowengine.access.audit import entries
from flowengine.access.audit_check import check_audit
from flowengine.errors import NeedsTwoKeys, NotAllowed, OutOfDate
from flowengine.flow.canonical import format_flow
from flowengine.flow.file import parse_flow
from flowengine.service import Service
from tests.engine.service.conftest import Plant, deploy, drive, flow, machines, registry
from tests.engine.service.governed import Governed, approved, asked, faster, speed, who, yes
from tests.plants.guarded_oven import envelope, install
from tests.plants.signed_envelope import write_envelope


@pytest.fixture
def governed(tmp_path: Path) -> Governed:
    return Governed(tmp_path / "flows")


def test_without_an_envelope_or_a_rule_nothing_changes(plant: Plant) -> None:
    plant.share(machines())
    plant.write(drive("press"))

    async def main(service: Service) -> None:
        assert not service.keys.in_force
        await service.deploy(deploy(service, faster()), who("Ada"))
        assert speed(service) == 2.0
        with pytest.raises(NotAllowed, match="not in force"):
            await asked(service, speed=3.0)

    plant.with_service(main)
    assert not (plant.folder / ".flowengine" / "approved.json").exists()


def test_what_reaches_no_machine_goes_with_the_editors_right_alone(governed: Governed) -> None:
    async def main(service: Service) -> None:
        assert service.keys.in_force
        await service.deploy(deploy(service, flow("report", step=5)), who("Ada"))
        assert '"step": 5' in governed.text("report")
        with pytest.raises(NotAllowed, match="reaches no machine"):
            await service.changes.ask(deploy(service, flow("report", step=6)), who("Ada"))

    governed.run(main)
    governed.run(lambda service: asyncio.sleep(0))  # and it counts as approved at the next start


def test_what_reaches_a_machine_waits_for_two_people_of_both_sides(governed: Governed) -> None:
    governed.become_repository()

    async def main(service: Service) -> None:
        preview = await service.preview(deploy(service, faster()))
        assert preview.two_keys
        assert [one.node for one in preview.reaches] == ["show"]
        with pytest.raises(NeedsTwoKeys, match="it reaches press/show: that needs one yes from IT and one from OT"):
            await service.deploy(deploy(service, faster()), who("Ada"))
        id = await asked(service)
        view = await service.changes.get(id)
        assert view.change.evidence["reaches"][0]["via"] == ["press/show"]
        assert [one.name for one in view.diffs] == ["press"]
        assert view.yeses.missing == ["it", "ot"]
        await yes(service, id, "Ida", "it")
        with pytest.raises(NotAllowed, match="the yes of OT is missing"):
            await service.changes.deploy(id, who("Ada"))
        assert speed(service) == 1.0
        await yes(service, id, "Otto", "ot")
        done = await service.changes.deploy(id, who("Ada"))
        assert speed(service) == 2.0
        assert done.commit
        assert (await service.changes.get(id)).change.state == "deployed"
        assert (await service.changes.get(id)).change.revision == done.commit

    governed.run(main)
    trailers = governed.git("log", "-1", "--format=%(trailers:only,unfold)").splitlines()
    assert trailers[:2] == ["Approved-IT: Ida", "Approved-OT: Otto"]
    assert trailers[2].startswith("Content-Hash: ")
    told = [(one.what, one.who) for one in entries(governed.audit().folder) if one.what.startswith("change-")]
    assert told == [
        *(("change-requested", "Ada"), ("change-approved", "Ida"), ("change-approved", "Otto")),
        ("change-deployed", "Ada"),
    ]
    assert not check_audit(governed.audit().folder).findings

    async def again(service: Service) -> None:
        assert speed(service) == 2.0

    governed.run(again)


def test_files_changed_outside_do_not_run_before_they_are_approved(governed: Governed) -> None:
    async def main(service: Service) -> None:
        governed.write(faster())
        await service.rescan()
        with pytest.raises(NeedsTwoKeys):
            await service.take(["press"], who("Ada"))
        with pytest.raises(NeedsTwoKeys):
            await service.take([], who("Ada"))

    governed.run(main)

    async def after_a_start(service: Service) -> None:
        assert speed(service) == 1.0
        view = await service.changes.ask(None, who("Ada"), "from git")
        assert list(view.change.files) == ["press.json"]
        await yes(service, view.change.id, "Ida", "it")
        await yes(service, view.change.id, "Vera", "ot")
        await service.changes.deploy(view.change.id, who("Ada"))
        assert speed(service) == 2.0

    governed.run(after_a_start)


def test_what_was_changed_outside_and_reaches_nothing_runs_at_the_start(governed: Governed) -> None:
    governed.run(lambda service: asyncio.sleep(0))
    governed.write(flow("report", step=7))

    async def main(service: Service) -> None:
        assert service.live.revision("report") == service.disk.revision("report")

    governed.run(main)
    governed.run(main)


def test_a_change_of_the_rule_needs_both_yeses_and_can_end_it(governed: Governed) -> None:
    governed.run(lambda service: asyncio.sleep(0))
    (governed.folder / "ownership.json").write_text('{"flowengine": 1, "two_keys": false}\n')

    async def main(service: Service) -> None:
        assert service.keys.in_force
        with pytest.raises(NeedsTwoKeys):
            await service.deploy(deploy(service, faster()), who("Ada"))
        view = await service.changes.ask(None, who("Ada"))
        assert view.change.evidence["policy"] == ["ownership.json"]
        await yes(service, view.change.id, "Ida", "it")
        await yes(service, view.change.id, "Otto", "ot")
        await service.changes.deploy(view.change.id, who("Ada"))
        assert not service.keys.in_force
        await service.deploy(deploy(service, faster()), who("Ada"))

    governed.run(main)

    async def later(service: Service) -> None:
        assert not service.keys.in_force
        assert speed(service) == 2.0

    governed.run(later)


def test_a_no_with_a_reason_ends_it_and_the_author_takes_it_back(governed: Governed) -> None:
    async def main(service: Service) -> None:
        id = await asked(service)
        with pytest.raises(NotAllowed, match="neither side"):
            await service.changes.reject(id, who("Ada"), "I have seen better ones")
        with pytest.raises(NotAllowed, match="a reason"):
            await service.changes.reject(id, who("Otto"), "no")
        view = await service.changes.reject(id, who("Otto"), "the press cannot go so fast")
        assert (view.change.state, view.change.reason) == ("rejected", "the press cannot go so fast")
        with pytest.raises(OutOfDate, match="it is rejected"):
            await yes(service, id, "Ida", "it")
        id = await asked(service)
        with pytest.raises(NotAllowed, match="it is Ada's"):
            await service.changes.withdraw(id, who("Otto"))
        assert (await service.changes.withdraw(id, who("Ada"))).change.state == "withdrawn"

    governed.run(main)


def test_who_goes_on_editing_takes_back_what_he_asked_for_before(governed: Governed) -> None:
    async def main(service: Service) -> None:
        first = await approved(service, speed=2.0)
        second = await asked(service, speed=3.0)
        assert (await service.changes.get(first)).change.state == "withdrawn"
        with pytest.raises(NotAllowed, match="yes of IT and OT is missing"):
            await service.changes.deploy(second, who("Ada"))

    governed.run(main)


def test_of_two_changes_on_one_base_the_second_is_asked_for_again(governed: Governed) -> None:
    async def main(service: Service) -> None:
        first = await approved(service, speed=2.0)
        other = await asked(service, "Ida", speed=3.0)
        await service.changes.deploy(first, who("Ada"))
        assert (await service.changes.get(other)).change.state == "expired"

    governed.run(main)


def test_behind_broken_glass_one_person_of_ot_runs_a_change_until_it_falls_back(governed: Governed) -> None:
    governed.become_repository()

    async def main(service: Service) -> None:
        id = await asked(service)
        with pytest.raises(NotAllowed, match="speaks for OT"):
            await service.changes.break_glass(id, who("Ida"), "the press is stuck, now")
        with pytest.raises(NotAllowed, match="speaks for OT"):
            await service.changes.break_glass(id, who("Vera"), "the press is stuck, now")
        with pytest.raises(NotAllowed, match="a reason"):
            await service.changes.break_glass(id, who("Otto"), "now")
        await service.changes.break_glass(id, who("Otto"), "the press is stuck, now")
        assert speed(service) == 2.0
        assert [(one.flow, one.text) for one in service.engine.faults.all()] == [
            ("press", f"Otto runs change {id} alone for 1 min: the press is stuck, now")
        ]
        with pytest.raises(NotAllowed, match="nothing else is deployed"):
            await service.deploy(deploy(service, flow("report", step=9)), who("Ada"))
        await service.changes.glass.fall_back(id, who("Root"))
        assert speed(service) == 1.0
        assert '"speed": 2.0' not in governed.text("press")
        assert not service.keys.glass
        assert (await service.changes.get(id)).change.state == "expired"

    governed.run(main)
    assert "Break-Glass: Otto" in governed.git("log", "-2", "--format=%B")
    assert governed.git("log", "-1", "--format=%(trailers:only)").startswith("Break-Glass-Ended: change 1")


def test_behind_broken_glass_the_two_yeses_make_it_stay(governed: Governed) -> None:
    async def main(service: Service) -> None:
        id = await asked(service)
        await service.changes.break_glass(id, who("Otto"), "the press is stuck, now")
        await yes(service, id, "Ida", "it")
        await yes(service, id, "Vera", "ot")
        await service.changes.deploy(id, who("Ada"))
        assert not service.keys.glass
        assert not [one for one in service.engine.faults.all() if one.active]
        await service.changes.glass.fall_back(id, who("Root"))
        assert speed(service) == 2.0

    governed.run(main)

    async def later(service: Service) -> None:
        assert speed(service) == 2.0

    governed.run(later)


def test_a_start_ends_what_ran_behind_broken_glass(governed: Governed) -> None:
    async def main(service: Service) -> None:
        await service.changes.break_glass(await asked(service), who("Otto"), "the press is stuck, now")

    governed.run(main)

    async def later(service: Service) -> None:
        assert speed(service) == 1.0
        [view] = await service.changes.all()
        assert view.change.state == "expired"

    governed.run(later)


def test_a_new_flow_a_removed_one_and_a_renamed_one_wait_too(governed: Governed) -> None:
    async def main(service: Service) -> None:
        new = drive("second")
        with pytest.raises(NeedsTwoKeys):
            await service.deploy(deploy(service, new), who("Ada"))
        view = await service.changes.ask(deploy(service, new), who("Ada"))
        await yes(service, view.change.id, "Ida", "it")
        await yes(service, view.change.id, "Otto", "ot")
        await service.changes.deploy(view.change.id, who("Ada"))
        assert "second" in service.engine.flows
        (governed.folder / "second.json").unlink()
        await service.rescan()
        view = await service.changes.ask(None, who("Ada"))
        assert view.change.files["second.json"][1] is None
        await yes(service, view.change.id, "Ida", "it")
        await yes(service, view.change.id, "Otto", "ot")
        await service.changes.deploy(view.change.id, who("Ada"))
        assert "second" not in service.engine.flows
        assert json.loads((governed.state / "approved.json").read_text())["content"].keys() == {
            *("connections.json", "ownership.json", "press.json", "report.json")
        }

    governed.run(main)


def test_a_signed_envelope_holds_once_it_is_approved_and_not_before(tmp_path: Path) -> None:
    plant = Governed(tmp_path / "flows")
    (plant.folder / "ownership.json").unlink()
    install(plant.folder, 1, two_keys=True)
    asyncio.run(_with(plant, lambda service: asyncio.sleep(0)))
    wider = envelope(1) | {"version": 2}
    wider["outputs"]["heater"]["range"] = [0, 100]
    write_envelope(plant.folder, wider, two_keys=True)

    async def main(service: Service) -> None:
        held = service.machines.file
        assert held.parent == plant.state / "approved"
        assert '"version": 1' in held.read_text()
        await service.rescan()
        assert '"version": 1' in held.read_text()
        for suffix in ("", ".sig"):  # signed by OT, and put past IT
            held.with_name(held.name + suffix).write_text((plant.folder / f"envelope.json{suffix}").read_text())
        await service.machines.take_changed()
        assert "is not the envelope that IT and OT have approved" in service.machines.rejected
        view = await service.changes.ask(None, who("Ada"))
        assert view.change.evidence["policy"] == ["envelope.json"]
        await yes(service, view.change.id, "Ida", "it")
        await yes(service, view.change.id, "Otto", "ot")
        await service.changes.deploy(view.change.id, who("Ada"))
        assert '"version": 2' in held.read_text()
        beside = plant.folder / "envelope.json.sig"
        assert held.with_name("envelope.json.sig").read_text() == beside.read_text()

    asyncio.run(_with(plant, main))


def test_two_texts_that_share_a_revision_are_two(governed: Governed) -> None:
    async def main(service: Service) -> None:
        runs = service.disk
        other = parse_flow(format_flow(faster(9)), str(governed.folder / "press.json"))
        same = replace(runs, project=replace(runs.project, flows={**runs.project.flows, "press": other}))
        assert same.revisions == runs.revisions
        assert same.differing(runs) == ["press"]
        judgement = service.keys.judge(runs, same, service.keys.content_of(runs), service.keys.content_of(same))
        assert str(judgement) == "press/show"

    governed.run(main)


async def _with(plant: Governed, main: Callable[[Service], Coroutine[Any, Any, Any]]) -> None:
    service = Service(plant.folder, registry())
    try:
        await service.start(strict=False)
        await main(service)
    finally:
        await service.stop(0)
