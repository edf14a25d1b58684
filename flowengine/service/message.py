"""The message of a commit, made from the differences: one line for a list, then all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flowengine.flow.diff import Change, FlowDiff

SUBJECT = 72
"""Characters of the first line."""
BODY = 8000


def message_of(diffs: Sequence[FlowDiff]) -> str:
    """Return a message that says what changed."""
    if not diffs:
        return "No difference"
    subject = _fit("; ".join(_subject(change) for change in diffs) if len(diffs) <= 2 else _many(diffs))
    body = "\n".join(str(change) for change in diffs)
    if len(body) > BODY:
        body = body[:BODY].rpartition("\n")[0] + "\n..."
    return f"{subject}\n\n{body}\n"


def _many(diffs: Sequence[FlowDiff]) -> str:
    return f"{len(diffs)} flows: {', '.join(change.name for change in diffs)}"


def _subject(change: FlowDiff) -> str:
    if not change.existed:
        return f"Add {change.name}"
    if not change.exists:
        return f"Remove {change.name}"
    renamed = next((one for one in change.properties if one.path == "name"), None)
    if renamed is not None:
        return f"Rename {renamed.old} to {renamed.new}"
    if change.layout_only:
        return f"{change.name}: positions"
    return f"{change.name}: {', '.join(_parts(change))}"


def _parts(change: FlowDiff) -> list[str]:
    parts = [_node(name, changes) for name, changes in change.changed.items()]
    parts += [f"add {_listed(change.added)}"] if change.added else []
    parts += [f"remove {_listed(change.removed)}"] if change.removed else []
    parts += [f"connection {name}" for name in (*change.connections_added, *change.connections_changed)]
    parts += [f"remove connection {name}" for name in change.connections_removed]
    parts += [one.path for one in change.properties]
    if not parts:
        parts.append("wires")
    return parts


def _node(name: str, changes: Sequence[Change]) -> str:
    if len(changes) > 1:
        return f"{name} ({len(changes)} options)"
    (one,) = changes
    what = one.path.removeprefix("options.")
    if not one.was_set or not one.is_set:
        return f"{name} {what} {_shown(one.new) if one.is_set else 'unset'}"
    return f"{name} {what} {_shown(one.old)} -> {_shown(one.new)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 24 else "..."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} nodes"


def _fit(text: str) -> str:
    return text if len(text) <= SUBJECT else text[: SUBJECT - 3].rstrip(" ,;") + "..."
