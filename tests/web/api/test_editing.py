"""Drafts, checks, deploys, history: over the API, against the real service."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from flowengine import Message, Transform
from flowengine.flow.project import load_project
from flowengine.registry import Registry
from flowengine_web.palette import palette
from tests.web.api.client import Client
from tests.web.api.conftest import FLOW, SignedIn


def changed(factor: int) -> dict[str, Any]:
    flow = copy.deepcopy(FLOW)
    flow["nodes"]["double"]["options"]["expression"] = f"payload * {factor}"  # type: ignore[index]
    return flow


def item(client: Client, factor: int) -> dict[str, Any]:
    base = client.get("/api/flows/line")["summary"]["disk"]
    return {"flows": {"line": {"base": base, "flow": changed(factor)}}}


def test_a_draft_is_kept_unless_another_tab_was_faster(editor: Client) -> None:
    draft = {"flow": changed(3), "base": "b"}
    assert editor.refused("PUT", "/api/drafts/line", draft) == (428, "condition-needed")
    first = editor.ask("PUT", "/api/drafts/line", draft, {"If-None-Match": "*"})
    assert first.status == 200
    tag = first.headers["etag"]
    assert editor.refused("PUT", "/api/drafts/line", draft, headers={"If-None-Match": "*"}) == (
        412,
        "changed-meanwhile",
    )
    draft["flow"] = changed(4)
    second = editor.ask("PUT", "/api/drafts/line", draft, {"If-Match": tag})
    assert second.status == 200
    assert editor.refused("PUT", "/api/drafts/line", draft, headers={"If-Match": tag}) == (412, "changed-meanwhile")
    assert editor.get("/api/drafts/line")["flow"] == changed(4)
    assert [one["name"] for one in editor.get("/api/drafts")["drafts"]] == ["line"]
    assert editor.get("/api/project")["flows"][0]["draft"] is True
    assert editor.refused("DELETE", "/api/drafts/line", headers={"If-Match": tag}) == (412, "changed-meanwhile")
    assert editor.ask("DELETE", "/api/drafts/line", headers={"If-Match": second.headers["etag"]}).status == 200
    assert editor.refused("GET", "/api/drafts/line") == (404, "not-found")


def test_nobody_sees_the_draft_of_another_and_ones_own_tabs_hear_of_it(signed_in: SignedIn) -> None:
    editor, admin = signed_in("editor"), signed_in("admin")
    stream = editor.stream()
    reply = editor.ask("PUT", "/api/drafts/line", {"flow": changed(3), "base": ""}, {"If-None-Match": "*"})
    assert stream.next("draft") == {"flow": "line", "revision": reply.json["revision"]}
    assert admin.refused("GET", "/api/drafts/line") == (404, "not-found")
    assert admin.get("/api/project")["flows"][0]["draft"] is False
    stream.close()


def test_a_deploy_runs_writes_the_file_and_is_told_to_all(signed_in: SignedIn, folder: Path) -> None:
    editor, viewer = signed_in("editor"), signed_in("viewer")
    stream = viewer.stream()
    request = item(editor, 5)
    preview = editor.do("POST", "/api/deploys/preview", request)
    assert preview["diffs"][0]["changed"]["double"][0]["new"] == "payload * 5"
    assert preview["restarts"] == {"line": ["double"]}
    assert json.loads((folder / "line.json").read_text()) == FLOW
    result = editor.do("POST", "/api/deploys", request)
    assert json.loads((folder / "line.json").read_text()) == changed(5)
    assert result["restarted"] == {"line": ["double"]}
    told: dict[str, Any] = {}
    for name, data in stream.events():
        told[name] = data
        if {"deployed", "project"} <= told.keys():
            break
    assert told["deployed"] == {"flow": "line", "revision": result["revisions"]["line"], "by": "editor"}
    stream.close()


def test_who_comes_second_gets_the_difference_and_overwrites_nothing(signed_in: SignedIn, folder: Path) -> None:
    editor, admin = signed_in("editor"), signed_in("admin")
    hers, his = item(editor, 5), item(admin, 6)
    editor.do("POST", "/api/deploys", hers)
    reply = admin.ask("POST", "/api/deploys", his)
    assert (reply.status, reply.json["error"]) == (409, "conflict")
    (conflict,) = reply.json["conflicts"]
    assert (conflict["flow"], conflict["by"]) == ("line", "editor")
    assert conflict["diff"]["changed"]["double"][0]["new"] == "payload * 5"
    assert json.loads((folder / "line.json").read_text()) == changed(5)


def test_a_flow_with_errors_is_not_deployed_and_every_problem_is_named(editor: Client, folder: Path) -> None:
    request = item(editor, 5)
    request["flows"]["line"]["flow"]["nodes"]["double"]["type"] = "values/nothing"
    reply = editor.ask("POST", "/api/deploys", request)
    assert reply.status == 422
    assert [(one["code"], one["node"], one["flow"]) for one in reply.json["problems"]] == [
        ("unknown-type", "double", "line")
    ]
    assert json.loads((folder / "line.json").read_text()) == FLOW


def test_where_the_folder_is_a_repository_a_deploy_is_a_commit_of_its_user(editor: Client, folder: Path) -> None:
    git = ["git", "-C", str(folder), "-c", "user.name=T", "-c", "user.email=t@example.com"]
    for command in (["init", "-q"], ["add", "line.json"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    assert editor.get("/api/project")["flows"]
    history = editor.get("/api/flows/line/history")
    result = editor.do("POST", "/api/deploys", {**item(editor, 7), "message": "Seven times"})
    after = editor.get("/api/flows/line/history")["entries"]
    assert len(after) == len(history["entries"]) + 1 or result["commit"] == ""
    assert (after[0]["author"], after[0]["message"].strip()) == ("editor", "Seven times")
    old = editor.get(f"/api/flows/line/history/{after[-1]['id']}")
    assert old["flow"] in (FLOW, changed(7))


def test_a_change_made_outside_is_seen_and_run_only_when_it_is_taken(editor: Client, folder: Path) -> None:
    (folder / "line.json").write_text(json.dumps(changed(9)))
    editor.get("/api/project")
    editor.do("POST", "/api/flows/line/take")
    assert editor.get("/api/flows/line")["flow"] == changed(9)


def test_all_that_was_changed_outside_is_taken_in_one_step_as_it_was_looked_at(editor: Client, folder: Path) -> None:
    (folder / "line.json").write_text(json.dumps(changed(9)))
    outside = editor.get("/api/outside")
    assert [one["name"] for one in outside["diffs"]] == list(outside["revisions"]) == ["line"]
    (folder / "line.json").write_text(json.dumps(changed(10)))
    seen = {"revisions": outside["revisions"]}
    assert editor.refused("POST", "/api/take", seen)[0] == 409
    seen = {"revisions": editor.get("/api/outside")["revisions"]}
    assert editor.do("POST", "/api/take", seen)["revisions"] == seen["revisions"]
    assert editor.get("/api/flows/line")["flow"] == changed(10)
    assert editor.get("/api/outside")["revisions"] == {}


def test_the_palette_speaks_german_where_packages_do_and_english_for_everyone_else(editor: Client) -> None:
    def pid(language: str) -> dict[str, Any]:
        nodes = editor.get(f"/api/palette?language={language}")["nodes"]
        found: dict[str, Any] = next(one for one in nodes if one["type"] == "control/pid")
        return found

    german, klingon = pid("de"), pid("tlh")
    assert (german["category"], german["name"]) == ("Regelung", "PID-Regler")
    assert german["schema"]["properties"]["setpoint"]["title"] == "Sollwert"
    assert german["help"].startswith(german["title"])
    assert (klingon["category"], klingon["name"]) == ("", "")
    assert klingon == next(one for one in editor.get("/api/palette")["nodes"] if one["type"] == "control/pid")


def test_a_type_that_cannot_be_described_is_named_and_takes_no_other_out_of_the_palette(folder: Path) -> None:
    class Odd(Transform, type="acme/odd"):
        """An option that no schema can be made of."""

        limit: Annotated[int, Meta(min_length=1)] = 0

        def process(self, msg: Message) -> Message:
            return msg

    registry = Registry()
    registry.add(Odd, "acme")
    registry.add(Registry.discover().types["debug/log"].cls, "flowengine")
    found = palette(registry, load_project(folder))
    assert [kind.type for kind in found.nodes] == ["debug/log"]
    assert [(one.name, "min_length" in one.error) for one in found.failed] == [("acme/odd", True)]


def test_a_node_is_tried_on_a_message(editor: Client) -> None:
    body = {"type": "values/expression", "options": {"expression": "payload + 1"}, "messages": [{"payload": 41}]}
    (out,) = editor.do("POST", "/api/try", body)["outputs"]
    assert (out["port"], out["message"]["payload"]) == ("out", 42)
    assert "modbus" in editor.do("POST", "/api/try", {**body, "type": "modbus/read"})["error"]


def test_an_operator_presses_buttons_and_an_editor_gives_messages_but_to_no_actuator(signed_in: SignedIn) -> None:
    operator, editor = signed_in("operator"), signed_in("editor")
    operator.do("POST", "/api/flows/line/inject", {"node": "button"})
    message = {"node": "double", "message": {"payload": 4}}
    assert operator.refused("POST", "/api/flows/line/inject", message) == (403, "forbidden")
    editor.do("POST", "/api/flows/line/inject", message)
    assert editor.refused("POST", "/api/flows/line/inject", {"node": "log", "message": {"payload": 4}}) == (
        403,
        "not-allowed",
    )
    assert editor.refused("POST", "/api/flows/line/inject", {"node": "gone"}) == (404, "not-found")


def test_the_palette_has_all_that_is_installed(editor: Client) -> None:
    palette = editor.get("/api/palette")
    kinds = {node["type"]: node for node in [*palette["nodes"], *palette["connections"]]}
    assert kinds["timing/inject"]["button"] is True
    assert kinds["modbus/read"]["ot"] is True
    assert kinds["mqtt/publish"]["ot"] is False
    assert kinds["modbus/device"]["kind"] == "connection"
    assert kinds["routing/switch"]["dynamic"] is True
    assert kinds["values/expression"]["inputs"] == [{"name": "in", "payload": "any", "description": ""}]


def test_the_brief_palette_leaves_out_help_and_forms_but_says_which_options_name_a_connection(editor: Client) -> None:
    palette = editor.get("/api/palette?brief=true")
    kinds = {node["type"]: node for node in palette["nodes"]}
    assert kinds.keys() == {node["type"] for node in editor.get("/api/palette")["nodes"]}
    assert {node["help"] for node in kinds.values()} == {""}
    assert kinds["values/expression"]["schema"] == {}
    assert kinds["modbus/read"]["schema"] == {"properties": {"connection": {"x-connection": "modbus/device"}}}


def test_examples_stand_alone(editor: Client) -> None:
    examples = {one["name"]: one for one in editor.get("/api/examples")}
    assert {"hello", "oven-control"} <= set(examples)
    flow = examples["oven-control"]["flow"]
    assert {"plant", "broker"} <= set(flow["connections"])
    assert examples["oven-control"]["needs"] == ["alarm", "warmed-up"]


def test_a_flow_is_checked_with_a_subflow_that_is_new_too(editor: Client) -> None:
    flow = changed(2)
    flow["nodes"]["part"] = {"type": "flow/part"}
    inner = {"type": "values/expression", "options": {"expression": "payload + 1"}}
    part = {"flowengine": 1, "name": "part", "subflow": {"inputs": {"in": ["inner"]}}, "nodes": {"inner": inner}}
    alone = editor.ask("POST", "/api/check", {"name": "line", "flow": flow}).json
    assert [problem["code"] for problem in alone["problems"] if problem["severity"] == "error"] == ["unknown-subflow"]
    together = editor.ask("POST", "/api/check", {"name": "line", "flow": flow, "drafts": {"part": part}}).json
    assert [problem for problem in together["problems"] if problem["severity"] == "error"] == []
    assert [port["name"] for port in together["ports"]["part"]["inputs"]] == ["in"]
