"""The canvas on a tablet, by fingers alone."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from playwright.sync_api import CDPSession, Page, expect

from tests.web.canvas.conftest import OpenEditor
from tests.web.canvas.pointing import Point, canvas_point, middle, node, port, wait_for_flow, wires
from tests.web.canvas.reading import draft, wait_until


class Fingers:
    """Touches the page as a hand does: Chromium makes all events of it that a tablet would."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)

    def drag(self, *way: Point, steps: int = 10) -> None:
        """Put a finger down, draw it along the way, lift it."""
        self._send("touchStart", [way[0]])
        for start, end in pairwise(way):
            for step in range(1, steps + 1):
                part = step / steps
                self._send(
                    "touchMove", [(start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)]
                )
        self._send("touchEnd", [])

    def pinch(self, at: Point, before: float, after: float, steps: int = 10) -> None:
        """Put two fingers down side by side and change the distance between them."""
        self._send("touchStart", self._pair(at, before))
        for step in range(1, steps + 1):
            self._send("touchMove", self._pair(at, before + (after - before) * step / steps))
        self._send("touchEnd", [])

    def _pair(self, at: Point, apart: float) -> list[Point]:
        return [(at[0] - apart / 2, at[1]), (at[0] + apart / 2, at[1])]

    def _send(self, kind: str, points: list[Point]) -> None:
        touches: list[dict[str, Any]] = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_fingers_add_move_wire_pinch_and_edit(touch_editor: OpenEditor) -> None:
    page = touch_editor("line")
    fingers = Fingers(page)
    expect(node(page, "double")).to_be_visible()

    def zoom() -> float:
        found: float = page.evaluate("flowengine.flow.getZoom()")
        return found

    palette = page.get_by_role("navigation", name="Palette")
    expect(palette).to_have_count(0)  # it would lie over the flow
    toggle = page.get_by_role("button", name=re.compile("palette", re.IGNORECASE)).first
    toggle.tap()
    x, y = middle(palette.get_by_role("button", name="Control validate"))
    fingers.drag((x, y), (x + 200, y), canvas_point(page, 480, 700))
    wait_for_flow(page, "line", "doc.nodes.validate !== undefined")
    toggle.tap()
    expect(palette).to_have_count(0)
    x, y = middle(node(page, "validate"))
    fingers.drag((x, y), (x, y + 80))
    moved = draft(page, "line")
    fingers.drag(port(page, "double", "out"), port(page, "validate", "in"))
    wait_for_flow(page, "line", "doc.wires.at(-1).from === 'double' && doc.wires.at(-1).to === 'validate'")
    before = zoom()
    fingers.pinch(canvas_point(page, 300, 900), 120, 300)
    wait_until(page, lambda: zoom() > before * 1.3)
    assert moved is not None
    page.get_by_role("button", name="Show the whole flow").tap()
    node(page, "double").tap()
    page.get_by_role("tab", name="Settings").tap()
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_have_value("double")
    name.tap()
    name.fill("twice")
    name.press("Enter")
    wait_for_flow(page, "line", "doc.nodes.twice !== undefined")
    assert wires(page, "line")[-1] == "twice>validate"
