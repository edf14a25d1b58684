"""axe finds nothing, in light and dark, in every state that people work in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import Flows, OpenEditor, OpenPage, empty, line
from tests.web.canvas.reading import set_option


def thirty() -> dict[str, Any]:
    """Return a flow of thirty nodes of all kinds."""
    nodes: dict[str, Any] = {"tick": {"type": "timing/every", "options": {"interval": 1, "send": "count"}}}
    wires, layout = [], {"tick": [60, 60]}
    before = "tick"
    for n in range(28):
        name = f"step-{n}"
        nodes[name] = {"type": "values/expression", "options": {"expression": f"payload + {n}"}}
        if n % 9 == 8:
            nodes[name]["disabled"] = True
        wires.append({"from": before, "to": name})
        layout[name] = [60 + (n + 1) % 6 * 220, 60 + (n + 1) // 6 * 100]
        before = name
    nodes["log"] = {"type": "debug/log"}
    wires.append({"from": "step-0", "to": "log"})
    layout["log"] = [1160, 460]
    note = {"at": [60, 560], "size": [200, 80], "text": "Thirty nodes"}
    group = {"nodes": ["step-0", "step-1"], "colour": "teal"}
    return {
        "flowengine": 1,
        "name": "thirty",
        "nodes": nodes,
        "wires": wires,
        "layout": {**layout, "$note:1": note, "$group:first": group},
    }


@pytest.fixture
def flows() -> Flows:
    """An empty flow, one that runs, one of thirty nodes."""
    return {"empty": empty(), "line": line(), "thirty": thirty()}


def test_the_pages_before_and_around_the_flows(open_page: OpenPage, shot: Callable[[Page, str], None]) -> None:
    page = open_page(None)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    find_nothing(page, shot, "sign-in")
    page = open_page("admin")
    expect(page.get_by_role("heading", name="Examples and templates")).to_be_visible()
    find_nothing(page, shot, "start")


ALL_SEEN = """() => {
  const canvas = document.querySelector("[data-canvas]").getBoundingClientRect();
  return [...document.querySelectorAll(".react-flow__node")].map((node) => node.getBoundingClientRect())
    .every(({ left, right }) => left >= canvas.left && right <= canvas.right);
}"""


@pytest.mark.parametrize("flow", ["empty", "thirty"])
def test_a_canvas_empty_and_full(editor: OpenEditor, shot: Callable[[Page, str], None], flow: str) -> None:
    page = editor(flow)
    expect(page.locator("#flow-panel").get_by_role("region").or_(page.locator("[data-canvas]")).first).to_be_visible()
    page.wait_for_function("() => flowengine.flow !== undefined")
    find_nothing(page, shot, flow)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(ALL_SEEN)  # what was seen whole stays in sight


def test_a_form_with_errors_and_every_pane(editor: OpenEditor, shot: Callable[[Page, str], None]) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload *")
    set_option(page, "line", "tick", "interval", -1)
    page.evaluate("flowengine.view.getState().select('line', {nodes: ['tick']})")
    page.wait_for_function("() => flowengine.checks.getState().checks.line?.problems.length >= 2")
    for pane in ("Settings", "Info", "Debug", "Problems", "Outline", "History"):
        page.get_by_role("tab", name=pane).click()
        expect(page.get_by_role("tabpanel", name=pane)).to_be_visible()
        if pane == "Settings":
            expect(page.get_by_role("tabpanel", name=pane).get_by_role("spinbutton").or_(
                page.get_by_role("tabpanel", name=pane).get_by_role("textbox")).first).to_be_visible()  # fmt: skip
        find_nothing(page, shot, f"pane-{pane.lower()}", within=None if pane == "Settings" else "#drawer")


DIALOGS = (
    *("deploy", "commands", "keys", "search", "new-flow", "rename-flow", "import", "export", "users", "password"),
    *("dead-letters", "faults", "connections"),
)


def test_every_dialog(editor: OpenEditor, shot: Callable[[Page, str], None]) -> None:
    page = editor("line", role="admin")
    set_option(page, "line", "double", "expression", "payload * 3")
    for name in DIALOGS:
        page.evaluate("name => flowengine.view.getState().openDialog(name, {flow: 'line'})", name)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        if name == "deploy":
            expect(dialog.get_by_role("listitem").first).to_be_visible()
        find_nothing(page, shot, f"dialog-{name}", within=None if name == "deploy" else "dialog")
        page.evaluate("flowengine.view.getState().closeDialog()")
        expect(dialog).to_have_count(0)


def test_menus(editor: OpenEditor, shot: Callable[[Page, str], None]) -> None:
    page = editor("line")
    page.get_by_role("button", name="edgar, editor").click()
    find_nothing(page, shot, "menu-user")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="What can be done with line").click()
    find_nothing(page, shot, "menu-flow", within="[role=menu]")
    page.keyboard.press("Escape")
    page.evaluate("flowengine.view.getState().select('line', {nodes: ['double']})")
    page.locator("[data-canvas]").focus()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menu")).to_be_visible()
    find_nothing(page, shot, "menu-node", within="[role=menu]")
