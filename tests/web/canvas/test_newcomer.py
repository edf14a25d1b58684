"""A newcomer with the demo, a mouse and a keyboard: from the printed link to a changed setpoint, and back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.canvas.conftest import PASSWORD, WAIT
from tests.web.canvas.watched import ConsoleGuard


@pytest.fixture
def link(tmp_path: Path, canvas_build: None) -> Iterator[str]:
    """The link that `flowengine demo` prints at its first start."""
    command = [str(Path(sys.executable).parent / "flowengine"), "demo", "--plain", "--state", str(tmp_path / "state")]
    process = subprocess.Popen(
        [*command, "--port", "0", "--speed", "10", "--door-every", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        found = re.search(r"http://\S+/setup\S+", line)
        if found:
            yield found.group()
            break
    else:
        pytest.fail("the demo printed no link:\n" + "".join(said))
    process.terminate()
    process.communicate()


@pytest.fixture
def page(browser: Browser, link: str) -> Iterator[Page]:
    """The link, opened in a browser that has never been here."""
    guard = ConsoleGuard(lambda: False)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(WAIT)
    guard.watch(context)
    page = context.new_page()
    page.goto(link)
    yield page
    context.close()
    assert guard.errors == []


def hit(what: Locator) -> None:
    """Press the mouse on the middle of something that can be seen, once it stands still and can be pressed there."""
    expect(what).to_be_in_viewport()
    what.click()


def deploy(page: Page, old: str, new: str) -> None:
    """Say yes in the deploy dialog, having read what it says."""
    dialog = page.get_by_role("dialog", name="Deploy")
    expect(dialog.locator("del")).to_have_text(old)
    expect(dialog.locator("ins")).to_have_text(new)
    expect(dialog.get_by_role("region", name="This deploy can move machines")).to_contain_text("heater")
    expect(dialog.get_by_label("What changed, and why")).to_have_value(
        re.compile(rf"^oven-control: hold-temperature setpoint {old} -> {new}\s*$")
    )
    hit(dialog.get_by_role("button", name="Deploy", exact=True))
    expect(dialog).to_be_hidden()
    expect(page.get_by_text(re.compile("1 node started anew")).last).to_be_visible()


def test_the_setpoint_is_changed_deployed_watched_and_undone_from_history(
    page: Page, shot: Callable[[Page, str], None]
) -> None:
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("anna")
    for _ in range(2):
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    hit(page.get_by_role("button", name="oven-control", exact=True))

    node = page.locator('[data-id="hold-temperature"]')
    expect(page.locator('[data-id="temperature"]')).to_contain_text("°C")
    expect(node).to_contain_text("setpoint 180")
    node.dblclick()
    setpoint = page.get_by_role("complementary").get_by_label("Setpoint", exact=True)
    hit(setpoint)
    page.keyboard.press("Control+a")
    page.keyboard.type("200")
    page.keyboard.press("Tab")
    hit(page.get_by_role("banner").get_by_role("button", name="Deploy"))
    shot(page, "newcomer-deploy")
    deploy(page, "180", "200")
    expect(node).to_contain_text("setpoint 200")
    reading = page.locator('[data-id="temperature"]')
    expect(reading).to_contain_text(re.compile(r"(19\d|20\d)(\.\d+)? °C"), timeout=60_000)
    shot(page, "newcomer-follows")

    hit(page.get_by_role("tab", name="History"))
    hit(page.get_by_role("button", name=re.compile("Look at “The example flows”")))
    old = page.get_by_role("dialog", name=re.compile("^oven-control as of"))
    expect(old.locator("ins")).to_have_text("200")
    hit(old.get_by_role("button", name="Restore and deploy"))
    deploy(page, "200", "180")
    expect(node).to_contain_text("setpoint 180")
    expect(page.get_by_text("runs now", exact=True)).to_have_count(1)
    shot(page, "newcomer-undone")
