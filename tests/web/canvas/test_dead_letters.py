"""The messages that failed and were kept: found, replayed, deleted, while others come and go."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.web.canvas.conftest import Flows, OpenEditor, OpenPage
from tests.web.canvas.holding import Held
from tests.web.canvas.live_flows import trip, two_ways
from tests.web.canvas.live_page import live_word, press

Shot = Callable[[Page, str], None]


@pytest.fixture
def flows() -> Flows:
    return {"line": two_ways(), "trip": trip()}


def test_a_dead_letter_is_found_replayed_and_deleted(editor: OpenEditor, shot: Shot) -> None:
    page = editor("line")
    expect(live_word(page)).to_be_visible()
    press(page, "trip", "break")
    page.get_by_role("button", name="1 dead letter").click()
    dialog = page.get_by_role("dialog", name="Dead letters")
    row = dialog.get_by_role("row").filter(has_text="trip / bad")
    expect(row).to_contain_text("300")
    shot(page, "dead-letters")
    dialog.get_by_label("Node").fill("nothing")
    expect(dialog.get_by_text("No message is kept here")).to_be_visible()
    dialog.get_by_label("Node").fill("")
    box = row.get_by_role("checkbox")
    letter = str(box.get_attribute("aria-label"))
    box.check()
    dialog.get_by_role("button", name="Replay").click()  # it fails again, and is another letter
    expect(dialog.get_by_role("checkbox", name=letter, exact=True)).to_have_count(0)
    expect(box).not_to_be_checked()
    box.check()
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_a_letter_that_is_chosen_while_another_is_replayed_stays_chosen(editor: OpenEditor) -> None:
    page = editor("line")
    expect(live_word(page)).to_be_visible()
    press(page, "trip", "break")
    press(page, "trip", "break")
    page.evaluate("flowengine.view.getState().openDialog('dead-letters')")
    dialog = page.get_by_role("dialog", name="Dead letters")
    rows = dialog.get_by_role("row").filter(has_text="trip / bad")
    expect(rows).to_have_count(2)
    newer, older = (str(box.get_attribute("aria-label")) for box in rows.get_by_role("checkbox").all())
    held = Held(page, "**/api/dead-letters/replay")
    dialog.get_by_role("checkbox", name=older).check()
    dialog.get_by_role("button", name="Replay").click()
    held.came()
    dialog.get_by_role("checkbox", name=newer).check()
    held.go_on()
    expect(dialog.get_by_role("checkbox", name=older)).to_have_count(0)
    expect(dialog.get_by_text("1 chosen")).to_be_visible()
    expect(dialog.get_by_role("checkbox", name=newer)).to_be_checked()


def test_a_letter_that_was_replayed_cannot_be_chosen_while_the_list_comes_anew(editor: OpenEditor) -> None:
    page = editor("line")
    expect(live_word(page)).to_be_visible()
    press(page, "trip", "break")
    page.evaluate("flowengine.view.getState().openDialog('dead-letters')")
    dialog = page.get_by_role("dialog", name="Dead letters")
    box = dialog.get_by_role("row").filter(has_text="trip / bad").get_by_role("checkbox")
    letter = str(box.get_attribute("aria-label"))
    box.check()
    held = Held(page, "**/api/dead-letters?*")
    dialog.get_by_role("button", name="Replay").click()
    held.came()
    expect(dialog.get_by_role("checkbox", name=letter, exact=True)).to_have_count(0)
    held.go_on()
    expect(box).not_to_be_checked()


def test_a_letter_that_somebody_else_deleted_is_chosen_no_longer(editor: OpenEditor, open_page: OpenPage) -> None:
    page, other = editor("line"), open_page("operator")
    expect(live_word(page)).to_be_visible()
    press(page, "trip", "break")
    boxes = []
    for each in (page, other):
        each.evaluate("flowengine.view.getState().openDialog('dead-letters')")
        boxes.append(each.get_by_role("row").filter(has_text="trip / bad").get_by_role("checkbox"))
        boxes[-1].check()
    other.get_by_role("button", name="Delete").click()
    expect(boxes[1]).to_have_count(0)
    press(page, "trip", "break")  # the list comes anew with the next one
    expect(boxes[0]).not_to_be_checked()
    expect(page.get_by_text("1 chosen")).to_have_count(0)
