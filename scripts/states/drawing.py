"""The canvas and what opens over it: palette, menus, search, outline, keys, groups, subflows, import from Node-RED."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.states.scene import Scene, state
from tests.web.canvas.pointing import canvas_point, middle, node
from tests.web.canvas.test_nodered import PLANT, dropped


@state("05-live", "demo", "/#oven-control")
def live(scene: Scene) -> None:
    scene.page.wait_for_timeout(6000)


@state("05-thirty", "bench", "/#thirty")
def thirty(scene: Scene) -> None:
    scene.page.wait_for_timeout(1500)


@state("06-quick-add", "bench", "/#line", anew=True)
def quick_add(scene: Scene) -> None:
    box = scene.page.locator("[data-canvas]").bounding_box()
    assert box is not None
    scene.page.mouse.dblclick(*canvas_point(scene.page, box["width"] * 0.55, box["height"] * 0.75))
    if not scene.page.locator(".canvas-popup, .picker, [role=listbox]").first.is_visible():
        scene.page.locator("[data-canvas]").focus()
        scene.page.keyboard.press("a")
    scene.page.wait_for_timeout(500)


@state("06-context-menu", "bench", "/#line", anew=True)
def context_menu(scene: Scene) -> None:
    scene.page.evaluate("flowengine.view.getState().select('line', {nodes: ['double']})")
    scene.page.locator("[data-canvas]").focus()
    scene.page.keyboard.press("Shift+F10")
    scene.page.get_by_role("menu").wait_for()


@state("06-flow-menu", "bench", "/#line", anew=True)
def flow_menu(scene: Scene) -> None:
    scene.page.get_by_role("button", name="What can be done with line").first.click()
    scene.page.get_by_role("menu").wait_for()


@state("06-wiring", "bench", "/#line", anew=True)
def wiring(scene: Scene) -> None:
    from tests.web.canvas.pointing import drag, port

    scene.page.wait_for_timeout(500)
    drag(scene.page, port(scene.page, "tick", "out"), middle(node(scene.page, "button")), release=False)


@state("06-selected-many", "bench", "/#thirty")
def selected_many(scene: Scene) -> None:
    scene.select("thirty", "step-0", "step-1", "step-2")
    scene.pane("settings")


@state("07-palette-search", "bench", "/#line", anew=True)
def palette_search(scene: Scene) -> None:
    scene.page.evaluate("flowengine.view.getState().setPaletteOpen(true)")
    scene.page.get_by_role("searchbox").first.fill("mod")
    scene.page.wait_for_timeout(300)


@state("07-palette-narrow", "bench", "/#line")
def palette_open(scene: Scene) -> None:
    scene.page.evaluate("flowengine.view.getState().setPaletteOpen(true)")
    scene.page.locator(".palette-list, [class*=palette]").last.evaluate("one => one.scrollIntoView({block: 'end'})")


@state("07-palette-failed-package", "bench", "/#line")
def palette_failed(scene: Scene) -> None:
    scene.page.evaluate("flowengine.view.getState().setPaletteOpen(true)")
    scene.page.get_by_text("acme_press").first.scroll_into_view_if_needed()


@state("08-problems-none", "bench", "/#line")
def problems_none(scene: Scene) -> None:
    scene.pane("problems")


@state("08-problems", "bench", "/#line", "editor")
def problems(scene: Scene) -> None:
    scene.page.evaluate(
        """flowengine.project.getState().edit("Change", "line", (doc) => ({...doc, nodes: {...doc.nodes,
          double: {type: "values/expression", options: {expression: "payload *"}},
          tick: {type: "timing/every", options: {interval: -1}},
          press: {type: "acme/press", options: {}}}}))"""
    )
    scene.page.wait_for_function("() => flowengine.checks.getState().checks.line?.problems.length >= 2")
    scene.pane("problems")


@state("08-outline", "bench", "/#thirty")
def outline(scene: Scene) -> None:
    scene.pane("outline")


@state("08-info", "bench", "/#line")
def info(scene: Scene) -> None:
    scene.select("line", "double")
    scene.pane("info")


@state("09-search", "demo", "/#oven-control")
def search(scene: Scene) -> None:
    scene.dialog("search")
    scene.page.keyboard.type("temp")


@state("09-search-nothing", "demo", "/#oven-control")
def search_nothing(scene: Scene) -> None:
    scene.dialog("search")
    scene.page.keyboard.type("no such thing")


@state("09-commands", "demo", "/#oven-control")
def commands(scene: Scene) -> None:
    scene.dialog("commands")


@state("09-keys", "demo", "/#oven-control")
def keys(scene: Scene) -> None:
    scene.dialog("keys")


@state("09-export", "demo", "/#oven-control")
def export(scene: Scene) -> None:
    scene.dialog("export", flow="oven-control")


@state("10-subflow", "bench", "/#part")
def subflow(scene: Scene) -> None:
    scene.pane("settings")


@state("10-subflow-used", "bench", "/#outer")
def subflow_used(scene: Scene) -> None:
    scene.select("outer", "zone")
    scene.pane("settings")


@state("11-nodered-report", "bench", "/#line")
def nodered_report(scene: Scene) -> None:
    entries = json.loads(Path(PLANT).read_text())
    for entry in entries:
        entry.pop("credentials", None)
    dropped(scene.page, json.dumps(entries))
    scene.page.get_by_role("dialog", name="Import a flow").get_by_role("button", name="Read").click()
    scene.page.get_by_role("region", name="What becomes of it").wait_for()


@state("11-nodered-help", "bench", "/#line")
def nodered_help(scene: Scene) -> None:
    scene.dialog("nodered-help")
