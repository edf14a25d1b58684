"""From draft to what runs: differences, conflicts, files changed outside, history, presence."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from scripts.states.plants import change_file
from scripts.states.scene import Scene, state
from tests.web.canvas.conftest import line
from tests.web.canvas.reading import on_disk, set_option
from tests.web.canvas.test_deploying import change, deploy, deploy_dialog


def put_back(scene: Scene, flow: str) -> None:
    """Have a flow as it was when all is done, in what runs too."""
    was = on_disk(scene.server.folder, flow)

    def back() -> None:
        page = scene.open("admin", f"/#{flow}")
        change(page, flow, was)
        if page.evaluate("flow => flowengine.project.getState().dirty?.(flow) ?? true", flow):
            deploy(page)

    scene.after.callback(back)


def many(page: Page) -> None:
    """Change a flow in every manner."""
    doc = line()
    doc["nodes"]["double"]["options"]["expression"] = "payload * 3"
    doc["nodes"]["slow"] = {"type": "timing/delay", "options": {"delay": 1}}
    doc["nodes"]["code"] = {"type": "values/python", "options": {"code": "a = payload\nb = a + 1\nreturn b"}}
    del doc["nodes"]["button"]
    doc["wires"] = [{"from": "tick", "to": "double"}, {"from": "double", "to": "slow"}, {"from": "slow", "to": "log"}]
    doc["layout"] = {"tick": [80, 80], "double": [320, 80], "log": [700, 80], "slow": [500, 80], "code": [320, 220]}
    change(page, "line", doc)


@state("15-draft-marks", "bench", "/#line")
def marks(scene: Scene) -> None:
    many(scene.page)
    scene.page.evaluate("flowengine.view.getState().setDiff(true)")
    scene.page.wait_for_timeout(800)


@state("16-deploy-one", "bench", "/#line")
def deploy_one(scene: Scene) -> None:
    set_option(scene.page, "line", "double", "expression", "payload * 3")
    deploy_dialog(scene.page).get_by_role("listitem").first.wait_for()
    scene.page.wait_for_timeout(500)


@state("16-deploy-many", "bench", "/#line")
def deploy_many(scene: Scene) -> None:
    many(scene.page)
    deploy_dialog(scene.page).get_by_role("listitem").first.wait_for()
    scene.page.wait_for_timeout(500)


@state("16-deploy-blocked", "bench", "/#line")
def deploy_blocked(scene: Scene) -> None:
    set_option(scene.page, "line", "double", "expression", "payload *")
    dialog = deploy_dialog(scene.page)
    dialog.get_by_role("region", name=re.compile("error keeps")).wait_for()


@state("16-deploy-machine", "demo", "/#oven-control")
def deploy_machine(scene: Scene) -> None:
    set_option(scene.page, "oven-control", "hold-temperature", "setpoint", 190)
    dialog = deploy_dialog(scene.page)
    dialog.get_by_role("region", name="This deploy can move machines").wait_for()
    scene.page.wait_for_timeout(800)


@state("17-someone-deployed", "bench", "/#line", "editor")
def someone_deployed(scene: Scene) -> None:
    conflict(scene)


@state("17-conflict", "bench", "/#line", "editor")
def conflict_dialog(scene: Scene) -> None:
    conflict(scene)
    deploy_dialog(scene.page).get_by_role("region", name="line was changed by someone else").wait_for()


def conflict(scene: Scene) -> None:
    """Somebody else is faster."""
    put_back(scene, "line")
    set_option(scene.page, "line", "double", "expression", "payload * 7")
    expect(scene.page.get_by_text("draft saved")).to_be_visible()
    fast = scene.open("admin", "/#line")
    set_option(fast, "line", "tick", "interval", 0.5)
    deploy(fast)
    scene.page.get_by_text("anna deployed line while you were editing it.").wait_for()


@state("17-presence", "bench", "/#line", "editor")
def presence(scene: Scene) -> None:
    other = scene.open("admin", "/#line")
    set_option(other, "line", "tick", "interval", 0.5)
    scene.page.get_by_role("tab", name=re.compile("anna edits it, too")).wait_for()


@state("17-unfinished-edit", "bench", "/#line", "editor")
def unfinished(scene: Scene) -> None:
    set_option(scene.page, "line", "double", "expression", "payload * 3")
    expect(scene.page.get_by_text("draft saved")).to_be_visible()
    scene.page.reload()
    scene.page.get_by_role("dialog", name="Unfinished edit").wait_for()


def outside(scene: Scene) -> None:
    """Change a file as an editor does."""
    was = (scene.server.folder / "line.json").read_text()
    scene.after.callback(lambda: (scene.server.folder / "line.json").write_text(was))

    def nine(doc: dict) -> None:  # type: ignore[type-arg]
        doc["nodes"]["double"]["options"]["expression"] = "payload * 9"

    change_file(scene.server.folder, "line", nine)
    scene.page.get_by_role("tab", name=re.compile("line.*changed outside")).wait_for()


@state("18-outside", "bench", "/#line", "editor")
def outside_tab(scene: Scene) -> None:
    outside(scene)


@state("18-outside-dialog", "bench", "/#line", "editor")
def outside_dialog(scene: Scene) -> None:
    outside(scene)
    scene.dialog("outside", flow="line")


@state("18-outside-start", "bench", "/#line", "editor")
def outside_start(scene: Scene) -> None:
    outside(scene)
    scene.page.get_by_role("tab", name="Start page").click()
    scene.page.get_by_role("region", name="Changed outside").wait_for()


@state("19-history", "demo", "/#line-monitor")
def history(scene: Scene) -> None:
    put_back(scene, "line-monitor")
    change(scene.page, "line-monitor", on_disk(scene.server.folder, "line-monitor") | {"note": "Watches the line."})
    dialog = deploy_dialog(scene.page)
    dialog.get_by_label("What changed").fill("Say what the flow is for")
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(dialog).to_be_hidden()
    scene.page.get_by_role("tab", name="History").click()
    scene.page.get_by_role("tabpanel", name="History").get_by_role("listitem").nth(1).wait_for()


@state("19-history-version", "demo", "/#line-monitor")
def history_version(scene: Scene) -> None:
    scene.page.get_by_role("tab", name="History").click()
    entries = scene.page.get_by_role("tabpanel", name="History").get_by_role("listitem")
    entries.last.get_by_role("button").first.click()
    scene.page.get_by_role("dialog").get_by_role("img").first.wait_for()
