"""Attacks on what is kept: tables, users, the record, the clock, files in between."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import Awaitable
from typing import Any

from flowengine.access.audit_entry import Entry, read_line
from flowengine.errors import FlowEngineError
from flowengine.service import Service
from tests.engine.service.attacking import Attack, Shifted, append_forged, newest_lines, refused, rows, sql
from tests.engine.service.conftest import deploy, flow
from tests.engine.service.governed import Governed, approved, asked, faster, who, yes


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
    grants = {side: grant.id for name in ("Ida", "Otto") for side, grant in s.changes.book.present(name).items()}
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
        side = s.changes.book.present(name)
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
    p.set_password("Otto", by="Ada")
    await refused("glass, by the author", s.changes.break_glass(id, who("Otto"), "I want it to run now"))
    p.audit().record("set-up", "Otto", "Otto")
    sql(p, "INSERT INTO sides VALUES ('abc', 'Root', 'ot', 'Both', 1.0)")
    await refused("glass, side in the table", s.changes.break_glass(id, who("Root"), "I want it to run now"))
    sql(p, "DELETE FROM sides WHERE id = 'abc'")


async def a_yes_is_older_than_a_week_and_the_clock_is_set_back(p: Governed, s: Service) -> None:
    id = await approved(s, speed=50)
    clock = Shifted()
    s.keys._clock = clock
    clock.by = 8 * 24 * 3600
    await refused("old", s.changes.deploy(id, who("Ada")))
    ahead = s.audit.__class__(s.audit.folder, clock)
    ahead.record("sign-in", "Ada")  # the record has seen that day
    clock.by = 0.0
    await refused("clock set back", s.changes.deploy(id, who("Ada")))


async def what_is_shown_of_a_change_is_exchanged_in_the_table(p: Governed, s: Service) -> None:
    id = await asked(s, speed=54)
    (kept,) = rows(p, "SELECT files, evidence, message, author FROM changes WHERE id = ?", id)
    after = json.loads(kept[0])["press.json"][1]
    sql(p, "UPDATE changes SET files = ? WHERE id = ?", json.dumps({"press.json": [after, after]}), id)
    (diff,) = (await s.changes.get(id)).diffs
    assert diff, "what differs is seen all the same"
    forged = json.dumps({**json.loads(kept[1]), "reaches": [], "tests": []})
    for column, value in (("evidence", forged), ("evidence", "{}"), ("message", "a typo"), ("author", "Vera")):
        sql(p, f"UPDATE changes SET {column} = ? WHERE id = ?", value, id)
        await refused(f"{column} in the table", yes(s, id, "Ida", "it"))
        sql(p, "UPDATE changes SET evidence = ?, message = ?, author = ? WHERE id = ?", *kept[1:], id)
    forged = json.dumps({**json.loads(kept[1]), "simulation": {"content": "", "base": "", "result": {}}})
    sql(p, "UPDATE changes SET evidence = ? WHERE id = ?", forged, id)
    assert s.changes.simulations.of((await s.changes.get(id)).change) is None
    await yes(s, id, "Ida", "it")


async def what_runs_goes_away_and_comes_back_under_two_yeses(p: Governed, s: Service) -> None:
    first = deploy(s, flow("report", step=55))
    await s.deploy(first, who("Ada"))
    id = await approved(s, speed=55)
    await s.deploy(deploy(s, flow("report", step=56)), who("Ada"))
    await s.deploy(deploy(s, flow("report", step=55)), who("Ada"))
    await refused("the same hash again", s.changes.deploy(id, who("Ada")))


async def the_glass_is_called_whole_in_the_table(p: Governed, s: Service) -> None:
    for number, end in enumerate(("state = 'open', files = '{}'", "id = -id")):
        id = await asked(s, speed=57 + number)
        await s.changes.break_glass(id, who("Otto"), "the press is stuck, now")
        sql(p, f"UPDATE changes SET {end} WHERE id = ?", id)
        await s.changes.glass.fall_back(id, who("Root"))
        assert s.keys.glass == ""
        sql(p, "DELETE FROM changes WHERE abs(id) = ?", id)


ON_RECORDS: list[Attack] = [
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
    what_is_shown_of_a_change_is_exchanged_in_the_table,
    what_runs_goes_away_and_comes_back_under_two_yeses,
    the_glass_is_called_whole_in_the_table,
    a_yes_is_older_than_a_week_and_the_clock_is_set_back,
]
