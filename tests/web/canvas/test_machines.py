"""The machines in the canvas and on the operators' page: a signed envelope, a real Modbus device, real presses."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from flowengine.access.access import Access, access_file
from flowengine.access.local import find_local
from flowengine.settings import STATE_FOLDER
from tests.plants.guarded_oven import DOOR, heat, install, oven
from tests.plants.modbus_slave import Slave
from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import USERS, WAIT, Flows, OpenEditor, OpenPage, line
from tests.web.canvas.reading import set_option, wait_until
from tests.web.canvas.served import Served
from tests.web.patience import until

Shot = Callable[[Page, str], None]


@pytest.fixture
def flows() -> Flows:
    return {"line": line()}


@pytest.fixture
def device() -> Iterator[Slave]:
    with oven() as slave:
        yield slave


@pytest.fixture
def guarded(plant_folder: Path, device: Slave) -> None:
    """The oven and its envelope, beside the flows before the server starts."""
    install(plant_folder, device.port)


pytestmark = pytest.mark.usefixtures("guarded")


@pytest.fixture
def server(guarded: None, server: Served) -> Served:
    """The folder with its envelope, served."""
    return server


def stop_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Emergency stop", exact=True)


def panel(page: Page) -> Locator:
    found = page.get_by_role("region", name="Machines")
    if not found.is_visible():
        page.locator(".machines-state").click()
    return found


def state_of(found: Locator, output: str) -> Locator:
    """Return where the panel says whether an output is armed."""
    return found.get_by_role("row", name=re.compile(f"^{output}")).get_by_role("cell").last


def heats(page: Page, device: Slave, wanted: float) -> None:
    """Wait for what the heater's register holds."""
    try:
        wait_until(page, lambda: heat(device) == wanted)
    except AssertionError:
        raise AssertionError(f"the heater is at {heat(device)}, not at {wanted}") from None


def blows(page: Page, device: Slave) -> None:
    """Wait until the fan's coil is on."""
    wait_until(page, lambda: device.bank.coil[3])


def test_a_stop_in_the_canvas_makes_the_register_safe_and_a_reset_lets_it_go(
    editor: OpenEditor, device: Slave, shot: Shot
) -> None:
    page = editor("line")
    found = panel(page)
    expect(found).to_contain_text("the output is not armed")
    found.get_by_role("button", name="Arm heater", exact=True).click()
    heats(page, device, 50)
    expect(found).to_contain_text("50 %")
    expect(found).to_contain_text("Written by oven/heater")
    for word in ("Arm", "Disarm"):  # no button becomes the other one beneath the pointer
        expect(found.get_by_role("button", name=f"{word} heater", exact=True)).to_be_visible()
    shot(page, "machines-armed")

    stop_button(page).click()
    heats(page, device, 7)
    expect(page.get_by_role("button", name="Stopped")).to_contain_text("edgar has pressed it")
    expect(state_of(found, "heater")).to_have_text("disarmed")
    shot(page, "machines-stopped")

    found.get_by_role("button", name="Reset the emergency stop").click()
    expect(page.get_by_role("button", name="Disarmed")).to_be_visible()
    assert heat(device) == 7


def test_a_deploy_says_what_the_envelope_allows_and_what_would_be_refused(editor: OpenEditor, shot: Shot) -> None:
    page = editor("oven")
    set_option(page, "oven", "tick", "value", 5000)
    page.get_by_role("banner").get_by_role("button", name="Deploy").click()
    found = page.get_by_role("dialog", name="Deploy").get_by_role("region", name="This deploy can move machines")
    expect(found).to_contain_text("The envelope allows at heater: 0 % to 100 %; what goes too far is refused")
    expect(found).to_contain_text("This would be written: 5000 %.")
    expect(found).to_contain_text("sends 5000, and 'heater' may be 0 to 100")
    shot(page, "deploy-limits")


def test_a_trip_says_why_and_why_it_cannot_be_reset_yet(open_page: OpenPage, device: Slave) -> None:
    page = open_page("operator", "/dashboard")
    found = panel(page)
    found.get_by_role("button", name="Arm heater", exact=True).click()
    heats(page, device, 50)
    device.bank.holding[DOOR] = 1
    heats(page, device, 7)
    expect(page.get_by_role("button", name="Tripped")).to_contain_text("heater: the door is open (door == 1)")
    reset = found.get_by_role("button", name="Reset heater")
    expect(reset).to_be_disabled()
    expect(found).to_contain_text("It cannot be reset yet: the door is open (door == 1)")
    device.bank.holding[DOOR] = 0
    reset.click()
    expect(page.get_by_role("button", name="Disarmed")).to_be_visible()


def test_an_operator_writes_by_hand_within_the_range_with_the_keyboard_alone(
    open_page: OpenPage, device: Slave
) -> None:
    page = open_page("operator", "/dashboard")
    page.locator(".machines-state").focus()
    page.keyboard.press("Enter")
    found = page.get_by_role("region", name="Machines")
    expect(found).to_be_focused()
    found.get_by_label("Mode of heater").select_option("manual")
    found.get_by_role("button", name="Arm heater", exact=True).press("Enter")
    expect(state_of(found, "heater")).to_have_text("armed")
    value = found.get_by_label("Value for heater, 0 to 100 %")
    value.fill("140")
    page.keyboard.press("Enter")
    expect(found.get_by_role("status")).to_have_text("A number: 0 to 100 %")
    value.fill("12,5")
    page.keyboard.press("Enter")
    heats(page, device, 12.5)
    expect(found).to_contain_text("12.5 %")
    found.get_by_label("Mode of fan").select_option("manual")
    found.get_by_role("button", name="Arm fan", exact=True).click()
    expect(state_of(found, "fan")).to_have_text("armed")
    found.get_by_label("Value for fan").select_option("true")
    found.get_by_role("button", name="Write the value to fan").click()
    blows(page, device)
    page.keyboard.press("Escape")
    expect(found).to_have_count(0)
    expect(page.locator(".machines-state")).to_be_focused()


@pytest.mark.parametrize("path", ["/#line", "/dashboard"])
def test_a_viewer_sees_how_the_machines_stand_and_no_button_that_acts(open_page: OpenPage, path: str) -> None:
    page = open_page("viewer", path)
    found = panel(page)
    expect(found.get_by_role("row", name="heater")).to_contain_text("automatic")
    expect(stop_button(page)).to_have_count(0)
    expect(found.get_by_role("button")).to_have_count(1)  # close
    expect(found.get_by_role("combobox")).to_have_count(0)


def test_the_stop_can_be_pressed_in_front_of_an_open_dialog(editor: OpenEditor, device: Slave) -> None:
    page = editor("line")
    panel(page).get_by_role("button", name="Arm all", exact=True).click()
    heats(page, device, 50)
    page.evaluate("flowengine.view.getState().openDialog('keys')")
    stop = page.get_by_role("dialog").get_by_role("button", name="Emergency stop")
    expect(stop).to_be_visible()
    page.keyboard.press("Enter")  # a key that was meant for something else presses nothing
    expect(page.get_by_role("dialog")).to_be_visible()
    assert heat(device) == 50
    stop.click()
    heats(page, device, 7)


def test_a_stop_that_does_not_get_through_says_so_loudly(open_page: OpenPage, server: Served) -> None:
    page = open_page("operator", "/dashboard")
    expect(stop_button(page)).to_be_visible()
    server.stop()
    expect(page.get_by_role("button", name="State not known")).to_be_visible()
    stop_button(page).click()
    expect(page.get_by_text("THE EMERGENCY STOP DID NOT GET THROUGH")).to_be_visible()


def test_a_stop_in_a_page_that_is_open_reaches_the_machine_while_the_engine_stands_still(
    browser: Browser, plant_folder: Path, device: Slave, shot: Shot
) -> None:
    """The engine is a process of its own, which SIGSTOP holds: its web server, its loop, everything but the guard."""
    command = [sys.executable, "-m", "flowengine", "run", str(plant_folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as engine:
        try:
            local = until(lambda: find_local(plant_folder / STATE_FOLDER))
            access = Access(access_file(plant_folder))
            token, _ = access.sessions.begin(USERS["operator"])
            access.close()
            context = browser.new_context(base_url=local.address, locale="en-GB")
            name = f"flowengine-{local.address.rpartition(':')[2]}"
            context.set_default_timeout(WAIT)
            context.add_cookies([{"name": name, "value": token, "url": local.address}])
            page = context.new_page()
            with page.expect_response("**/api/machines/stop-ticket"):
                page.goto("/dashboard")
            panel(page).get_by_role("button", name="Arm all", exact=True).click()
            heats(page, device, 50)
            engine.send_signal(signal.SIGSTOP)
            stop_button(page).first.click()
            heats(page, device, 7)
            expect(page.get_by_text("STOPPED, AT THE GUARD ITSELF")).to_be_visible()
            shot(page, "machines-stopped-at-guard")
            context.close()
        finally:
            engine.send_signal(signal.SIGCONT)
            engine.terminate()


SIZES: dict[str, Any] = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 390, "height": 844}}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/#line", "/dashboard"])
def test_axe_finds_nothing_and_all_of_it_can_be_seen(open_page: OpenPage, path: str, size: str, shot: Shot) -> None:
    page = open_page("operator", path, viewport=SIZES[size], locale="de-DE")
    expect(page.get_by_role("button", name="Not-Halt")).to_be_in_viewport(ratio=1)
    expect(page.locator(".shell-palette")).to_have_count(1 if size == "wide" and path == "/#line" else 0)
    page.locator(".machines-state").click()
    found = page.get_by_role("region", name="Maschinen")
    found.get_by_label("Betriebsart von heater").select_option("manual")
    expect(found.get_by_label("Wert für heater")).to_be_visible()
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=SIZES[size]["width"])
    find_nothing(page, shot, f"machines-{size}-{'dashboard' if 'dash' in path else 'canvas'}")
