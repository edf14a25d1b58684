"""History: an older version is looked at, compared, restored as an edit, and deployed."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from flowengine.service.deploys.steps import Steps
from tests.web.canvas.conftest import OpenEditor
from tests.web.canvas.reading import expression, on_disk, set_option
from tests.web.canvas.test_deploying import deploy, deploy_dialog
from tests.web.patience import PATIENCE


def test_yesterdays_version_comes_back_with_its_difference_seen(editor: OpenEditor, plant_folder: Path) -> None:
    page = editor("line")
    for factor in (3, 4):
        set_option(page, "line", "double", "expression", f"payload * {factor}")
        dialog = deploy_dialog(page)
        dialog.get_by_label("What changed").fill(f"Factor {factor}")
        dialog.get_by_role("button", name="Deploy", exact=True).click()
        expect(dialog).to_be_hidden()
    page.get_by_role("tab", name="History").click()
    pane = page.get_by_role("tabpanel", name="History")
    entries = pane.get_by_role("listitem")
    expect(entries.nth(0)).to_contain_text("Factor 4")
    expect(entries.nth(0)).to_contain_text("edgar")
    expect(entries.nth(0)).to_contain_text("runs now")
    expect(entries.nth(1)).to_contain_text("Factor 3")
    entries.nth(0).get_by_role("button").click()
    dialog = page.get_by_role("dialog", name="line as of")
    expect(dialog).to_contain_text("No difference.")
    expect(dialog.get_by_role("button", name="Restore into the draft")).to_be_disabled()
    dialog.get_by_role("button", name="Close").last.click()
    entries.nth(1).get_by_role("button").click()
    dialog = page.get_by_role("dialog", name="line as of")
    expect(dialog.get_by_role("img", name="4 nodes: tick, double, log, button")).to_be_visible()
    expect(dialog.locator("del")).to_have_text("payload * 3")
    expect(dialog.locator("ins")).to_have_text("payload * 4")
    dialog.get_by_role("button", name="Restore into the draft").click()
    assert expression(page) == "payload * 3"
    page.get_by_role("button", name="Undo").click()
    assert expression(page) == "payload * 4"
    page.get_by_role("button", name="Redo").click()
    deploy(page)
    assert on_disk(plant_folder, "line")["nodes"]["double"]["options"]["expression"] == "payload * 3"
    expect(entries.nth(0)).to_contain_text("runs now")


def test_an_older_version_is_deployed_in_one_go(editor: OpenEditor, plant_folder: Path) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload * 3")
    deploy(page)
    set_option(page, "line", "double", "expression", "payload * 4")
    deploy(page)
    page.get_by_role("tab", name="History").click()
    page.get_by_role("tabpanel", name="History").get_by_role("listitem").nth(1).get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore and deploy").click()
    dialog = page.get_by_role("dialog", name="Deploy")
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(dialog).to_be_hidden()
    assert on_disk(plant_folder, "line")["nodes"]["double"]["options"]["expression"] == "payload * 3"


def test_who_looked_before_a_deploy_of_another_was_written_down_sees_its_entry_come(
    editor: OpenEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, may_write = Steps.record, threading.Event()
    monkeypatch.setattr(Steps, "record", lambda *given: may_write.wait(PATIENCE) and record(*given))
    looking, page = editor("line", role="viewer"), editor("line")
    looking.get_by_role("tab", name="History").click()
    pane = looking.get_by_role("tabpanel", name="History")
    expect(pane.locator(".history")).to_be_visible()
    set_option(page, "line", "double", "expression", "payload * 3")
    dialog = deploy_dialog(page)
    dialog.get_by_label("What changed").fill("Factor 3")
    with looking.expect_response(re.compile("/api/flows/line/history$")):
        dialog.get_by_role("button", name="Deploy", exact=True).click()
    may_write.set()
    expect(pane.get_by_role("listitem").filter(has_text="Factor 3")).to_contain_text("runs now")
