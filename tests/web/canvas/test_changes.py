"""Two keys in the canvas: the author asks, IT and OT approve in browsers of their own, and what runs is in git."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import PASSWORD, USERS, Flows, OpenEditor, OpenPage
from tests.web.canvas.reading import on_disk, set_option, wait_until
from tests.web.canvas.served import Served


def press() -> dict[str, Any]:
    """Return a flow that reaches a machine."""
    plc = {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": 1}}
    return {
        "flowengine": 1,
        "name": "press",
        "connections": {"plc": plc},
        "nodes": {
            "button": {"type": "timing/inject", "options": {"value": 7}},
            "scale": {"type": "values/expression", "options": {"expression": "payload"}},
            "heater": {"type": "modbus/write", "options": {"connection": "plc", "address": 20}},
        },
        "wires": [{"from": "button", "to": "scale"}, {"from": "scale", "to": "heater"}],
        "layout": {"button": [80, 80], "scale": [320, 80], "heater": [560, 80]},
    }


def limits() -> dict[str, Any]:
    """Return an envelope for the heater of the press."""
    flow = press()
    heater = flow["nodes"]["heater"] | {"owner": "Anna", "unit": "%", "range": [0, 100], "rate": 20, "safe": 0}
    heater["writers"] = ["press/heater"]
    return {"flowengine": 1, "version": 1, "connections": flow["connections"], "outputs": {"heater": heater}}


def with_two_keys(folder: Path) -> None:
    """Have two keys in a folder, and git."""
    (folder / "ownership.json").write_text('{"flowengine": 1, "two_keys": true}')
    (folder / ".gitignore").write_text(".flowengine/\n")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "begin"]):
        git(folder, *command)


@pytest.fixture
def flows() -> Flows:
    return {"press": press()}


@pytest.fixture
def plant_folder(plant_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plant with two keys, in a git repository; edgar draws, olga speaks for IT, vera for OT."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    (plant_folder / "envelope.json").write_text(json.dumps(limits()))
    with_two_keys(plant_folder)
    return plant_folder


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Plant", "-c", "user.email=plant@example.org"]
    return subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def give_sides(server: Served) -> None:
    for role, side in (("operator", "it"), ("viewer", "ot")):
        name = USERS[role]  # type: ignore[index]
        server.site.access.give_sides(name, [side], "anna")  # type: ignore[list-item]
        details = {"sides": [side]}
        server.service.audit.record("user-changed", "anna", name, details=details)


def room(page: Page) -> Locator:
    """Open the room by its place in the header."""
    page.get_by_role("banner").get_by_role("button", name=re.compile("Changes that reach a machine: 1 waits")).click()
    return page.get_by_role("dialog", name="Changes that reach a machine")


def approve(page: Page, side: str) -> None:
    dialog = room(page)
    expect(dialog.get_by_role("region", name="This deploy can move machines")).to_contain_text("heater")
    expect(dialog.get_by_text("The envelope allows at heater: 0 % to 100 %; 20 % a second at most")).to_be_visible()
    expect(dialog.get_by_role("region", name="press")).to_contain_text("payload * 2")
    dialog.get_by_role("button", name="Approve …").click()
    dialog.get_by_label("Current password").fill(PASSWORD)
    dialog.get_by_role("button", name=f"Approve for {side}").click()


def test_a_change_that_reaches_a_machine_from_the_question_to_the_commit(
    editor: OpenEditor, open_page: OpenPage, server: Served, plant_folder: Path, shot: Any
) -> None:
    give_sides(server)
    page = editor("press")
    set_option(page, "press", "scale", "expression", "payload * 2")
    page.get_by_role("banner").get_by_role("button", name="Deploy").click()
    deploying = page.get_by_role("dialog", name="Deploy")
    expect(deploying.get_by_text("by way of press/scale → press/heater")).to_be_visible()
    expect(deploying.get_by_text("one yes from IT and one from OT")).to_be_visible()
    shot(page, "changes-deploy")
    deploying.get_by_role("button", name="Request approval").click()
    asked = page.get_by_role("dialog", name="Changes that reach a machine")
    expect(asked.get_by_text("OT: missing")).to_be_visible()
    expect(asked.get_by_role("button", name="Approve …")).to_have_count(0)
    expect(asked.get_by_role("button", name="Deploy", exact=True)).to_be_disabled()
    find_nothing(page, shot, "changes-author")
    it, ot = open_page("operator"), open_page("viewer")
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/api/changes/1", lambda route: late.append((route, route.fetch())), times=1)
    approve(it, "IT")
    wait_until(page, lambda: late)  # an answer that is on its way for long
    expect(it.get_by_role("dialog").get_by_text(re.compile("IT: olga"))).to_be_visible()
    find_nothing(it, shot, "changes-it")
    it.set_viewport_size({"width": 390, "height": 800})
    shot(it, "changes-limits-narrow")
    approve(ot, "OT")
    expect(ot.get_by_role("dialog").get_by_text(re.compile("OT: vera"))).to_be_visible()
    expect(asked.get_by_role("listitem").filter(has_text="OT: vera")).to_be_visible()  # it comes by itself
    [(route, old)] = late
    with page.expect_request_finished(lambda request: request == route.request):
        route.fulfill(response=old)
    page.wait_for_function("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    expect(asked.get_by_role("listitem").filter(has_text="OT: vera")).to_be_visible()
    asked.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_text("Change 1 runs, with both approvals.")).to_be_visible()
    assert on_disk(plant_folder, "press")["nodes"]["scale"]["options"]["expression"] == "payload * 2"
    assert git(plant_folder, "log", "-1", "--format=%(trailers:only,unfold)").splitlines()[:2] == [
        "Approved-IT: olga",
        "Approved-OT: vera",
    ]
    expect(page.get_by_role("tab", name=re.compile("press, running$"))).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    shot(page, "changes-narrow")
    page.set_viewport_size({"width": 1280, "height": 800})
    file = plant_folder / "press.json"
    file.with_suffix(".new").write_text(file.read_text().replace("payload * 2", "payload * 3"))
    file.with_suffix(".new").replace(file)  # nobody reads half of it
    page.evaluate("flowengine.view.getState().openDialog('outside-all')")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^(Take|Run)")).click()
    expect(asked.get_by_text("Changed outside, and not run: press.json.")).to_be_visible()
    asked.get_by_role("button", name="Request approval").click()
    expect(asked.get_by_role("article", name="Change 2")).to_contain_text("payload * 3")
