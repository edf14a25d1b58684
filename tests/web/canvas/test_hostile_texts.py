"""Names, notes, labels, payloads and errors are text: none of them runs in the browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.canvas.conftest import Flows, OpenEditor, OpenPage

PAYLOADS = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=2>",
    "<svg onload=window.hit=3>",
    '"><script>window.hit=4</script>',
    "'-(window.hit=5)-'",
    "javascript:window.hit=6",
    "<iframe srcdoc='<script>parent.hit=7</script>'>",
    "<a href=javascript:window.hit=8>x</a>",
    "[x](javascript:window.hit=9)",
    "![x](x onerror=window.hit=10)",
    "<style>@import 'http://127.0.0.1:9/x';</style>",
    "</title><script>window.hit=11</script>",
    "{{constructor.constructor('window.hit=12')()}}",
    "<details open ontoggle=window.hit=13>",
    "<math><mtext><img src=x onerror=window.hit=14></mtext></math>",
    "\u202e<b onmouseover=window.hit=15>x</b>",
    "<form action=javascript:window.hit=16><button>x</button></form>",
    "<base href=http://127.0.0.1:9/>",
    "data:text/html,<script>window.hit=17</script>",
    "<object data=javascript:window.hit=18>",
]
ALL = " ".join(PAYLOADS)


@pytest.fixture
def flows() -> Flows:
    """A flow that shows every payload wherever a flow can show a text."""
    nodes: dict[str, Any] = {
        f"say-{number}": {
            "type": "timing/every",
            "options": {"interval": 0.3, "send": "value", "value": text, "topic": text},
            "note": text,
        }
        for number, text in enumerate(PAYLOADS)
    }
    nodes["show"] = {"type": "debug/log", "note": ALL}
    nodes["fail"] = {"type": "values/python", "options": {"code": "raise ValueError(msg.payload)"}, "note": ALL}
    nodes["gauge"] = {"type": "dashboard/text", "options": {"title": PAYLOADS[1], "page": PAYLOADS[2]}}
    wires = [{"from": f"say-{n}", "to": to} for n in range(len(PAYLOADS)) for to in ("show", "fail", "gauge")]
    layout: dict[str, Any] = {key: [100 + 260 * (n % 4), 60 + 90 * (n // 4)] for n, key in enumerate(nodes)}
    layout["$note:a"] = {"at": [40, -200], "size": [400, 200], "text": "\n\n".join(PAYLOADS)}
    layout[f"$group:{PAYLOADS[1]}"] = {"nodes": ["show", "fail"], "colour": PAYLOADS[0]}
    flow: dict[str, Any] = {
        "flowengine": 1,
        "name": "hostile",
        "note": ALL,
        "environment": {"X": ALL},
        "connections": {"broker": {"type": "mqtt/broker", "options": {"host": "127.0.0.1", "port": 9}, "note": ALL}},
        "nodes": nodes,
        "wires": wires,
        "layout": layout,
    }
    return {"hostile": flow}


def test_no_text_of_a_flow_or_a_message_runs_in_the_browser(editor: OpenEditor, open_page: OpenPage) -> None:
    page = editor("hostile")  # an error in the console, such as the content policy's, fails the test
    reports: list[str] = []
    page.on("dialog", lambda dialog: reports.append(dialog.message))
    page.on("request", lambda request: reports.append(request.url) if ":9/" in request.url else None)
    expect(page.locator("body")).to_contain_text("say-0")
    for name in ("show", "fail", "say-1"):
        page.evaluate("node => window.flowengine?.flow && location.hash", name)
        page.get_by_text(name, exact=True).first.click()
    page.keyboard.press("Escape")
    for pane, shows in (("Problems", "goes nowhere"), ("Debug", "onerror")):
        page.get_by_role("tab", name=pane).click()
        expect(page.get_by_role("tabpanel", name=pane)).to_contain_text(shows)
    expect(page.get_by_role("region", name="Faults")).to_contain_text("window.hit")
    board = open_page("operator", "/dashboard")
    expect(board.locator("body")).to_contain_text("onerror")
    for one in (page, board):
        assert one.evaluate("window.hit") is None
        assert one.locator("script:not([src])").count() == 0
        assert one.locator("iframe, object, base, math, [onerror], [onload], [ontoggle]").count() == 0
        assert one.locator("a[href^='javascript']").count() == 0
    assert reports == []
