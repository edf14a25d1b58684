"""Seeing a flow live: the debug drawer and the way of a message, faults, a server that goes and comes, eight tabs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from flowengine_web.live.event import PING
from flowengine_web.live.reader import MOST_WAITING
from tests.web.canvas.axe import find_nothing
from tests.web.canvas.conftest import Flows, OpenEditor, OpenPage
from tests.web.canvas.holding import Held
from tests.web.canvas.live_flows import bordered, flood, trip, two_ways
from tests.web.canvas.live_page import live_word, press
from tests.web.canvas.reading import draft, set_option, wait_until
from tests.web.canvas.served import Served

Shot = Callable[[Page, str], None]


@pytest.fixture
def flows(request: pytest.FixtureRequest) -> Flows:
    wanted = getattr(request, "param", None)
    if wanted is not None:
        return {flow["name"]: flow for flow in wanted}
    return {"line": two_ways(), "trip": trip()}


def open_debug(page: Page) -> Locator:
    page.evaluate("() => flowengine.view.getState().openDrawer('debug')")
    messages = page.get_by_role("listbox", name="Debug messages")
    expect(messages).to_be_visible()
    return messages


def wait_until_watched(page: Page, node: str) -> None:
    """Wait for the first frame of the flow in front: what passed before it has left no trace."""
    expect(live_word(page)).to_be_visible()
    expect(page.locator(f'.react-flow__node[data-id="{node}"] .node-status:not(.node-status-off)')).to_be_attached()


def wait_until_told(page: Page) -> None:
    """Wait for all that a stream says at first: a fault that is in it is none that has just come."""
    expect(live_word(page)).to_be_visible()
    expect(page.get_by_role("button", name="dead letters")).to_be_visible()


def test_a_message_is_seen_filtered_and_opened(editor: OpenEditor, shot: Shot) -> None:
    page = editor("line")
    messages = open_debug(page)
    expect(messages.get_by_role("option").first).to_contain_text("log")
    page.evaluate("() => flowengine.view.getState().select('line', {nodes: ['seen']})")
    page.get_by_label("From where").select_option("Selected nodes")
    expect(messages.get_by_role("option")).to_have_count(0)
    press(page, "line", "button")
    expect(messages.get_by_role("option")).to_have_count(2)
    page.get_by_role("searchbox", name="Search").last.fill("OPEN")
    expect(messages.get_by_role("option")).to_have_count(1)
    messages.get_by_role("option").click()
    tree = page.get_by_role("tree", name="Value")
    expect(tree.get_by_role("treeitem", name="state")).to_contain_text("open")
    tree.get_by_role("treeitem", name="payload").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(tree.get_by_role("treeitem", name="0: 21")).to_be_focused()
    shot(page, "debug-message")


def test_pause_holds_the_list_still_and_clear_empties_it(editor: OpenEditor) -> None:
    page = editor("line")
    messages = open_debug(page)
    expect(messages.get_by_role("option").nth(2)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: ")).to_be_visible()
    before = messages.inner_text()
    expect(page.get_by_text(re.compile(r"Paused: ([5-9]|\d\d+) more"))).to_be_visible()
    assert messages.inner_text() == before
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Paused: ")).to_have_count(0)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()


def test_the_way_of_a_message_is_shown_with_its_value_at_each_node(editor: OpenEditor, shot: Shot) -> None:
    page = editor("line")
    messages = open_debug(page)
    page.get_by_label("From where").select_option("Selected nodes")
    page.evaluate("() => flowengine.view.getState().select('line', {nodes: ['seen']})")
    expect(messages.get_by_role("option")).to_have_count(0)
    wait_until_watched(page, "button")
    press(page, "line", "button")
    messages.get_by_role("option").filter(has_text="21").last.click()
    page.get_by_role("button", name="Show its way").click()
    way = page.get_by_role("region", name="Way of the message")
    expect(way.get_by_role("listitem").filter(has_text="temp.out")).to_contain_text("21")
    expect(way.get_by_role("listitem").filter(has_text="button.out")).to_contain_text("temps")
    shot(page, "debug-trace")
    way.get_by_role("button", name="temp.out").click()
    assert page.evaluate("() => flowengine.view.getState().found.node") == "temp"
    page.get_by_role("button", name="End the trace").click()
    expect(way).to_have_count(0)


@pytest.mark.parametrize("flows", [bordered()], indirect=True)
def test_the_way_of_a_message_goes_on_over_the_borders_of_a_subflow(editor: OpenEditor) -> None:
    page = editor("outer")
    page.evaluate("() => flowengine.view.getState().openDrawer('debug')")
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    wait_until_watched(page, "button")
    press(page, "outer", "button")
    page.get_by_role("listbox", name="Debug messages").get_by_role("option").filter(has_text="9").first.click()
    page.get_by_role("button", name="Show its way").click()
    passed = page.locator(".react-flow__edge:has(.wire-passed)")
    expect(passed).to_have_count(3)
    assert sorted(edge.get_attribute("data-id") or "" for edge in passed.all()) == [
        "button>zone",
        "zone>aside",
        "zone>seen",
    ]


DRAWN = """() => {
  window.told = 0;
  window.frames = 1;
  new MutationObserver(() => window.told++)
    .observe(document.querySelector(".debug-count"), { subtree: true, childList: true, characterData: true });
  const next = () => { window.frames++; requestAnimationFrame(next); };
  requestAnimationFrame(next);
}"""
"""Counts how often the list of messages is told what came, and the frames in which it could be."""


@pytest.mark.parametrize("flows", [[flood()]], indirect=True)
def test_a_flood_of_5000_messages_a_second_loses_no_key_and_says_what_it_left_out(
    editor: OpenEditor, shot: Shot
) -> None:
    page = editor("flood")
    messages = open_debug(page)
    expect(messages.get_by_role("option").first).to_be_visible()
    expect(page.get_by_text("dropped", exact=False).locator("visible=true").first).to_be_visible()
    search = page.get_by_role("searchbox", name="Search").last
    page.evaluate(DRAWN)
    typed = "a value that is nowhere"
    search.press_sequentially(typed, delay=40)
    expect(messages.get_by_role("option")).to_have_count(0)
    expect(search).to_have_value(typed)
    told, frames = page.evaluate("() => [window.told, window.frames]")
    assert told <= frames + len(typed), "it is drawn once a frame for what came and once for each key"
    search.fill("")
    kept = page.evaluate("() => document.querySelector('.debug-count').textContent")
    assert int(kept.split(" of ")[1].split()[0]) <= 500
    shot(page, "debug-flood")


def test_a_fault_is_seen_found_acknowledged_and_gone(editor: OpenEditor, shot: Shot) -> None:
    page = editor("line")
    wait_until_told(page)
    press(page, "trip", "hot")
    banner = page.get_by_role("region", name="Faults")
    expect(banner).to_contain_text("trip / limit")
    expect(page.get_by_role("alert").filter(has_text="Fault: trip, limit")).to_have_count(1)
    shot(page, "fault-banner")
    banner.get_by_role("button", name="Show").click()
    expect(page.get_by_role("tab", name="trip").first).to_have_attribute("aria-selected", "true")
    assert page.evaluate("() => flowengine.view.getState().found.node") == "limit"
    banner.get_by_role("button", name="Acknowledge").click()
    seen = page.get_by_role("button", name="fault, seen")
    expect(seen).to_be_visible()
    press(page, "trip", "cold")
    expect(seen).to_have_count(0)


def test_a_viewer_sees_faults_and_acknowledges_nothing(editor: OpenEditor, open_page: OpenPage) -> None:
    operator = open_page("operator")
    page = editor("line", role="viewer")
    expect(live_word(page)).to_be_visible()
    press(operator, "trip", "hot")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_disabled()


def test_a_message_is_sent_to_a_node_and_what_is_no_json_is_refused(editor: OpenEditor) -> None:
    page = editor("line")
    open_debug(page)
    page.evaluate("() => flowengine.view.getState().openDialog('send', {flow: 'line', node: 'double'})")
    dialog = page.get_by_role("dialog", name="Send a message to double")
    dialog.get_by_label("Payload").fill('{"a": 1')
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert")).to_contain_text("begins like JSON")
    dialog.get_by_label("Payload").fill("100500")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("searchbox", name="Search").last.fill("201000")
    expect(page.get_by_role("listbox", name="Debug messages").get_by_role("option")).to_have_count(1)


def test_a_server_that_is_gone_is_said_and_when_it_is_back_all_is_live_and_the_draft_still_there(
    editor: OpenEditor, server: Served, shot: Shot
) -> None:
    page = editor("line")
    expect(live_word(page)).to_be_visible()
    set_option(page, "line", "tick", "interval", 0.7)
    wanted = draft(page, "line")
    server.stop()
    expect(page.get_by_text("connection lost, values are")).to_be_visible()
    shot(page, "connection-lost")
    page.get_by_role("button", name="edgar, editor").click()
    page.get_by_role("menuitemcheckbox", name="Deutsch").click()
    server.start()
    expect(live_word(page)).to_be_visible()
    expect(page.get_by_role("navigation", name="Palette").get_by_text("Selbsteinstellung")).to_be_visible()
    page.get_by_role("button", name="edgar, Bearbeiter").click()
    page.get_by_role("menuitemcheckbox", name="English").click()
    expect(open_debug(page).get_by_role("option").last).to_be_visible()
    assert draft(page, "line") == wanted


def test_eight_tabs_share_one_stream_and_the_eighth_receives(open_page: OpenPage, server: Served) -> None:
    first = open_page("editor", "/#line")
    tabs = [first]
    for _ in range(7):
        tab = first.context.new_page()
        tab.goto("/#line")
        tabs.append(tab)
    expect(live_word(tabs[-1])).to_be_visible()
    expect(open_debug(tabs[-1]).get_by_role("option").last).to_be_visible()
    wait_until(first, lambda: server.do(lambda: len(server.site.hub.readers)) == 1)
    for tab in tabs[1:]:
        tab.close()
    expect(live_word(first)).to_be_visible()


def with_its_own_stream(open_page: OpenPage, server: Served) -> Page:
    """Return a page without SharedWorkers, so that it asks for the stream itself; nothing is open in it."""
    page = open_page(None, "about:blank")
    name, value = server.cookie("edgar")
    page.context.add_cookies([{"name": name, "value": value, "url": server.url}])
    page.context.add_init_script("delete window.SharedWorker")
    return page


def test_without_a_shared_worker_each_tab_has_its_own_stream(open_page: OpenPage, server: Served) -> None:
    page = with_its_own_stream(open_page, server)
    page.goto("/#line")
    expect(live_word(page)).to_be_visible()
    other = page.context.new_page()
    other.goto("/#line")
    expect(live_word(other)).to_be_visible()
    wait_until(page, lambda: server.do(lambda: len(server.site.hub.readers)) == 2)


def test_what_comes_before_the_stream_carries_it_is_seen_all_the_same(open_page: OpenPage, server: Served) -> None:
    page = with_its_own_stream(open_page, server)
    held = Held(page, "**/api/streams/*")
    page.goto("/#line")
    held.came()  # the server has not yet been told what is watched
    messages = open_debug(page)
    page.get_by_label("From where").select_option("Selected nodes")
    page.evaluate("() => flowengine.view.getState().select('line', {nodes: ['seen']})")
    expect(messages.get_by_role("option")).to_have_count(0)
    press(page, "line", "button")
    held.go_on()
    expect(messages.get_by_role("option")).to_have_count(2)


def test_a_browser_that_was_too_slow_for_the_stream_asks_what_it_has_missed(editor: OpenEditor, server: Served) -> None:
    page = editor("line")
    wait_until_told(page)

    def fall_behind() -> None:
        (reader,) = server.site.hub.readers.values()
        with reader._change:  # it takes nothing meanwhile
            for _ in range(MOST_WAITING + 1):
                reader.put((PING,))

    with page.expect_response("**/api/project"):
        server.do(fall_behind)


def test_when_all_streams_are_taken_the_page_asks_each_two_seconds(
    editor: OpenEditor, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine_web.hub.MOST_STREAMS", 0)
    page = editor("line")
    expect(page.get_by_role("contentinfo").get_by_text("live, each 2 s")).to_be_visible()
    expect(open_debug(page).get_by_role("option").last).to_be_visible()


def test_a_session_that_ends_is_asked_for_again(editor: OpenEditor, server: Served) -> None:
    page = editor("line")
    expect(live_word(page)).to_be_visible()
    page.context.clear_cookies()
    server.stop()
    server.start()
    expect(page.get_by_label("Password")).to_be_visible()


def test_axe_finds_nothing(editor: OpenEditor, shot: Shot) -> None:
    page = editor("line")
    expect(live_word(page)).to_be_visible()
    press(page, "trip", "hot")
    press(page, "trip", "break")
    expect(page.get_by_role("region", name="Faults")).to_be_visible()
    for state in ("faults", "dead-letters", "send"):
        given = {"flow": "line", "node": "double"} if state == "send" else {}
        page.evaluate("([name, given]) => flowengine.view.getState().openDialog(name, given)", [state, given])
        expect(page.get_by_role("dialog")).to_be_visible()
        find_nothing(page, shot, f"live-{state}", within=None if state == "faults" else "dialog")
        page.evaluate("flowengine.view.getState().closeDialog()")
    messages = open_debug(page)
    page.get_by_role("button", name="Pause").click()
    messages.get_by_role("option").last.click()
    expect(page.get_by_role("tree", name="Value")).to_be_visible()
    find_nothing(page, shot, "live-debug", within=".debug-pane")
