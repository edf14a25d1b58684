"""Who may only look, looks: everything can be seen, nothing changed, and the reason is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from flowengine.access.access import Access, access_file
from tests.web.canvas.conftest import USERS, OpenEditor, OpenPage
from tests.web.canvas.reading import draft
from tests.web.canvas.served import Served


def test_a_viewer_looks_and_debugs_but_changes_nothing(editor: OpenEditor, server: Served) -> None:
    page = editor("line", role="viewer")
    before = draft(page, "line")
    deploy = page.get_by_role("button", name="Deploy")
    expect(deploy).to_be_disabled()
    expect(deploy).to_have_attribute("title", re.compile("Needs the role editor"))
    expect(page.get_by_role("button", name="New flow")).to_have_count(0)
    page.get_by_role("button", name="What can be done with line").click()
    for name in ("Rename", "Duplicate", "Disable", "Delete", "Stop now"):
        expect(page.get_by_role("menuitem", name=name)).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Debug").click()
    expect(page.get_by_role("tabpanel", name="Debug")).to_be_visible()
    page.locator("#flow-panel").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    assert draft(page, "line") == before
    for path, body in (
        ("/api/deploys", {"flows": {}}),
        ("/api/flows/line/inject", {"node": "button"}),
        ("/api/flows/line/run", {"run": False}),
    ):
        status = page.evaluate(
            """async ([path, body]) => {
              const { csrf } = await (await fetch("/api/session")).json();
              const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
              return (await fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).status;
            }""",
            [path, body],
        )
        assert status == 403, path
    assert server.do(lambda: "line" in server.service.engine.flows)


@pytest.mark.parametrize("role", ["operator", "editor"])
def test_an_operator_stops_and_starts_a_flow(open_page: OpenPage, server: Served, role: str) -> None:
    page = open_page(role)  # type: ignore[arg-type]
    page.get_by_role("button", name="Stop line now").click()
    expect(page.get_by_role("button", name="Start line now")).to_be_visible()
    assert server.do(lambda: "line" not in server.service.engine.flows)
    page.get_by_role("button", name="Start line now").click()
    expect(page.get_by_role("button", name="Stop line now")).to_be_visible()
    assert server.do(lambda: "line" in server.service.engine.flows)


def test_a_right_that_is_given_or_taken_shows_without_a_reload(
    editor: OpenEditor, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine_web.stream.LOOK_EVERY", 0.1)
    page = editor("line", role="viewer")
    send = page.get_by_role("button", name="Send a message from button")
    expect(send).to_be_disabled()
    server.site.access.permit(USERS["viewer"], "editor", "l*")
    expect(send).to_be_enabled()
    server.site.access.permissions.take(USERS["viewer"], "editor", "l*")
    expect(send).to_be_disabled()


@pytest.fixture
def area(plant_folder: Path) -> str:
    """The area of flows in which the viewer is an editor."""
    access = Access(access_file(plant_folder))
    access.permit(USERS["viewer"], "editor", "l*")
    access.close()
    return "l*"


def test_a_viewer_edits_the_flows_of_his_area_and_no_others(area: str, editor: OpenEditor, server: Served) -> None:
    page = editor("line", role="viewer")
    expect(page.get_by_role("button", name="Send a message from button")).to_be_enabled()
    page.locator("#flow-panel").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Deploy").click()
    with page.expect_response("**/api/deploys") as deployed:
        page.get_by_role("dialog").get_by_role("button", name="Deploy", exact=True).click()
    assert deployed.value.ok
    page.get_by_role("button", name="New flow").click()
    name = page.get_by_label("Name of the flow")
    expect(name).to_have_value("l1")
    name.fill("oven")
    expect(page.get_by_text("You may edit l* only.")).to_be_visible()
    expect(page.get_by_role("button", name="Create")).to_be_disabled()
    page.keyboard.press("Escape")

    page.get_by_role("tab", name="Start page").click()
    for flow, may in (("line", "false"), ("empty", "true")):
        page.get_by_role("button", name=f"What can be done with {flow}").click()
        for entry in ("Rename", "Disable", "Delete", "Stop now"):
            expected = None if may == "false" else "true"
            item = page.get_by_role("menuitem", name=entry)
            assert item.get_attribute("aria-disabled") in (expected, may), (flow, entry)
        page.keyboard.press("Escape")
    page.get_by_role("button", name="empty", exact=True).click()
    page.get_by_role("tab", name="Settings").click()
    expect(page.get_by_text("You may look, but not change.")).to_be_visible()
