"""A flows.json of Node-RED, dragged on the page: its report, the result, and help for who comes from there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.web.canvas.conftest import OpenEditor
from tests.web.canvas.reading import draft

PLANT = Path(__file__).parents[2] / "nodered" / "plant.json"
SEALED = PLANT.with_name("plant_cred.json")

DROP = """([text, name]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name, { type: "application/json" }));
  const target = document.querySelector("main");
  for (const kind of ["dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""


def dropped(page: Page, text: str) -> None:
    """Drop a file on the page, as soon as that is heard."""
    page.mouse.move(300, 300)
    page.mouse.move(310, 310)
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.wait_for_function(
        "() => !document.querySelector('main').dispatchEvent(new DragEvent('dragover',"
        " { dataTransfer: (() => { const d = new DataTransfer(); d.items.add(new File(['x'], 'x')); return d; })(),"
        " bubbles: true, cancelable: true }))"
    )
    page.evaluate(DROP, [text, "flows.json"])


def test_a_flows_json_is_dragged_on_the_page_its_report_read_and_the_result_opened(
    editor: OpenEditor, shot: Callable[[Page, str], None]
) -> None:
    page = editor("line")
    entries = json.loads(PLANT.read_text())
    for entry in entries:
        entry.pop("credentials", None)
    dropped(page, json.dumps(entries))
    page.get_by_role("dialog", name="Import a flow").get_by_role("button", name="Read").click()
    dialog = page.get_by_role("dialog", name="Import from Node-RED: flows.json")
    report = dialog.get_by_role("region", name="What becomes of it")
    expect(report).to_contain_text("modbus/read with several points")
    expect(report).to_contain_text("oven-ueberwachung")
    shot(page, "report")
    dialog.get_by_label("Credentials").set_input_files(SEALED)
    dialog.get_by_label("Their key").fill("another")
    expect(dialog.get_by_role("alert")).to_contain_text("cannot be read with this key")
    dialog.get_by_label("Their key").fill("the key")
    expect(report).to_contain_text("Secrets to be set")
    expect(report).to_contain_text("plant-password")
    assert "secret!" not in page.content()
    dialog.get_by_role("button", name="Open in the draft").click()
    expect(page.get_by_role("tab", name=re.compile("oven-ueberwachung, not deployed"))).to_be_visible()
    imported = draft(page, "oven-ueberwachung")
    assert imported is not None
    assert imported["nodes"]["gain-3"]["type"] == "flow/scale-it"
    expect(dialog).to_be_hidden()  # as long as it is open the key is not for the page
    page.keyboard.press("Control+z")
    expect(page.get_by_role("tab", name=re.compile("oven-ueberwachung"))).to_have_count(0)


def test_who_comes_from_node_red_finds_names_places_and_keys(
    editor: OpenEditor, shot: Callable[[Page, str], None]
) -> None:
    page = editor("line")
    page.get_by_role("button", name=re.compile("edgar")).click()
    page.get_by_role("menuitem", name="Coming from Node-RED").click()
    dialog = page.get_by_role("dialog", name="Coming from Node-RED")
    expect(dialog.get_by_role("table", name="Keys")).to_contain_text("Ctrl+D")
    expect(dialog.get_by_role("rowheader", name="Configuration node")).to_be_visible()
    shot(page, "coming")
