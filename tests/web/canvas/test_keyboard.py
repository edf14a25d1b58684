"""Everything by keyboard: build, wire, configure, deploy, undo; regions, key map, commands. There is no mouse here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.canvas.conftest import OpenEditor, OpenPage, in_front
from tests.web.canvas.holding import Held
from tests.web.canvas.reading import deployed, draft, expression, on_disk


def go_to_canvas(page: Page) -> None:
    """F6 until the canvas has the focus."""
    for _ in range(6):
        page.keyboard.press("F6")
        if page.evaluate("document.activeElement?.closest('#flow-panel') !== null"):
            return
    raise AssertionError("F6 does not come to the canvas")


def walk_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus: a few times back, since it may be just before, then on."""
    for key in ["Shift+Tab"] * 6 + ["Tab"] * 40:
        if target.evaluate("element => element.contains(document.activeElement)"):
            return
        page.keyboard.press(key)
    raise AssertionError("Tab does not come there")


def add(page: Page, words: str) -> None:
    """Add the first node that is found for some words."""
    page.keyboard.press("a")
    picker = page.get_by_role("combobox")
    expect(picker).to_be_focused()
    page.keyboard.type(words)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(picker).to_have_count(0)


@pytest.fixture
def without(open_page: OpenPage) -> Callable[[str], tuple[Page, Held]]:
    """Opens the editor without some of its parts, given as names of their files: they come when they are let go."""

    def open_without(parts: str) -> tuple[Page, Held]:
        page = open_page(path="about:blank")
        held = Held(page, f"**/assets/{parts}-*.js")
        page.goto("/#line")
        return in_front(page, "line"), held

    return open_without


def test_a_flow_is_built_wired_configured_deployed_and_undone(editor: OpenEditor, plant_folder: Path) -> None:
    page = editor("empty")
    go_to_canvas(page)
    add(page, "timing every")
    add(page, "expression")
    page.wait_for_function("() => Object.keys(flowengine.project.getState().flows.empty.nodes).length === 2")
    nodes = list((draft(page, "empty") or {})["nodes"])
    source, formula = nodes
    if not (draft(page, "empty") or {})["wires"]:
        page.evaluate("node => flowengine.view.getState().select('empty', {nodes: [node]})", source)
        page.keyboard.press("c")
        expect(page.get_by_role("option").first).to_be_visible()
        page.keyboard.press("Enter")
    page.wait_for_function("() => flowengine.project.getState().flows.empty.wires.length === 1")
    assert (draft(page, "empty") or {})["wires"] == [{"from": source, "to": formula}]

    go_to_outline(page, formula)
    page.keyboard.press("Enter")  # the settings, with the focus in the first field
    pane = page.get_by_role("tabpanel", name="Settings")
    expect(pane.locator(":focus")).to_have_count(1)
    field = pane.get_by_role("textbox", name=re.compile("expression", re.IGNORECASE))
    expect(field).to_be_visible()
    page.wait_for_function("() => flowengine.checks.getState().checks.empty?.ports.expression !== undefined")
    walk_to(page, field)
    page.keyboard.press("Control+a")
    page.keyboard.type("payload + 1")
    page.wait_for_function(
        "node => flowengine.project.getState().flows.empty.nodes[node].options?.expression === 'payload + 1'",
        arg=formula,
    )
    page.keyboard.press("Escape")
    go_to_canvas(page)
    page.keyboard.press("Control+d")
    dialog = page.get_by_role("dialog", name="Deploy")
    button = dialog.get_by_role("button", name="Deploy", exact=True)
    expect(button).to_be_enabled()
    walk_to(page, button)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert set(on_disk(plant_folder, "empty")["nodes"]) == {source, formula}
    go_to_canvas(page)
    page.keyboard.press("Control+z")
    page.wait_for_function(
        """node => flowengine.project.getState().flows.empty.nodes[node].options?.expression !== 'payload + 1'""",
        arg=formula,
    )


def go_to_outline(page: Page, node: str) -> None:
    """Open the outline by the command palette and go to a node by its first letters."""
    run_command(page, "Show outline")
    expect(page.get_by_role("tree")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("F6")
        if page.evaluate("document.activeElement?.closest('[data-region]')?.querySelector('[role=tree]') != null"):
            break
    for _ in range(10):
        if page.evaluate("document.activeElement?.getAttribute('role') === 'treeitem'"):
            break
        page.keyboard.press("Tab")
    item = page.get_by_role("treeitem").filter(has=page.get_by_text(node, exact=True)).first
    for _ in range(10):
        if item.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows do not come to {node}")


def run_command(page: Page, name: str) -> None:
    """Run an action by its name."""
    page.keyboard.press("Control+Shift+P")
    expect(page.get_by_role("dialog", name="All actions")).to_be_visible()
    page.keyboard.type(name)
    expect(page.get_by_role("option", name=name).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="All actions")).to_have_count(0)


def test_the_map_of_keys_is_made_from_the_actions_and_letters_do_nothing_in_a_field(editor: OpenEditor) -> None:
    page = editor("line")
    go_to_canvas(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard map")
    expect(dialog.get_by_text("Ctrl+Shift+P")).to_be_visible()
    expect(dialog.get_by_text("Undo", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("Control+f")
    expect(page.get_by_role("combobox", name="Search nodes")).to_be_focused()
    page.keyboard.type("a?x")
    expect(page.get_by_role("combobox", name="Search nodes")).to_have_value("a?x")
    assert len((draft(page, "line") or {})["nodes"]) == 4


def test_the_outline_walks_folds_and_does_what_the_canvas_does(editor: OpenEditor) -> None:
    page = editor("line")
    go_to_outline(page, "double")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("treeitem", name="from tick")).to_be_focused()
    page.keyboard.press("Enter")  # along the wire to its other end
    expect(page.get_by_role("treeitem", name="tick sources/signal")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("treeitem", name="to double")).to_have_count(1)  # the one of the button
    page.keyboard.press("l")
    expect(page.get_by_role("treeitem", name="log debug/log")).to_be_focused()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menu", name="Actions")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Delete").last).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function("() => !('log' in flowengine.project.getState().flows.line.nodes)")
    run_command(page, "Undo")
    page.wait_for_function("() => 'log' in flowengine.project.getState().flows.line.nodes")


def test_search_finds_nodes_of_all_flows_by_value_and_jumps(editor: OpenEditor) -> None:
    page = editor("empty")
    go_to_canvas(page)
    page.keyboard.press("Control+f")
    expect(page.get_by_role("combobox", name="Search nodes")).to_be_focused()
    page.keyboard.type("payload * 2")
    option = page.get_by_role("option", name="double")
    expect(option).to_contain_text("expression: payload * 2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="line, running")).to_have_attribute("aria-selected", "true")
    page.wait_for_function("() => flowengine.view.getState().selections.line?.nodes[0] === 'double'")


@pytest.mark.parametrize(
    ("keys", "part", "name", "typed"),
    [
        ("Control+f", "SearchDialog", "Search nodes", ["d", "u", "Backspace", "o", "u"]),
        ("Control+Shift+P", "CommandsDialog", "All actions", ["d", "o", "u"]),
        ("a", "Popups", "Add a node", ["d", "o", "u"]),
    ],
)
def test_what_is_typed_before_the_field_has_been_fetched_comes_into_it(
    without: Callable[[str], tuple[Page, Held]], keys: str, part: str, name: str, typed: list[str]
) -> None:
    page, held = without(part)
    page.locator("[data-canvas]").focus()
    for key in (keys, *typed):
        page.keyboard.press(key)
    field = page.get_by_role("combobox", name=name)
    held.came()
    expect(field).to_have_count(0)
    held.go_on()
    expect(field).to_have_value("dou")
    page.keyboard.type("b")
    expect(field).to_have_value("doub")
    assert draft(page, "line") == deployed(page, "line")  # no letter came to the canvas


def test_escape_ends_the_wait_for_what_is_being_fetched(without: Callable[[str], tuple[Page, Held]]) -> None:
    page, held = without("SearchDialog")
    page.locator("[data-canvas]").focus()
    for key in ("Control+f", "x", "Escape"):
        page.keyboard.press(key)
    held.came()
    held.go_on()
    page.keyboard.press("Control+f")
    expect(page.get_by_role("combobox", name="Search nodes")).to_have_value("")


HOLD_FRAMES = """() => {
  const [frame, held] = [requestAnimationFrame, []];
  window.requestAnimationFrame = (run) => held.push(run);
  window.goOn = () => {
    window.requestAnimationFrame = frame;
    for (const run of held) frame(run);
  };
}"""
"""Has nothing drawn in the next frame, as on a computer that is busy, until `goOn`."""


def test_a_node_that_is_drawn_late_takes_the_focus_from_no_field_that_was_opened_meanwhile(editor: OpenEditor) -> None:
    page = editor("line")
    go_to_canvas(page)
    page.keyboard.press("a")
    picker = page.get_by_role("combobox", name="Add a node")
    expect(picker).to_be_focused()
    page.evaluate(HOLD_FRAMES)
    page.keyboard.type("counter")
    page.keyboard.press("Enter")
    expect(picker).to_have_count(0)
    page.keyboard.press("a")
    expect(picker).to_be_focused()
    page.evaluate("goOn()")
    expect(page.locator('.react-flow__node[data-id="counter"]')).to_be_visible()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.keyboard.type("dou")
    expect(picker).to_have_value("dou")


ANOTHER = """before => {
  const [now] = flowengine.view.getState().selections.line?.nodes ?? [];
  return now !== before && now;
}"""
"""The node that is selected, when it is another one than before."""


def test_f8_goes_from_problem_to_problem(editor: OpenEditor) -> None:
    page = editor("line")
    page.evaluate(
        """() => flowengine.project.getState().edit("Break", "line", (doc) => ({ ...doc, nodes: { ...doc.nodes,
          double: { type: "values/expression", options: { expression: "payload *" } },
          log: { type: "debug/lock" } } }))"""
    )
    page.wait_for_function("() => flowengine.checks.getState().checks.line?.problems.length >= 2")
    go_to_canvas(page)
    found = [""]
    for _ in range(2):
        page.keyboard.press("F8")
        found.append(page.wait_for_function(ANOTHER, arg=found[-1]).json_value())
    assert set(found[1:]) == {"double", "log"}


def test_enter_goes_to_the_first_field_also_while_its_editor_is_being_fetched(
    without: Callable[[str], tuple[Page, Held]],
) -> None:
    page, held = without("CodeEditor")
    page.locator('.react-flow__node[data-id="double"]').focus()
    page.keyboard.press("Enter")
    waiting = page.locator(".form-code-waiting")
    expect(waiting).to_be_focused()
    before = waiting.element_handle()
    page.evaluate("() => flowengine.view.getState().setLanguage('de')")  # the form is drawn anew, and has it again
    page.wait_for_function("before => !before.isConnected", arg=before)
    expect(waiting).to_be_focused()
    page.keyboard.type("x")  # it goes nowhere: neither into another field nor to the canvas
    held.go_on()
    expect(page.get_by_role("textbox", name="Formel", exact=True)).to_be_focused()
    assert expression(page) == "payload * 2"
