"""Flow files in and out: good, broken, of unknown types, newer, with an id twice; an export is the file itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.canvas.conftest import ROOT, Flows, OpenEditor, OpenPage, empty, line
from tests.web.canvas.holding import Held
from tests.web.canvas.pointing import wait_for_flow
from tests.web.canvas.reading import draft

BROKEN = '{"flowengine": 1, "nodes": {'
NEWER = '{"flowengine": 2, "nodes": {}, "wires": []}'
TWICE = '{"flowengine": 1,\n "nodes": {\n  "a": {"type": "debug/log"},\n  "a": {"type": "debug/log"}},\n "wires": []}'
LIST = "[1, 2]"
UNKNOWN = '{"flowengine": 1, "name": "strange", "nodes": {"a": {"type": "acme/unknown"}}, "wires": []}'


def import_dialog(page: Page, text: str) -> object:
    """Open the dialog with a text and have it read."""
    page.get_by_role("button", name="Import").first.click()
    dialog = page.get_by_role("dialog", name="Import a flow")
    dialog.get_by_label("Text of the flow file").fill(text)
    dialog.get_by_role("button", name="Read").click()
    return dialog


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BROKEN, r"Line 1:.*not JSON"),
        (NEWER, r"version 2.*update flowengine"),
        (TWICE, r"Line \d+:.*'a' is there twice.*rename"),
        (LIST, r"must be an object"),
    ],
    ids=["broken", "newer", "twice", "not-a-flow"],
)
def test_what_cannot_be_read_is_refused_with_line_reason_and_remedy(open_page: OpenPage, text: str, says: str) -> None:
    page = open_page()
    dialog = import_dialog(page, text)
    expect(dialog.get_by_role("alert")).to_contain_text(re.compile(says))  # type: ignore[attr-defined]
    expect(dialog.get_by_role("button", name="Import")).to_have_count(0)  # type: ignore[attr-defined]


def test_a_flow_of_unknown_types_comes_in_and_names_what_is_missing(open_page: OpenPage) -> None:
    page = open_page()
    dialog = import_dialog(page, UNKNOWN)
    expect(dialog.get_by_text("acme/unknown").last).to_be_visible()  # type: ignore[attr-defined]
    dialog.get_by_role("button", name="Import").click()  # type: ignore[attr-defined]
    expect(page.get_by_role("tab", name=re.compile("strange, not deployed, changed, 1 error"))).to_be_visible()


def test_a_good_file_becomes_a_new_flow_under_a_free_name(open_page: OpenPage, tmp_path: Path) -> None:
    file = tmp_path / "line.json"
    file.write_text(json.dumps(line()))
    page = open_page()
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog", name="Import a flow")
    dialog.get_by_label("File", exact=True).set_input_files(file)
    dialog.get_by_role("button", name="Read").click()
    expect(dialog.get_by_label("Name of the flow")).to_have_value("line-2")
    dialog.get_by_role("button", name="Import").click()
    expect(page.get_by_role("tab", name=re.compile("line-2, not deployed"))).to_be_visible()
    assert draft(page, "line-2") == {**line(), "name": "line-2"}


def test_text_pasted_on_the_start_page_is_taken_for_a_flow(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.get_by_role("heading", name="Flows")).to_be_visible()
    page.evaluate(
        """(text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        UNKNOWN,
    )
    expect(page.get_by_role("dialog").get_by_label("Text of the flow file")).to_have_value(UNKNOWN)


def test_nodes_are_imported_into_the_flow_in_front_with_names_that_are_free(editor: OpenEditor) -> None:
    page = editor("line")
    page.locator("#flow-panel").focus()
    page.keyboard.press("Control+i")
    dialog = page.get_by_role("dialog", name="Import a flow")
    dialog.get_by_label("Text of the flow file").fill(json.dumps(line()))
    dialog.get_by_role("button", name="Read").click()
    dialog.get_by_label("into line").check()
    dialog.get_by_role("button", name="Import").click()
    wait_for_flow(page, "line", "Object.keys(doc.nodes).length === 8")
    found = draft(page, "line")
    assert found is not None
    assert {"from": "tick-2", "to": "double-2"} in found["wires"]
    page.get_by_role("button", name="Undo").click()
    assert draft(page, "line") == line()


class TestExport:
    @pytest.fixture
    def flows(self) -> Flows:
        """The example flows as they stand in the repository."""
        names = ["oven-control", "line-monitor", "hello", "alarm"]
        found = {name: json.loads((ROOT / "flows" / f"{name}.json").read_text()) for name in names}
        return {name: {**flow, "disabled": True} if "subflow" not in flow else flow for name, flow in found.items()}

    @pytest.mark.parametrize("name", ["oven-control", "line-monitor", "hello", "alarm"])
    def test_the_text_is_the_file_byte_for_byte(self, editor: OpenEditor, name: str) -> None:
        page = editor(name)
        page.evaluate("name => flowengine.project.getState().edit('On', name, ({disabled, ...doc}) => doc)", name)
        page.get_by_role("button", name=f"What can be done with {name}").click()
        page.get_by_role("menuitem", name="Export").click()
        dialog = page.get_by_role("dialog", name=f"Export {name}")
        text = dialog.get_by_label("Text of the flow file")
        expect(text).to_have_value(re.compile("flowengine"))
        assert text.input_value() == (ROOT / "flows" / f"{name}.json").read_text()
        with page.expect_download() as download:
            dialog.get_by_role("button", name=f"Save as {name}.json").click()
        assert Path(download.value.path()).read_bytes() == (ROOT / "flows" / f"{name}.json").read_bytes()


def test_a_selection_is_exported_as_a_flow_of_its_own(editor: OpenEditor) -> None:
    page = editor("line")
    page.evaluate("flowengine.view.getState().select('line', {nodes: ['tick', 'double']})")
    page.get_by_role("button", name="What can be done with line").click()
    page.get_by_role("menuitem", name="Export").click()
    dialog = page.get_by_role("dialog")
    text = dialog.get_by_label("Text of the flow file")
    expect(text).to_have_value(re.compile("debug/log"))
    held = Held(page, "**/api/format")
    dialog.get_by_label("What is selected").check()
    held.came()
    expect(dialog.get_by_role("button", name="Copy")).to_be_disabled()  # what stood there was the whole flow
    held.go_on()
    expect(text).to_have_value(re.compile("flowengine"))
    found = json.loads(text.input_value())
    assert list(found["nodes"]) == ["tick", "double"]
    assert found["wires"] == [{"from": "tick", "to": "double"}]


class TestStartPage:
    @pytest.fixture
    def flows(self) -> Flows:
        return {"empty": empty()}

    def test_a_flow_is_made_renamed_and_removed_before_anything_runs(
        self, open_page: OpenPage, plant_folder: Path
    ) -> None:
        page = open_page()
        page.get_by_role("button", name="New flow").first.click()
        dialog = page.get_by_role("dialog", name="New flow")
        name = dialog.get_by_label("Name of the flow")
        name.fill("empty")
        expect(dialog.get_by_text("There is a flow empty already.")).to_be_visible()
        name.fill("not a name!")
        expect(dialog.get_by_role("button", name="Create")).to_be_disabled()
        name.fill("press")
        dialog.get_by_role("button", name="Create").click()
        expect(page.get_by_role("tab", name="press, not deployed, changed")).to_be_visible()
        page.get_by_role("button", name="What can be done with press").click()
        page.get_by_role("menuitem", name="Rename").click()
        page.get_by_role("dialog").get_by_label("Name of the flow").fill("stamp")
        page.get_by_role("dialog").get_by_role("button", name="Rename").click()
        expect(page.get_by_role("tab", name="stamp, not deployed, changed")).to_be_visible()
        page.get_by_role("button", name="What can be done with stamp").click()
        page.get_by_role("menuitem", name="Delete").click()
        expect(page.get_by_role("tab", name=re.compile("stamp"))).to_have_count(0)
        assert [file.name for file in plant_folder.glob("*.json")] == ["empty.json"]
