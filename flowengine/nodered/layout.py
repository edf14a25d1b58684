"""Where entries stand: their places, groups and comments as the layout of a flow file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine.nodered.entries import Container
from flowengine.nodered.names import Names


def layout_of(container: Container, own: Mapping[str, str]) -> dict[str, Any]:
    """Return the layout of a container; `own` has the name of each entry here."""
    layout: dict[str, Any] = {}
    for entry in container.nodes:
        if _is_place(entry.get("x")) and _is_place(entry.get("y")):
            layout[own[str(entry["id"])]] = [round(entry["x"]), round(entry["y"])]
    names = Names()
    for group in container.groups:
        members = [own[str(id)] for id in _list(group.get("nodes")) if str(id) in own]
        if members:
            layout[f"$group:{names.give(group.get('name'), 'group')}"] = {"nodes": members}
    names = Names()
    for comment in container.comments:
        text = "\n".join(str(comment[key]) for key in ("name", "info") if comment.get(key))
        at = [round(comment[key]) if _is_place(comment.get(key)) else 0 for key in ("x", "y")]
        layout[f"$note:{names.give(comment.get('name'), 'note')}"] = {"at": at, "size": [240, 80], "text": text[:2000]}
    return layout


def _is_place(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**9


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
