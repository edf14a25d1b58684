"""Around the form of a node: its connection, trying it, the way in and out, its name, who may change it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from flowengine.registry import Registry
from tests.web.canvas.conftest import Flows, OpenEditor
from tests.web.canvas.form_plant import form_flows, form_registry, open_node
from tests.web.canvas.pointing import wait_for_flow
from tests.web.canvas.reading import draft, wait_until


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """All installed node types, and one of a stranger."""
    return form_registry(tmp_path_factory.mktemp("nodes"))


@pytest.fixture
def flows() -> Flows:
    """One flow with all that a form can meet."""
    return form_flows()


def test_a_connection_is_made_where_it_is_needed_and_deletion_says_who_uses_it(editor: OpenEditor) -> None:
    page = editor("plant")
    page.evaluate(
        """flowengine.project.getState().edit("add", "plant", (doc) => ({...doc, nodes: {...doc.nodes,
          read: {type: "modbus/read", options: {address: 1}}}}))"""
    )
    form = open_node(page, "read")
    form.get_by_label("Connection", exact=True).select_option(label="New connection…")
    dialog = page.get_by_role("dialog", name="New connection")
    dialog.get_by_label("Name", exact=True).fill("oven")
    dialog.get_by_label("Host", exact=True).fill("127.0.0.1")
    steps = page.evaluate("flowengine.project.getState().past.length")
    dialog.get_by_role("button", name="Create").click()
    expect(form.get_by_label("Connection", exact=True)).to_have_value("oven")
    made = draft(page, "plant")
    assert made is not None
    assert made["nodes"]["read"]["options"]["connection"] == "oven"
    assert page.evaluate("flowengine.project.getState().past.length") == steps + 1  # made and chosen: one step
    form.get_by_role("button", name="Edit connection oven").click()
    dialog = page.get_by_role("dialog", name="Connection oven")
    dialog.get_by_label("Name", exact=True).fill("kiln")
    dialog.get_by_role("button", name="Save").click()
    expect(form.get_by_label("Connection", exact=True)).to_have_value("kiln")
    form.get_by_role("button", name="Edit connection kiln").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    asked = page.get_by_role("dialog", name="Delete kiln")
    expect(asked).to_contain_text("read")
    asked.get_by_role("button", name="Delete").click()
    expect(form.get_by_label("Connection", exact=True)).to_have_accessible_description(
        re.compile("no connection 'kiln'")
    )
    found = draft(page, "plant")
    assert found is not None
    assert list(found["connections"]) == ["broker"]


def test_a_node_is_tried_on_a_message_and_its_error_marks_the_line(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "sum")
    form.get_by_text("Try it").click()
    form.get_by_label("Payload: type", exact=True).select_option("number")
    form.get_by_label("Payload", exact=True).fill("21")
    form.get_by_role("button", name="Run", exact=True).click()
    expect(form.get_by_role("status")).to_contain_text("42")
    form = open_node(page, "code")
    code = form.get_by_role("textbox", name="Code", exact=True)
    code.fill("x = 1\nreturn msg.with_payload(x / 0)")
    form.get_by_text("Try it").click()
    form.get_by_role("button", name="Run", exact=True).click()
    expect(form.get_by_role("status")).to_contain_text("line 2")
    expect(form.locator(".cm-lintRange-error")).to_have_text("return msg.with_payload(x / 0)")


def test_enter_leads_into_the_form_and_escape_back_to_the_node(editor: OpenEditor) -> None:
    page = editor("plant")
    node = page.locator('.react-flow__node[data-id="limit"]')
    node.focus()
    node.press("Enter")
    form = page.get_by_role("tabpanel", name="Settings")
    expect(form.get_by_label("High", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(node).to_be_focused()


def test_a_node_is_renamed_with_its_wires(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "limit")
    name = form.get_by_label("Name", exact=True)
    name.fill("switch")
    expect(name).to_have_accessible_description("Another node has this name")
    name.fill("over temperature")
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("over-temperature")
    name.press("Enter")
    wait_for_flow(page, "plant", "'over-temperature' in doc.nodes")
    found = draft(page, "plant")
    assert found is not None
    assert {"from": "over-temperature.ok", "to": "switch"} in found["wires"]
    assert list(found["nodes"])[1] == "over-temperature"
    expect(page.get_by_role("tabpanel", name="Settings").get_by_label("Name", exact=True)).to_have_value(
        "over-temperature"
    )


def test_a_viewer_reads_the_form_and_changes_nothing(editor: OpenEditor) -> None:
    page = editor("plant", "viewer")
    form = open_node(page, "switch")
    expect(form.get_by_label("Port", exact=True)).not_to_be_editable()
    expect(form.get_by_label("Check all", exact=True)).to_be_disabled()
    expect(form.get_by_role("button", name="Add to Rules")).to_have_count(0)


def test_what_a_flows_process_may_take_and_reach_is_set_in_the_settings_of_the_flow(
    editor: OpenEditor, shot: Callable[[Page, str], None]
) -> None:
    page = editor("plant")

    def of_the_flow(name: str) -> object:
        return (draft(page, "plant") or {}).get(name)

    page.evaluate("flowengine.view.getState().openDrawer('settings')")
    form = page.get_by_role("tabpanel", name="Settings")  # nothing is selected: it is the flow's
    form.get_by_label("Memory", exact=True).fill("256")
    form.get_by_label("Processor cores", exact=True).fill("0.5")
    form.get_by_label("Longest silence", exact=True).fill("20")
    form.get_by_label("Longest silence", exact=True).press("Tab")
    wait_until(page, lambda: of_the_flow("limits") == {"memory": 256, "cpu": 0.5, "hang": 20})

    form.get_by_label("Outgoing hosts").check()
    wait_until(page, lambda: of_the_flow("outgoing") == [])  # no entry: no host
    form.get_by_role("button", name="Add to Outgoing hosts").click()
    expect(form.get_by_label("Entry 1")).to_be_focused()
    page.keyboard.type("erp plant")
    page.keyboard.press("Tab")
    expect(form.get_by_text("'erp plant' is no host")).to_be_visible()
    form.get_by_label("Entry 1").fill("erp.plant:443")
    form.get_by_label("Entry 1").press("Tab")
    wait_until(page, lambda: of_the_flow("outgoing") == ["erp.plant:443"])
    shot(page, "outgoing")
    form.get_by_label("Outgoing hosts").uncheck()
    wait_until(page, lambda: of_the_flow("outgoing") is None)
