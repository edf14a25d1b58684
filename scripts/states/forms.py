"""Forms of nodes, connections and flows; editors; trying a node."""

from __future__ import annotations

from playwright.sync_api import expect

from scripts.states.scene import Scene, state
from tests.web.canvas.form_plant import open_node

AT = "/#plant"


@state("12-form-short", "bench", AT)
def form_short(scene: Scene) -> None:
    open_node(scene.page, "every")


@state("12-form-long", "demo", "/#oven-control")
def form_long(scene: Scene) -> None:
    scene.select("oven-control", "hold-temperature")
    scene.pane("settings")


@state("12-form-list", "bench", AT)
def form_list(scene: Scene) -> None:
    form = open_node(scene.page, "switch")
    form.get_by_role("button", name="Add to Rules").click()
    scene.page.wait_for_timeout(300)


@state("12-form-one-of", "bench", AT)
def form_one_of(scene: Scene) -> None:
    open_node(scene.page, "way")


@state("12-form-errors", "bench", AT)
def form_errors(scene: Scene) -> None:
    form = open_node(scene.page, "watch")
    form.get_by_label("Low", exact=True).first.fill("a lot")
    form.get_by_label("Low", exact=True).first.press("Tab")
    form.get_by_label("Name", exact=True).first.fill("sum")
    scene.page.wait_for_timeout(300)


@state("12-form-viewer", "bench", AT, "viewer")
def form_viewer(scene: Scene) -> None:
    open_node(scene.page, "switch")


@state("13-expression-tried", "bench", AT)
def expression_tried(scene: Scene) -> None:
    form = open_node(scene.page, "sum")
    form.get_by_text("Try it").click()
    form.get_by_label("Payload: type", exact=True).select_option("number")
    form.get_by_label("Payload", exact=True).fill("21")
    form.get_by_role("button", name="Run", exact=True).click()
    expect(form.get_by_role("status")).to_contain_text("42")


@state("13-python-failed", "bench", AT)
def python_failed(scene: Scene) -> None:
    form = open_node(scene.page, "code")
    form.get_by_role("textbox", name="Code", exact=True).fill("x = 1\nreturn msg.with_payload(x / 0)")
    form.get_by_text("Try it").click()
    form.get_by_role("button", name="Run", exact=True).click()
    expect(form.get_by_role("status")).to_contain_text("line 2")


@state("14-flow-settings", "bench", AT)
def flow_settings(scene: Scene) -> None:
    scene.pane("settings")
    form = scene.page.get_by_role("tabpanel", name="Settings")
    form.get_by_label("Outgoing hosts").check()
    form.get_by_role("button", name="Add to Outgoing hosts").click()
    scene.page.keyboard.type("erp plant")
    scene.page.keyboard.press("Tab")
    form.get_by_text("'erp plant' is no host").scroll_into_view_if_needed()


@state("14-connections", "bench", AT)
def connections(scene: Scene) -> None:
    scene.dialog("connections")


@state("14-connection-secret", "bench", AT)
def connection(scene: Scene) -> None:
    scene.dialog("connections")
    scene.page.get_by_role("dialog").get_by_role("button", name="broker").first.click()
    scene.page.wait_for_timeout(800)


@state("14-wire-settings", "bench", AT)
def wire_settings(scene: Scene) -> None:
    scene.page.evaluate("flowengine.view.getState().select('plant', {wires: ['every>limit']})")
    scene.pane("settings")
