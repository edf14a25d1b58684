"""`ownership.json`: what belongs to IT and what to OT, and whether a change that reaches a machine needs a yes of both.

Without the file, or where it says nothing, connections to OT devices, the nodes that use them and
the nodes of `control/` belong to OT; all else belongs to IT. An output of the envelope that is named there counts for
every node that writes it. A change of the file itself needs both yeses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from flowengine.flow.beside import converted
from flowengine.flow.plan import Plan
from flowengine.flow.problem import Problem, Report, listed, near
from flowengine.flow.shape import Note, SchemaUrl, Version
from flowengine.flow.strict_json import Json, parse_json, read_json
from flowengine.options import DIALECT, connection_names, type_schema

FILE: Final = "ownership.json"
"""The name of the file, beside the flows."""

Owner = Literal["it", "ot"]

OT_TYPES: Final = ("control/*",)
"""Types of nodes that belong to OT though they touch no device: they decide what a machine is told."""


Minutes: Final = Meta(extra_json_schema={"x-unit": "min"})


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class OwnershipShape(_Strict, frozen=True, kw_only=True):
    """Who owns what; in patterns `*` stands for anything. What is named more closely counts more."""

    schema: SchemaUrl = msgspec.field(name="$schema", default="")
    flowengine: Version
    note: Note = ""
    two_keys: Annotated[
        bool | UnsetType,
        Meta(description="Whether a change that reaches a machine needs both yeses; left out: if there is an envelope"),
    ] = UNSET
    break_glass: Annotated[float, Meta(ge=1, le=1440, description="How long a change made alone lasts"), Minutes] = 30.0
    types: Annotated[dict[str, Owner], Meta(description="Types of nodes and connections: acme/*")] = {}
    connections: Annotated[dict[str, Owner], Meta(description="Connections by their name, shared or of a flow")] = {}
    nodes: Annotated[dict[str, Owner], Meta(description="Nodes: flow/node")] = {}
    outputs: Annotated[dict[str, Owner], Meta(description="Outputs of the envelope: whatever writes them")] = {}


OutputsOf = Callable[[Plan, str], "Collection[str] | None"]
"""Names the outputs of the envelope that a node of a plan writes, "" one that is not listed; None: it is not known."""


@dataclass(frozen=True)
class Ownership:
    """The rule in force."""

    shape: OwnershipShape = field(default_factory=lambda: OwnershipShape(flowengine=1))
    outputs_of: OutputsOf = lambda plan, id: None
    """Known where the envelope is (`flowengine/safety/owned.py`); without it no node is given to IT by an output."""

    def in_force(self, envelope: bool) -> bool:
        """Say whether two keys are in force, where there is an envelope or is none."""
        return envelope if self.shape.two_keys is UNSET else bool(self.shape.two_keys)

    def connection(self, plan: Plan, name: str) -> Owner:
        """Return who owns a connection of a plan."""
        planned = plan.connections[name]
        said = _match(self.shape.connections, name) or _match(self.shape.types, planned.cls.type)
        return said or ("ot" if planned.cls.ot else "it")

    def node(self, plan: Plan, id: str) -> Owner:
        """Return who owns a node of a plan.

        As an output that it writes is named; else as it is named itself, as its type is, as its connections are.
        """
        node = plan.nodes[id]
        said = self._by_output(plan, id)
        said = said or _match(self.shape.nodes, f"{plan.name}/{id}") or _match(self.shape.types, node.cls.type)
        if said:
            return said
        if any(self.connection(plan, one) == "ot" for one in connection_names(node.cls, node.options)):
            return "ot"
        return "ot" if any(fnmatchcase(node.cls.type, pattern) for pattern in OT_TYPES) else "it"

    def _by_output(self, plan: Plan, id: str) -> Owner | None:
        """Return what is said of the outputs that a node writes: OT's if one of them is, IT's if all are."""
        if not self.shape.outputs or plan.nodes[id].cls.kind != "actuator":
            return None
        names = self.outputs_of(plan, id)
        if names is None:  # it may be any of them
            return "ot" if "ot" in self.shape.outputs.values() else None
        said = {_match(self.shape.outputs, name) if name else None for name in names}
        if "ot" in said:
            return "ot"
        return "it" if said == {"it"} else None


@dataclass(frozen=True)
class OwnershipFile:
    """The file, and what is wrong with it. One with errors counts as one that says only that two keys are needed."""

    json: Json
    ownership: Ownership
    problems: list[Problem] = field(default_factory=list)


STRICT: Final = Ownership(OwnershipShape(flowengine=1, two_keys=True))
"""What counts where the file cannot be read: nothing is given away by a mistake in it."""


def ownership_file(path: Path) -> Path:
    """Return where the rule of a folder of flows (or of a file's folder) is kept."""
    return (path if path.is_dir() else path.parent) / FILE


def read_ownership(path: Path) -> OwnershipFile:
    """Read the file; never raises, see `OwnershipFile.problems`. Without a file the defaults count."""
    return _ownership(read_json(path)) if path.exists() else OwnershipFile(Json(str(path)), Ownership())


def parse_ownership(text: str | bytes | None, file: str = FILE) -> OwnershipFile:
    """Read it from text; None: there is no file."""
    return OwnershipFile(Json(file), Ownership()) if text is None else _ownership(parse_json(text, file))


def check_ownership(found: OwnershipFile, plans: Mapping[str, Plan]) -> list[Problem]:
    """Return what names nothing: a slip of the pen would leave something with the wrong owner."""
    shape, report = found.ownership.shape, found.json.report()
    types = {node.cls.type for plan in plans.values() for node in plan.nodes.values()}
    types |= {one.cls.type for plan in plans.values() for one in plan.connections.values()}
    known = {
        "types": types,
        "connections": {name for plan in plans.values() for name in plan.connections},
        "nodes": {f"{plan.name}/{id}" for plan in plans.values() for id in plan.nodes},
    }
    for key, names in known.items():
        _check_named(key, getattr(shape, key), names, report)
    return report.problems()


def check_outputs(found: OwnershipFile, outputs: Collection[str] | None) -> list[Problem]:
    """Return what names no output of the envelope; `outputs` are its outputs, None: there is no envelope."""
    report = found.json.report()
    for pattern in found.ownership.shape.outputs:
        keys = ("outputs", pattern)
        if outputs is None:
            message = f"'{pattern[:100]}' is to be an output of the envelope, and there is no envelope.json"
            report.error("no-envelope", keys, message, hint="write the envelope, or take it out here")
        elif not any(fnmatchcase(name, pattern) for name in outputs):
            hint = near(pattern, outputs) or f"there are: {listed(sorted(outputs), 5) or 'none'}"
            report.error("not-in-envelope", keys, f"the envelope has no output '{pattern[:100]}'", hint=hint)
    return report.problems()


def _check_named(key: str, said: Mapping[str, Owner], names: set[str], report: Report) -> None:
    for pattern in said:
        if not any(fnmatchcase(name, pattern) for name in names):
            hint = near(pattern, names) or f"there are: {listed(sorted(names), 5) or 'none'}"
            report.warning("names-nothing", (key, pattern), f"'{pattern[:100]}' names nothing here", hint=hint)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `ownership.json`."""
    return {"$schema": DIALECT, **type_schema(OwnershipShape), "title": "Ownership"}


def _ownership(json: Json) -> OwnershipFile:
    shape, problems = converted(json, OwnershipShape, schema())
    return OwnershipFile(json, STRICT if shape is None else Ownership(shape), problems)


def _match(said: Mapping[str, Owner], name: str) -> Owner | None:
    """Return what is said of a name: the name itself counts before patterns, of these the longest."""
    if name in said:
        return said[name]
    fitting = [pattern for pattern in said if fnmatchcase(name, pattern)]
    return said[max(fitting, key=len)] if fitting else None
