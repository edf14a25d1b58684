"""Charts of the operators' page with a past: what an archive has of their lines."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.samples import GOOD, SECOND, Sample
from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import Flows, OpenPage

Shot = Callable[[Page, str], None]

DAY = 86_400
TOPIC = "oven/temperature"


def oven(file: Path) -> dict[str, Any]:
    """A temperature that is shown and kept, and a pressure that is shown alone."""
    wave = {"shape": "sine", "interval": 0.5, "period": 20, "amplitude": 10, "offset": 150}
    chart = {"span": 60, "names": {TOPIC: "Temperature"}}
    return {
        "flowengine": 1,
        "name": "oven",
        "connections": {"history": {"type": "history/store", "options": {"file": str(file)}}},
        "nodes": {
            "temperature": {"type": "sources/signal", "options": {"topic": TOPIC, **wave}},
            "keep": {"type": "history/write", "options": {"store": "history"}},
            "trend": {"type": "dashboard/chart", "options": {"title": "Trend", **chart}},
            "pressure": {"type": "sources/signal", "options": {"topic": "oven/pressure", **wave}},
            "other": {"type": "dashboard/chart", "options": {"title": "Pressure", "span": 60}},
        },
        "wires": [
            {"from": "temperature", "to": "keep"},
            {"from": "temperature", "to": "trend"},
            {"from": "pressure", "to": "other"},
        ],
        "layout": {},
    }


@pytest.fixture
def flows(tmp_path: Path) -> Flows:
    """A flow whose archive has 20 hours of the temperature, every 10 s, up to ten minutes ago."""
    now = time.time()
    archive = Archive(tmp_path / "history.sqlite")
    archive.append(
        [
            Sample(TOPIC, round((now - age) * SECOND), 150 + 30 * math.sin(age / 9000) + 8 * math.sin(age), GOOD)
            for age in range(20 * 3600, 600, -10)
        ]
    )
    archive.settle()
    archive.close()
    return {"oven": oven(tmp_path / "history.sqlite")}


def test_a_chart_goes_back_as_far_as_its_archive_and_on_live(open_page: OpenPage, shot: Shot) -> None:
    page = open_page("viewer", "/dashboard")
    trend = page.get_by_role("region", name="Trend", exact=True)
    other = page.get_by_role("region", name="Pressure", exact=True)
    choice = trend.get_by_role("combobox", name="Time shown")
    expect(choice).to_have_value("0")
    expect(other).to_contain_text("oven/pressure")
    expect(other.get_by_role("combobox")).to_have_count(0)
    with page.expect_response(lambda response: f"span={DAY}" in response.url) as answer:
        choice.select_option("24 hours")
    (series,) = answer.value.json()["series"]
    assert (series["archive"], 300 < len(series["t"]) <= 600) == ("history", True)
    assert max(series["high"]) - min(series["low"]) > max(series["v"]) - min(series["v"]), "no spike is lost"
    expect(trend.get_by_role("status")).to_have_text("Mean of 2.4 minutes; shaded: smallest to largest.")
    legend = trend.get_by_role("listitem")
    expect(legend).to_contain_text("Temperature")
    before = legend.inner_text()
    expect(legend).not_to_have_text(before)
    find_nothing(page, shot, "past")
    page.set_viewport_size({"width": 390, "height": 844})
    trend.scroll_into_view_if_needed()
    page.wait_for_function("document.documentElement.scrollWidth <= 390")
    shot(page, "past-phone")
    page.reload()
    expect(choice).to_have_value(str(DAY))
    choice.select_option("1 hour")
    expect(trend.get_by_role("status")).to_have_text("")
    page.route("**/archives/values?span=604800*", lambda route: route.fulfill(json={"series": []}))
    choice.select_option("7 days")
    expect(trend.get_by_role("status")).to_have_text("Nothing was kept in this time.")
    choice.select_option("As it runs")
    expect(trend.get_by_role("status")).to_have_count(0)


def test_in_german(open_page: OpenPage, shot: Shot) -> None:
    page = open_page("viewer", "/dashboard", locale="de-DE")
    choice = page.get_by_role("region", name="Trend", exact=True).get_by_role("combobox", name="Gezeigte Zeit")
    choice.select_option("8 Stunden")
    expect(page.get_by_role("status").filter(has_text="Mittel über 48 Sekunden")).to_be_visible()
    shot(page, "past-german")
