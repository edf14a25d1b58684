"""Two keys: a deploy that waits for IT and OT, from the question to the yes."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from scripts.states.scene import Scene, state
from tests.web.canvas.reading import set_option

AT = "/#press"
NAME = "Changes that reach a machine"


@state("31-changes-none", "keys", AT, "editor")
def none(scene: Scene) -> None:
    scene.dialog("changes")
    scene.page.wait_for_timeout(600)


def ask(scene: Scene) -> None:
    """Open the deploy dialog of a change that needs two keys."""
    set_option(scene.page, "press", "scale", "expression", "payload * 2")
    scene.page.get_by_role("banner").get_by_role("button", name="Deploy").click()
    scene.page.get_by_role("dialog").get_by_text("one yes from IT and one from OT").wait_for()


@state("31-deploy-two-keys", "keys", AT, "editor")
def deploying(scene: Scene) -> None:
    ask(scene)


@state("32-change-asked", "keys", AT, "editor")
def asked(scene: Scene) -> None:
    ask(scene)
    scene.page.get_by_role("button", name="Request approval").click()
    scene.page.get_by_role("dialog", name=NAME).get_by_text("OT: missing").wait_for()


@state("32-change-waits", "keys", AT, "operator")
def waits(scene: Scene) -> None:
    scene.page.get_by_role("banner").get_by_role("button", name=re.compile(NAME)).first.wait_for()


@state("33-change-approving", "keys", AT, "operator")
def approving(scene: Scene) -> None:
    scene.page.get_by_role("banner").get_by_role("button", name=re.compile(NAME)).first.click()
    dialog = scene.page.get_by_role("dialog", name=NAME)
    dialog.get_by_role("button", name="Approve …").click()
    expect(dialog.get_by_label("Current password")).to_be_visible()
