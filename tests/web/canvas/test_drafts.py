"""Drafts: a reload, a crash, a server that is away, a second tab: nothing that was edited is lost."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.canvas.conftest import USERS, OpenEditor
from tests.web.canvas.reading import draft, expression, set_option, wait_until
from tests.web.canvas.served import Served


def test_a_draft_is_offered_after_a_reload_with_its_difference_and_undo_takes_it_back(editor: OpenEditor) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload * 3")
    expect(page.get_by_text("draft saved")).to_be_visible()
    page.reload()
    dialog = page.get_by_role("dialog", name="Unfinished edit")
    expect(dialog.locator("ins")).to_have_text("payload * 3")
    dialog.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("tab", name="line, running, changed")).to_be_visible()
    assert expression(page) == "payload * 3"
    page.get_by_role("button", name="Undo").click()
    assert expression(page) == "payload * 2"


def test_a_draft_that_is_discarded_is_not_offered_again(editor: OpenEditor) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload * 3")
    expect(page.get_by_text("draft saved")).to_be_visible()
    page.reload()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_role("tab", name="line, running", exact=True)).to_be_visible()
    page.wait_for_function("async () => (await (await fetch('/api/drafts')).json()).drafts.length === 0")
    with page.expect_response("**/api/drafts"):
        page.reload()
    expect(page.get_by_role("tab", name="line, running", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_edit_that_is_undone_leaves_no_draft_behind(editor: OpenEditor) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload * 3")
    expect(page.get_by_text("draft saved")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("async () => (await (await fetch('/api/drafts')).json()).drafts.length === 0")


def test_leaving_is_questioned_only_while_something_is_not_saved(editor: OpenEditor, server: Served) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload * 3")
    expect(page.get_by_text("draft saved")).to_be_visible()
    page.wait_for_function(f"() => !({GUARDED})()")
    server.was_stopped = True  # what is aborted is no fault of the page
    page.route("**/api/drafts/**", lambda route: route.abort())
    set_option(page, "line", "double", "expression", "payload * 4")
    assert guarded(page)


def test_an_edit_made_while_the_server_is_away_survives_a_reload(editor: OpenEditor, server: Served) -> None:
    page = editor("line")
    server.stop()
    set_option(page, "line", "double", "expression", "payload * 3")
    expect(page.get_by_text("draft in this browser only")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/api/drafts/*", lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    server.start()
    page.reload()  # before the draft got to the server
    dialog = page.get_by_role("dialog", name="Unfinished edit")
    expect(dialog).to_contain_text("kept in this browser only")
    page.unroute("**/api/drafts/*")
    dialog.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("draft saved")).to_be_visible()
    assert expression(page) == "payload * 3"


def test_a_draft_gets_to_the_server_when_that_is_back(editor: OpenEditor, server: Served) -> None:
    page = editor("line")
    server.stop()
    set_option(page, "line", "double", "expression", "payload * 3")
    expect(page.get_by_text("draft in this browser only")).to_be_visible()
    server.start()
    expect(page.get_by_text("draft saved")).to_be_visible()
    kept = server.service.drafts.get(USERS["editor"], "line")
    assert kept is not None
    assert kept.flow is not None
    assert kept.flow["nodes"]["double"]["options"]["expression"] == "payload * 3"


def test_two_tabs_of_one_user_do_not_overwrite_each_other(editor: OpenEditor) -> None:
    first = editor("line")
    second = first.context.new_page()
    second.goto("/#line")
    second.wait_for_function("() => window.flowengine?.project.getState().flows.line !== undefined")
    set_option(first, "line", "double", "expression", "payload * 3")
    expect(first.get_by_text("draft saved")).to_be_visible()
    set_option(second, "line", "double", "expression", "payload * 4")
    expect(second.get_by_text("You changed line in another tab, too.")).to_be_visible()
    assert expression(second) == "payload * 4"
    second.get_by_role("button", name="Review").click()
    dialog = second.get_by_role("dialog", name="line in another tab")
    expect(dialog.locator("ins")).to_have_text("payload * 3")
    dialog.get_by_role("button", name="Keep this one").click()
    expect(second.get_by_text("draft saved")).to_be_visible()
    expect(first.get_by_text("You changed line in another tab, too.")).to_be_visible()
    first.get_by_role("button", name="Review").click()
    first.get_by_role("dialog").get_by_role("button", name="Take the other").click()
    wait_until(first, lambda: expression(first) == "payload * 4")
    first.get_by_role("button", name="Undo").click()
    assert expression(first) == "payload * 3"


def test_a_removed_flow_is_a_draft_like_any_other(editor: OpenEditor) -> None:
    page = editor("line")
    page.get_by_role("button", name="What can be done with line").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_text("line is removed with the next deploy.")).to_be_visible()
    page.wait_for_function("async () => (await (await fetch('/api/drafts')).json()).drafts.length === 1")
    page.wait_for_function(f"() => !({GUARDED})()")
    page.reload()
    dialog = page.get_by_role("dialog", name="Unfinished edit")
    expect(dialog).to_contain_text("The flow is removed.")
    dialog.get_by_role("button", name="Restore").click()
    page.get_by_role("tab", name="Start page").click()
    expect(page.get_by_text("to be removed")).to_be_visible()
    assert draft(page, "line") is None


GUARDED = """() => {
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def guarded(page: Page) -> bool:
    """Say whether the browser would ask before leaving the page."""
    found: bool = page.evaluate(GUARDED)
    return found


def test_a_tab_that_was_duplicated_keeps_its_drafts_under_a_name_of_its_own(editor: OpenEditor) -> None:
    page = editor("line")
    with page.expect_popup() as opened:  # the browser copies what the session keeps, as when a tab is duplicated
        page.evaluate("() => { window.open(location.href) }")
    other = opened.value
    expect(other.get_by_role("tab", name="line, running")).to_be_visible()
    name = "sessionStorage.getItem('flowengine.tab')"
    mine = page.evaluate(name)
    other.wait_for_function(f"mine => {name} !== mine", arg=mine)
    assert page.evaluate(name) == mine
    page.reload()
    expect(page.get_by_role("tab", name="line, running")).to_be_visible()
    assert page.evaluate(name) == mine
