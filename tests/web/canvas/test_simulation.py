"""What a change would have written, beside it in the room of changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from flowengine.clock import Clock
from flowengine.message import Message
from flowengine.service.places import recordings_folder
from flowengine.store.recordings import ENVELOPE, Recording, Taken, recording_file
from tests.engine.simulate.recorded_oven import envelope, flow
from tests.plants.signed_envelope import write_envelope
from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import Flows, OpenEditor
from tests.web.canvas.reading import set_option


def heated() -> dict[str, Any]:
    """Return a flow that heats an oven by what its sensor says."""
    heating = flow(0.4, temperature={"type": "timing/inject"})  # which says nothing by itself
    return {**heating, "layout": {"temperature": [80, 80], "heat": [320, 80], "heater": [560, 80]}}


def record(plant_folder: Path) -> Path:
    """Give the oven an envelope, and readings of three minutes that it has got hotter in."""
    write_envelope(plant_folder, envelope(), two_keys=True)
    begin = Clock().now() - 600
    for name, node in (("oven", "temperature"), (ENVELOPE, "sensor")):
        recording = Recording(recording_file(recordings_folder(plant_folder), name), 24)
        readings = [Taken(begin + number, node, "", Message(100 + number / 2)) for number in range(180)]
        recording.append(readings)
        recording.close()
    return plant_folder


@pytest.fixture
def flows() -> Flows:
    return {"oven": heated()}


@pytest.fixture
def plant_folder(plant_folder: Path) -> Path:
    """The oven with its envelope, and what was recorded of it."""
    return record(plant_folder)


def test_a_change_shows_what_it_would_have_written(editor: OpenEditor, shot: Any) -> None:
    page = editor("oven")
    set_option(page, "oven", "heat", "expression", "payload * 0.5")
    page.get_by_role("banner").get_by_role("button", name="Deploy").click()
    page.get_by_role("dialog", name="Deploy").get_by_role("button", name="Request approval").click()
    found = page.get_by_role("dialog", name="Changes that reach a machine").get_by_role(
        "region", name="On recorded readings"
    )
    heater = found.get_by_role("article", name="oven/heater")
    expect(heater).to_be_visible()
    expect(heater.get_by_role("row", name="Most 75.8 80")).to_be_visible()
    expect(heater).to_contain_text("59 commands would have been refused (now: 0).")
    expect(heater).to_contain_text("is outside 0 to 80 %")
    expect(found).to_contain_text("not where that would have led: the readings do not react")
    expect(heater.locator("canvas")).to_be_visible()
    heater.scroll_into_view_if_needed()
    find_nothing(page, shot, "simulation")
    page.set_viewport_size({"width": 390, "height": 800})
    shot(page, "simulation-narrow")
