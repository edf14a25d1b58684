"""Learned models in the canvas: what is measured of them live, and a challenger that takes over in the draft."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.plants.challenged_press import press
from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import OpenPage
from tests.web.patience import until

Shot = Callable[[Page, str], None]


@pytest.fixture
def plant_folder(plant_folder: Path) -> Path:
    """The folder with the press, whose model is challenged, and nodes that learn: from a file, and from nothing."""
    flow = press(plant_folder)
    options = flow["nodes"]["predict"]["options"]
    learns = {"takes": options["takes"], "gives": options["gives"]}
    begun = {"file": options["file"], "sha256": options["sha256"]}
    flow["nodes"]["goes-on"] = {"type": "models/river", "options": {**learns, **begun}}
    flow["nodes"]["learns"] = {"type": "models/river", "options": learns}
    flow["wires"] += [{"from": "speed", "to": "learns"}, {"from": "real", "to": "learns.truth"}]
    flow["wires"] += [{"from": "speed", "to": "goes-on"}, {"from": "real", "to": "goes-on.truth"}]
    (plant_folder / "press.json").write_text(json.dumps(flow))
    return plant_folder


def test_versions_are_listed_with_what_is_measured_one_is_saved_and_a_challenger_takes_over_in_the_draft(
    open_page: OpenPage, plant_folder: Path, shot: Shot
) -> None:
    page = open_page("editor")
    dialog = page.get_by_role("dialog", name="Learned models")

    def look() -> None:
        page.get_by_role("button", name="edgar").click()
        page.get_by_role("menuitem", name="Learned models").click()

    look()
    first = dialog.get_by_role("row").filter(has_text="current 1")
    second = dialog.get_by_role("row").filter(has_text="in shadow")
    expect(first).to_contain_text("current 1")
    expect(first).to_contain_text("100 %")
    expect(second).to_contain_text("current 2")
    expect(second.get_by_role("cell").last).to_have_text(re.compile(r"^\d+(\.\d+)?$"))
    goes_on = dialog.get_by_role("row").filter(has_text="press / goes-on")
    expect(goes_on.get_by_label("Save as a version of")).to_have_value("current")
    learned = dialog.get_by_role("row").filter(has_text="Learned by the node")
    name = learned.get_by_label("Save as a version of")
    expect(name).to_have_value("learns")
    find_nothing(page, shot, "models")
    page.set_viewport_size(
        {"width": 720, "height": 450}
    )  # as at 200 % zoom: figures stand below each other, none is cut
    expect(dialog.get_by_role("columnheader", name="Difference")).not_to_be_in_viewport()
    assert dialog.locator(".shell-scroll").evaluate("it => it.scrollWidth <= it.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    name.fill("current")
    until(lambda: _saved(page))
    expect(page.get_by_text("What learns has learned is in models/current/3.json now")).to_be_visible()
    expect(dialog.get_by_role("row").filter(has_text="current 3")).to_contain_text("No flow uses it.")
    saved = json.loads((plant_folder / "models/current/3.json").read_text())
    assert saved["model"] == "linear_model.LinearRegression"
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="edgar")).to_be_focused()
    look()
    dialog.get_by_role("button", name="Let it take over").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("predict uses its challenger once this is deployed.")).to_be_visible()
    options = page.evaluate("window.flowengine.project.getState().flows.press.nodes.predict.options")
    assert options["file"].endswith("models/current/2.json")
    assert {"challenger", "challenger_sha256", "version"}.isdisjoint(options)
    assert '"challenger"' in (plant_folder / "press.json").read_text(), "it counts when it is deployed"
    look()
    dialog.get_by_role("button", name="press / predict").first.click()
    expect(page.get_by_role("tab", name=re.compile(r"^press,"))).to_have_attribute("aria-selected", "true")


def _saved(page: Page) -> bool:
    """Save it, which is refused as long as nothing of it is in a checkpoint."""
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/api/models" in answer.url) as found:
        row = page.get_by_role("row").filter(has_text="Learned by the node")
        row.get_by_role("button", name="Save", exact=True).click()
    return found.value.ok
