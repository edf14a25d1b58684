"""Drawing a flow with the pointer: nodes from the palette, wires, nodes in wires, and what may not be."""

from __future__ import annotations

import re
from pathlib import Path
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
    wait_for_flow,
    wait_for_wires,
    wire,
    wires,
)
from tests.web.canvas.reading import draft, on_disk
from tests.web.canvas.test_deploying import deploy


def typed() -> dict[str, Any]:
    """Return a flow whose ports are choosy: text leaves `limit.alarm`, `pid.in` takes numbers, it could loop."""
    return {
        "flowengine": 1,
        "name": "typed",
        "nodes": {
            "tick": {"type": "sources/signal"},
            "double": {"type": "values/expression", "options": {"expression": "payload * 2"}},
            "limit": {"type": "control/limit", "options": {"high": 5, "latching": False}},
            "pid": {"type": "control/pid", "options": {"setpoint": 180}},
        },
        "wires": [{"from": "tick", "to": "double"}, {"from": "double", "to": "limit.in"}],
        "layout": {"tick": [80, 80], "double": [320, 80], "limit": [560, 80], "pid": [560, 240]},
    }


@pytest.fixture
def flows() -> Flows:
    """A flow to change, an empty one, one with choosy ports."""
    return {"line": line(), "empty": empty(), "typed": typed()}


def palette_entry(page: Page, search: str, name: str) -> Any:
    """Search the palette and return an entry."""
    page.get_by_role("searchbox", name="Find nodes to add").fill(search)
    return page.get_by_role("navigation", name="Palette").get_by_role("button", name=name, exact=True)


def test_two_nodes_are_dragged_in_and_wired_and_the_file_says_what_was_drawn(
    editor: OpenEditor, plant_folder: Path
) -> None:
    page = editor("empty")
    drag(page, middle(palette_entry(page, "every", "Timing every")), canvas_point(page, 200, 200))
    expect(node(page, "every")).to_be_visible()
    drag(page, middle(palette_entry(page, "log", "Debug log")), canvas_point(page, 520, 300))
    expect(node(page, "log")).to_be_visible()
    drag(page, port(page, "every", "out"), port(page, "log", "in"))
    expect(wire(page, "every", "log")).to_be_attached()
    expect(node(page, "every")).to_have_accessible_name(re.compile("1 output connected to log"))
    drawn = draft(page, "empty")
    deploy(page)
    assert on_disk(plant_folder, "empty") == drawn
    assert drawn is not None
    assert drawn["nodes"] == {"every": {"type": "timing/every"}, "log": {"type": "debug/log"}}
    assert drawn["wires"] == [{"from": "every", "to": "log"}]
    assert all(x % 20 == 0 and y % 20 == 0 for x, y in drawn["layout"].values())


def test_a_node_let_go_on_a_wire_goes_in_and_undo_restores_the_one_wire(editor: OpenEditor) -> None:
    page = editor("line")
    start, end = port(page, "double", "out"), port(page, "log", "in")
    on_wire = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    drag(page, middle(palette_entry(page, "filter", "Values filter")), on_wire)
    wait_for_wires(page, "line", "tick>double", "double>filter", "button>double", "filter>log")
    page.keyboard.press("Control+z")
    wait_for_wires(page, "line", "tick>double", "double>log", "button>double")
    assert "filter" not in names(page, "line")
    page.keyboard.press("Control+y")
    node(page, "filter").click()
    page.keyboard.press("Control+Delete")
    wait_for_flow(page, "line", "doc.nodes.filter === undefined")
    assert sorted(wires(page, "line")) == ["button>double", "double>log", "tick>double"]


def test_a_node_that_stands_alone_is_dragged_onto_a_wire(editor: OpenEditor) -> None:
    page = editor("line")
    page.mouse.dblclick(*canvas_point(page, 300, 600))
    page.get_by_role("combobox", name="Add a node").fill("filter")
    page.keyboard.press("Enter")
    start, end = port(page, "double", "out"), port(page, "log", "in")
    drag(page, middle(node(page, "filter")), ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    wait_for_wires(page, "line", "tick>double", "double>filter", "button>double", "filter>log")
    page.keyboard.press("Control+z")
    wait_for_wires(page, "line", "tick>double", "double>log", "button>double")


def test_a_wire_let_go_in_space_asks_what_should_be_there_and_offers_only_what_fits(editor: OpenEditor) -> None:
    page = editor("typed")
    drag(page, port(page, "pid", "in:mode"), canvas_point(page, 300, 560))
    field = page.get_by_role("combobox", name="Add a node")
    expect(field).to_be_focused()
    field.fill("control")
    expect(page.get_by_role("option", name=re.compile("^Control limit"))).to_be_visible()  # its alarm is text
    expect(page.get_by_role("option", name=re.compile("^Control ratio"))).to_have_count(0)  # it sends numbers
    field.fill("subscribe")
    page.get_by_role("option", name=re.compile("^MQTT subscribe")).click()
    expect(wire(page, "subscribe", "pid.mode")).to_be_attached()
    expect(node(page, "subscribe")).to_be_focused()
    assert wires(page, "typed")[-1] == "subscribe>pid.mode"


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (("double", "out"), ("double", "in"), "A node cannot be wired to itself."),
        (("double", "out"), ("tick", "out"), "A wire goes from an output to an input."),
        (("tick", "out"), ("double", "in"), "This wire is there already."),
        (("limit", "out:alarm"), ("pid", "in:in"), "limit sends text, pid takes a number."),
        (("limit", "out:trip"), ("double", "in"), "This would close a loop."),
    ],
)
def test_a_wire_that_may_not_be_is_refused_and_says_why(
    editor: OpenEditor, start: tuple[str, str], end: tuple[str, str], why: str
) -> None:
    page = editor("typed")
    before = wires(page, "typed")
    drag(page, port(page, *start), port(page, *end), release=False)
    expect(page.get_by_role("tooltip")).to_contain_text(why)
    page.mouse.up()
    assert wires(page, "typed") == before
    if "loop" not in why:
        expect(page.get_by_role("status").get_by_text(why)).to_be_visible()


def test_a_loop_is_closed_by_a_feedback_wire_with_its_first_value(editor: OpenEditor) -> None:
    page = editor("typed")
    drag(page, port(page, "limit", "out:trip"), port(page, "double", "in"))
    dialog = page.get_by_role("dialog", name="Close the loop with a feedback wire?")
    value = dialog.get_by_label("Initial value (JSON)")
    value.fill("{")
    dialog.get_by_role("button", name="Make a feedback wire").click()
    expect(dialog.get_by_text("This is not JSON.")).to_be_visible()
    value.fill("21.5")
    dialog.get_by_role("button", name="Make a feedback wire").click()
    expect(wire(page, "limit.trip", "double")).to_have_accessible_name(re.compile("feedback, begins with 21.5"))
    found = draft(page, "typed")
    assert found is not None
    assert found["wires"][-1] == {"from": "limit.trip", "to": "double", "feedback": {"initial": 21.5}}


def test_one_end_of_a_wire_is_hung_to_another_port(editor: OpenEditor) -> None:
    page = editor("typed")
    x, y = port(page, "limit", "in:in")
    wire(page, "double", "limit.in").focus()
    drag(page, (x - 18, y), port(page, "limit", "in:reset"))
    wait_for_wires(page, "typed", "tick>double", "double>limit.reset")
    page.keyboard.press("Control+z")
    wait_for_wires(page, "typed", "tick>double", "double>limit.in")


def test_the_palette_is_searched_by_what_nodes_do_and_enter_adds_behind_the_selected_node(editor: OpenEditor) -> None:
    page = editor("line")
    node(page, "double").click()
    search = page.get_by_role("searchbox", name="Find nodes to add")
    search.fill("no such thing at all")
    expect(page.get_by_text("No node is called “no such thing at all”.")).to_be_visible()
    search.fill("pass only if")
    palette = page.get_by_role("navigation", name="Palette")
    expect(palette.get_by_role("button", name="Values filter", exact=True)).to_be_visible()
    search.press("Enter")
    expect(node(page, "filter")).to_be_focused()
    assert wires(page, "line")[-1] == "double>filter"


def test_the_overview_yields_to_a_flow_that_is_seen_whole(editor: OpenEditor) -> None:
    page = editor("line")
    overview = page.get_by_role("img", name="Overview of the flow")
    zoom = page.get_by_role("group", name="Zoom")
    for _ in range(4):
        zoom.get_by_role("button", name="Zoom in").click()
    expect(overview).to_be_visible()
    zoom.get_by_role("button", name="Show the whole flow").click()
    expect(overview).to_be_hidden()
