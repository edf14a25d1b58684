"""Who may only look, looks: everything can be seen, nothing changed, and the reason is said."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.web.canvas.conftest import OpenEditor, OpenPage
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
