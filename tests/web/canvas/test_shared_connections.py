"""The shared connections are edited, compared and taken as carefully as flows are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.canvas.conftest import Flows, OpenEditor, OpenPage
from tests.web.canvas.served import Served
from tests.web.canvas.test_drafts import GUARDED


def shared(host: str = "127.0.0.1", name: str = "broker") -> dict[str, Any]:
    """Return shared connections: one broker that nobody needs to be."""
    return {name: {"type": "mqtt/broker", "options": {"host": host, "port": 1}}}


def reporting(name: str, broker: str = "broker") -> dict[str, Any]:
    """Return a flow that publishes over a shared broker."""
    return {
        "flowengine": 1,
        "name": name,
        "nodes": {
            "button": {"type": "timing/inject", "options": {"value": 7}},
            "report": {"type": "mqtt/publish", "options": {"connection": broker, "topic": name}},
        },
        "wires": [{"from": "button", "to": "report"}],
        "layout": {"button": [80, 80], "report": [320, 80]},
    }


@pytest.fixture
def flows() -> Flows:
    """Two users of one broker."""
    return {"oven": reporting("oven"), "press": reporting("press")}


@pytest.fixture
def plant_folder(plant_folder: Path) -> Path:
    """The folder with the broker in it."""
    share(plant_folder, shared())
    return plant_folder


def share(folder: Path, connections: dict[str, Any]) -> None:
    write(folder / "connections.json", {"flowengine": 1, "connections": connections})


def write(file: Path, content: dict[str, Any]) -> None:
    """Put a file in place of another as git does: nobody reads half of it."""
    file.with_suffix(".new").write_text(json.dumps(content))
    file.with_suffix(".new").replace(file)


def edit(page: Page, connections: dict[str, Any]) -> None:
    """Change the shared connections as their dialog does."""
    page.evaluate(
        "shared => flowengine.project.getState().commit('Change', 'oven', (c) => ({...c, connections: shared}))",
        connections,
    )


def test_a_restored_draft_of_the_connections_shows_what_it_changes(editor: OpenEditor) -> None:
    page = editor("oven")
    edit(page, shared("10.0.0.2"))
    page.wait_for_function("async () => (await (await fetch('/api/drafts')).json()).drafts.length === 1")
    page.wait_for_function(f"() => !({GUARDED})()")
    page.reload()
    dialog = page.get_by_role("dialog", name="Unfinished edit")
    expect(dialog.locator("del")).to_have_text("127.0.0.1")
    expect(dialog.locator("ins")).to_have_text("10.0.0.2")


def test_another_tab_s_connections_are_compared_with_this_tab_s(editor: OpenEditor) -> None:
    first = editor("oven")
    second = first.context.new_page()
    second.goto("/#oven")
    second.wait_for_function("() => window.flowengine?.project.getState().flows.oven !== undefined")
    edit(first, shared("10.0.0.2"))
    first.wait_for_function("async () => (await (await fetch('/api/drafts')).json()).drafts.length === 1")
    edit(second, shared("10.0.0.3"))
    second.get_by_role("button", name="Review").click()
    dialog = second.get_by_role("dialog", name="connections.json in another tab")
    expect(dialog.locator("del")).to_have_text("10.0.0.3")
    expect(dialog.locator("ins")).to_have_text("10.0.0.2")


def test_a_conflict_over_the_connections_shows_both_sides(editor: OpenEditor, plant_folder: Path) -> None:
    page = editor("oven")
    edit(page, shared("10.0.0.2"))
    share(plant_folder, shared("10.0.0.9"))
    page.get_by_role("banner").get_by_role("button", name="Deploy").click()
    conflict = page.get_by_role("region", name="connections.json was changed by someone else")
    expect(conflict.locator("ins")).to_have_text(["10.0.0.9", "10.0.0.2"])


def test_a_connection_renamed_by_a_pull_is_taken_with_all_its_flows_in_one_step(
    open_page: OpenPage, plant_folder: Path, server: Served
) -> None:
    page = open_page("editor")
    expect(page.get_by_role("contentinfo").get_by_text("live", exact=True)).to_be_visible()
    share(plant_folder, shared(name="hall-2"))
    write(plant_folder / "oven.json", reporting("oven", "hall-2"))
    notice = page.get_by_role("region", name="Changed outside")
    expect(notice.get_by_role("listitem")).to_have_count(2)
    notice.get_by_role("button", name="See all").click()
    dialog = page.get_by_role("dialog", name="Changed outside")
    expect(dialog.get_by_role("region", name="1 error keeps these from being run")).to_contain_text("press")
    expect(dialog.get_by_role("button", name="Run what the 2 files hold")).to_be_disabled()
    dialog.get_by_role("button", name="Later").click()

    write(plant_folder / "press.json", reporting("press", "hall-2"))
    expect(notice.get_by_role("listitem")).to_have_count(3)
    notice.get_by_role("button", name="See all").click()
    expect(dialog.get_by_role("region", name="Shared connections").get_by_role("listitem")).to_have_count(2)
    expect(dialog.get_by_role("region", name="oven").locator("ins")).to_have_text("hall-2")
    expect(dialog.get_by_role("region", name="press").locator("ins")).to_have_text("hall-2")
    dialog.get_by_role("button", name="Run what the 3 files hold").click()
    expect(page.get_by_text("3 files are what runs now")).to_be_visible()
    expect(notice).to_have_count(0)
    live = server.service.live
    assert live.revisions == server.service.disk.revisions
    assert live.project.shared is not None
    assert list(live.project.shared.connections) == ["hall-2"]
