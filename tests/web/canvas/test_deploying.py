"""Deploying: what differs is shown first, nobody is overwritten, and what runs survives what does not start."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from flowengine.registry import Registry
from tests.web.canvas.conftest import Flows, OpenEditor, OpenPage, empty, line
from tests.web.canvas.holding import Held
from tests.web.canvas.reading import deployed, draft, on_disk, put_on_disk, set_option, wait_until
from tests.web.canvas.served import Served
from tests.web.canvas.stuck import with_stuck


def change(page: Page, flow: str, doc: dict[str, Any]) -> None:
    """Put a whole flow in place of the draft, as one step."""
    page.evaluate("([flow, doc]) => flowengine.project.getState().edit('Change', flow, () => doc)", [flow, doc])


def deploy_dialog(page: Page) -> Any:
    """Open the deploy dialog by its button."""
    page.get_by_role("banner").get_by_role("button", name="Deploy").click()
    return page.get_by_role("dialog", name="Deploy")


def deploy(page: Page) -> None:
    """Deploy all that waits."""
    dialog = deploy_dialog(page)
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(dialog).to_be_hidden()


def test_the_dialog_names_every_change_old_and_new_and_cancel_leaves_the_engine_alone(
    editor: OpenEditor, server: Served, plant_folder: Path
) -> None:
    page = editor("line")
    before = (plant_folder / "line.json").read_text()
    doc = line()
    doc["nodes"]["double"]["options"]["expression"] = "payload * 3"
    doc["nodes"]["slow"] = {"type": "timing/delay", "options": {"delay": 1}}
    del doc["nodes"]["button"]
    doc["wires"] = [{"from": "tick", "to": "double"}, {"from": "double", "to": "slow"}, {"from": "slow", "to": "log"}]
    doc["layout"] = {"tick": [80, 80], "double": [320, 80], "log": [700, 80], "slow": [500, 80]}
    change(page, "line", doc)
    expect(page.get_by_role("tab", name=re.compile("line, running, changed"))).to_be_visible()
    dialog = deploy_dialog(page)
    part = dialog.get_by_role("region", name="line")
    expect(part.get_by_role("listitem")).to_have_count(7)
    expect(part.get_by_role("button", name="slow new node")).to_be_visible()
    expect(part.get_by_role("button", name="button node removed")).to_be_visible()
    changed = part.get_by_role("listitem").filter(has=page.get_by_role("button", name="double node changed"))
    expect(changed.locator("del")).to_have_text("payload * 2")
    expect(changed.locator("ins")).to_have_text("payload * 3")
    expect(part.get_by_role("button", name="double → slow new wire")).to_be_visible()
    expect(part.get_by_role("button", name="double → log wire removed")).to_be_visible()
    expect(part.get_by_text(re.compile("only moved"))).to_be_visible()
    expect(dialog.get_by_text("Reaches no machine.")).to_be_visible()
    expect(dialog.get_by_role("region", name="What restarts")).to_contain_text("double")
    dialog.get_by_role("button", name="Next change").click()
    expect(part.locator("[aria-current=true]")).to_have_count(1)
    dialog.get_by_role("button", name="Cancel").click()
    assert (plant_folder / "line.json").read_text() == before
    assert "slow" not in server.do(lambda: list(server.service.engine.flows["line"].plan.nodes))


def test_a_deploy_writes_the_file_goes_live_and_undo_still_works(
    editor: OpenEditor, server: Served, plant_folder: Path
) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload * 5")
    dialog = deploy_dialog(page)
    message = dialog.get_by_label("What changed")
    expect(message).not_to_have_value("")
    message.fill("Five times")
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_text(re.compile(r"Deployed.*1 nodes? started anew"))).to_be_visible()
    expect(page.get_by_role("tab", name="line, running", exact=True)).to_be_visible()
    assert on_disk(plant_folder, "line")["nodes"]["double"]["options"]["expression"] == "payload * 5"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("tab", name="line, running, changed")).to_be_visible()
    assert draft(page, "line")["nodes"]["double"]["options"]["expression"] == "payload * 2"  # type: ignore[index]
    deploy(page)
    assert on_disk(plant_folder, "line")["nodes"]["double"]["options"]["expression"] == "payload * 2"


def test_code_is_compared_line_by_line(editor: OpenEditor) -> None:
    page = editor("line")
    code = "a = payload\nb = a + 1\nreturn b"
    doc = line()
    doc["nodes"]["double"] = {"type": "values/python", "options": {"code": code}}
    change(page, "line", doc)
    deploy(page)
    set_option(page, "line", "double", "code", code.replace("+ 1", "+ 2"))
    lines = deploy_dialog(page).get_by_label("Line by line")
    expect(lines.locator("del")).to_have_text("− b = a + 1")
    expect(lines.locator("ins")).to_have_text("+ b = a + 2")
    expect(lines).to_contain_text("return b")


def test_errors_block_the_deploy_and_lead_to_their_node(editor: OpenEditor) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload *")
    dialog = deploy_dialog(page)
    expect(dialog.get_by_role("button", name="Deploy", exact=True)).to_be_disabled()
    blocked = dialog.get_by_role("region", name="1 error keeps this from being deployed")
    blocked.get_by_role("button", name=re.compile("double")).click()
    expect(dialog).to_be_hidden()
    assert page.evaluate("flowengine.view.getState().selections.line.nodes") == ["double"]
    expect(page.get_by_role("tab", name="Settings")).to_have_attribute("aria-selected", "true")


def test_a_flow_can_be_left_out_of_a_deploy(editor: OpenEditor, plant_folder: Path) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload * 6")
    page.evaluate("flowengine.project.getState().show('empty')")
    page.wait_for_function("() => flowengine.project.getState().flows.empty !== undefined")
    page.evaluate("flowengine.project.getState().edit('Note', 'empty', (doc) => ({...doc, note: 'Nothing yet'}))")
    dialog = deploy_dialog(page)
    dialog.get_by_role("checkbox", name="Deploy line").uncheck()
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(dialog).to_be_hidden()
    assert on_disk(plant_folder, "empty")["note"] == "Nothing yet"
    assert on_disk(plant_folder, "line")["nodes"]["double"]["options"]["expression"] == "payload * 2"
    expect(page.get_by_role("tab", name=re.compile("line, running, changed"))).to_be_visible()


def test_a_flow_that_is_read_again_as_it_was_takes_no_button_away(editor: OpenEditor) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload * 6")
    page.evaluate("flowengine.project.getState().show('empty')")
    page.wait_for_function("() => flowengine.project.getState().flows.empty !== undefined")
    dialog = deploy_dialog(page)
    button = dialog.get_by_role("button", name="Deploy", exact=True)
    expect(button).to_be_enabled()
    Held(page, "**/api/deploys/preview")  # one that was asked for now would have no answer
    page.evaluate(
        """() => { const { flows, bases, receive } = flowengine.project.getState();
          receive("empty", structuredClone(flows.empty), bases.empty); }"""
    )
    button.click()
    expect(dialog).to_be_hidden()


class TestMachines:
    @pytest.fixture
    def flows(self) -> Flows:
        oven: dict[str, Any] = {
            "flowengine": 1,
            "name": "oven",
            "disabled": True,
            "connections": {"oven": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": 5999}}},
            "nodes": {
                "tick": {"type": "timing/every", "options": {"interval": 60, "send": "count"}},
                "heater": {"type": "modbus/write", "options": {"connection": "oven", "address": 20}},
            },
            "wires": [{"from": "tick", "to": "heater"}],
            "layout": {"tick": [80, 80], "heater": [320, 80]},
        }
        return {"oven": oven, "empty": empty()}

    def test_the_machines_that_a_deploy_can_move_are_named_with_their_device(self, editor: OpenEditor) -> None:
        page = editor("oven")
        page.evaluate("flowengine.project.getState().edit('On', 'oven', ({disabled, ...doc}) => doc)")
        set_option(page, "oven", "tick", "interval", 30)
        reach = deploy_dialog(page).get_by_role("region", name="This deploy can move machines")
        expect(reach).to_contain_text("heater")
        expect(reach).to_contain_text("127.0.0.1:5999")


class TestTwoUsers:
    """Journey 11: two browsers."""

    def test_the_slower_one_is_told_reviews_and_deploys_on_top_and_nothing_is_lost(
        self, editor: OpenEditor, plant_folder: Path
    ) -> None:
        slow, fast = editor("line", role="editor"), editor("line", role="admin")
        set_option(slow, "line", "double", "expression", "payload * 7")
        expect(slow.get_by_text("draft saved")).to_be_visible()
        set_option(fast, "line", "tick", "interval", 0.5)
        deploy(fast)
        assert on_disk(plant_folder, "line")["nodes"]["double"]["options"]["expression"] == "payload * 2"
        notice = slow.get_by_text("anna deployed line while you were editing it.")
        expect(notice).to_be_visible()
        assert draft(slow, "line")["nodes"]["double"]["options"]["expression"] == "payload * 7"  # type: ignore[index]
        dialog = deploy_dialog(slow)
        conflict = dialog.get_by_role("region", name="line was changed by someone else")
        expect(conflict).to_contain_text("interval")
        expect(conflict.locator("ins").filter(has_text="payload * 7")).to_be_visible()
        expect(dialog.get_by_role("button", name="Deploy", exact=True)).to_be_disabled()
        conflict.get_by_role("button", name=re.compile("deploy mine")).click()
        expect(conflict).to_be_hidden()
        dialog.get_by_role("button", name="Deploy", exact=True).click()
        expect(dialog).to_be_hidden()
        assert on_disk(plant_folder, "line")["nodes"]["double"]["options"]["expression"] == "payload * 7"

    def test_however_much_differs_what_settles_it_stays_in_sight(
        self, editor: OpenEditor, shot: Callable[[Page, str], None]
    ) -> None:
        slow, fast = editor("line", role="editor"), editor("line", role="admin")
        for page, node_type in ((slow, "debug/log"), (fast, "debug/counter")):
            doc = line()
            doc["nodes"].update({f"added-{n}": {"type": node_type} for n in range(60)})
            change(page, "line", doc)
        deploy(fast)
        for name, width, height in (("wide", 1280, 800), ("phone", 390, 780), ("zoom-200", 640, 400)):
            slow.set_viewport_size({"width": width, "height": height})
            dialog = deploy_dialog(slow)
            conflict = dialog.get_by_role("region", name="line was changed by someone else")
            expect(conflict.get_by_role("listitem")).to_have_count(120)
            for button in ("Take theirs", "I have seen it: deploy mine over it", "Cancel", "Deploy", "Close"):
                expect(dialog.get_by_role("button", name=button, exact=True)).to_be_in_viewport(ratio=1)
            shot(slow, f"conflict-{name}")
            dialog.get_by_role("button", name="Cancel").click()

    def test_taking_theirs_keeps_ours_one_undo_away(self, editor: OpenEditor) -> None:
        slow, fast = editor("line", role="editor"), editor("line", role="admin")
        set_option(slow, "line", "double", "expression", "payload * 7")
        set_option(fast, "line", "tick", "interval", 0.5)
        deploy(fast)
        slow.get_by_role("button", name="Review").click()
        slow.get_by_role("dialog").get_by_role("button", name="Take theirs").click()
        slow.wait_for_function("() => flowengine.project.getState().flows.line.nodes.tick.options.interval === 0.5")
        assert draft(slow, "line") == deployed(slow, "line")
        slow.get_by_role("button", name="Undo").click()
        assert draft(slow, "line")["nodes"]["double"]["options"]["expression"] == "payload * 7"  # type: ignore[index]

    def test_who_has_not_edited_gets_what_was_deployed_quietly(self, editor: OpenEditor) -> None:
        reader, writer = editor("line", role="viewer"), editor("line", role="admin")
        set_option(writer, "line", "double", "expression", "payload * 8")
        expect(reader.get_by_role("tab", name=re.compile("anna edits it, too"))).to_be_visible()
        deploy(writer)
        reader.wait_for_function(
            "() => flowengine.project.getState().flows.line.nodes.double.options.expression === 'payload * 8'"
        )
        expect(reader.get_by_role("tab", name=re.compile("changed"))).to_have_count(0)


class TestDoesNotStart:
    @pytest.fixture
    def registry(self, tmp_path: Path) -> Registry:
        """A plug-in of the folder whose node cannot start."""
        return with_stuck(tmp_path)

    def test_the_old_one_runs_on_and_the_reason_is_said(self, editor: OpenEditor, server: Served) -> None:
        page = editor("line")
        doc = line()
        doc["nodes"]["valve"] = {"type": "acme/stuck"}
        change(page, "line", doc)
        dialog = deploy_dialog(page)
        dialog.get_by_role("button", name="Deploy", exact=True).click()
        alert = dialog.get_by_role("alert")
        expect(alert).to_contain_text("The new version did not start")
        expect(alert).to_contain_text("the valve is stuck")
        expect(alert).to_contain_text("runs on")
        assert "valve" not in server.do(lambda: list(server.service.engine.flows["line"].plan.nodes))
        dialog.get_by_role("button", name="Cancel").click()
        assert draft(page, "line") == doc


def test_a_file_changed_outside_is_offered_and_nothing_happens_by_itself(
    editor: OpenEditor, server: Served, plant_folder: Path
) -> None:
    page = editor("line")
    doc = on_disk(plant_folder, "line")
    doc["nodes"]["double"]["options"]["expression"] = "payload * 9"
    put_on_disk(plant_folder, "line", doc)
    tab = page.get_by_role("tab", name=re.compile("changed outside"))
    expect(tab).to_be_visible()
    assert draft(page, "line")["nodes"]["double"]["options"]["expression"] == "payload * 2"  # type: ignore[index]
    page.get_by_role("tab", name="Start page").click()
    page.get_by_role("region", name="Changed outside").get_by_role("button", name="See the changes").click()
    dialog = page.get_by_role("dialog", name="line was changed outside")
    expect(dialog.locator("ins")).to_have_text("payload * 9")
    dialog.get_by_role("button", name="Run what the file holds").click()
    expect(dialog).to_be_hidden()
    page.wait_for_function(
        "() => flowengine.project.getState().flows.line.nodes.double.options.expression === 'payload * 9'"
    )
    expect(page.get_by_role("region", name="Changed outside")).to_have_count(0)


def test_a_file_changed_before_the_page_has_its_stream_is_offered_too(
    open_page: OpenPage, server: Served, plant_folder: Path
) -> None:
    page = open_page(path="about:blank")
    page.add_init_script("delete window.SharedWorker")  # the page itself asks for the stream, so that it can be held
    held = Held(page, "**/api/stream")
    page.goto("/")
    expect(page.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
    held.came()
    doc = on_disk(plant_folder, "line")
    doc["nodes"]["double"]["options"]["expression"] = "payload * 9"
    seen = threading.Event()
    server.do(lambda: server.service.on_project_change.append(seen.set))
    put_on_disk(plant_folder, "line", doc)
    wait_until(page, seen.is_set)
    held.go_on()
    expect(page.get_by_role("region", name="Changed outside")).to_be_visible()


def test_what_runs_can_be_written_back_over_a_file_changed_outside(editor: OpenEditor, plant_folder: Path) -> None:
    page = editor("line")
    doc = on_disk(plant_folder, "line")
    doc["nodes"]["double"]["options"]["expression"] = "payload * 9"
    put_on_disk(plant_folder, "line", doc)
    expect(page.get_by_role("tab", name=re.compile("changed outside"))).to_be_visible()
    page.get_by_role("button", name="What can be done with line").click()
    page.get_by_role("menuitem", name="See what changed outside").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep what runs").click()
    dialog = page.get_by_role("dialog", name="Deploy")
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(dialog).to_be_hidden()
    assert on_disk(plant_folder, "line")["nodes"]["double"]["options"]["expression"] == "payload * 2"
    expect(page.get_by_role("tab", name=re.compile("changed outside"))).to_have_count(0)
