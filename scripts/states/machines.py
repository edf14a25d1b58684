"""What moves: alarms, the machines and their envelope, the emergency stop."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from scripts.states.plants import arm
from scripts.states.scene import Scene, state


def panel(page: Page) -> Locator:
    """Open the machines."""
    page.locator(".machines-state").first.click()
    found = page.get_by_role("region", name="Machines")
    found.wait_for()
    return found


def ring(scene: Scene) -> None:
    """Have a drive that does not answer, and a flow that does not start."""
    faults, ask = scene.server.service.engine.faults, scene.server.site.bridge.ask
    ask(lambda: faults.failed("oven-control", "drive", "no answer from 10.0.0.5 within 0.5 s; it is asked again"))
    ask(lambda: faults.flow_failed("press", "it does not start"))
    scene.after.callback(lambda: ask(lambda: faults.removed("oven-control", ["drive"])))
    scene.after.callback(lambda: ask(lambda: faults.flow_good("press")))


def alarms(scene: Scene) -> Locator:
    """Open the list of alarms."""
    ring(scene)
    scene.page.get_by_role("button", name=re.compile("^Alarms")).first.click()
    found = scene.page.locator(".alarms-panel")
    found.wait_for()
    return found


@state("25-alarms", "demo", "/#oven-control")
def alarm_list(scene: Scene) -> None:
    alarms(scene)


@state("25-alarms-operator", "demo", "/dashboard", "operator")
def alarms_of_operator(scene: Scene) -> None:
    alarms(scene)


@state("25-alarm-shelving", "demo", "/#oven-control")
def shelving(scene: Scene) -> None:
    found = alarms(scene)
    found.get_by_role("button", name="Shelve oven-control/drive").click()
    found.get_by_label("Why it is shelved").fill("the cable is being replaced")


@state("25-alarm-history", "demo", "/#oven-control")
def alarm_history(scene: Scene) -> None:
    found = alarms(scene)
    found.get_by_role("button", name="What has been").click()
    scene.page.wait_for_timeout(800)


@state("26-machines-disarmed", "demo", "/#oven-control")
def machines_disarmed(scene: Scene) -> None:
    panel(scene.page)


@state("26-machines-armed", "demo", "/#oven-control")
def machines_armed(scene: Scene) -> None:
    arm(scene.server)
    panel(scene.page)
    scene.page.wait_for_timeout(1500)


@state("26-machines-by-hand", "demo", "/#oven-control")
def machines_by_hand(scene: Scene) -> None:
    found = panel(scene.page)
    found.get_by_label("Mode of heater").select_option("manual")
    found.get_by_label(re.compile("^Value for heater")).fill("140")
    scene.page.keyboard.press("Enter")
    scene.after.callback(lambda: found.get_by_label("Mode of heater").select_option("automatic"))


@state("26-machines-viewer", "demo", "/#oven-control", "viewer")
def machines_viewer(scene: Scene) -> None:
    panel(scene.page)


def press_stop(scene: Scene) -> Locator:
    """Press the emergency stop; it is reset, and armed, when all is done."""
    scene.page.get_by_role("button", name="Emergency stop", exact=True).first.click()
    scene.page.get_by_role("button", name="Stopped").first.wait_for()
    found = scene.page.get_by_role("region", name="Machines")
    if not found.is_visible():
        scene.page.locator(".machines-state").first.click()

    def reset() -> None:
        found.get_by_role("button", name="Reset the emergency stop").click()
        scene.page.get_by_role("button", name="Disarmed").first.wait_for()
        arm(scene.server)

    scene.after.callback(reset)
    return found


@state("27-emergency-stop", "demo", "/#oven-control")
def stopped(scene: Scene) -> None:
    press_stop(scene)
    scene.page.wait_for_timeout(1500)


@state("27-emergency-stop-operator", "demo", "/dashboard", "operator")
def stopped_operator(scene: Scene) -> None:
    press_stop(scene)
    scene.page.wait_for_timeout(1500)


@state("27-emergency-stop-over-dialog", "demo", "/#oven-control")
def stop_over_dialog(scene: Scene) -> None:
    scene.dialog("keys")
    press_stop_seen = scene.page.get_by_role("dialog").get_by_role("button", name="Emergency stop")
    press_stop_seen.wait_for()
