"""A newcomer: an empty folder, an example, a deploy, and values that move."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.canvas.conftest import Flows, OpenPage
from tests.web.canvas.reading import on_disk


@pytest.fixture
def flows() -> Flows:
    """Nothing yet."""
    return {}


def test_from_an_empty_folder_over_an_example_to_values_that_move(
    open_page: OpenPage, plant_folder: Path, shot: Callable[[Page, str], None]
) -> None:
    page = open_page()
    expect(page.get_by_text("There is no flow yet.")).to_be_visible()
    shot(page, "first-empty")
    page.get_by_role("button", name=re.compile("Use the example hello", re.I)).click()
    expect(page.get_by_role("tab", name="hello, not deployed, changed")).to_have_attribute("aria-selected", "true")
    page.get_by_role("banner").get_by_role("button", name="Deploy").click()
    dialog = page.get_by_role("dialog", name="Deploy")
    expect(dialog.get_by_text("New flow with 3 nodes")).to_be_visible()
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("tab", name="hello, running", exact=True)).to_be_visible()
    assert list(on_disk(plant_folder, "hello")["nodes"]) == ["tick", "double", "log"]
    node = page.get_by_role("group", name=re.compile("^double")).or_(page.locator('[data-id="double"]')).first
    expect(node).to_contain_text(re.compile(r"\d"))
    before = node.text_content()
    expect(node).not_to_have_text(before or "")
    expect(node.locator("svg").first).to_be_visible()
    shot(page, "first-live")
