"""Large flows stay fast: what is drawn when they are opened, panned and searched is counted. Times: `speed.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from flowengine.registry import Registry
from tests.web.canvas.conftest import Flows, OpenPage, folder_of, line
from tests.web.canvas.served import Served

MOST_DRAWN = 150
"""Nodes of a large flow that are in the page: those in view and a few around them."""


def rows_of(count: int, rows: int) -> dict[str, Any]:
    """Return a flow of `count` nodes in rows that run from left to right; ten of them bring messages."""
    nodes: dict[str, Any] = {}
    wires: list[dict[str, str]] = []
    layout: dict[str, list[int]] = {}
    for n in range(count):
        column, row = divmod(n, rows)
        name = f"n{n}"
        interval = 0.5 if row < 10 else 3600
        nodes[name] = {"type": "values/expression", "options": {"expression": "payload + 1"}}
        if column == 0:
            nodes[name] = {"type": "timing/every", "options": {"interval": interval, "send": "count"}}
        else:
            wires.append({"from": f"n{n - rows}", "to": name})
        layout[name] = [60 + column * 220, 60 + row * 80]
    return {"flowengine": 1, "name": f"rows-{count}", "nodes": nodes, "wires": wires, "layout": layout}


@pytest.fixture
def flows() -> Flows:
    """One that does not run."""
    return {"line": {**line(), "disabled": True}}


PAN = """async () => {
  const pane = document.querySelector('.react-flow__pane');
  const box = pane.getBoundingClientRect();
  let [x, y] = [box.left + box.width * 0.8, box.top + box.height / 2];
  const send = (to, type, buttons) => to.dispatchEvent(new MouseEvent(type,
    { clientX: x, clientY: y, bubbles: true, cancelable: true, view: window, button: 0, buttons }));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let drawn = 0;
  const seen = new MutationObserver((found) => found.forEach(({ addedNodes }) => { drawn += addedNodes.length; }));
  seen.observe(document.querySelector('.react-flow__nodes'), { childList: true });
  send(pane, 'mousedown', 1);
  const frames = [];
  await frame();
  let last = performance.now();
  for (let n = 0; n < 120; n++) {
    x -= 5; y += Math.sin(n / 6) * 4;
    send(window, 'mousemove', 1);
    await frame();
    const now = performance.now();
    frames.push(now - last); last = now;
  }
  send(window, 'mouseup', 0);
  seen.disconnect();
  return { drawn, slow: frames.sort((a, b) => a - b)[Math.floor(frames.length * 0.95)] };
}"""
"""Pans by 600 pixels in 120 frames: how many nodes were drawn anew meanwhile, and the milliseconds of a slow frame."""


TOUCHED = """async () => {
  const canvas = document.querySelector('[data-canvas]');
  const everything = { subtree: true, childList: true, characterData: true, attributes: true };
  await new Promise((done) => {  // what is fetched after the first picture comes in its own time: it is waited for
    let still = setTimeout(done, 1000);
    new MutationObserver((found, seen) => {
      clearTimeout(still);
      still = setTimeout(() => { seen.disconnect(); done(); }, 1000);
    }).observe(canvas, everything);
  });
  const pane = document.querySelector('.react-flow__pane');
  const { left, top, width, height } = pane.getBoundingClientRect();
  let x = left + width * 0.8;
  const send = (to, type, buttons) => to.dispatchEvent(new MouseEvent(type,
    { clientX: x, clientY: top + height / 2, bubbles: true, cancelable: true, view: window, button: 0, buttons }));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  send(pane, 'mousedown', 1);
  x -= 4; send(window, 'mousemove', 1);
  await frame(); await frame();
  const touched = new Set();
  const all = new MutationObserver((found) => found.forEach(({ target }) => touched.add(target.getAttribute('class'))));
  all.observe(canvas, everything);
  for (let n = 0; n < 10; n++) { x -= 1; send(window, 'mousemove', 1); await frame(); }
  all.disconnect();
  send(window, 'mouseup', 0);
  return [...touched].sort();
}"""


def open_flow(page: Page, flow: str, last: str) -> None:
    """Bring a flow to the front, until it is drawn and can be used."""
    page.evaluate("flow => { location.hash = flow }", flow)
    page.wait_for_function(
        "last => flowengine.flow?.getNode(last) && document.querySelector('.react-flow__node-box')", arg=last
    )


def live(page: Page) -> None:
    """Wait until values are shown at its nodes."""
    page.wait_for_function("() => document.querySelectorAll('.node-value').length > 3")


def drawn(page: Page) -> int:
    """Return how many nodes are in the page."""
    found: int = page.evaluate("document.querySelectorAll('.react-flow__node').length")
    return found


class TestLarge:
    """All these flows run, in one installation: none of its pages changes anything."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(
        cls, tmp_path_factory: pytest.TempPathFactory, users: Path, registry: Registry, canvas_build: None
    ) -> Iterator[Served]:
        sizes = {"rows-200": rows_of(200, 20), "rows-1000": rows_of(1000, 100), "rows-5000": rows_of(5000, 100)}
        served = Served(folder_of(tmp_path_factory.mktemp("large"), {"line": line(), **sizes}, users), registry)
        served.start()
        yield served
        served.stop()

    def test_of_two_hundred_nodes_and_a_thousand_those_in_view_are_drawn_once_while_panning_with_live_values(
        self, open_page: OpenPage
    ) -> None:
        page = open_page(path="/#line")
        expect(page.get_by_role("tab", name="line, running")).to_be_visible()
        open_flow(page, "rows-200", "n199")
        assert drawn(page) < MOST_DRAWN
        open_flow(page, "rows-1000", "n999")
        live(page)
        assert drawn(page) < MOST_DRAWN
        moved = page.evaluate("flowengine.flow.getViewport().x")
        assert page.evaluate(PAN)["drawn"] < MOST_DRAWN
        assert page.evaluate("flowengine.flow.getViewport().x") < moved - 300

    def test_five_thousand_nodes_open_pan_and_are_searched(self, open_page: OpenPage) -> None:
        page = open_page(path="/#line")
        expect(page.get_by_role("tab", name="line, running")).to_be_visible()
        open_flow(page, "rows-5000", "n4999")
        live(page)
        assert drawn(page) < MOST_DRAWN
        assert page.evaluate(PAN)["drawn"] < MOST_DRAWN
        page.evaluate("flowengine.view.getState().find('rows-5000', 'n4999')")
        expect(page.locator('.react-flow__node[data-id="n4999"]')).to_be_visible()
        assert drawn(page) < MOST_DRAWN
        name, value = page.get_by_text("n4999", exact=True).first, page.locator(".node-second").first
        page.evaluate("flowengine.flow.zoomTo(0.5)")
        expect(value).to_have_css("font-size", "18px")  # what could be read no more is larger
        page.evaluate("flowengine.flow.zoomTo(0.3)")
        expect(value).to_be_hidden()  # what could not be read is left out from afar
        expect(name).to_be_visible()
        page.evaluate("flowengine.flow.zoomTo(0.2)")
        expect(name).to_be_hidden()


def test_nothing_is_drawn_again_while_the_view_moves_but_what_moves_with_it(open_page: OpenPage) -> None:
    page = open_page(path="/#line")
    expect(page.locator('.react-flow__node[data-id="tick"]')).to_be_visible()
    expect(page.locator(".canvas-map-seen")).to_be_attached()
    expect(
        page.get_by_role("navigation", name="Palette").get_by_role("button", name="Control validate")
    ).to_be_visible()
    expect(page.get_by_role("contentinfo").get_by_text("live", exact=True)).to_be_visible()
    touched = page.evaluate(TOUCHED)
    assert [name.partition(" ")[0] for name in touched] == ["canvas-dots", "canvas-map-seen", "react-flow__viewport"]
