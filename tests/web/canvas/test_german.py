"""What the server says, in the German canvas: problems, the guard's reasons, a deploy that fails, a refused request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from flowengine.registry import Registry
from tests.plants.guarded_oven import install, oven
from tests.web.canvas.conftest import USERS, Flows, OpenEditor, OpenPage, line
from tests.web.canvas.served import Served
from tests.web.canvas.stuck import with_stuck


@pytest.fixture
def flows() -> Flows:
    return {"line": line()}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return with_stuck(tmp_path)


@pytest.fixture
def server(plant_folder: Path, registry: Registry, canvas_build: None) -> Iterator[Served]:
    """The folder with an envelope beside the flows, served."""
    with oven() as device:
        install(plant_folder, device.port)
        served = Served(plant_folder, registry)
        served.start()
        yield served
        served.stop()


def change(page: Page, doc: dict[str, object]) -> None:
    """Put a whole flow in place of the draft."""
    page.evaluate("doc => flowengine.project.getState().edit('Change', 'line', () => doc)", doc)


def test_problems_the_guard_and_a_failed_deploy_speak_german(
    editor: OpenEditor, shot: Callable[[Page, str], None]
) -> None:
    page = editor("line", locale="de-DE")
    page.locator(".machines-state").click()
    expect(page.get_by_role("region", name="Maschinen")).to_contain_text("der Ausgang ist nicht scharf")
    shot(page, "german-guard")
    page.keyboard.press("Escape")

    doc = line()
    doc["nodes"]["lost"] = {"type": "acme/nothing"}
    doc["nodes"]["alone"] = {"type": "values/expression", "options": {"expression": "payload", "colour": 1}}
    change(page, doc)
    page.get_by_role("tab", name="Probleme").click()
    problems = page.get_by_role("tabpanel", name="Probleme")
    expect(problems).to_contain_text("Es gibt keinen Knoten vom Typ „acme/nothing“")
    expect(problems).to_contain_text("Option „colour“ gibt es nicht")
    expect(problems).to_contain_text("Keine Quelle erreicht „alone“")
    expect(problems).not_to_contain_text("There is no")
    shot(page, "german-problems")
    page.emulate_media(color_scheme="dark")
    shot(page, "german-problems-dark")
    page.emulate_media(color_scheme="light")

    doc = line()
    doc["nodes"]["valve"] = {"type": "acme/stuck"}
    change(page, doc)
    page.get_by_role("banner").get_by_role("button", name="Deployen").click()
    dialog = page.get_by_role("dialog", name="Deployen")
    dialog.get_by_role("button", name="Deployen", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Der Flow „line“ ist nicht gestartet: Knoten „valve“")
    shot(page, "german-deploy")


def test_a_stranger_is_refused_in_german(open_page: OpenPage, shot: Callable[[Page, str], None]) -> None:
    page = open_page(None, locale="de-DE", viewport={"width": 390, "height": 800})
    page.get_by_label("Name").fill(USERS["viewer"])
    page.get_by_label("Passwort").fill("falsch")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("alert")).to_contain_text("Name oder Passwort ist falsch")
    expect(page.get_by_role("alert")).to_contain_text("einen Administrator um einen Link bitten")
    shot(page, "german-sign-in-390")
