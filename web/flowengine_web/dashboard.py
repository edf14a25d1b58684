"""The operators' pages: kept in dashboard.json beside the flows; the widgets are nodes of running flows."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from flowengine.flow.file import write_text
from flowengine.telemetry.preview import preview
from flowengine_web import shapes
from flowengine_web.refusal import Refusal

if TYPE_CHECKING:
    from flowengine.runtime.engine import Engine

FILE: Final = "dashboard.json"
SHOWN: Final = 20_000
"""Characters of what a widget shows: a table, the points of a chart."""

_WRITING = threading.Lock()


class _Kept(shapes.Shape):
    """What dashboard.json holds."""

    flowengine: int = 1
    pages: list[shapes.Page] = []


def read_pages(folder: Path) -> tuple[list[shapes.Page], str]:
    """Return the pages and their revision ("" when there is no file).

    Raises:
        Refusal: 422, the file is not as it must be; someone has edited it.
    """
    file = folder / FILE
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return [], ""
    try:
        return msgspec.json.decode(raw, type=_Kept).pages, _revision(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(422, "invalid", f"{FILE}: {error}", "mend the file, or remove it") from error


def write_pages(folder: Path, body: shapes.DashboardPages) -> str:
    """Keep pages in place of those that the caller knows; returns the new revision.

    Raises:
        Refusal: 409, they have been changed meanwhile.
    """
    text = json.dumps({"flowengine": 1, "pages": msgspec.to_builtins(body.pages)}, indent=2, ensure_ascii=False) + "\n"
    with _WRITING:
        file = folder / FILE
        there = _revision(file.read_bytes()) if file.exists() else ""
        if there != body.base:
            conflict = shapes.Conflict(flow=FILE, revision=there)
            raise Refusal(
                409, "conflict", "the pages have been changed in the meantime", "read them again", conflicts=[conflict]
            )
        write_text(file, text)
    return _revision(text.encode())


def widgets(engine: Engine) -> list[shapes.Widget]:
    """Return every widget of the running flows, with what it shows; on the engine's loop."""
    return [
        shapes.Widget(
            flow=flow,
            node=node,
            widget=found.widget,
            title=_title(node, live.plan.nodes[node].options),
            options=live.plan.nodes[node].options,
            shown=shown(found),
        )
        for flow, live in engine.flows.items()
        for node, found in live.nodes.items()
        if found.widget
    ]


def shown(node: Any) -> Any:
    """Return what a widget shows now; one that fails shows nothing."""
    try:
        return preview(node.shown(), SHOWN).value
    except Exception:  # noqa: BLE001 - a stranger's code; the page goes on without it
        return None


def _title(node: str, options: dict[str, Any]) -> str:
    for word in ("title", "label", "name"):
        if isinstance(options.get(word), str) and options[word]:
            return str(options[word])
    return node


def _revision(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]
