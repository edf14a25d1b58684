"""Where entries stand: their places, groups and comments as the layout of a flow file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flowengine.nodered.entries import Container
from flowengine.nodered.names import Names

STRETCH: Final = (1.4, 1.5)
"""How much wider and higher a drawing becomes: nodes here are larger than Node-RED's, and would touch."""


def place_of(x: float, y: float) -> list[int]:
    """Return the place here of one in Node-RED."""
    return [round(x * STRETCH[0]), round(y * STRETCH[1])]


def back(place: Any) -> tuple[int, int]:
    """Return the place in Node-RED of one here; where none is said, one near the corner."""
    if not isinstance(place, list) or len(place) != 2:
        return 100, 100
    return round(place[0] / STRETCH[0]), round(place[1] / STRETCH[1])


def layout_of(container: Container, own: Mapping[str, str]) -> dict[str, Any]:
    """Return the layout of a container; `own` has the name of each entry here."""
    layout: dict[str, Any] = {}
    for entry in container.nodes:
        if _is_place(entry.get("x")) and _is_place(entry.get("y")):
            layout[own[str(entry["id"])]] = place_of(entry["x"], entry["y"])
    names = Names()
    for group in container.groups:
        members = [own[str(id)] for id in _list(group.get("nodes")) if str(id) in own]
        if members:
            layout[f"$group:{names.give(group.get('name'), 'group')}"] = {"nodes": members}
    names = Names()
    for comment in container.comments:
        text = "\n".join(str(comment[key]) for key in ("name", "info") if comment.get(key))
        at = place_of(*(comment[key] if _is_place(comment.get(key)) else 0 for key in ("x", "y")))
        layout[f"$note:{names.give(comment.get('name'), 'note')}"] = {"at": at, "size": [240, 80], "text": text[:2000]}
    return layout


def _is_place(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**9


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
