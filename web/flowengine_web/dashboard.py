"""The operators' pages: kept in dashboard.json beside the flows; the widgets are nodes of running flows."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from flowengine.errors import FlowEngineError
from flowengine.flow.file import write_text
from flowengine.telemetry.preview import preview
from flowengine_web import shapes
from flowengine_web.refusal import Refusal, invalid

if TYPE_CHECKING:
    from flowengine.runtime.flows import Flows

LOG = logging.getLogger("flowengine.operator")

COLUMNS: Final = 12
"""Columns of a page's grid."""
FILE: Final = "dashboard.json"

_WRITING = threading.Lock()


class Kept(shapes.Shape):
    """What dashboard.json holds."""

    flowengine: Literal[1] = 1
    pages: list[shapes.Page] = []
    hidden: list[shapes.Place] = []


def read_pages(folder: Path) -> tuple[Kept, str]:
    """Return the pages and their revision ("" when there is no file).

    Raises:
        Refusal: 422, the file is not as it must be; someone has edited it.
    """
    file = folder / FILE
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return Kept(), ""
    try:
        return msgspec.json.decode(raw, type=Kept), _revision(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(422, "invalid", f"{FILE}: {error}", "mend the file, or remove it") from error


def write_pages(folder: Path, body: shapes.DashboardPages) -> str:
    """Keep pages in place of those that the caller knows; returns the new revision.

    Raises:
        Refusal: 409, they have been changed meanwhile; 422, two pages have one name, or a widget stands on one twice.
    """
    _check(body.pages)
    text = canonical(body.pages, body.hidden)
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


def canonical(pages: Sequence[shapes.Page], hidden: Sequence[shapes.Place] = ()) -> str:
    """Return pages as dashboard.json holds them: one widget a line, so that git shows what was moved."""
    written = ",\n".join(
        f'    {{\n      "name": {_line(page.name)},\n      "spots": {_list(page.spots, 8)}\n    }}' for page in pages
    )
    whole = f"[\n{written}\n  ]" if written else "[]"
    more = f',\n  "hidden": {_list(hidden, 4)}' if hidden else ""
    return f'{{\n  "flowengine": 1,\n  "pages": {whole}{more}\n}}\n'


def _list(items: Sequence[shapes.Shape], indent: int) -> str:
    lines = ",\n".join(f"{' ' * indent}{_line(msgspec.to_builtins(item))}" for item in items)
    return f"[\n{lines}\n{' ' * (indent - 2)}]" if lines else "[]"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _check(pages: Sequence[shapes.Page]) -> None:
    names: set[str] = set()
    for i, page in enumerate(pages):
        if page.name in names:
            raise invalid(f"two pages are called '{page.name}'", f"$.pages[{i}].name", "give each its own name")
        names.add(page.name)
        taken: set[tuple[str, str]] = set()
        for k, spot in enumerate(page.spots):
            where = f"$.pages[{i}].spots[{k}]"
            if spot.x + spot.w > COLUMNS:
                raise invalid(f"{spot.node} ends beyond column {COLUMNS}", where, "make it narrower or move it left")
            if (spot.flow, spot.node) in taken:
                raise invalid(f"{spot.flow}/{spot.node} stands on page '{page.name}' twice", where)
            taken.add((spot.flow, spot.node))


async def widgets(engine: Flows) -> list[shapes.Widget]:
    """Return every widget of the running flows, with what it shows; on the engine's loop."""
    await engine.refresh()
    return [
        shapes.Widget(
            flow=found.flow,
            node=found.node,
            widget=found.kind,
            title=found.title,
            options=dict(found.options),
            shown=found.shown(),
        )
        for found in engine.widgets()
    ]


async def operate(engine: Flows, user: str, body: shapes.Operation) -> None:
    """Do what an operator did to a widget, and note in the log who did what; on the engine's loop.

    Raises:
        NotFound: there is no such widget, or it cannot be moved.
        BadData: the value does not fit.
    """
    where = {"flow": body.flow, "node": body.node}
    value = _line(preview(body.value, 200).value)
    try:
        await engine.operate(body.flow, body.node, body.value)
    except FlowEngineError as error:
        LOG.warning("%s was refused %s at %s/%s: %s", user, value, body.flow, body.node, error, extra=where)
        raise
    LOG.info("%s operated %s/%s: %s", user, body.flow, body.node, value, extra=where)


def _revision(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]
