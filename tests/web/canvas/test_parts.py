"""The parts of the plant in the canvas: filtered, opened, led to what they would stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import OpenPage

Shot = Callable[[Page, str], None]

ASSETS = {
    "flowengine": 1,
    "products": {
        "io": {"vendor": "Acme", "model": "IO-1", "end_of_sale": "2019-01-01", "end_of_life": "2020-01-01"},
        "drive": {"vendor": "Motio", "model": "D-9", "end_of_life": "2199-01-01"},
    },
    "assets": {
        "hall": {"kind": "area", "name": "Hall 2"},
        "io-7": {"kind": "device", "name": "Terminal 7", "inside": "hall", "product": "io", "nodes": ["line/tick"]},
        "drive": {"kind": "device", "name": "Drive", "inside": "hall", "product": "drive"},
    },
}


def test_the_parts_are_a_list_to_filter_take_hours_read_off_and_lead_to_what_they_would_stop(
    open_page: OpenPage, plant_folder: Path, shot: Shot
) -> None:
    page = open_page("operator")
    dialog = page.get_by_role("dialog", name="Lives of parts")

    def look() -> None:
        page.get_by_role("button", name="olga").click()
        page.get_by_role("menuitem", name="Lives of parts").click()

    look()
    expect(dialog).to_contain_text("There is no assets.json beside the flows")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="olga").click()
    page.get_by_role("menuitem", name="Learned models").click()
    models = page.get_by_role("dialog", name="Learned models")
    expect(models).to_contain_text("Put a trained one into models/ beside the flows")
    page.keyboard.press("Escape")
    (plant_folder / "assets.json").write_text(json.dumps(ASSETS))
    look()
    rows = dialog.get_by_role("rowheader")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Terminal 7")
    expect(dialog.get_by_role("row", name="Terminal 7")).to_contain_text("Ended")
    dialog.get_by_label("Filter by part").fill("motio")
    expect(rows).to_have_count(1)
    dialog.get_by_label("State").select_option("past")
    expect(dialog.get_by_text("No part fits the filter.")).to_be_visible()
    dialog.get_by_label("Filter by part").fill("")
    dialog.get_by_role("button", name="Terminal 7").click()
    expect(dialog.get_by_role("row", name="Terminal 7")).to_contain_text("find what can take its place now")
    expect(dialog.get_by_role("definition").filter(has_text="Life ends 2020-01-01")).to_be_visible()
    dialog.get_by_label("Hours as read off").fill("21500.5")
    dialog.get_by_label("On this day").fill("2020-02-29")
    dialog.get_by_role("button", name="Enter").click()
    expect(dialog.get_by_text("21500.5 h on 2020-02-29")).to_be_visible()
    expect(dialog.get_by_role("row", name="Terminal 7").get_by_role("cell").nth(2)).to_have_text("21500.5 h")
    assert json.loads((plant_folder / "assets.json").read_text())["assets"]["io-7"]["running_hours"] == 21500.5
    dialog.get_by_label("Hours as read off").fill("1")
    dialog.get_by_label("On this day").fill("2020-02-28")
    find_nothing(page, shot, "parts")
    dialog.get_by_role("button", name="line / log").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("tab", name="line, running")).to_be_visible()
