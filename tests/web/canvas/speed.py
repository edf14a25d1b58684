"""How fast the canvas is, by the clock of this computer: `python -m tests.web.canvas.speed`; part of `make soak`.

Opens flows of 200, 1,000 and 5,000 nodes that run, pans, jumps to a node, and types while 5,000 messages come a second.
The tests beside it count what is drawn; how long that takes says something only where nothing else runs.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from flowengine.registry import Registry
from tests.web.canvas.conftest import USERS, WAIT, folder_of, launch, line, with_users
from tests.web.canvas.live_flows import flood
from tests.web.canvas.served import Served
from tests.web.canvas.test_large import PAN, live, open_flow, rows_of
from tests.web.canvas.test_live import open_debug

TIMES = 3
"""So many times the design's figures are too slow: they are of a computer that has nothing else to do."""
SLOWEST = """() => {
  window.slowest = 0;
  const measure = (begin) => { window.slowest = Math.max(window.slowest, performance.now() - begin); };
  const drawn = (begin) => () => setTimeout(measure, 0, begin);
  addEventListener("keydown", () => requestAnimationFrame(drawn(performance.now())), true);
}"""
"""Measures the milliseconds from a key until it is drawn."""


def took(act: Callable[[], object]) -> float:
    """Return how many milliseconds something took."""
    begin = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - begin)


def find(page: Page, flow: str, node: str) -> None:
    """Jump to a node, until it is seen."""
    page.evaluate("([flow, node]) => flowengine.view.getState().find(flow, node)", [flow, node])
    expect(page.locator(f'.react-flow__node[data-id="{node}"]')).to_be_visible()


def of_large_flows(page: Page) -> dict[str, tuple[float, float]]:
    """Return what was measured -> milliseconds, and those that the design allows."""
    page.goto("/#line")
    expect(page.get_by_role("tab", name="line, running")).to_be_visible()
    found = {"200 nodes opened": (took(lambda: open_flow(page, "rows-200", "n199")), 1000.0)}
    for count, opened, frame in ((1000, 2000.0, 50.0), (5000, 5000.0, 60.0)):
        flow, last = f"rows-{count}", f"n{count - 1}"
        found[f"{count} nodes opened"] = took(lambda flow=flow, last=last: open_flow(page, flow, last)), opened  # type: ignore[misc]
        live(page)
        found[f"{count} nodes panned, a frame (p95)"] = page.evaluate(PAN)["slow"], frame
    found["a node of 5000 found"] = took(lambda: find(page, "rows-5000", "n4999")), 2000.0
    return found


def of_a_flood(page: Page) -> dict[str, tuple[float, float]]:
    """Return the same of typing while messages pour in."""
    page.goto("/#flood")
    page.wait_for_function("() => window.flowengine?.flow !== undefined")
    expect(open_debug(page).get_by_role("option").first).to_be_visible()
    search = page.get_by_role("searchbox", name="Search").last
    search.focus()
    page.evaluate(SLOWEST)
    search.press_sequentially("a value that is nowhere", delay=40)
    return {"a key drawn in a flood, at worst": (page.evaluate("window.slowest"), 200.0)}


def measured(context: BrowserContext) -> dict[str, tuple[float, float]]:
    """Return all of it, each on a page of its own."""
    return {**of_large_flows(context.new_page()), **of_a_flood(context.new_page())}


def main() -> int:
    """Measure and say it; 1 where something took three times as long as the design allows."""
    logging.disable(logging.WARNING)  # of ticks that are late
    sizes = {f"rows-{count}": rows_of(count, rows) for count, rows in ((200, 20), (1000, 100), (5000, 100))}
    expect.set_options(timeout=WAIT)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        flows = {"line": line(), "flood": flood(), **sizes}
        server = Served(folder_of(Path(name), flows, with_users(Path(name))), Registry.discover())
        server.start()
        browser = launch(playwright)
        context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 800}, locale="en-GB")
        context.set_default_timeout(WAIT)
        cookie, value = server.cookie(USERS["editor"])
        context.add_cookies([{"name": cookie, "value": value, "url": server.url}])
        found = measured(context)
        browser.close()
        server.stop()
    for what, (milliseconds, most) in found.items():
        print(f"{what:40} {milliseconds:8.0f} ms of {most:.0f}")
    return int(any(milliseconds > TIMES * most for milliseconds, most in found.values()))


if __name__ == "__main__":
    sys.exit(main())
