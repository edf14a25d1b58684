"""A flows.json as a list of entries that can be relied on: each an object with an id and a type, none twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from flowengine.nodered.report import Report

LARGEST: Final = 64 * 1024 * 1024
MOST: Final = 200_000
DEEPEST: Final = 80

Entry = dict[str, Any]

_KINDS: Final[dict[type, str]] = {dict: "an object", str: "a text", bool: "true or false", type(None): "null"}


class NotNodeRed(ValueError):
    """The text is no flows.json."""


def parse(text: bytes | str) -> list[Any]:
    """Return the entries that a flows.json holds: an array, or an object with `flows` (version 2 of its API).

    Raises:
        NotNodeRed: it is something else.
    """
    if len(text) > LARGEST:
        raise NotNodeRed(f"the file is larger than {LARGEST >> 20} MiB")
    try:
        value = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise NotNodeRed("not JSON: nested too deep") from None
    except UnicodeDecodeError:
        raise NotNodeRed("it is no text in UTF-8: save it as such") from None
    except json.JSONDecodeError as error:
        raise NotNodeRed(_unreadable(error)) from None
    except ValueError as error:
        raise NotNodeRed(f"not JSON: {error}") from None
    return as_list(value)


def _unreadable(error: json.JSONDecodeError) -> str:
    if not error.doc.strip():
        return "it is empty: in Node-RED, choose Export, all flows, Download"
    if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated"):
        return f"it ends in the middle, at line {error.lineno}: in Node-RED, choose Export, all flows, Download again"
    return f"not JSON: {error}"


def as_list(value: Any) -> list[Any]:
    """Return the entries of a JSON value.

    Raises:
        NotNodeRed: it is no flows.json.
    """
    if isinstance(value, dict) and isinstance(value.get("flows"), list):
        value = value["flows"]
    if isinstance(value, dict) and set(value) == {"$"}:
        raise NotNodeRed("these are the credentials: give the flows.json, beside which they are found")
    if not isinstance(value, list):
        kind = _KINDS.get(type(value), "a number")
        raise NotNodeRed(f"a flows.json is an array of nodes; this is {kind}")
    if len(value) > MOST:
        raise NotNodeRed(f"more than {MOST} entries")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


@dataclass
class Container:
    """A tab or a subflow, and what stands in it."""

    entry: Entry
    nodes: list[Entry] = field(default_factory=list)
    groups: list[Entry] = field(default_factory=list)
    comments: list[Entry] = field(default_factory=list)


@dataclass
class Entries:
    """All entries, by what they are."""

    tabs: dict[str, Container] = field(default_factory=dict)
    subflows: dict[str, Container] = field(default_factory=dict)
    configurations: dict[str, Entry] = field(default_factory=dict)
    globals: list[Entry] = field(default_factory=list)
    """Entries of type global-config."""
    by_id: dict[str, Entry] = field(default_factory=dict)


CONFIGURATIONS: Final = frozenset({"mqtt-broker", "tls-config", "http proxy", "websocket-listener", "websocket-client"})


def sorted_out(values: list[Any], report: Report) -> Entries:
    """Return the entries by what they are; what is none is reported."""
    found = Entries()
    for position, value in enumerate(values):
        if not isinstance(value, dict) or not isinstance(value.get("type"), str):
            report.add("error", f"entry {position} is no object with a type")
        elif not isinstance(value.get("id"), str | int) or isinstance(value["id"], bool) or value["id"] == "":
            report.add("error", f"entry {position} has no id", {**value, "id": ""})
        elif str(value["id"]) in found.by_id:
            report.add("error", "a second entry with this id", value)
        elif too_deep(value):
            report.add("error", f"nested deeper than {DEEPEST} levels", {"id": value["id"], "type": value["type"]})
        else:
            found.by_id[str(value["id"])] = value
    for id, entry in found.by_id.items():
        if entry["type"] == "tab":
            found.tabs[id] = Container(entry)
        elif entry["type"] == "subflow":
            found.subflows[id] = Container(entry)
    for id, entry in found.by_id.items():
        _place(id, entry, found, report)
    return found


def _place(id: str, entry: Entry, found: Entries, report: Report) -> None:
    kind = entry["type"]
    if kind in ("tab", "subflow"):
        return
    if kind == "global-config":
        found.globals.append(entry)
        return
    if is_configuration(entry):
        found.configurations[id] = entry
        return
    z = str(entry.get("z", "") or "")
    container = found.subflows.get(z) or found.tabs.get(z)
    if container is None:
        container = found.tabs[z] = Container({"id": z, "type": "tab", "label": z or "flow"})
    if kind == "group":
        container.groups.append(entry)
    elif kind == "comment":
        container.comments.append(entry)
    else:
        container.nodes.append(entry)


def is_configuration(entry: Entry) -> bool:
    """Say whether an entry is a configuration node: it has no place on a tab and no wires."""
    if entry["type"] in CONFIGURATIONS:
        return True
    from flowengine.nodered.palette import STANDS
    from flowengine.nodered.table import NODES

    if entry["type"] in NODES or entry["type"] in STANDS or entry["type"] in ("comment", "group", "unknown"):
        return False
    return not any(key in entry for key in ("x", "y", "wires")) and not entry["type"].startswith("subflow:")


def too_deep(value: Any) -> bool:
    """Say whether a value has more levels than anything sensible."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _within(each)]
        if not level:
            return False
    return True


def _within(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]
