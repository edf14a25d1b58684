"""What would come of it: the envelope beside a change, what it would have written on recorded readings, models."""

from __future__ import annotations

from playwright.sync_api import Locator

from scripts.states.scene import Scene, state
from tests.web.canvas.reading import set_option


def deploying(scene: Scene, expression: str = "payload * 0.5") -> Locator:
    """Open the deploy dialog of a change that writes more than the envelope allows."""
    set_option(scene.page, "oven", "heat", "expression", expression)
    scene.page.get_by_role("banner").get_by_role("button", name="Deploy").click()
    dialog = scene.page.get_by_role("dialog", name="Deploy")
    dialog.get_by_role("button", name="Request approval").wait_for()
    scene.page.wait_for_timeout(800)
    return dialog


@state("34-deploy-envelope", "recorded", "/#oven")
def envelope(scene: Scene) -> None:
    deploying(scene).locator(".deploy-limit").first.scroll_into_view_if_needed()


@state("34-simulation", "recorded", "/#oven", "editor")
def simulation(scene: Scene) -> None:
    deploying(scene).get_by_role("button", name="Request approval").click()
    found = scene.page.get_by_role("region", name="On recorded readings")
    found.get_by_role("article").locator("canvas").first.wait_for()
    found.scroll_into_view_if_needed()


@state("34-simulation-reasons", "recorded", "/#oven", "editor")
def reasons(scene: Scene) -> None:
    simulation(scene)
    scene.page.get_by_role("region", name="On recorded readings").get_by_role("list").last.scroll_into_view_if_needed()


@state("34-models", "recorded", "/#press", "editor")
def models(scene: Scene) -> None:
    scene.dialog("models")
    scene.page.get_by_role("dialog").get_by_role("row").filter(has_text="in shadow").wait_for()
    scene.page.wait_for_timeout(2500)
