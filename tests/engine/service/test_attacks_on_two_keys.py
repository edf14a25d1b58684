"""Scripted attacks on the two keys: whoever tries, with whatever he can write, no machine hears of it.

Those on a running engine share one, one after the other; each that needs a start has a copy of the plant of its own.
Every attack asks for a speed of its own. The attack has succeeded if the press ever runs at another than 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowengine.access.approved import FILE as APPROVED
from flowengine.access.audit_entry import Entry, line_of, read_line
from flowengine.clock import Clock
from flowengine.errors import FlowEngineError
from flowengine.service import Deploy, DeployItem, Service, Who
from tests.engine.service.conftest import deploy, drive, flow, machines, registry, subflow, user_of
from tests.engine.service.governed import RULE, Governed, approved, asked, faster, speed, who, yes

OUTCOMES: dict[str, str] = {}
"""Attack -> what refused it."""


async def refused(name: str, act: Awaitable[Any]) -> None:
    """Await an act that must be refused on purpose: not by accident, and not let through."""
    try:
        await act
    except FlowEngineError as error:
        OUTCOMES[name] = str(error)
    else:
        raise AssertionError(f"{name}: nobody has refused it")


def sql(plant: Governed, statement: str, *values: Any) -> None:
    with contextlib.closing(sqlite3.connect(plant.database, isolation_level=None)) as database:
        database.execute(statement, values)


def newest_lines(plant: Governed) -> tuple[Path, list[bytes]]:
    file = sorted((plant.state / "audit").glob("*.jsonl"))[-1]
    return file, file.read_bytes().splitlines()


def append_forged(plant: Governed, entry: Entry) -> None:
    """Write a line into the record as a program could that knows its form: chained, numbered, with the head moved."""
    file, lines = newest_lines(plant)
    last, digest = read_line(lines[-1])
    line, made = line_of(msgspec.structs.replace(entry, n=last.n + 1, before=digest))
    file.write_bytes(b"\n".join([*lines, line]) + b"\n")
    head = json.dumps({"n": last.n + 1, "sha256": made}, separators=(",", ":")).encode()
    (file.parent / "head").write_bytes(head.ljust(128) + b"\n")


# --- on a running engine ---


async def the_author_just_deploys(p: Governed, s: Service) -> None:
    await refused("deploy", s.deploy(deploy(s, faster(11)), who("Ada")))


async def he_deploys_everything_anew(p: Governed, s: Service) -> None:
    await refused("deploy all", s.deploy(deploy(s, faster(12), mode="all"), who("Ada")))


async def an_admin_deploys(p: Governed, s: Service) -> None:
    await refused("admin", s.deploy(deploy(s, faster(13)), who("Root")))


async def an_old_revision_is_brought_back(p: Governed, s: Service) -> None:
    await refused("restore", s.deploy(Deploy({"press": DeployItem(s.disk.revision("press"), faster(14))}), who("Both")))


async def a_file_is_edited_and_taken(p: Governed, s: Service) -> None:
    before = p.text("press")
    p.write(faster(15))
    await refused("take", s.take(["press"], who("Ada")))
    await refused("take all", s.take([], who("Ada")))
    await s.run("press", False, who("Otto"))
    await s.run("press", True, who("Otto"))  # what runs is not what the file holds
    assert speed(s) == 1
    (p.folder / "press.json").write_text(before)
    await s.rescan()


async def another_flow_commands_the_machine(p: Governed, s: Service) -> None:
    await refused("new flow", s.deploy(deploy(s, drive("second", speed=16)), who("Ada")))


async def the_flow_is_renamed(p: Governed, s: Service) -> None:
    items = {"press": DeployItem(s.disk.revision("press"), {**faster(17), "name": "other"})}
    await refused("rename", s.deploy(Deploy(items), who("Ada")))


async def a_disabled_flow_is_brought_in_and_enabled(p: Governed, s: Service) -> None:
    await s.deploy(
        deploy(
            s,
            drive(
                "sleeper",
                speed=18,
            )
            | {"disabled": True},
        ),
        who("Ada"),
    )
    await refused("enable", s.deploy(deploy(s, drive("sleeper", speed=18)), who("Ada")))


async def a_subflow_is_changed_that_the_machine_uses_later(p: Governed, s: Service) -> None:
    await s.deploy(deploy(s, subflow("inner")), who("Ada"))
    used = user_of("uses", "inner")
    used["nodes"]["show"] = {"type": "test/drive", "options": {"machine": "press"}}
    await refused("use", s.deploy(deploy(s, used), who("Ada")))


async def the_shared_connection_is_led_elsewhere(p: Governed, s: Service) -> None:
    from flowengine.service import ConnectionsItem

    item = ConnectionsItem(s.disk.connections, machines(port=666))
    await refused("connection", s.deploy(Deploy({}, item), who("Ada")))


async def the_flow_is_taken_away(p: Governed, s: Service) -> None:
    await refused("remove", s.deploy(Deploy({"press": DeployItem(s.disk.revision("press"), None)}), who("Ada")))


async def nobody_has_said_yes(p: Governed, s: Service) -> None:
    await refused("no yes", s.changes.deploy(await asked(s, speed=21), who("Root")))


async def one_yes_is_made_to_do(p: Governed, s: Service) -> None:
    id = await asked(s, speed=22)
    await yes(s, id, "Ida", "it")
    await yes(s, id, "Ida", "it")
    await refused("one yes", s.changes.deploy(id, who("Root")))


async def the_author_approves_himself(p: Governed, s: Service) -> None:
    id = await asked(s, "Both", speed=23)
    await refused("self", yes(s, id, "Both", "it"))
    await refused("self", yes(s, id, "BOTH", "ot"))
    await yes(s, id, "Ida", "it")
    await refused("self, one side", s.changes.deploy(id, who("Both")))


async def one_person_says_both_yeses(p: Governed, s: Service) -> None:
    id = await asked(s, speed=24)
    await yes(s, id, "Both", "it")
    await yes(s, id, "Both", "ot")
    await refused("both by one", s.changes.deploy(id, who("Ada")))


async def someone_approves_for_a_side_that_is_not_his(p: Governed, s: Service) -> None:
    id = await asked(s, speed=25)
    for name, side in (("Otto", "it"), ("Ida", "ot"), ("Root", "it"), ("Root", "ot"), ("nobody", "it")):
        await refused("wrong side", yes(s, id, name, side))  # type: ignore[arg-type]


async def a_program_approves(p: Governed, s: Service) -> None:
    access = p.access()
    access.tokens.make("ci", "admin")
    access.sides.give("token/ci", ["it", "ot"])
    access.close()
    p.audit().record("sides-given", "Root", "token/ci", details={"sides": ["it", "ot"]})
    id = await asked(s, speed=26)
    await refused("token", yes(s, id, "token/ci", "it"))
    await refused("token breaks the glass", s.changes.break_glass(id, Who("token/ci", "admin"), "because it can"))


async def a_yes_to_something_else_is_used(p: Governed, s: Service) -> None:
    first = (await s.changes.get(await asked(s, "Ida", speed=27))).change
    id = await asked(s, speed=28)
    await refused("other hash", s.changes.approve(id, who("Otto"), "ot", first.content))


async def what_was_approved_is_exchanged_in_the_table(p: Governed, s: Service) -> None:
    id = await approved(s, speed=29)
    files = {"press.json": [None, json.dumps(faster(30))]}
    sql(p, "UPDATE changes SET files = ? WHERE id = ?", json.dumps(files), id)
    await refused("files in the table", s.changes.deploy(id, who("Ada")))
    sql(p, "UPDATE changes SET content = ? WHERE id = ?", "0" * 64, id)
    await refused("hash in the table", s.changes.deploy(id, who("Ada")))


async def the_table_calls_it_approved(p: Governed, s: Service) -> None:
    id = await asked(s, speed=31)
    for state in ("approved", "glass", "deployed", "open"):
        sql(p, "UPDATE changes SET state = ? WHERE id = ?", state, id)
        await refused("state in the table", s.changes.deploy(id, who("Ada")))


async def the_table_names_another_author(p: Governed, s: Service) -> None:
    id = await asked(s, "Ida", speed=32)
    sql(p, "UPDATE changes SET author = 'Ada' WHERE id = ?", id)
    await refused("author in the table", yes(s, id, "Ida", "it"))


async def a_side_is_written_into_the_table(p: Governed, s: Service) -> None:
    sql(p, "INSERT INTO sides VALUES ('abc', 'Ada', 'it', 'Root', 1.0)")
    id = await asked(s, "Ida", speed=33)
    await refused("side in the table", yes(s, id, "Ada", "it"))
    sql(p, "DELETE FROM sides WHERE id = 'abc'")


async def the_author_is_renamed_in_the_table(p: Governed, s: Service) -> None:
    id = await asked(s, "Ida", speed=34)
    sql(p, "UPDATE users SET name = 'Nina' WHERE name = 'Ida'")
    sql(p, "UPDATE sides SET who = 'Nina' WHERE who = 'Ida'")
    await refused("renamed", yes(s, id, "Nina", "it"))
    sql(p, "UPDATE users SET name = 'Ida' WHERE name = 'Nina'")
    sql(p, "UPDATE sides SET who = 'Ida' WHERE who = 'Nina'")


async def a_yes_outlives_the_side(p: Governed, s: Service) -> None:
    id = await approved(s, speed=35)
    p.give("Ida")
    await refused("lost side", s.changes.deploy(id, who("Ada")))
    p.give("Ida", "it")
    await refused("given again", s.changes.deploy(id, who("Ada")))


async def a_yes_outlives_its_user_and_his_namesake_comes(p: Governed, s: Service) -> None:
    id = await approved(s, speed=36)
    p.remove("Otto")
    await refused("removed", s.changes.deploy(id, who("Ada")))
    access = p.access()
    access.users.add("Otto", "operator", "correct horse")
    access.close()
    p.audit().record("user-added", "Root", "Otto")
    p.give("Otto", "ot")
    await refused("namesake", s.changes.deploy(id, who("Ada")))


async def an_old_table_brings_a_side_back(p: Governed, s: Service) -> None:
    id = await approved(s, speed=37)
    with contextlib.closing(sqlite3.connect(p.database)) as database:
        rows = database.execute("SELECT * FROM sides WHERE who = 'Ida'").fetchall()
    p.give("Ida")
    sql(p, "INSERT INTO sides VALUES (?, ?, ?, ?, ?)", *rows[0])
    await refused("old table", s.changes.deploy(id, who("Ada")))
    p.give("Ida")
    p.give("Ida", "it")


async def the_author_made_those_who_approve(p: Governed, s: Service) -> None:
    access = p.access()
    for name in ("Mary", "Mark"):
        access.users.add(name, "viewer", "correct horse")
        p.audit().record("user-added", "Root", name)
    access.close()
    p.give("Mary", "it", by="Root")
    p.give("Mark", "ot", by="Root")
    id = await asked(s, "Root", speed=38)
    await refused("made by the author", yes(s, id, "Mary", "it"))
    await refused("made by the author", yes(s, id, "Mark", "ot"))


async def one_who_approves_made_the_other(p: Governed, s: Service) -> None:
    p.give("Vera")
    p.give("Vera", "ot", by="Ida")
    id = await asked(s, speed=39)
    await yes(s, id, "Ida", "it")
    await yes(s, id, "Vera", "ot")
    await refused("made by the other", s.changes.deploy(id, who("Ada")))
    p.give("Vera")
    p.give("Vera", "ot")


async def a_yes_is_forged_in_the_record(p: Governed, s: Service) -> None:
    id = await asked(s, speed=40)
    change = (await s.changes.get(id)).change
    grants = {side: grant.id for name in ("Ida", "Otto") for side, grant in s.changes._present(name).items()}
    for name, side in (("Ida", "it"), ("Otto", "ot")):
        details = {"side": side, "content": change.content, "grant": grants[side], "seal": "0" * 64}  # type: ignore[index]
        append_forged(p, Entry(what="change-approved", who=name, about=str(id), details=details))
    await refused("forged", s.changes.deploy(id, who("Ada")))


async def a_true_yes_is_copied_to_another_change(p: Governed, s: Service) -> None:
    first = await approved(s, speed=41)
    _, lines = newest_lines(p)
    true = [read_line(line)[0] for line in lines]
    given = [one for one in true if one.what == "change-approved" and one.about == str(first)]
    await s.changes.withdraw(first, who("Ada"))
    id = await asked(s, speed=41)  # the very same content once more
    for one in given:
        append_forged(p, Entry(what=one.what, who=one.who, about=str(id), details=one.details))
    await refused("copied", s.changes.deploy(id, who("Ada")))


async def the_withdrawal_is_cut_off_the_record(p: Governed, s: Service) -> None:
    id = await approved(s, speed=42)
    await s.changes.withdraw(id, who("Ada"))
    file, lines = newest_lines(p)
    file.write_bytes(b"\n".join(lines[:-1]) + b"\n")
    sql(p, "UPDATE changes SET state = 'open' WHERE id = ?", id)
    await refused("cut", s.changes.deploy(id, who("Ada")))
    for name in ("Ida", "Otto", "Vera"):  # who has lost his voice by the damage gets it again
        side = s.changes._present(name)
        p.give(name)
        p.give(name, *side)


async def a_rejected_and_a_withdrawn_one_are_opened_again(p: Governed, s: Service) -> None:
    for end in ("reject", "withdraw"):
        id = await approved(s, speed=43)
        if end == "reject":
            await s.changes.reject(id, who("Otto"), "not so fast, please")
        else:
            await s.changes.withdraw(id, who("Ada"))
        sql(p, "UPDATE changes SET state = 'open' WHERE id = ?", id)
        await refused(end, s.changes.deploy(id, who("Ada")))
        sql(p, "UPDATE changes SET state = 'rejected' WHERE id = ?", id)


async def the_file_is_changed_between_yes_and_deploy(p: Governed, s: Service) -> None:
    id, before = await approved(s, speed=44), p.text("press")
    p.write(faster(45))
    await refused("edited file", s.changes.deploy(id, who("Ada")))
    (p.folder / "press.json").write_text(before)
    await s.rescan()


async def what_runs_is_changed_between_yes_and_deploy(p: Governed, s: Service) -> None:
    id = await approved(s, speed=46)
    await s.deploy(deploy(s, flow("report", step=time.time())), who("Ada"))
    await refused("moved base", s.changes.deploy(id, who("Ada")))


async def edits_race_the_deploy(p: Governed, s: Service) -> None:
    id, before = await asked(s, speed=47), p.text("press")
    await yes(s, id, "Ida", "it")
    p.write(faster(47))
    acts: list[Awaitable[Any]] = [s.changes.deploy(id, who("Ada")), s.take([], who("Ada")), asked(s, speed=48)]
    acts += [s.changes.deploy(id, who("Both")), s.deploy(deploy(s, faster(47)), who("Ada")), yes(s, id, "Ida", "it")]
    done = await asyncio.gather(*acts, return_exceptions=True)
    assert all(isinstance(one, FlowEngineError) for number, one in enumerate(done) if number in (0, 1, 3, 4))
    (p.folder / "press.json").write_text(before)
    await s.rescan()


async def the_glass_is_broken_by_who_may_not(p: Governed, s: Service) -> None:
    id = await asked(s, speed=49)
    for name in ("Ida", "Ada", "Root", "Vera", "nobody"):
        await refused("glass", s.changes.break_glass(id, who(name), "I want it to run now"))
    await refused("glass", s.changes.break_glass(id, who("Otto"), "   now   "))
    sql(p, "INSERT INTO sides VALUES ('abc', 'Root', 'ot', 'Both', 1.0)")
    await refused("glass, side in the table", s.changes.break_glass(id, who("Root"), "I want it to run now"))
    sql(p, "DELETE FROM sides WHERE id = 'abc'")


async def a_yes_is_older_than_a_week_and_the_clock_is_set_back(p: Governed, s: Service) -> None:
    id = await approved(s, speed=50)
    clock = _Shifted()
    s.keys._clock = clock
    clock.by = 8 * 24 * 3600
    await refused("old", s.changes.deploy(id, who("Ada")))
    ahead = s.audit.__class__(s.audit.folder, clock)
    ahead.record("sign-in", "Ada")  # the record has seen that day
    clock.by = 0.0
    await refused("clock set back", s.changes.deploy(id, who("Ada")))


RUNNING: list[Callable[[Governed, Service], Awaitable[None]]] = [
    the_author_just_deploys,
    he_deploys_everything_anew,
    an_admin_deploys,
    an_old_revision_is_brought_back,
    a_file_is_edited_and_taken,
    another_flow_commands_the_machine,
    the_flow_is_renamed,
    a_disabled_flow_is_brought_in_and_enabled,
    a_subflow_is_changed_that_the_machine_uses_later,
    the_shared_connection_is_led_elsewhere,
    the_flow_is_taken_away,
    nobody_has_said_yes,
    one_yes_is_made_to_do,
    the_author_approves_himself,
    one_person_says_both_yeses,
    someone_approves_for_a_side_that_is_not_his,
    a_program_approves,
    a_yes_to_something_else_is_used,
    what_was_approved_is_exchanged_in_the_table,
    the_table_calls_it_approved,
    the_table_names_another_author,
    a_side_is_written_into_the_table,
    the_author_is_renamed_in_the_table,
    a_yes_outlives_the_side,
    a_yes_outlives_its_user_and_his_namesake_comes,
    an_old_table_brings_a_side_back,
    the_author_made_those_who_approve,
    one_who_approves_made_the_other,
    a_yes_is_forged_in_the_record,
    a_true_yes_is_copied_to_another_change,
    the_withdrawal_is_cut_off_the_record,
    a_rejected_and_a_withdrawn_one_are_opened_again,
    the_file_is_changed_between_yes_and_deploy,
    what_runs_is_changed_between_yes_and_deploy,
    edits_race_the_deploy,
    the_glass_is_broken_by_who_may_not,
    a_yes_is_older_than_a_week_and_the_clock_is_set_back,
]


class _Shifted(Clock):
    by = 0.0

    def now(self) -> float:
        return super().now() + self.by


def test_no_attack_on_a_running_engine_reaches_the_machine(tmp_path: Path) -> None:
    plant = Governed(tmp_path / "flows")

    async def main(service: Service) -> None:
        for attack in RUNNING:
            await attack(plant, service)
            assert speed(service) == 1, attack.__name__
            assert "second" not in service.engine.flows, attack.__name__
            for view in await service.changes.all():
                if view.change.state == "open" and not view.why_not:
                    await service.changes.withdraw(view.change.id, who("Root"))

    plant.run(main)
    assert len(RUNNING) >= 37


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


STARTS = [
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
        except FlowEngineError as error:
            assert "is not the content that the record names" in str(error)  # noqa: PT017 - it does not start at all
        finally:
            await service.stop(0)

    asyncio.run(start())
