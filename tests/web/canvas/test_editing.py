"""Changing a flow: every kind of action can be undone, pieces are copied anywhere, parts are switched off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.canvas.conftest import Flows, OpenEditor, empty, line
from tests.web.canvas.pointing import (
    canvas_point,
    drag,
    middle,
    names,
    node,
    port,
    press_empty,
    wait_for_flow,
    wire,
    wires,
)
from tests.web.canvas.reading import draft, set_option, wait_until
from tests.web.canvas.served import Served
from tests.web.canvas.test_deploying import deploy

Act = Callable[[Page], None]


@pytest.fixture
def flows() -> Flows:
    """Two flows, one of them empty."""
    return {"line": line(), "empty": empty()}


def choose(page: Page, name: str) -> None:
    """Choose an entry of the open context menu."""
    page.get_by_role("menu", name="Actions").get_by_role("menuitem", name=re.compile(f"^{name}")).click()


def menu_of(page: Page, name: str) -> None:
    """Open a node's context menu."""
    node(page, name).click(button="right")


def both(page: Page) -> None:
    """Select two nodes."""
    node(page, "tick").click()
    node(page, "double").click(modifiers=["Control"])


def add(page: Page) -> None:
    page.mouse.dblclick(*canvas_point(page, 300, 600))
    page.get_by_role("combobox", name="Add a node").fill("counter")
    page.keyboard.press("Enter")


def move(page: Page) -> None:
    x, y = middle(node(page, "log"))
    drag(page, (x, y), (x + 60, y + 80))


def move_by_keys(page: Page) -> None:
    node(page, "log").click()
    page.keyboard.press("Control+ArrowDown")


def connect(page: Page) -> None:
    drag(page, port(page, "tick", "out"), port(page, "log", "in"))


def remove(page: Page) -> None:
    node(page, "double").click()
    page.keyboard.press("Delete")


def remove_wire(page: Page) -> None:
    wire(page, "double", "log").focus()
    page.keyboard.press("Delete")


def remove_and_reconnect(page: Page) -> None:
    node(page, "double").click()
    page.keyboard.press("Control+Delete")


def duplicate(page: Page) -> None:
    both(page)
    page.keyboard.press("Control+Shift+D")


def disable(page: Page) -> None:
    node(page, "double").click()
    page.keyboard.press("x")


def disable_wire(page: Page) -> None:
    wire(page, "double", "log").focus()
    page.keyboard.press("x")


def group(page: Page) -> None:
    both(page)
    page.keyboard.press("Control+Shift+G")
    page.get_by_role("dialog", name="Name of the group").get_by_role("button", name="Cancel").click()


def align(page: Page) -> None:
    node(page, "tick").click()
    node(page, "button").click(modifiers=["Control"])
    node(page, "button").click(button="right")
    choose(page, "Align top edges")


def arrange(page: Page) -> None:
    press_empty(page)
    page.keyboard.press("Control+Shift+L")


def note(page: Page) -> None:
    page.mouse.click(*canvas_point(page, 300, 600), button="right")
    choose(page, "Add a note")
    page.keyboard.press("Escape")


def subflow(page: Page) -> None:
    both(page)
    node(page, "double").click(button="right")
    choose(page, "Make a subflow")
    dialog = page.get_by_role("dialog", name="Make a subflow")
    dialog.get_by_label("Name").fill("front")
    dialog.get_by_role("button", name="OK").click()


def option(page: Page) -> None:
    set_option(page, "line", "double", "expression", "payload * 7")


ACTS: list[Act] = [
    add,
    move,
    move_by_keys,
    connect,
    remove,
    remove_wire,
    remove_and_reconnect,
    duplicate,
    disable,
    disable_wire,
    group,
    align,
    arrange,
    note,
    subflow,
    option,
]


def flows_now(page: Page) -> dict[str, Any]:
    """Return every flow as it is being edited."""
    found: dict[str, Any] = page.evaluate("flowengine.project.getState().flows")
    return found


def steps(page: Page) -> int:
    """Return how many steps can be undone."""
    found: int = page.evaluate("flowengine.project.getState().past.length")
    return found


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_one_undo_takes_back_what_one_action_did_and_redo_does_it_again(editor: OpenEditor, act: Act) -> None:
    page = editor("line")
    expect(node(page, "double")).to_be_visible()
    before = flows_now(page)
    act(page)
    page.wait_for_function("() => flowengine.project.getState().past.length > 0")
    after = flows_now(page)
    assert steps(page) == 1
    assert after != before
    expect(page.get_by_role("tab", name=re.compile("^line, .*changed"))).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    wait_until(page, lambda: flows_now(page) == before)
    expect(page.get_by_role("tab", name=re.compile("^line, .*changed"))).to_have_count(0)
    page.get_by_role("button", name="Redo").click()
    wait_until(page, lambda: flows_now(page) == after)
    expect(page.get_by_role("tab", name=re.compile("^line, .*changed"))).to_be_visible()


def test_everything_can_be_undone_after_a_deploy_and_then_counts_as_changed(editor: OpenEditor) -> None:
    page = editor("line")
    before = draft(page, "line")
    disable(page)
    deploy(page)
    expect(page.get_by_role("tab", name=re.compile("^line, .*changed"))).to_have_count(0)
    press_empty(page)
    page.keyboard.press("Control+z")
    wait_until(page, lambda: draft(page, "line") == before)
    expect(page.get_by_role("tab", name=re.compile("^line, .*changed"))).to_be_visible()
    page.keyboard.press("Control+y")
    expect(page.get_by_role("tab", name=re.compile("^line, .*changed"))).to_have_count(0)


def test_a_lasso_selects_and_what_is_copied_goes_into_another_flow_and_another_tab(editor: OpenEditor) -> None:
    page = editor("line")
    x, y = middle(node(page, "tick"))
    page.keyboard.down("Shift")
    right, bottom = middle(node(page, "double"))
    drag(page, (x - 110, y - 60), (right + 40, bottom + 10))
    page.keyboard.up("Shift")
    wait_until(page, lambda: page.evaluate("flowengine.view.getState().selections.line?.nodes") == ["tick", "double"])
    page.keyboard.press("Control+c")
    page.evaluate("location.hash = 'empty'")
    expect(page.get_by_text("This flow is empty.")).to_be_visible()
    other = page.context.new_page()
    other.goto("/#line")
    expect(node(other, "log")).to_be_visible()
    press_empty(other)
    other.keyboard.press("Control+v")
    wait_for_flow(other, "line", "Object.keys(doc.nodes).length === 6")
    assert names(other, "line")[-2:] == ["tick-2", "double-2"]
    assert wires(other, "line")[-1] == "tick-2>double-2"
    page.bring_to_front()
    press_empty(page)
    page.keyboard.press("Control+v")
    wait_for_flow(page, "empty", "Object.keys(doc.nodes).length === 2")
    assert wires(page, "empty") == ["tick>double"]


def test_what_is_cut_is_gone_and_comes_back_by_pasting(editor: OpenEditor) -> None:
    page = editor("line")
    node(page, "double").click()
    page.keyboard.press("Control+x")
    wait_until(page, lambda: names(page, "line") == ["tick", "log", "button"])
    press_empty(page)
    page.keyboard.press("Control+v")
    wait_for_flow(page, "line", "doc.nodes.double !== undefined")
    found = draft(page, "line")
    assert found is not None
    assert found["nodes"]["double"]["options"] == {"expression": "payload * 2"}


def test_rubbish_on_the_clipboard_gives_a_notice_and_missing_connections_are_named(editor: OpenEditor) -> None:
    page = editor("line")

    def paste(text: str) -> None:
        page.evaluate(
            """text => { const data = new DataTransfer(); data.setData("text/plain", text);
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data })); }""",
            text,
        )

    press_empty(page)
    before = draft(page, "line")
    paste("no flow at all")
    expect(page.get_by_text("What is on the clipboard is no piece of a flow.")).to_be_visible()
    assert draft(page, "line") == before
    paste(json.dumps({"flowengine": 1, "nodes": {"out": {"type": "mqtt/publish", "options": {"connection": "hall"}}}}))
    expect(page.get_by_text(re.compile("Connections that are not here: hall"))).to_be_visible()


def test_a_group_has_a_name_and_moves_with_all_that_is_in_it(editor: OpenEditor) -> None:
    page = editor("line")
    both(page)
    page.keyboard.press("Control+Shift+G")
    dialog = page.get_by_role("dialog", name="Name of the group")
    dialog.get_by_label("Name").fill("Measuring & more")
    dialog.get_by_role("button", name="OK").click()
    frame = page.get_by_role("group", name="Measuring & more", exact=True)
    expect(frame).to_be_focused()
    title = frame.get_by_text("Measuring & more")
    x, y = middle(title)
    before = draft(page, "line")
    drag(page, (x, y), (x + 40, y + 100))
    wait_until(page, lambda: draft(page, "line") != before)
    after = draft(page, "line")
    assert before is not None
    assert after is not None
    moved = {
        key: [b - a for a, b in zip(before["layout"][key], after["layout"][key], strict=True)] for key in after["nodes"]
    }
    assert moved["tick"] == moved["double"] != [0, 0]
    assert moved["log"] == moved["button"] == [0, 0]
    assert after["layout"]["$group:Measuring & more"] == {"nodes": ["tick", "double"], "colour": "grey"}
    page.keyboard.press("Control+Shift+U")
    wait_for_flow(page, "line", "!('$group:Measuring & more' in doc.layout)")


def test_a_note_is_written_in_its_place(editor: OpenEditor) -> None:
    page = editor("line")
    note(page)
    found = page.get_by_role("group", name="note", exact=True)
    found.press("Enter")
    page.get_by_role("textbox", name="Text of the note").fill("Ask <b>Anna</b> first")
    press_empty(page)
    expect(page.get_by_role("group", name="Ask <b>Anna</b> first")).to_be_visible()


def test_a_subflow_made_from_a_selection_is_opened_edited_and_deployed_with_its_instance(
    editor: OpenEditor, server: Served
) -> None:
    page = editor("line")
    subflow(page)
    expect(node(page, "front")).to_be_focused()
    assert wires(page, "line") == ["front>log", "button>front"]
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("tab", name=re.compile("^front"))).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("group", name="out", exact=True)).to_be_visible()
    inner = draft(page, "front")
    assert inner is not None
    assert inner["subflow"] == {"inputs": {"in": ["double.in"]}, "outputs": {"out": ["double.out"]}}
    deploy(page)

    assert "front/double" in server.do(lambda: list(server.service.engine.flows["line"].plan.nodes))


def test_switching_a_node_off_leaves_the_others_state_alone(editor: OpenEditor, server: Served) -> None:
    page = editor("line")

    def count() -> int:
        looked = server.do(lambda: server.service.engine.look("line"))
        return looked.nodes["tick"].sent

    wait_until(page, lambda: count() >= 5)
    before = count()
    disable(page)
    expect(node(page, "double")).to_have_accessible_name(re.compile("disabled"))
    expect(wire(page, "tick", "double")).to_be_attached()
    deploy(page)
    expect(node(page, "double")).to_have_accessible_name(re.compile("transform, disabled"))
    assert count() >= before  # the counter went on: tick was not started anew
    running = server.do(lambda: list(server.service.engine.flows["line"].plan.nodes))
    assert "double" not in running
    press_empty(page)
    page.keyboard.press("Control+z")
    deploy(page)
    expect(node(page, "double")).to_have_accessible_name(re.compile("transform, (running|active)"))


def test_by_keyboard_a_node_goes_behind_the_selected_one_and_the_arrows_walk_the_graph(editor: OpenEditor) -> None:
    page = editor("line")
    node(page, "double").focus()
    page.keyboard.press("a")
    page.get_by_role("combobox", name="Add a node").fill("counter")
    page.keyboard.press("Enter")
    expect(node(page, "counter")).to_be_focused()
    assert wires(page, "line")[-1] == "double>counter"
    page.keyboard.press("ArrowLeft")
    expect(node(page, "double")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(node(page, "tick")).to_be_focused()
    page.keyboard.press("c")
    field = page.get_by_role("combobox", name="Connect tick to")
    field.fill("counter")
    page.keyboard.press("Enter")
    expect(node(page, "tick")).to_be_focused()  # the focus comes back
    assert wires(page, "line")[-1] == "tick>counter"
    page.keyboard.press("Shift+C")
    page.get_by_role("combobox", name="Disconnect tick from").fill("counter")
    page.keyboard.press("Enter")
    wait_until(page, lambda: "tick>counter" not in wires(page, "line"))
    expect(node(page, "tick")).to_be_focused()
    page.keyboard.press("d")
    page.wait_for_function("flowengine.view.getState().selections.line.nodes.length === 4")  # all that follows
