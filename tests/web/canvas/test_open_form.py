"""A form that is open: whatever comes anew meanwhile, whoever types in it goes on typing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.web.canvas.conftest import Flows, OpenEditor, line
from tests.web.canvas.form_plant import open_node, wait_for_options
from tests.web.canvas.holding import Held
from tests.web.canvas.test_deploying import deploy


def scale() -> dict[str, Any]:
    """Return a flow that others use as a node."""
    return {
        "flowengine": 1,
        "name": "scale",
        "subflow": {"inputs": {"in": ["times"]}, "outputs": {"out": ["times"]}},
        "nodes": {"times": {"type": "values/expression", "options": {"expression": "payload * 2"}}},
        "wires": [],
        "layout": {"times": [80, 80]},
    }


@pytest.fixture
def flows() -> Flows:
    plant = line() | {"name": "plant"}
    plant["nodes"]["code"] = {"type": "values/python", "options": {"code": "return msg"}}
    return {"plant": plant}


def is_the_same(page: Page, field: Locator) -> None:
    """See that a field is the element that was remembered, and still has the focus."""
    assert field.evaluate("one => one === window.remembered && document.activeElement === one")


def test_a_form_stays_what_it_is_while_a_deploy_brings_its_types_and_its_flow_anew(editor: OpenEditor) -> None:
    page = editor("plant")
    palette = Held(page, "**/api/palette?brief=true")
    flow = Held(page, "**/api/flows/plant")
    page.evaluate(
        """subflow => flowengine.project.getState().commit("Add", "plant", (now) => ({...now, flows: {
          ...now.flows, scale: subflow,
          plant: {...now.flows.plant, nodes: {...now.flows.plant.nodes, twice: {type: "flow/scale"}}}}}))""",
        scale(),
    )
    deploy(page)
    page.evaluate("flowengine.project.getState().show('plant')")
    code = open_node(page, "code").get_by_role("textbox", name="Code", exact=True)
    code.click()
    code.press("ControlOrMeta+End")
    code.evaluate("one => { window.remembered = one; }")
    page.keyboard.insert_text("  # wa")
    palette.came()
    flow.came()
    with page.expect_response(lambda answer: answer.url.endswith("/api/palette")):  # after the brief one: all of it
        palette.go_on()
    flow.go_on()
    page.keyboard.insert_text("rm")
    wait_for_options(page, "code", {"code": "return msg  # warm"})
    is_the_same(page, code)


def test_an_option_that_is_rarely_set_stays_where_it_is_typed(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "tick")
    form.get_by_text(re.compile(r"^More \(")).click()
    field = form.get_by_label("Noise", exact=True)
    field.click()
    field.evaluate("one => { window.remembered = one; }")
    page.keyboard.insert_text("1")
    page.keyboard.insert_text("2")
    wait_for_options(page, "tick", {"interval": 0.2, "noise": 12})
    is_the_same(page, field)
