"""Attacks by what people can do: deploys of every kind, yeses that are none, one person in several parts."""

from __future__ import annotations

from flowengine.service import Deploy, DeployItem, Service, Who
from tests.engine.service.attacking import Attack, refused
from tests.engine.service.conftest import deploy, drive, machines, subflow, user_of
from tests.engine.service.governed import Governed, asked, faster, speed, who, yes


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
    await s.deploy(deploy(s, drive("sleeper", speed=18) | {"disabled": True}), who("Ada"))
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


async def the_author_asks_by_a_program_of_his_own(p: Governed, s: Service) -> None:
    p.audit().record("token-made", "Both", "bot", details={"role": "editor"})
    id = (await s.changes.ask(deploy(s, faster(19)), Who("token/bot", "editor"))).change.id
    await refused("his program asks", yes(s, id, "Both", "it"))
    await yes(s, id, "Otto", "ot")
    await refused("his program asks", s.changes.deploy(id, who("Both")))


async def a_program_gives_the_sides(p: Governed, s: Service) -> None:
    access = p.access()
    for name, side in (("Paul", "it"), ("Paula", "ot")):
        access.users.add(name, "viewer", "correct horse")
        p.audit().record("user-added", "Otto", name)
        access.give_sides(name, [side], by="token/bot")  # type: ignore[list-item]
        p.audit().record("user-changed", "token/bot", name, details={"sides": [side], "password": False})
    access.close()
    id = await asked(s, "Root", speed=20)
    await refused("given by a program", yes(s, id, "Paul", "it"))
    await refused("given by a program", yes(s, id, "Paula", "ot"))


async def an_admin_sets_the_passwords_of_those_who_approve(p: Governed, s: Service) -> None:
    id = await asked(s, "Both", speed=51)
    p.set_password("Ida", by="Both")
    p.audit().record("token-made", "Both", "setter", details={"role": "admin"})
    p.set_password("Otto", by="token/setter")
    p.set_password("Otto", by="Otto")  # so does he who knows the one before
    await refused("password set by the author", yes(s, id, "Ida", "it"))
    await refused("password set by the author's program", yes(s, id, "Otto", "ot"))
    id = await asked(s, speed=52)
    await yes(s, id, "Both", "it")
    await yes(s, id, "Otto", "ot")
    await refused("password set by the one who says the other yes", s.changes.deploy(id, who("Ada")))
    for name in ("Ida", "Otto"):
        p.audit().record("set-up", name, name)  # he chooses one by a link from the computer


async def a_subflow_of_two_flows_comes_to_reach_the_machine(p: Governed, s: Service) -> None:
    shared = subflow("shared")
    await s.deploy(deploy(s, shared, user_of("first", "shared"), user_of("third", "shared")), who("Ada"))
    shared["nodes"]["drive"] = {"type": "test/drive", "options": {"machine": "press", "speed": 53}}
    shared["wires"] = [{"from": "add", "to": "drive"}]
    await refused("subflow of two", s.deploy(deploy(s, shared), who("Ada")))


async def a_connection_of_the_flow_hides_the_shared_one(p: Governed, s: Service) -> None:
    await refused(
        "own connection", s.deploy(deploy(s, drive("press") | {"connections": machines(port=666)}), who("Ada"))
    )


BY_PEOPLE: list[Attack] = [
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
    the_author_asks_by_a_program_of_his_own,
    a_program_gives_the_sides,
    an_admin_sets_the_passwords_of_those_who_approve,
    a_subflow_of_two_flows_comes_to_reach_the_machine,
    a_connection_of_the_flow_hides_the_shared_one,
]
