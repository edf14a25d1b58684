"""Large flows stay fast: opened, panned, searched. Bounds are three times the design's figures, for busy machines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from flowengine.registry import Registry
from tests.web.canvas.conftest import Flows, OpenPage, folder_of, line
from tests.web.canvas.served import Served

PATIENCE = 3
"""Times the figures: 200 nodes in 1 s, 1,000 in 2 s with 50 ms a frame (95th percentile), 5,000 in 5 s with 60 ms."""


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
  return frames.sort((a, b) => a - b)[Math.floor(frames.length * 0.95)];
}"""


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


def open_flow(page: Page, flow: str, last: str) -> float:
    """Bring a flow to the front; return the seconds until it is drawn and can be used."""
    begin = time.monotonic()
    page.evaluate("flow => { location.hash = flow }", flow)
    page.wait_for_function(
        "last => flowengine.flow?.getNode(last) && document.querySelector('.react-flow__node-box')", arg=last
    )
    return time.monotonic() - begin


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

    def test_two_hundred_nodes_can_be_used_at_once_and_a_thousand_pan_smoothly_with_live_values(
        self, open_page: OpenPage
    ) -> None:
        page = open_page(path="/#line")
        expect(page.get_by_role("tab", name="line, running")).to_be_visible()
        assert open_flow(page, "rows-200", "n199") < 1 * PATIENCE
        assert open_flow(page, "rows-1000", "n999") < 2 * PATIENCE
        page.wait_for_function("() => document.querySelectorAll('.node-value').length > 3")  # live values are there
        assert drawn(page) < 150
        moved = page.evaluate("flowengine.flow.getViewport().x")
        assert page.evaluate(PAN) < 50 * PATIENCE
        assert page.evaluate("flowengine.flow.getViewport().x") < moved - 300

    def test_five_thousand_nodes_open_pan_and_are_searched(self, open_page: OpenPage) -> None:
        page = open_page(path="/#line")
        expect(page.get_by_role("tab", name="line, running")).to_be_visible()
        assert open_flow(page, "rows-5000", "n4999") < 5 * PATIENCE
        page.wait_for_function("() => document.querySelectorAll('.node-value').length > 3")
        assert drawn(page) < 150
        assert page.evaluate(PAN) < 60 * PATIENCE
        begin = time.monotonic()
        page.evaluate("flowengine.view.getState().find('rows-5000', 'n4999')")
        expect(page.locator('.react-flow__node[data-id="n4999"]')).to_be_visible()
        assert time.monotonic() - begin < 2 * PATIENCE
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
    touched = page.evaluate(TOUCHED)
    assert [name.partition(" ")[0] for name in touched] == ["canvas-dots", "canvas-map-seen", "react-flow__viewport"]
