"""Short ways for tests to ask a page what it holds, through the documented hook `window.flowengine`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.web.patience import until


def draft(page: Page, flow: str) -> dict[str, Any] | None:
    """Return a flow as it is being edited; None: it is not there."""
    found: dict[str, Any] | None = page.evaluate("flow => flowengine.project.getState().flows[flow] ?? null", flow)
    return found


def deployed(page: Page, flow: str) -> dict[str, Any] | None:
    """Return a flow as the page believes that it runs."""
    found: dict[str, Any] | None = page.evaluate(
        "flow => flowengine.project.getState().deployed.flows[flow] ?? null", flow
    )
    return found


def on_disk(folder: Path, flow: str) -> dict[str, Any]:
    """Return what a flow's file holds."""
    found: dict[str, Any] = json.loads((folder / f"{flow}.json").read_text())
    return found


def put_on_disk(folder: Path, flow: str, doc: dict[str, Any]) -> None:
    """Write a flow's file as editors do, in one step: whoever looks for changes never sees half of it."""
    new = folder / f"{flow}.new"
    new.write_text(json.dumps(doc, indent=2))
    new.replace(folder / f"{flow}.json")


def set_option(page: Page, flow: str, node: str, option: str, value: Any) -> None:
    """Change one option as a form does: one step that can be undone."""
    page.evaluate(
        """([flow, node, option, value]) => flowengine.project.getState().edit("Change " + node, flow, (doc) => ({
          ...doc,
          nodes: {...doc.nodes, [node]: {...doc.nodes[node],
            options: {...doc.nodes[node].options, [option]: value}}},
        }))""",
        [flow, node, option, value],
    )


def expression(page: Page, flow: str = "line", node: str = "double") -> str:
    """Return the formula of a node as it is being edited."""
    found = draft(page, flow)
    assert found is not None
    return str(found["nodes"][node]["options"]["expression"])


def wait_until(page: Page, condition: Callable[[], object]) -> None:
    """Wait for something outside of the page, while its events go on coming."""
    until(condition, lambda seconds: page.wait_for_timeout(1000 * seconds))
