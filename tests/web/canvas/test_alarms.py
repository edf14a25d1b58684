"""The list of alarms in the canvas and on the operators' page: acknowledged, shelved, looked back at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from flowengine.node import Status
from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import Flows, OpenPage, line
from tests.web.canvas.served import Served

Shot = Callable[[Page, str], None]


@pytest.fixture
def flows() -> Flows:
    return {"line": line()}


@pytest.fixture
def rings(server: Served) -> Iterator[None]:
    """A drive that does not answer, and a flow that does not start; both stand until they are removed."""
    faults = server.service.engine.faults
    silent = Status("error", "no answer from 10.0.0.5")
    server.site.bridge.ask(lambda: faults.status("oven", "drive", silent))
    server.site.bridge.ask(lambda: faults.flow_failed("press", "it does not start"))
    yield
    server.site.bridge.ask(lambda: faults.removed("oven", ["drive"]))
    server.site.bridge.ask(lambda: faults.flow_good("press"))


def opened(page: Page, name: str = "Alarms: 2 not seen, 2 active") -> Locator:
    page.get_by_role("button", name=name).click()
    return page.get_by_role("region", name=name.partition(":")[0])


@pytest.mark.usefixtures("rings")
def test_an_operator_acknowledges_shelves_with_a_reason_takes_back_and_looks_back(
    open_page: OpenPage, shot: Shot
) -> None:
    page = open_page("operator", "/dashboard")
    panel = opened(page)
    expect(panel.get_by_role("listitem").first).to_contain_text("press")
    shot(page, "alarms")
    panel.get_by_role("button", name="Acknowledge oven/drive").click()
    expect(page.get_by_role("button", name="Alarms: 1 not seen, 2 active")).to_be_visible()
    panel.get_by_role("button", name="Shelve oven/drive").click()
    panel.get_by_label("Why it is shelved").fill("the cable is being replaced")
    panel.get_by_label("For how long").select_option("15")
    panel.get_by_role("button", name="Shelve", exact=True).click()
    expect(panel.get_by_text("the cable is being replaced (")).to_be_visible()
    shot(page, "alarms-shelved")
    panel.get_by_role("button", name="What has been").click()
    expect(panel.get_by_text("oven/drive shelved")).to_be_visible()
    panel.get_by_role("button", name="Take oven/drive back").click()
    expect(panel.get_by_role("button", name="Shelve oven/drive")).to_be_visible()


@pytest.mark.usefixtures("rings")
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_a_viewer_only_looks(open_page: OpenPage, width: int, shot: Shot) -> None:
    page = open_page("viewer", "/dashboard", viewport={"width": width, "height": 844}, locale="de-DE")
    panel = opened(page, "Alarme: 2 nicht quittiert, 2 anstehend")
    expect(panel.get_by_text("anstehend").first).to_be_visible()
    expect(panel.get_by_role("button", name="quittieren")).to_have_count(0)
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
    find_nothing(page, shot, f"alarms-{width}")


def test_the_start_page_says_how_many_nodes_of_a_flow_are_in_trouble(
    server: Served, open_page: OpenPage, shot: Shot
) -> None:
    faults, page = server.service.engine.faults, open_page("operator", "/")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="line", exact=True))
    expect(row).to_contain_text("running")
    server.site.bridge.ask(lambda: faults.status("line", "gone", Status("error", "no answer from 10.0.0.5")))
    server.site.bridge.ask(lambda: faults.status("line", "slow", Status("warning", "trying again")))
    expect(row).to_contain_text("1 node in trouble")
    shot(page, "start-in-trouble")
    server.site.bridge.ask(lambda: faults.removed("line", ["gone", "slow"]))
    expect(row).not_to_contain_text("in trouble")
