"""A flow with all that a form can meet, and how tests reach its forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from flowengine.registry import Registry
from tests.web.canvas.conftest import Flows
from tests.web.canvas.reading import draft, wait_until

STRANGER = '''
"""A node of a stranger: its option has one of two forms."""
from typing import Annotated

import msgspec
from msgspec import Meta

from flowengine import Message, Transform


class Tcp(msgspec.Struct, tag="tcp", tag_field="kind", forbid_unknown_fields=True):
    port: Annotated[int, Meta(ge=1, le=65535)]


class Serial(msgspec.Struct, tag="serial", tag_field="kind", forbid_unknown_fields=True):
    path: Annotated[str, Meta(min_length=1)]


class Way(Transform, type="stranger/way"):
    """Go one way or the other."""

    way: Annotated[Tcp | Serial, Meta(description="Over the network or a line")]

    def process(self, msg: Message) -> Message:
        return msg
'''


def form_registry(folder: Path) -> Registry:
    """Return all installed node types, and one of a stranger in this folder."""
    (folder / "way.py").write_text(STRANGER)
    return Registry.discover([folder])


def form_flows() -> Flows:
    """Return one flow with all that a form can meet."""
    return {
        "plant": {
            "flowengine": 1,
            "name": "plant",
            "environment": {"LIMIT": "230"},
            "connections": {"broker": {"type": "mqtt/broker"}},
            "nodes": {
                "every": {"type": "timing/every"},
                "limit": {"type": "control/limit", "options": {"high": 230}},
                "switch": {"type": "routing/switch", "options": {"rules": [{"operator": "else", "port": "rest"}]}},
                "watch": {"type": "control/validate", "options": {"low": 0, "high": 400}},
                "way": {"type": "stranger/way", "options": {"way": {"kind": "tcp", "port": 502}}},
                "code": {"type": "values/python", "options": {"code": "return msg"}},
                "sum": {"type": "values/expression", "options": {"expression": "payload * 2"}},
                "log": {"type": "debug/log"},
            },
            "wires": [
                {"from": "every", "to": "limit"},
                {"from": "every", "to": "watch"},
                {"from": "every", "to": "way"},
                {"from": "every", "to": "code"},
                {"from": "limit.ok", "to": "switch"},
                {"from": "switch.rest", "to": "log"},
                {"from": "watch", "to": "log"},
                {"from": "way", "to": "log"},
                {"from": "code", "to": "sum"},
                {"from": "sum", "to": "log"},
            ],
            "layout": {
                name: [80 + 220 * (place % 4), 60 + 110 * (place // 4)]
                for place, name in enumerate(("every", "limit", "switch", "watch", "way", "code", "sum", "log"))
            },
        }
    }


def open_node(page: Page, node: str) -> Locator:
    """Select a node and return its open form."""
    page.evaluate("node => flowengine.view.getState().select('plant', {nodes: [node]})", node)
    page.evaluate("flowengine.view.getState().openDrawer('settings')")
    pane = page.get_by_role("tabpanel", name="Settings")
    expect(pane.get_by_label("Name", exact=True).first).to_have_value(node)
    return pane


def options(page: Page, node: str) -> dict[str, Any]:
    """Return a node's options in the draft."""
    found = draft(page, "plant")
    assert found is not None
    return dict(found["nodes"][node].get("options", {}))


def wait_for_options(page: Page, node: str, wanted: dict[str, Any]) -> None:
    """Wait until a node's options in the draft are these."""
    wait_until(page, lambda: options(page, node) == wanted)


def steps(page: Page) -> int:
    """Return how many steps can be undone."""
    return int(page.evaluate("flowengine.project.getState().past.length"))
