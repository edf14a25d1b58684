"""Where things on the canvas are, and the pointer's way between them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page

from tests.web.canvas.reading import draft, wait_until

Point = tuple[float, float]

PLACE = """element => new Promise((done) => {
  const look = (before) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const now = [x, y, width, height];
    if (before !== null && now.every((one, n) => one === before[n])) done({ x, y, width, height });
    else requestAnimationFrame(() => requestAnimationFrame(() => look(now)));
  };
  look(null);
})"""
"""Where an element is, once it stands still."""


def node(page: Page, name: str) -> Locator:
    """Return a node by its accessible name: "Modbus read temperature, source, running, ..."."""
    return page.get_by_role("group", name=re.compile(rf"^[^,]* {re.escape(name)}, "))


def wire(page: Page, start: str, end: str) -> Locator:
    """Return a wire by its accessible name; ends are named with their port where a node has several."""
    return page.get_by_role("group", name=re.compile(rf"^Wire from {re.escape(start)} to {re.escape(end)}(,|$)"))


def port(page: Page, name: str, of: str) -> Point:
    """Return the middle of a port: `of` is `in` or `out`, or `<side>:<port>` where there are several."""
    side, _, handle = of.partition(":")
    kind = "target" if side == "in" else "source"
    which = f'[data-handleid="{handle}"]' if handle else ":not(.port-error)"
    return middle(page.locator(f'.react-flow__handle.{kind}[data-nodeid="{name}"]{which}').first)


def place(locator: Locator) -> FloatRect:
    """Return where an element is, once it stands still."""
    found: FloatRect = locator.evaluate(PLACE)
    return found


def middle(locator: Locator) -> Point:
    """Return the middle of an element, once it stands still."""
    box = place(locator)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: Point, end: Point, release: bool = True) -> None:
    """Press, move in steps as a hand does, release."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 8, start[1] + 2)
    page.mouse.move(*end, steps=8)
    if release:
        page.mouse.up()


def canvas_point(page: Page, x: float, y: float) -> Point:
    """Return a place of the canvas, from its left top corner."""
    box = place(page.locator("[data-canvas]"))
    return box["x"] + x, box["y"] + y


def press_empty(page: Page) -> None:
    """Press the canvas where nothing stands: it has the keys then."""
    page.mouse.click(*canvas_point(page, 40, 600))


def wires(page: Page, flow: str) -> list[str]:
    """Return the draft's wires as `from>to`, in the order of the file."""
    found = draft(page, flow)
    assert found is not None
    return [f"{one['from']}>{one['to']}" for one in found["wires"]]


def wait_for_wires(page: Page, flow: str, *wanted: str) -> None:
    """Wait until the draft has just these wires, in this order."""
    wait_until(page, lambda: wires(page, flow) == list(wanted))


def names(page: Page, flow: str) -> list[str]:
    """Return the names of the draft's nodes, in the order of the file."""
    found = draft(page, flow)
    assert found is not None
    return list(found["nodes"])


def wait_for_flow(page: Page, flow: str, condition: str, arg: Any = None) -> None:
    """Wait until a JavaScript condition on the draft `doc` holds; `arg` is what it is given."""
    page.wait_for_function(
        f"([flow, arg]) => {{ const doc = flowengine.project.getState().flows[flow]; return {condition}; }}",
        arg=[flow, arg],
    )
