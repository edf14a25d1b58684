"""A draft of the flows in which a device is replaced by one with another register map.

Works on the files as they are written, so that notes, references and layout stay. Nothing is guessed: a node whose
place is in neither map is named, and left as it was.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flowengine.assets.shape import AssetShape, ProductShape
from flowengine.assets.touching import fits
from flowengine.flow.canonical import format_flow
from flowengine.flow.project import Project
from flowengine.options import connection_options, schema_of
from flowengine.registry import Registry

Registers = Mapping[str, Mapping[str, Any]]

_UNIT: Final = "engineering_unit"
_SCALED: Final = ("scale", "offset")
"""What a register's number is multiplied by, and what is added: then it is in the unit."""
_ABOUT_THE_VALUE: Final = (*_SCALED, _UNIT)
"""What says nothing of where a value stands. A node may have its own: it is kept on top of the map's."""


@dataclass
class Draft:
    """What would be written."""

    files: dict[str, str] = field(default_factory=dict)
    """Name of a file in the folder -> its new text; those that stay as they are are not here."""
    changes: list[str] = field(default_factory=list)
    """What was changed, a line each: `oven-control/temperature: address 10 -> 110`."""
    left: list[str] = field(default_factory=list)
    """What a person has to decide, and why."""


def draft(
    project: Project,
    registry: Registry,
    asset: AssetShape,
    old: ProductShape,
    new: ProductShape,
    connection: Mapping[str, Any] | None = None,
) -> Draft:
    """Return the flows with `old` replaced by `new` where `asset` is used.

    `connection` are options of its connection that become others: host, port. One that leads to other devices, too,
    stays, since those would be looked for at the new one's address.
    """
    made = Draft()
    shared = project.shared
    mine: list[str] = []
    others: list[str] = []
    """Nodes over the shared connection: those of the part, and those of other devices."""
    own = {name: copy.deepcopy(file.json.value) for name, file in project.flows.items() if file.flow is not None}
    for name, data in own.items():
        before = copy.deepcopy(data)
        users = list(_users(data, registry, asset))
        own_mine = [f"{name}/{node}" for node, _, is_mine in users if is_mine]
        own_others = [f"{name}/{node}" for node, _, is_mine in users if not is_mine]
        if asset.connection not in data.get("connections", {}):
            mine, others = mine + own_mine, others + own_others
        elif connection and own_mine and _is_its_own(asset, own_others, f"{name}: connection", made):
            _set_options(data["connections"][asset.connection], connection, f"{name}: connection", made)
        for node, options, is_mine in users:
            if is_mine:
                _replace(f"{name}/{node}", options, _type(data, node, registry), old, new, made)
        if data != before:
            made.files[_file(project.flows[name].json.file)] = format_flow(data)
    if (
        connection
        and shared is not None
        and asset.connection in shared.connections
        and mine
        and _is_its_own(asset, others, "connections.json", made)
    ):
        data = copy.deepcopy(shared.json.value)
        _set_options(data["connections"][asset.connection], connection, "connections.json", made)
        made.files[_file(shared.json.file)] = format_flow(data)
    return made


def _file(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _type(data: Mapping[str, Any], node: str, registry: Registry) -> Any:
    return registry.types[data["nodes"][node]["type"]].cls


def _is_its_own(asset: AssetShape, others: list[str], where: str, made: Draft) -> bool:
    """Say whether a connection leads to this part alone; if not, that is left for a person."""
    if others:
        made.left.append(
            f"{where}: '{asset.connection}' leads to other devices, too, as for {others[0]}: "
            "give the new one a connection of its own"
        )
    return not others


def _users(data: dict[str, Any], registry: Registry, asset: AssetShape) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield the nodes over the part's connection with their options, and whether they are the part's."""
    for id, node in data.get("nodes", {}).items():
        kind = registry.types.get(node.get("type", ""))
        options = node.get("options", {})
        if kind is None or not any(options.get(name) == asset.connection for name in connection_options(kind.cls)):
            continue
        yield id, options, fits(kind.cls, options, asset.where)


def _replace(where: str, options: dict[str, Any], cls: Any, old: ProductShape, new: ProductShape, made: Draft) -> None:
    """Give a node the places of the new device: its own, or those of each of its points."""
    schema = schema_of(cls)["properties"]
    inner = [
        (f"{where}.{name}", point, schema[option].get("additionalProperties", {}).get("properties", {}))
        for option, value in options.items()
        if isinstance(value, dict) and option in schema
        for name, point in value.items()
        if isinstance(point, dict)
    ]
    for place, point, known in inner or [(where, options, schema)]:
        found = _register(point, known, old.registers)
        if found is None:
            made.left.append(f"{place}: what it uses is not in the register map of {old.vendor} {old.model}")
        elif found not in new.registers:
            made.left.append(f"{place}: {new.vendor} {new.model} has no register '{found}' in its map")
        else:
            _exchange(place, point, known, old.registers[found], new.registers[found], made)


def _register(point: Mapping[str, Any], known: Mapping[str, Any], registers: Registers) -> str | None:
    """Return the register that stands where a point does; of several the one that says most."""
    found = [
        name
        for name, register in registers.items()
        if all(_value(point, known, key) == value for key, value in register.items() if key not in _ABOUT_THE_VALUE)
    ]
    return max(found, key=lambda name: len(registers[name]), default=None)


def _exchange(
    place: str,
    point: dict[str, Any],
    known: Mapping[str, Any],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    made: Draft,
) -> None:
    was, becomes = (str(register.get(_UNIT, "")) for register in (old, new))
    if was != becomes and _UNIT in (*old, *new):
        made.left.append(f"{place}: the new device has it in '{becomes}', the old one in '{was}': set scale and offset")
        return
    values = {key: new.get(key) for key in (*old, *new) if key not in _ABOUT_THE_VALUE}
    for key, value in (values | _scaled(point, known, old, new)).items():
        before = _value(point, known, key)
        if value is None:
            point.pop(key, None)
        elif before != value or key in point:
            point[key] = value
        after = _value(point, known, key)
        if before != after:
            made.changes.append(f"{place}: {key} {before} -> {after}")


def _scaled(
    point: Mapping[str, Any], known: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, float]:
    """Return scale and offset by which a point gives the same value from the new register as from the old.

    With the maps u = n * s + o in the unit, and the point's own v = n * S + O from the old register's number, v is
    (u - o) / s * S + O.
    """
    (s, o), (s_new, o_new), (mine, added) = (
        (float(options.get("scale", 1.0)), float(options.get("offset", 0.0)))
        for options in (old, new, {key: _value(point, known, key) or (key == "scale") for key in _SCALED})
    )
    scale, offset = s_new * mine / s, (o_new - o) / s * mine + added
    return {"scale": float(f"{scale:.12g}"), "offset": float(f"{offset:.12g}")}


def _value(point: Mapping[str, Any], known: Mapping[str, Any], key: str) -> Any:
    return point.get(key, known.get(key, {}).get("default"))


def _set_options(connection: dict[str, Any], options: Mapping[str, Any], where: str, made: Draft) -> None:
    own = connection.setdefault("options", {})
    for name, value in options.items():
        if own.get(name) != value:
            made.changes.append(f"{where}: {name} {own.get(name)} -> {value}")
            own[name] = value
