"""The pages of a dashboard of Node-RED as dashboard.json: a page for each tab, its groups side by side, in order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flowengine.nodered.entries import Entry
from flowengine.nodered.palette.stand import number, text

COLUMNS: Final = 12
_LEAST_HEIGHT: Final = {"dashboard/chart": 6, "dashboard/table": 4, "dashboard/value": 2}
_LEAST: Final = 3
"""Rows and columns that a widget needs."""

Spot = dict[str, Any]


@dataclass(frozen=True)
class Widget:
    """A widget that an import has made."""

    entry: Entry
    flow: str
    node: str
    type: str


def page_of(entry: Entry, configurations: Mapping[str, Entry]) -> str:
    """Return the name of the page that a widget stands on; empty: it is not known."""
    group = configurations.get(str(entry.get("group"))) or {}
    tab = configurations.get(str(group.get("tab") or group.get("page"))) or {}
    return text(tab, "name").strip()


def pages(widgets: Iterable[Widget], configurations: Mapping[str, Entry]) -> dict[str, list[Spot]]:
    """Return where the widgets stand: page -> spots."""
    found: dict[str, dict[str, list[Widget]]] = {}
    for widget in widgets:
        name = page_of(widget.entry, configurations)
        if name:
            found.setdefault(name, {}).setdefault(str(widget.entry["group"]), []).append(widget)

    def by_page(item: tuple[str, Any]) -> float:
        group = configurations[next(iter(item[1]))]
        return _order(configurations.get(str(group.get("tab") or group.get("page"))) or {})

    return {
        name: _page(
            [(configurations[id], groups[id]) for id in sorted(groups, key=lambda id: _order(configurations[id]))]
        )
        for name, groups in sorted(found.items(), key=by_page)
    }


def _order(entry: Entry) -> float:
    return number(entry, "order", 0)


def _page(groups: list[tuple[Entry, list[Widget]]]) -> list[Spot]:
    spots: list[Spot] = []
    left, top, bottom = 0, 0, 0
    for group, widgets in groups:
        wide = max(1.0, number(group, "width", 6))
        columns = round(wide) if group["type"] == "ui-group" else -(-round(wide) * 2 // 3)
        columns = min(COLUMNS, max(_LEAST, columns))
        if left + columns > COLUMNS:
            left, top = 0, bottom
        down = _group(sorted(widgets, key=lambda each: _order(each.entry)), wide, columns, left, top, spots)
        left, bottom = left + columns, max(bottom, down)
    return spots


def _group(widgets: list[Widget], wide: float, columns: int, left: int, top: int, spots: list[Spot]) -> int:
    """Place widgets in rows; returns the row below the last."""
    x, y, below = 0, top, top
    for widget in widgets:
        given = number(widget.entry, "width", 0)
        w = columns if given <= 0 else min(columns, max(_LEAST, round(given / wide * columns)))
        h = min(100, max(_LEAST_HEIGHT.get(widget.type, _LEAST), int(number(widget.entry, "height", 0))))
        if x + w > columns:
            x, y = 0, below
        spots.append({"flow": widget.flow, "node": widget.node, "x": left + x, "y": min(y, 10_000), "w": w, "h": h})
        x, below = x + w, max(below, y + h)
    return below


def as_file(found: Mapping[str, list[Spot]]) -> str:
    """Return pages as dashboard.json holds them: one widget a line."""
    written = ",\n".join(
        f'    {{\n      "name": {json.dumps(name, ensure_ascii=False)},\n      "spots": [\n'
        + ",\n".join(f"        {json.dumps(spot, ensure_ascii=False)}" for spot in spots)
        + "\n      ]\n    }"
        for name, spots in found.items()
    )
    return f'{{\n  "flowengine": 1,\n  "pages": [\n{written}\n  ]\n}}\n'
