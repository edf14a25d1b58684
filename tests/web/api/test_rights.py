"""Rights beyond a role: in areas of flows, by groups and tokens, and the right to write code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flowengine import settings
from flowengine.access.access import Access, access_file
from flowengine.access.audit import audit_folder
from flowengine.message import Message
from flowengine.registry import Registry
from flowengine.store.dead_letters import DeadLetter
from tests.web.api.client import Client
from tests.web.api.conftest import FLOW, SignedIn
from tests.web.canvas.served import Served

Sign = Callable[[str], Client]


def flow_of(name: str, **nodes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = dict(FLOW)
    return {**whole, "name": name, "nodes": {**whole["nodes"], **nodes}}


def python(code: str) -> dict[str, Any]:
    return {"type": "values/python", "options": {"code": code}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, users: Path, registry: Registry) -> Iterator[Served]:
    """An installation with flows of two presses and of an oven, for the whole module."""
    folder = tmp_path_factory.mktemp("areas")
    (folder / ".flowengine").mkdir()
    (folder / ".flowengine" / "web.sqlite").write_bytes(users.read_bytes())
    for name in ("press-1", "press-2", "oven"):
        (folder / f"{name}.json").write_text(json.dumps(flow_of(name)))
    served = Served(folder, registry)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def access(served: Served) -> Iterator[Access]:
    """What the computer's owner can do."""
    access = Access(access_file(served.folder))
    yield access
    for one in access.permissions.all():
        access.permissions.take(one.who, one.may, one.area)
    for name in access.groups.all():
        access.groups.remove(name)
    access.close()


def deploy(client: Client, name: str, flow: dict[str, Any], **more: Any) -> tuple[int, str]:
    base = client.get(f"/api/flows/{name}")["summary"]["revision"]
    reply = client.ask("POST", "/api/deploys", {"flows": {name: {"base": base, "flow": flow}}, **more})
    return reply.status, reply.json.get("message", "")


def test_who_looks_everywhere_may_edit_in_his_area_alone(signed_in: SignedIn, access: Access) -> None:
    viewer = signed_in("viewer")
    assert deploy(viewer, "press-1", flow_of("press-1", a={"type": "debug/log"}))[0] == 403
    access.permit("viewer", "editor", "press-*")
    assert deploy(viewer, "press-1", flow_of("press-1", a={"type": "debug/log"}))[0] == 200
    status, text = deploy(viewer, "oven", flow_of("oven", a={"type": "debug/log"}))
    assert (status, text) == (403, "this needs the role editor for the flow 'oven'; 'viewer' has it for others")


def test_dead_letters_are_replayed_and_deleted_by_who_is_operator_in_the_area_of_their_flow(
    signed_in: SignedIn, access: Access, served: Served
) -> None:
    letters = served.service.dead_letters
    failed: dict[str, Any] = {"node": "log", "port": "", "reason": "no", "kind": "BadData", "time": 1.0}
    letters.add(DeadLetter(flow=flow, message=Message(1), **failed) for flow in ("press-1", "oven"))
    ids = {letter.flow: letter.id for letter in letters.find()}
    viewer, both = signed_in("viewer"), {"ids": list(ids.values())}
    for act in ("replay", "delete"):
        assert viewer.ask("POST", f"/api/dead-letters/{act}", both).status == 403
    access.permit("viewer", "operator", "press-*")
    for act in ("replay", "delete"):
        reply = viewer.ask("POST", f"/api/dead-letters/{act}", both)
        assert (reply.status, "the flow 'oven'" in reply.json["message"]) == (403, True)
    assert len(letters.find()) == 2
    assert viewer.do("POST", "/api/dead-letters/replay", {"ids": [ids["press-1"], 10**9]})["done"] == [ids["press-1"]]
    assert signed_in("operator").do("POST", "/api/dead-letters/delete", {"ids": [ids["oven"]]})["done"] == [ids["oven"]]


PLACES = {
    "POST /api/flows/{flow}/inject": {"node": "button"},
    "POST /api/flows/{flow}/run": {"run": True},
    "POST /api/flows/{flow}/take": None,
    "GET /api/drafts/{flow}": None,
    "PUT /api/drafts/{flow}": {"base": "", "flow": {}},
    "DELETE /api/drafts/{flow}": None,
    "POST /api/deploys": {"flows": {"{flow}": {"base": "", "flow": None}}},
    "POST /api/deploys/preview": {"flows": {"{flow}": {"base": "", "flow": None}}},
    "POST /api/take": {"revisions": {"{flow}": "x"}},
    "POST /api/dashboard/operate": {"flow": "{flow}", "node": "x", "value": 1},
    "POST /api/models": {"flow": "{flow}", "node": "x", "name": "y"},
    "POST /api/faults/acknowledge": {"places": [{"flow": "{flow}", "node": "x"}]},
}
"""Every route whose role may be one in an area, and a request to it."""


def test_every_route_about_a_flow_keeps_to_the_areas(signed_in: SignedIn, access: Access, served: Served) -> None:
    from flowengine_web.routes import table

    of_flows = {f"{route.method} {route.path}": route for route in table() if route.in_areas and route.role != "viewer"}
    inner = {place for place in of_flows if "/changes" in place or "/dead-letters" in place}  # by what is in them
    assert set(PLACES) | {"GET /api/drafts", "POST /api/try"} == set(of_flows) - inner
    operator, viewer = signed_in("operator"), signed_in("viewer")
    access.permit("operator", "editor", "press-*")
    access.permit("viewer", "operator", "press-*")
    for place, body in PLACES.items():
        method, _, path = place.partition(" ")
        needs = of_flows[place].role
        for client, has in ((operator, "editor"), (viewer, "operator")):
            for flow, inside in (("press-9", True), ("oven-9", False), ("xpress-9", False)):
                if client is operator and needs == "operator":
                    continue  # he is an operator everywhere
                sent = json.loads(json.dumps(body).replace("{flow}", flow))
                headers = {"If-Match": '"none"'} if of_flows[place].conditional else {}
                status = client.ask(method, path.replace("{flow}", flow), sent, headers).status
                allowed = inside and (has == "editor" or needs == "operator")
                assert (status != 403) == allowed, (place, has, flow, status)


def test_what_all_flows_share_is_in_no_area(signed_in: SignedIn, access: Access) -> None:
    viewer = signed_in("viewer")
    access.permit("viewer", "editor", "press-*")
    body = {"flows": {}, "connections": {"base": "", "connections": {}}}
    reply = viewer.ask("POST", "/api/deploys", body)
    assert (reply.status, reply.json["error"]) == (403, "forbidden")
    assert viewer.ask("PUT", "/api/dashboard/pages", {"pages": []}, {"If-Match": "*"}).status == 403
    assert viewer.ask("GET", "/api/users").status == 403


def test_a_group_has_for_its_members(signed_in: SignedIn, access: Access, admin: Client) -> None:
    viewer = signed_in("viewer")
    admin.do("PUT", "/api/groups/shift-a", {"members": ["viewer"]})
    admin.do("POST", "/api/rights/permit", {"who": "group/shift-a", "may": "operator", "area": "oven"})
    assert viewer.ask("POST", "/api/flows/oven/inject", {"node": "button"}).status == 200
    assert viewer.ask("POST", "/api/flows/press-1/inject", {"node": "button"}).status == 403
    assert viewer.get("/api/session")["areas"] == [{"may": "operator", "area": "oven"}], (
        "the canvas shows buttons by it"
    )
    listed = admin.get("/api/rights")
    assert listed["groups"] == [{"name": "shift-a", "members": ["viewer"]}]
    assert [(one["who"], one["by"]) for one in listed["permissions"]] == [("group/shift-a", "admin")]
    admin.do("PUT", "/api/groups/shift-a", {"members": []})
    assert viewer.ask("POST", "/api/flows/oven/inject", {"node": "button"}).status == 403
    assert admin.refused("PUT", "/api/groups/x", {"members": ["nobody"]})[0] == 404
    assert admin.refused("POST", "/api/rights/permit", {"who": "group/none", "may": "operator"})[0] == 404
    assert admin.refused("POST", "/api/rights/permit", {"who": "viewer", "may": "operator", "area": "a b"})[0] == 422


def test_code_is_changed_by_who_may_write_it(signed_in: SignedIn, access: Access) -> None:
    editor = signed_in("editor")
    status, text = deploy(editor, "oven", flow_of("oven", calc=python("return msg")))
    assert status == 403
    assert "changes code in 'oven' (option code of values/python)" in text
    access.permit("editor", "code", "oven")
    assert deploy(editor, "oven", flow_of("oven", calc=python("return msg")))[0] == 200
    assert deploy(editor, "press-1", flow_of("press-1", calc=python("return msg")))[0] == 403
    access.permissions.take("editor", "code", "oven")
    moved = {**flow_of("oven", other=python("return msg")), "layout": {"other": [1, 2]}}
    assert deploy(editor, "oven", moved)[0] == 200, "the code is the same, elsewhere"
    assert deploy(editor, "oven", flow_of("oven", calc=python("return None")))[0] == 403
    assert deploy(editor, "oven", flow_of("oven"))[0] == 200, "to take code away needs no right"


def test_no_other_road_leads_to_code(signed_in: SignedIn, access: Access, served: Served) -> None:
    editor = signed_in("editor")
    access.permit("editor", "code", "oven")
    given = {**flow_of("oven", calc=python("${CODE}")), "environment": {"CODE": "return msg"}}
    assert deploy(editor, "oven", given)[0] == 200
    access.permissions.take("editor", "code", "oven")
    assert deploy(editor, "oven", {**given, "environment": {"CODE": "import os"}})[0] == 403, "by a variable"
    disabled = flow_of("oven", calc={**python("import os"), "disabled": True})
    assert deploy(editor, "oven", disabled)[0] == 403, "by a node that is switched on later"
    trial = {"type": "values/python", "options": {"code": "return msg"}, "messages": [{"payload": 1}]}
    assert editor.refused("POST", "/api/try", trial) == (403, "no-code")
    (served.folder / "press-2.json").write_text(json.dumps(flow_of("press-2", calc=python("import os"))))
    assert editor.refused("POST", "/api/flows/press-2/take")[0] == 403, "by a file that was changed outside"
    (served.folder / "press-2.json").write_text(json.dumps(flow_of("press-2")))
    for type, options in (
        ("nodered/function", {"func": "return null"}),
        ("nodered/exec", {"command": "id"}),
    ):
        assert deploy(editor, "oven", flow_of("oven", n={"type": type, "options": options}))[0] == 403, type


def test_a_subflow_is_changed_in_every_flow_that_uses_it(signed_in: SignedIn, access: Access) -> None:
    editor, viewer = signed_in("editor"), signed_in("viewer")
    part = {
        "flowengine": 1,
        "name": "part",
        "subflow": {"parameters": {"code": {"type": "string"}}, "inputs": {"in": ["n"]}},
        "nodes": {"n": python("${parameter:code}")},
    }
    use = {"type": "flow/part", "options": {"code": "return [msg]"}}
    request: dict[str, Any] = {
        "flows": {"part": {"base": "", "flow": part}, "oven": {"base": "", "flow": flow_of("oven", p=use)}}
    }
    request["flows"]["oven"]["base"] = editor.get("/api/flows/oven")["summary"]["revision"]
    assert editor.refused("POST", "/api/deploys", request)[0] == 403, "by a parameter"
    access.permit("editor", "code", "*")
    editor.do("POST", "/api/deploys", request)
    access.permit("viewer", "editor", "part")
    status, text = deploy(viewer, "part", {**part, "nodes": {"n": {"type": "debug/log"}}})
    assert status == 403
    assert "changes the flow 'oven'" in text
    request["flows"] = {
        "oven": {"base": editor.get("/api/flows/oven")["summary"]["revision"], "flow": flow_of("oven")},
        "part": {"base": editor.get("/api/flows/part")["summary"]["revision"], "flow": None},
    }
    editor.do("POST", "/api/deploys", request)


def test_nobody_makes_himself_one_who_may_write_code(admin: Client, access: Access) -> None:
    permit = {"may": "code", "area": "*"}
    for who in ("admin", "viewer"):
        assert admin.refused("POST", "/api/rights/permit", {"who": who, **permit}) == (403, "no-code")
    access.groups.set("coders", [])
    access.permit("group/coders", "code", "*")
    assert admin.refused("PUT", "/api/groups/Coders", {"members": ["admin"]}) == (403, "no-code")
    made = {"name": "robot", "role": "editor", "permissions": [permit]}
    assert admin.refused("POST", "/api/tokens", made) == (403, "no-code")
    assert admin.get("/api/tokens")["tokens"] == [], "a token without its rights is not left behind"
    access.permit("admin", "code", "press-*")
    assert admin.refused("POST", "/api/rights/permit", {"who": "viewer", **permit}) == (403, "no-code")
    admin.do("POST", "/api/rights/permit", {"who": "viewer", "may": "code", "area": "press-*"})


def test_a_token_may_be_for_certain_flows(admin: Client, access: Access, served: Served) -> None:
    made = {"name": "ci", "role": "viewer", "days": 1, "permissions": [{"may": "editor", "area": "press-*"}]}
    token = admin.do("POST", "/api/tokens", made)["token"]
    with Client(served.port) as program:
        bearer = {"Authorization": f"Bearer {token}"}
        assert (
            program.ask("PUT", "/api/drafts/press-1", {"base": "", "flow": {}}, {**bearer, "If-Match": "*"}).status
            != 403
        )
        assert (
            program.ask("PUT", "/api/drafts/oven", {"base": "", "flow": {}}, {**bearer, "If-Match": "*"}).status == 403
        )
        (listed,) = admin.get("/api/tokens")["tokens"]
        assert (listed["name"], listed["role"]) == ("ci", "viewer")
        assert token not in json.dumps(listed)
        admin.do("DELETE", "/api/tokens/ci")
        assert program.ask("GET", "/api/project", headers=bearer).status == 401
    assert access.permissions.of("token/ci") == ()
    assert admin.refused("POST", "/api/tokens", {"name": "Local"})[0] == 403
    assert admin.refused("DELETE", "/api/tokens/local")[0] == 403


def test_one_signs_out_everywhere_at_once(signed_in: SignedIn) -> None:
    here, there = signed_in("viewer"), signed_in("viewer")
    here.do("DELETE", "/api/sessions")
    assert there.ask("GET", "/api/project").status == 401


def test_what_is_given_is_recorded(admin: Client, access: Access, served: Served) -> None:
    admin.do("POST", "/api/rights/permit", {"who": "viewer", "may": "operator", "area": "oven"})
    admin.do("POST", "/api/rights/withdraw", {"who": "viewer", "may": "operator", "area": "oven"})
    text = "".join(file.read_text() for file in sorted(audit_folder(served.folder).glob("*.jsonl")))
    found = [json.loads(line) for line in text.splitlines()]
    about = [(e["what"], e["who"], e["about"], e["details"]) for e in found if e["what"].startswith("permi")][-2:]
    details = {"may": "operator", "area": "oven"}
    assert about == [("permitted", "admin", "viewer", details), ("permission-withdrawn", "admin", "viewer", details)]


def test_code_can_be_switched_off(admin: Client, access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    access.permit("admin", "code", "*")
    monkeypatch.setenv(settings.NO_CODE, "1")
    flow = flow_of("oven", calc=python("return msg"))
    (problem,) = admin.do("POST", "/api/check", {"name": "oven", "flow": flow})["problems"][:1]
    assert (problem["code"], problem["path"]) == ("code-off", "$.nodes.calc.options")
    assert deploy(admin, "oven", flow)[0] == 422
    trial = {"type": "values/python", "options": {"code": "return msg"}, "messages": [{"payload": 1}]}
    assert "switched off" in admin.do("POST", "/api/try", trial)["error"]
