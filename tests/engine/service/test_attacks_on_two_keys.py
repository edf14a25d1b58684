"""Scripted attacks on the two keys: whoever tries, with whatever he can write, no machine hears of it.

Those on a running engine share one, one after the other; each that needs a start has a copy of the plant of its own.
Every attack asks for a speed of its own. The attack has succeeded if the press ever runs at another than 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flowengine.access.approved import FILE as APPROVED
from flowengine.errors import FlowEngineError
from flowengine.flow.canonical import format_flow
from flowengine.service import Service
from tests.engine.service.attacking import newest_lines, refused, sql
from tests.engine.service.attacks_by_people import BY_PEOPLE
from tests.engine.service.attacks_on_records import ON_RECORDS
from tests.engine.service.conftest import deploy, flow, machines, registry
from tests.engine.service.governed import RULE, Governed, approved, asked, faster, speed, who

# --- on a running engine ---


def test_no_attack_on_a_running_engine_reaches_the_machine(tmp_path: Path) -> None:
    plant = Governed(tmp_path / "flows")

    async def main(service: Service) -> None:
        for attack in [*BY_PEOPLE, *ON_RECORDS]:
            await attack(plant, service)
            assert speed(service) == 1, attack.__name__
            assert "second" not in service.engine.flows, attack.__name__
            for view in await service.changes.all():
                if view.change.state == "open" and not view.why_not:
                    await service.changes.withdraw(view.change.id, who("Root"))

    plant.run(main)
    assert len(BY_PEOPLE) + len(ON_RECORDS) + len(STARTS) >= 40


# --- over a start ---


def files_are_edited(p: Governed) -> None:
    p.write(faster(61))


def files_are_committed_with_forged_trailers(p: Governed) -> None:
    p.become_repository()
    p.write(faster(62))
    p.git("commit", "--quiet", "-am", "faster\n\nApproved-IT: Ida\nApproved-OT: Otto\nContent-Hash: " + "0" * 64)


def two_keys_are_switched_off_by_the_file(p: Governed) -> None:
    p.write(faster(63))
    (p.folder / "ownership.json").write_text(RULE.replace("true", "false"))


def the_rule_is_deleted(p: Governed) -> None:
    p.write(faster(64))
    (p.folder / "ownership.json").unlink()


def the_rule_gives_the_machine_to_it(p: Governed) -> None:
    p.write(faster(65))
    (p.folder / "ownership.json").write_text(RULE.replace("}", ', "connections": {"*": "it"}}'))


def the_rule_is_broken(p: Governed) -> None:
    p.write(faster(66))
    (p.folder / "ownership.json").write_text("{")


def the_connection_file_is_edited(p: Governed) -> None:
    p.share(machines(port=666))


def what_is_approved_is_edited(p: Governed) -> None:
    file = p.state / APPROVED
    was = r"\"machine\": \"press\""
    assert was in file.read_text()
    file.write_text(file.read_text().replace(was, was + r", \"speed\": 67"))
    p.write(faster(67))


def what_is_approved_is_deleted(p: Governed) -> None:
    (p.state / APPROVED).unlink()
    p.write(faster(68))


def all_but_the_record_is_deleted(p: Governed) -> None:
    for file in p.state.glob("*"):
        if file.is_file():
            file.unlink()
    p.write(faster(69))


def the_record_is_deleted(p: Governed) -> None:
    shutil.rmtree(p.state / "audit")
    p.write(faster(70))


def another_seal_is_used(p: Governed) -> None:
    (p.state / "seal.key").write_text("0" * 64)
    p.write(faster(71))


def a_deployed_change_is_run_once_more_from_an_old_table(p: Governed) -> None:
    async def main(service: Service) -> None:
        id = await approved(service, speed=72)
        old = p.folder.parent / "old.sqlite"
        with contextlib.closing(sqlite3.connect(p.database)) as there, contextlib.closing(sqlite3.connect(old)) as kept:
            there.backup(kept)
        await service.changes.deploy(id, who("Ada"))
        back = await approved(service, speed=1)
        await service.changes.deploy(back, who("Ada"))
        with contextlib.closing(sqlite3.connect(p.database)) as there, contextlib.closing(sqlite3.connect(old)) as kept:
            kept.backup(there)
        await refused("replayed", service.changes.deploy(id, who("Ada")))

    p.run(main)


def an_older_approved_content_is_put_back(p: Governed) -> None:
    old = (p.state / APPROVED).read_text()

    async def main(service: Service) -> None:
        await service.deploy(deploy(service, flow("report", step=73)), who("Ada"))

    p.run(main)
    (p.state / APPROVED).write_text(old)


def broken_glass_is_kept_open_by_a_kill_and_the_clock(p: Governed) -> None:
    async def main(service: Service) -> None:
        await service.changes.break_glass(await asked(service, speed=74), who("Otto"), "the press is stuck, now")

    p.run(main)
    sql(p, "UPDATE changes SET until = ?", time.time() + 1e6)


def a_withdrawal_is_cut_off_while_nothing_runs(p: Governed) -> None:
    async def main(service: Service) -> None:
        id = await approved(service, speed=75)
        await service.changes.withdraw(id, who("Ada"))

    p.run(main)
    file, lines = newest_lines(p)
    file.write_bytes(b"\n".join(lines[:-1]) + b"\n")
    sql(p, "UPDATE changes SET state = 'open'")


def another_file_says_that_it_is_the_flow(p: Governed) -> None:
    for name in ("a.json", "PRESS.json", "\u0440ress.json"):  # the last begins with a Cyrillic letter
        (p.folder / name).write_text(format_flow(faster(76)))


def the_flow_is_led_elsewhere_by_a_link(p: Governed) -> None:
    elsewhere = p.folder.parent / "elsewhere.json"
    elsewhere.write_text(format_flow(faster(77)))
    (p.folder / "press.json").unlink()
    (p.folder / "press.json").symlink_to(elsewhere)


def flows_of_look_alike_names_come_beside_it(p: Governed) -> None:
    for name in ("Press", "press ", "\u0440ress", "\uff50ress"):
        (p.folder / f"{name}.json").write_text(format_flow({**faster(78), "name": name}))


def a_pull_brings_what_the_engine_keeps(p: Governed) -> None:
    p.become_repository()
    p.write(faster(79))
    p.git("add", "--force", ".flowengine/seal.key", ".flowengine/approved.json")


STARTS = [
    another_file_says_that_it_is_the_flow,
    the_flow_is_led_elsewhere_by_a_link,
    flows_of_look_alike_names_come_beside_it,
    a_pull_brings_what_the_engine_keeps,
    a_withdrawal_is_cut_off_while_nothing_runs,
    files_are_edited,
    files_are_committed_with_forged_trailers,
    two_keys_are_switched_off_by_the_file,
    the_rule_is_deleted,
    the_rule_gives_the_machine_to_it,
    the_rule_is_broken,
    the_connection_file_is_edited,
    what_is_approved_is_edited,
    what_is_approved_is_deleted,
    all_but_the_record_is_deleted,
    the_record_is_deleted,
    another_seal_is_used,
    a_deployed_change_is_run_once_more_from_an_old_table,
    an_older_approved_content_is_put_back,
    broken_glass_is_kept_open_by_a_kill_and_the_clock,
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Governed:
    """A plant that has been started once, so that what stood there counts as approved."""
    plant = Governed(tmp_path_factory.mktemp("begun") / "flows")
    plant.run(lambda service: asyncio.sleep(0))
    return plant


@pytest.mark.parametrize("attack", STARTS, ids=lambda attack: attack.__name__)
def test_no_attack_over_a_start_reaches_the_machine(
    begun: Governed, tmp_path: Path, attack: Callable[[Governed], None]
) -> None:
    plant = Governed.__new__(Governed)
    plant.folder = tmp_path / "flows"
    plant.state = plant.folder / ".flowengine"
    shutil.copytree(begun.folder, plant.folder)
    attack(plant)

    async def start() -> None:
        service = Service(plant.folder, registry())
        try:
            await service.start(strict=False)
            assert speed(service) == 1, attack.__name__
            assert service.engine.flows["press"].plan.connections["press"].options["port"] == 502
            with pytest.raises(FlowEngineError):
                await service.deploy(deploy(service, faster(99)), who("Ada"))
            for view in await service.changes.all():
                with pytest.raises(FlowEngineError):
                    await service.changes.deploy(view.change.id, who("Ada"))
        except FlowEngineError as error:
            reasons = ("is not the content that the record names", "git tracks approved.json in ")
            assert any(reason in str(error) for reason in reasons)  # noqa: PT017 - it does not start at all
        finally:
            await service.stop(0)

    asyncio.run(start())
