"""How good learned models were found to be, as the running flows write it down, and what they have learned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flowengine.assets.models import Use
from flowengine.runtime.keepsakes import keepsakes_file
from flowengine.service.places import checkpoints_folder
from flowengine.store.kept import peek
from flowengine.store.packing import unpack_value

Figures = dict[str, Any]
"""count, mae, rmse, bias; answers, coverage, difference. None: nothing is known."""


def measured(folder: Path, used: Iterable[Use]) -> dict[tuple[str, str, str], Figures]:
    """Return what was measured, by flow, node and role: at most two seconds old where the flow runs.

    Raises:
        OSError: what is kept cannot be read.
    """
    places = checkpoints_folder(folder)
    kept = {flow: peek(keepsakes_file(places, flow)) for flow in dict.fromkeys(use.flow for use in used)}
    found = {}
    for use in used:
        stored = kept[use.flow].get(use.node)
        value = unpack_value(stored.data) if stored is not None else None
        for figures in value.get("models", []) if isinstance(value, dict) else []:
            if figures.get("role") == use.role and figures.get("sha256", "").lower() == use.sha256.lower():
                found[use.flow, use.node, use.role] = figures
    return found


def learned(folder: Path, flow: str, node: str) -> dict[str, Any]:
    """Return the models that a node has learned, as data, by the SHA-256 of the file that each began from.

    Raises:
        OSError: what is kept cannot be read.
        LookupError: nothing is kept of that node, or it learns no model.
    """
    stored = peek(checkpoints_folder(folder) / f"{flow}.sqlite").get(f"node:{node}")
    state = unpack_value(stored.data) if stored is not None else None
    found = state.get("learned") if isinstance(state, dict) else None
    if not isinstance(found, dict) or not found:
        raise LookupError(f"{flow}/{node} has learned no model that is kept: it must have run, and be one that learns")
    return found
