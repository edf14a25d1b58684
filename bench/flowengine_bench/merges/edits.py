"""Random flows and random edits of them, each of which says what it touches.

Two edits are disjoint if neither writes what the other writes or relies on; then doing one after the other is what
their merge must come to.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Flow = dict[str, Any]
Place = tuple[str, ...]
"""`("node", "scale", "options", "gain")`; a shorter one stands for all below it."""

TYPES = ["modbus/read", "values/range", "values/filter", "control/pid", "mqtt/publish", "routing/switch", "debug/log"]
WORDS = ["oven", "press", "pump", "valve", "line", "tank", "motor", "belt", "drum", "door"]


@dataclass
class Edit:
    """One edit: what was done, and what it touches."""

    said: str
    apply: Callable[[Flow], None]
    writes: set[Place] = field(default_factory=set)
    reads: set[Place] = field(default_factory=set)


def random_flow(chance: random.Random) -> Flow:
    """Return a flow such as people draw: a few chains, some connections, notes and places."""
    names = [f"{chance.choice(WORDS)}-{number}" for number in range(chance.randint(3, 20))]
    nodes = {name: _node(chance) for name in names}
    wires: list[dict[str, Any]] = []
    for position, name in enumerate(names[1:], 1):
        if chance.random() < 0.8:
            _add_wire(wires, {"from": chance.choice(names[max(0, position - 3) : position]), "to": name})
    data: Flow = {"flowengine": 1, "name": "random"}
    if chance.random() < 0.5:
        data["note"] = "What this is for"
    if chance.random() < 0.5:
        data["environment"] = {"HOST": "10.0.0.1", "PORT": "502"}
    if chance.random() < 0.7:
        data["connections"] = {name: {"type": "modbus/device", "options": {"port": 502}} for name in ("oven", "press")}
    layout = {name: [chance.randrange(40) * 20, chance.randrange(40) * 20] for name in names}
    return {**data, "nodes": nodes, "wires": wires, "layout": layout}


def random_edits(flow: Flow, side: str, chance: random.Random) -> tuple[Flow, list[Edit]]:
    """Return a flow after some random edits, and those edits."""
    data, edits = copy.deepcopy(flow), []
    for number in range(chance.choice((1, 1, 1, 2, 3))):
        edit = chance.choice(_KINDS)(data, f"{side}{number}", chance)
        if edit is not None:
            edit.apply(data)
            edits.append(edit)
    return data, edits


def disjoint(ours: list[Edit], theirs: list[Edit]) -> bool:
    """Say whether no edit of one side touches what one of the other touches."""

    def writes(edits: list[Edit]) -> set[Place]:
        return {place for edit in edits for place in edit.writes}

    def all_of(edits: list[Edit]) -> set[Place]:
        return writes(edits) | {place for edit in edits for place in edit.reads}

    pairs = [(writes(ours), all_of(theirs)), (writes(theirs), all_of(ours))]
    return not any(_overlap(a, b) for one, other in pairs for a in one for b in other)


def _overlap(a: Place, b: Place) -> bool:
    return a[: len(b)] == b or b[: len(a)] == a


def _node(chance: random.Random) -> dict[str, Any]:
    options: dict[str, Any] = {"gain": chance.randrange(10), "unit": chance.choice(["degC", "bar", "rpm"])}
    if chance.random() < 0.4:
        options["limits"] = {"low": chance.randrange(10), "high": chance.randrange(10, 99)}
    if chance.random() < 0.2:
        options["code"] = "if msg.payload > 3:\n    return msg\nreturn None"
    if chance.random() < 0.3:
        names = chance.sample("abcdefgh", chance.randint(2, 5))
        options["rules"] = [{"port": name, "above": chance.randrange(99), "unit": "degC"} for name in names]
    return {"type": chance.choice(TYPES), "options": options}


def _add_wire(wires: list[dict[str, Any]], wire: dict[str, Any]) -> None:
    if all((wire["from"], wire["to"]) != (other["from"], other["to"]) for other in wires):
        wires.append(dict(wire))


def _some_node(data: Flow, chance: random.Random) -> str | None:
    return chance.choice(list(data["nodes"])) if data["nodes"] else None


def _set_option(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    name = _some_node(data, chance)
    if name is None:
        return None
    options = data["nodes"][name].get("options", {})
    path = ["options", chance.choice([*options, "extra", "offset"])]
    if isinstance(options.get(path[1]), dict):
        path.append(chance.choice([*options[path[1]], "step"]))
    value = chance.choice([chance.randrange(1000), f"{tag} says", True, [1, chance.randrange(9)], None])

    def apply(flow: Flow) -> None:
        at = flow["nodes"][name]
        for key in path[:-1]:
            at = at.setdefault(key, {})
        at[path[-1]] = copy.deepcopy(value)

    return Edit(f"set {name} {path}", apply, {("node", name, *path)}, {("alive", name)})


def _edit_rules(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    """Change, remove or add one entry of a list of objects."""
    lists = {name: node.get("options", {}).get("rules") for name, node in data["nodes"].items()}
    names = [name for name, rules in lists.items() if isinstance(rules, list) and rules and isinstance(rules[0], dict)]
    if not names:
        return None
    name = chance.choice(names)
    place: Place = ("node", name, "options", "rules")
    reads: set[Place] = {("alive", name)}
    port = chance.choice(lists[name])["port"]

    def rules(flow: Flow) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = flow["nodes"][name]["options"]["rules"]
        return found

    what = chance.choice(["change", "change", "remove", "add"])
    if what == "add":
        return Edit(f"add a rule at {name}", lambda f: rules(f).append({"port": tag}), {(*place, "end")}, reads)
    if what == "remove":

        def remove(flow: Flow) -> None:
            rules(flow)[:] = [rule for rule in rules(flow) if rule["port"] != port]

        return Edit(f"remove rule {port} at {name}", remove, {(*place, port)}, reads)
    value = chance.randrange(100, 999)

    def change(flow: Flow) -> None:
        for rule in rules(flow):
            if rule["port"] == port:
                rule["above"] = value

    return Edit(f"change rule {port} at {name}", change, {(*place, port, "above")}, reads)


def _unset_option(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    name = _some_node(data, chance)
    if name is None or not data["nodes"][name].get("options"):
        return None
    key = chance.choice(list(data["nodes"][name]["options"]))
    place = ("node", name, "options", key)
    return Edit(f"unset {name} {key}", lambda f: f["nodes"][name]["options"].pop(key), {place}, {("alive", name)})


def _set_field(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    name = _some_node(data, chance)
    if name is None:
        return None
    key, value = chance.choice([("note", f"{tag} wonders"), ("disabled", True)])
    place = ("node", name, key)
    return Edit(f"{key} of {name}", lambda f: f["nodes"][name].update({key: value}), {place}, {("alive", name)})


def _set_type(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    name = _some_node(data, chance)
    if name is None:
        return None
    new = chance.choice(TYPES)
    writes: set[Place] = {("node", name, "type"), ("node", name, "options")}
    return Edit(f"type of {name}", lambda f: f["nodes"][name].update({"type": new}), writes, {("alive", name)})


def _add_node(data: Flow, tag: str, chance: random.Random) -> Edit:
    name, node, after = f"{tag}-new", _node(chance), _some_node(data, chance)
    place = [chance.randrange(40) * 20, chance.randrange(40) * 20]

    def apply(flow: Flow) -> None:
        flow["nodes"][name] = copy.deepcopy(node)
        flow["layout"][name] = list(place)
        if after is not None:
            flow["wires"].append({"from": after, "to": name})

    return Edit(f"add {name} after {after}", apply, {("node", name)}, {("alive", after)} if after else set())


def _remove_node(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    name = _some_node(data, chance)
    if name is None:
        return None

    def apply(flow: Flow) -> None:
        flow["nodes"].pop(name, None)
        flow["layout"].pop(name, None)
        flow["wires"][:] = [wire for wire in flow["wires"] if name not in (_of(wire["from"]), _of(wire["to"]))]

    writes: set[Place] = {("alive", name), ("node", name)}
    touching = [wire for wire in data["wires"] if name in (_of(wire["from"]), _of(wire["to"]))]
    return Edit(f"remove {name}", apply, writes | {("wire", wire["from"], wire["to"]) for wire in touching})


def _connect(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    if len(data["nodes"]) < 2:
        return None
    a, b = chance.sample(list(data["nodes"]), 2)
    start = a + chance.choice(["", "", ".high"])
    wire = {"from": start, "to": b}
    reads: set[Place] = {("alive", a), ("alive", b)}
    return Edit(f"wire {start} -> {b}", lambda f: _add_wire(f["wires"], wire), {("wire", start, b)}, reads)


def _disconnect(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    if not data["wires"]:
        return None
    wire = chance.choice(data["wires"])
    ends = (wire["from"], wire["to"])

    def apply(flow: Flow) -> None:
        flow["wires"][:] = [other for other in flow["wires"] if (other["from"], other["to"]) != ends]

    return Edit(f"cut {ends}", apply, {("wire", *ends)})


def _set_wire(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    if not data["wires"]:
        return None
    wire = chance.choice(data["wires"])
    ends = (wire["from"], wire["to"])
    key, value = chance.choice([("queue", {"size": chance.randrange(1, 99)}), ("disabled", True)])

    def apply(flow: Flow) -> None:
        for other in flow["wires"]:
            if (other["from"], other["to"]) == ends:
                other[key] = copy.deepcopy(value)

    return Edit(f"{key} of {ends}", apply, {("wire", *ends, key)})


def _move(data: Flow, tag: str, chance: random.Random) -> Edit | None:
    name = _some_node(data, chance)
    if name is None:
        return None
    place = [chance.randrange(40) * 20, chance.randrange(40) * 20]
    return Edit(f"move {name}", lambda f: f["layout"].update({name: list(place)}), set(), {("alive", name)})


def _set_flow(data: Flow, tag: str, chance: random.Random) -> Edit:
    if chance.random() < 0.4:
        return Edit("note", lambda f: f.update(note=f"{tag} explains"), {("note",)})
    name = chance.choice(["HOST", "PORT", "LINE"])
    if chance.random() < 0.5:
        return Edit(f"env {name}", lambda f: f.setdefault("environment", {}).update({name: tag}), {("env", name)})
    key = chance.choice(["oven", "press", tag])
    option = chance.choice(["host", "port", "unit"])

    def apply(flow: Flow) -> None:
        connection = flow.setdefault("connections", {}).setdefault(key, {"type": "modbus/device", "options": {}})
        connection["options"][option] = tag

    return Edit(f"connection {key} {option}", apply, {("connection", key, option)})


def _of(end: str) -> str:
    return end.partition(".")[0]


_KINDS = [
    *[_set_option] * 5, *[_edit_rules] * 2, _unset_option, _set_field, _set_type, *[_add_node] * 3, _remove_node,
    *[_connect] * 3, _disconnect, _set_wire, *[_move] * 2, _set_flow,
]  # fmt: skip
