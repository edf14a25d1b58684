"""The message of a commit, made from the differences: a subject, and a line by flow where the subject cannot say all.

It does not repeat the diff: `flowengine diff`, the history and git show that from the files themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from flowengine.flow.diff import Change, FlowDiff

SUBJECT = 72
"""Characters of the first line."""
LINE = 160
"""Characters of a line of the body."""
MOST = 40
"""Lines of the body."""
VALUE = 24
"""Characters of a value."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*):-([^{}]*)\}")


def message_of(diffs: Sequence[FlowDiff]) -> str:
    """Return a message that says what changed."""
    if not diffs:
        return "No difference"
    lines = [_line(change, LINE) for change in diffs]
    alone = "; ".join(lines)
    if len(diffs) <= 2 and len(alone) <= SUBJECT:
        return f"{alone}\n"
    subject = _line(diffs[0], SUBJECT) if len(diffs) == 1 else _names(diffs)
    if len(lines) > MOST:
        lines = [*lines[: MOST - 1], f"and {len(lines) - MOST + 1} more"]
    return "\n".join([subject, "", *lines, ""])


def _names(diffs: Sequence[FlowDiff]) -> str:
    """Name the flows, as many as fit."""
    return _fitting(f"{len(diffs)} flows: ", [change.name for change in diffs], SUBJECT)


def _line(change: FlowDiff, most: int) -> str:
    """Say in one line what changed in a flow."""
    if not change.existed:
        return f"Add {change.name}"
    if not change.exists:
        return f"Remove {change.name}"
    renamed = next((one for one in change.properties if one.path == "name"), None)
    if renamed is not None:
        return f"Rename {renamed.old} to {renamed.new}"
    if change.layout_only:
        return f"{change.name}: positions"
    return _fitting(f"{change.name}: ", _parts(change), most)


def _fitting(start: str, parts: Sequence[str], most: int) -> str:
    """Write as many parts as a line holds, and how many are left."""
    for count in range(len(parts), 0, -1):
        rest = len(parts) - count
        line = start + ", ".join(parts[:count]) + (f" and {rest} more" if rest else "")
        if len(line) <= most:
            return line
    return (start + parts[0])[: most - 3].rstrip(" ,;") + "..."


def _parts(change: FlowDiff) -> list[str]:
    parts = [_node(name, changes) for name, changes in change.changed.items()]
    parts += [f"add {_listed(change.added)}"] if change.added else []
    parts += [f"remove {_listed(change.removed)}"] if change.removed else []
    parts += [f"add connection {name}" for name in change.connections_added]
    parts += [f"connection {_node(name, changes)}" for name, changes in change.connections_changed.items()]
    parts += [f"remove connection {name}" for name in change.connections_removed]
    parts += [one.path for one in change.properties]
    if (not change.added and not change.removed) or not parts:  # new and removed nodes bring and take their wires
        parts += _wires(change)
    return parts or ["no difference"]


def _wires(change: FlowDiff) -> list[str]:
    if change.wires_reordered:
        return ["order of wires"]
    new, gone = len(change.wires_added), len(change.wires_removed)
    said = [
        f"{count} {'wire' if count == 1 else 'wires'} {what}" for count, what in ((new, "added"), (gone, "removed"))
    ]
    return [text for text, count in zip(said, (new, gone), strict=True) if count]


def _node(name: str, changes: Sequence[Change]) -> str:
    if len(changes) > 2:
        return f"{name} ({len(changes)} options)"
    return f"{name} {', '.join(_change(one) for one in changes)}"


def _change(one: Change) -> str:
    what = one.path.removeprefix("options.")
    if not one.is_set:
        return f"{what} unset"
    if not one.was_set:
        return f"{what} {_shown(one.new)}"
    old, new = _defaults(one.old, one.new)
    before, after = _shown(old), _shown(new)
    return f"{what} changed" if before == after else f"{what} {before} -> {after}"


def _defaults(old: Any, new: Any) -> tuple[Any, Any]:
    """Of the same variable with another default only the defaults are worth telling."""
    if isinstance(old, str) and isinstance(new, str):
        before, after = _VARIABLE.fullmatch(old), _VARIABLE.fullmatch(new)
        if before and after and before[1] == after[1]:
            return _Plain(before[2]), _Plain(after[2])
    return old, new


class _Plain(str):
    """A text that is shown without quotes."""

    __slots__ = ()


def _shown(value: Any) -> str:
    text = value if isinstance(value, _Plain) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= VALUE else text[: VALUE - 3] + "..."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} nodes"
