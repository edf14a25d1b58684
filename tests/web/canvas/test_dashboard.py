"""The operators' page: operating, laying out, wall screen and phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import Flows, OpenPage
from tests.web.canvas.pointing import place
from tests.web.canvas.served import Served

Shot = Callable[[Page, str], None]


def oven() -> dict[str, Any]:
    """A flow that gives an operator's setpoint back through limits, and has one widget of each other kind."""
    return {
        "flowengine": 1,
        "name": "oven",
        "nodes": {
            "setpoint": {
                "type": "dashboard/slider",
                "options": {
                    "title": "Setpoint",
                    "low": 20,
                    "high": 250,
                    "step": 5,
                    "unit": "degC",
                    "decimals": 0,
                    "reads": "now",
                },
            },
            "limits": {
                "type": "values/range",
                "options": {
                    "action": "clamp",
                    "input_low": 20,
                    "input_high": 200,
                    "output_low": 20,
                    "output_high": 200,
                },
            },
            "now": {"type": "dashboard/value", "options": {"title": "Really set", "decimals": 0}},
            "signal": {
                "type": "sources/signal",
                "options": {"shape": "sine", "interval": 0.2, "period": 20, "amplitude": 40, "offset": 150},
            },
            "temperature": {
                "type": "dashboard/value",
                "options": {"title": "Temperature", "unit": "degC", "decimals": 1},
            },
            "heater": {
                "type": "dashboard/gauge",
                "options": {
                    "title": "Heater",
                    "high": 200,
                    "zones": [{"state": "alarm", "low": 190, "text": "too hot"}],
                },
            },
            "trend": {"type": "dashboard/chart", "options": {"title": "Trend", "span": 60}},
            "fan": {"type": "dashboard/switch", "options": {"title": "Fan", "reads": "fan-runs"}},
            "fan-runs": {"type": "dashboard/lamp", "options": {"title": "Fan runs", "initial": False}},
            "order": {
                "type": "dashboard/text-input",
                "options": {"title": "Order", "pattern": "[A-Z]{2}[0-9]{3}", "hint": "two letters, three digits"},
            },
            "orders": {"type": "dashboard/table", "options": {"title": "Orders", "columns": ["order"]}},
            "row": {"type": "values/expression", "options": {"expression": '{"order": payload}'}},
            "pieces": {"type": "dashboard/number", "options": {"title": "Pieces", "low": 1, "decimals": 0}},
            "trip": {
                "type": "dashboard/button",
                "options": {
                    "title": "Trip",
                    "label": "Trip the oven",
                    "confirm": "Really?",
                    "value": {"alarm": "over-temperature", "area": "oven", "state": "active", "priority": "high"},
                },
            },
            "alarms": {"type": "dashboard/alarms", "options": {"title": "Alarms"}},
            "note": {"type": "dashboard/text", "options": {"title": "Note", "text": "<b>Close</b> the door."}},
            "sink": {"type": "debug/log", "options": {"level": "off"}},
        },
        "wires": [
            {"from": "setpoint", "to": "limits"},
            {"from": "limits", "to": "now"},
            {"from": "signal", "to": "temperature"},
            {"from": "signal", "to": "heater"},
            {"from": "signal", "to": "trend"},
            {"from": "fan", "to": "fan-runs"},
            {"from": "order", "to": "row"},
            {"from": "row", "to": "orders"},
            {"from": "pieces", "to": "sink"},
            {"from": "trip", "to": "alarms"},
        ],
        "layout": {},
    }


@pytest.fixture
def flows() -> Flows:
    return {"oven": oven()}


def kept(folder: Path) -> dict[str, dict[str, Any]]:
    """The spots of the first page of dashboard.json, by node."""
    pages = json.loads((folder / "dashboard.json").read_text())["pages"]
    return {spot["node"]: spot for spot in pages[0]["spots"]}


def card(page: Page, title: str) -> Any:
    return page.get_by_role("region", name=title, exact=True)


def test_an_operator_sets_and_sees_what_the_flow_made_of_it(open_page: OpenPage, shot: Shot) -> None:
    page = open_page("operator", "/dashboard")
    slider = page.get_by_role("slider", name="Setpoint")
    slider.focus()
    page.keyboard.press("Home")
    setpoint = card(page, "Setpoint")
    expect(setpoint.get_by_role("status")).to_have_text("Set: 20 °C")
    expect(setpoint).to_contain_text("20 °C")
    slider.focus()
    page.keyboard.press("End")  # 250, which the flow makes 200 of
    expect(setpoint.get_by_role("status")).to_have_text("Not accepted as it was: 250 °C was sent, 200 °C is set.")
    expect(slider).to_have_value("200")
    shot(page, "dashboard-not-accepted")


def test_a_slider_is_sent_when_it_is_let_go(open_page: OpenPage, server: Served) -> None:
    page = open_page("operator", "/dashboard")
    slider = page.get_by_role("slider", name="Setpoint")
    box = place(slider)
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=10)
    engine: Any = server.service.engine
    now = server.do(lambda: engine.flows["oven"].nodes["now"])
    assert now.shown() is None, "nothing is sent while the handle is held"
    page.mouse.up()
    expect(card(page, "Setpoint").get_by_role("status")).to_have_text("Set: 135 °C")


def test_what_one_operator_sets_another_sees(open_page: OpenPage) -> None:
    one, other = open_page("operator", "/dashboard"), open_page("admin", "/dashboard")
    expect(one.get_by_role("switch", name="Fan: Off")).to_have_attribute("aria-checked", "false")
    one.get_by_role("switch", name="Fan").click()
    expect(other.get_by_role("switch", name="Fan: On")).to_have_attribute("aria-checked", "true")


def test_what_does_not_fit_is_refused_in_words(open_page: OpenPage) -> None:
    page = open_page("operator", "/dashboard")
    order = card(page, "Order")
    order.get_by_role("textbox").fill("abc")
    order.get_by_role("button", name="Set").click()
    expect(order.get_by_role("status")).to_contain_text("Refused: 'abc' does not fit: two letters, three digits")
    order.get_by_role("textbox").fill("AB123")
    order.get_by_role("button", name="Set").click()
    expect(card(page, "Orders").get_by_role("cell", name="AB123")).to_be_visible()
    pieces = card(page, "Pieces")
    pieces.get_by_role("textbox").fill("0,5")
    pieces.get_by_role("button", name="Set").click()
    expect(pieces.get_by_role("alert")).to_have_text("The least is 1.")


def press() -> dict[str, Any]:
    """A flow in which an operator says why a press stands; a table has what stood, in numbers for machines."""
    row = '{"reason": payload, "seconds": 75, "share": 0.5}'
    return {
        "flowengine": 1,
        "name": "press",
        "nodes": {
            "reason": {
                "type": "dashboard/text-input",
                "options": {"title": "Why does it stand?", "choices": ["jam", "no order"], "reads": "now"},
            },
            "now": {"type": "dashboard/text"},
            "row": {"type": "values/expression", "options": {"expression": row}},
            "stops": {
                "type": "dashboard/table",
                "options": {
                    "title": "Stops",
                    "names": {"reason": "Reason", "seconds": "Lasted"},
                    "formats": {"seconds": "duration", "share": "percent"},
                },
            },
        },
        "wires": [{"from": "reason", "to": "now"}, {"from": "now", "to": "row"}, {"from": "row", "to": "stops"}],
        "layout": {},
    }


@pytest.mark.parametrize("flows", [{"press": press()}])
def test_an_operator_reads_and_chooses_in_his_language_and_the_flow_hears_its_own(
    open_page: OpenPage, server: Served, plant_folder: Path, shot: Shot
) -> None:
    words = {"Why does it stand?": "Warum steht sie?", "jam": "Klemmer", "Stops": "Stillstände", "Lasted": "Dauer"}
    (plant_folder / "words.json").write_text(json.dumps({"flowengine": 1, "words": {"de": words}}))
    page = open_page("operator", "/dashboard", locale="de-DE")
    why = card(page, "Warum steht sie?")
    why.get_by_role("combobox").select_option("Klemmer")
    why.get_by_role("button", name="Setzen").click()
    expect(why.get_by_role("status")).to_have_text("Eingestellt: Klemmer")
    table = card(page, "Stillstände")
    expect(table.get_by_role("columnheader")).to_have_text(["Reason", "Dauer", "share"])
    expect(table.get_by_role("cell")).to_have_text(["Klemmer", "0:01:15", "50 %"])
    engine: Any = server.service.engine
    assert server.do(lambda: engine.flows["press"].nodes["now"].shown()["value"]) == "jam"
    shot(page, "dashboard-german")


def air() -> dict[str, Any]:
    """A flow that shows a number with a long unit, and one that is out of range and so not known."""
    energy = {"send": "value", "value": 0.1029, "once": True, "properties": {"unit": "kWh/m3"}}
    return {
        "flowengine": 1,
        "name": "air",
        "nodes": {
            "energy": {"type": "timing/inject", "options": energy},
            "now": {"type": "dashboard/value", "options": {"title": "Energy", "decimals": 4}},
            "plausible": {"type": "control/validate", "options": {"high": 0.1}},
            "judged": {"type": "dashboard/value", "options": {"title": "Judged", "decimals": 4}},
        },
        "wires": [
            {"from": "energy", "to": "now"},
            {"from": "energy", "to": "plausible"},
            {"from": "plausible", "to": "judged"},
        ],
        "layout": {},
    }


@pytest.mark.parametrize("flows", [{"air": air()}])
def test_a_long_unit_is_seen_whole_and_what_is_not_known_is_grey(open_page: OpenPage, shot: Shot) -> None:
    page = open_page("viewer", "/dashboard", viewport={"width": 1000, "height": 500})
    expect(card(page, "Judged")).to_contain_text("not known")
    energy, judged = (card(page, title).locator(".dash-figure") for title in ("Energy", "Judged"))
    expect(energy).to_have_text(re.compile("0.1029 kWh/m[3³]"))
    assert energy.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    grey = card(page, "Judged").locator(".dash-title").evaluate("(one) => getComputedStyle(one).color")
    expect(judged).to_have_css("color", grey)
    expect(energy).not_to_have_css("color", grey)
    shot(page, "dashboard-not-known")


def test_a_button_asks_first_and_an_alarm_stands_in_words(open_page: OpenPage, shot: Shot) -> None:
    page = open_page("operator", "/dashboard")
    page.get_by_role("button", name="Trip the oven").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Really?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(card(page, "Alarms")).to_contain_text("No alarm stands.")
    page.get_by_role("button", name="Trip the oven").click()
    dialog.get_by_role("button", name="Trip the oven").click()
    expect(card(page, "Alarms").get_by_role("listitem")).to_contain_text("oven: over-temperature")
    shot(page, "dashboard-alarm")


def test_a_viewer_sees_all_and_changes_nothing(open_page: OpenPage) -> None:
    page = open_page("viewer", "/dashboard")
    expect(card(page, "Temperature")).to_contain_text("°C")
    expect(page.get_by_role("slider", name="Setpoint")).to_be_disabled()
    expect(card(page, "Setpoint").get_by_role("status")).to_have_text("Only operators can change this.")
    expect(page.get_by_role("button", name="Trip the oven")).to_be_disabled()
    expect(page.get_by_role("switch")).to_be_disabled()
    expect(page.get_by_role("button", name="Arrange")).to_have_count(0)


def test_texts_of_a_flow_are_texts(open_page: OpenPage) -> None:
    expect(card(open_page("viewer", "/dashboard"), "Note")).to_contain_text("<b>Close</b> the door.")


def test_a_widget_is_dragged_and_sized_and_stays_there(open_page: OpenPage, plant_folder: Path, shot: Shot) -> None:
    page = open_page("editor", "/dashboard")
    page.get_by_role("button", name="Arrange").click()
    box = place(page.get_by_role("button", name="Move Temperature"))
    column = (box["width"] + 12) / 3
    x, y = box["x"] + 30, box["y"] + 30
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3 * column, y + 120, steps=8)
    page.mouse.up()
    page.keyboard.press("ArrowLeft")  # it has the focus, and stands at the right edge
    page.keyboard.press("Shift+ArrowRight")
    shot(page, "dashboard-arrange")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Arrange")).to_be_visible()
    spots = kept(plant_folder)
    assert spots["temperature"]["w"] == 4
    assert "now" not in spots, "the slider shows it"
    page.reload()
    assert place(card(page, "Temperature"))["width"] > box["width"] + column / 2


def test_by_keyboard_a_widget_moves_and_leaves_the_page_and_comes_back(open_page: OpenPage, plant_folder: Path) -> None:
    page = open_page("editor", "/dashboard")
    page.get_by_role("button", name="Arrange").click()
    page.get_by_role("button", name="Move Note").focus()
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Arrange")).to_be_visible()
    expect(card(page, "Note")).to_have_count(0)
    assert json.loads((plant_folder / "dashboard.json").read_text())["hidden"] == [{"flow": "oven", "node": "note"}]
    page.get_by_role("button", name="Arrange").click()
    page.get_by_role("group", name="On no page").get_by_role("button", name="Note").click()
    page.get_by_role("button", name="Move Note").press("ArrowRight")
    page.get_by_role("button", name="Save").click()
    expect(card(page, "Note")).to_be_visible()


def test_who_arranges_slower_is_asked_and_loses_nothing(
    open_page: OpenPage, server: Served, plant_folder: Path
) -> None:
    slow, fast = open_page("editor", "/dashboard"), open_page("admin", "/dashboard")
    slow.get_by_role("button", name="Arrange").click()
    slow.get_by_role("button", name="Move Temperature").press("Shift+ArrowDown")
    fast.get_by_role("button", name="Arrange").click()
    fast.get_by_role("textbox", name="Name of the page").fill("Oven")
    fast.get_by_role("button", name="Save").click()
    expect(fast.get_by_role("tab", name="Oven")).to_be_visible()
    with slow.expect_response("**/api/dashboard"):  # it hears of the newer pages, and goes on from those it began with
        server.do(server.site.hub.project_changed)
    slow.get_by_role("button", name="Save").click()
    expect(slow.get_by_role("alert")).to_contain_text("Someone else has arranged the pages")
    slow.get_by_role("button", name="Keep mine").click()
    expect(slow.get_by_role("button", name="Arrange")).to_be_visible()
    assert kept(plant_folder)["temperature"]["h"] == 4


def test_while_the_server_is_away_nothing_looks_live_and_nothing_can_be_operated(
    open_page: OpenPage, server: Served, shot: Shot
) -> None:
    page = open_page("operator", "/dashboard")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    server.stop()
    expect(page.get_by_text("connection lost, values are")).to_be_visible()
    expect(page.get_by_role("slider", name="Setpoint")).to_be_disabled()
    expect(card(page, "Setpoint").get_by_role("status")).to_have_text("Not now: the connection is lost.")
    shot(page, "dashboard-lost")
    server.start()
    expect(page.get_by_role("slider", name="Setpoint")).to_be_enabled()


def test_on_a_phone_widgets_stand_below_each_other_and_nothing_is_cut_off(open_page: OpenPage, shot: Shot) -> None:
    page = open_page("operator", "/dashboard", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    expect(card(page, "Temperature")).to_contain_text("°C")
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input, a")].filter((one) => one.offsetParent !== null)
          .filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"""
    )
    assert small == []
    shot(page, "dashboard-phone")
    page.get_by_role("button", name="olga, operator").click()
    shot(page, "dashboard-phone-menu")
    expect(page.get_by_role("menuitem", name="Editor")).to_be_visible()
    page.get_by_role("menuitemcheckbox", name="Deutsch").click()
    page.get_by_role("button", name="olga, Bediener").click()
    page.get_by_role("menuitem", name="Eigenes Passwort").click()
    expect(page.get_by_role("dialog", name="Eigenes Passwort").get_by_label("Jetziges Passwort")).to_be_visible()
    shot(page, "dashboard-phone-password")
    fetched = page.evaluate("() => performance.getEntriesByType('resource').map(({ name }) => name)")
    assert not [name for name in fetched if "/editor" in name], "operators load no editor"


def test_a_wall_screen_shows_the_whole_page_without_tools(open_page: OpenPage, shot: Shot) -> None:
    page = open_page("viewer", "/dashboard?wall", viewport={"width": 1920, "height": 1080}, color_scheme="dark")
    expect(card(page, "Temperature")).to_be_visible()
    expect(page.get_by_role("link", name="Editor")).to_have_count(0)
    page.wait_for_function(
        """() => [...document.querySelectorAll(".dash-cell")]
          .every((cell) => cell.getBoundingClientRect().bottom <= innerHeight)"""
    )
    shot(page, "dashboard-wall")


def test_axe_finds_nothing(open_page: OpenPage, shot: Shot) -> None:
    page = open_page("editor", "/dashboard", viewport={"width": 1280, "height": 1400})
    expect(card(page, "Trend").get_by_role("listitem")).to_be_visible()
    find_nothing(page, shot, "dashboard-operating")
    page.get_by_role("button", name="Trip the oven").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    find_nothing(page, shot, "dashboard-asking")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Arrange").click()
    find_nothing(page, shot, "dashboard-arranging")
