"""The JSON Schema of a flow file, with the options of every installed node: what VS Code completes and checks by.

The form is that of `file.FlowShape`; here the options of each node type and the names of all types are added. An
option that is no text may also be given as a reference (`"port": "${PORT:-502}"`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from flowengine.flow.project import SUBFLOW, Project
from flowengine.flow.references import takes_string
from flowengine.flow.shape import ConnectionsShape, FlowShape, shape_schema
from flowengine.options import DIALECT, schema_of
from flowengine.registry import NodeType, Registry


def flow_schema(registry: Registry, project: Project | None = None) -> dict[str, Any]:
    """Return the schema of `x.json`; with a project, its subflows complete as well."""
    schema = copy.deepcopy(shape_schema(FlowShape))
    properties = schema["properties"]
    nodes = [kind for _, kind in sorted(registry.types.items()) if kind.cls.kind != "connection"]
    branches = [(kind.name, kind.title, kind.help, _options(kind)) for kind in nodes]
    for name in project.subflow_names() if project is not None else ():
        assert project is not None
        flow = project.flow(name)
        assert flow is not None
        assert flow.subflow is not None
        parameters = {
            "type": "object",
            "properties": {key: _or_reference(inner) for key, inner in flow.subflow.parameters.items()},
            "additionalProperties": False,
        }
        branches.append((SUBFLOW + name, f"Subflow {name}", flow.note, parameters))
    _add_types(properties["nodes"]["additionalProperties"], branches, "node")
    _add_connections(properties["connections"]["additionalProperties"], registry)
    return _dressed(schema, "Flow", "A flow of flowengine: nodes, wires between them, connections they share.")


def connections_schema(registry: Registry) -> dict[str, Any]:
    """Return the schema of `connections.json`."""
    schema = copy.deepcopy(shape_schema(ConnectionsShape))
    _add_connections(schema["properties"]["connections"]["additionalProperties"], registry)
    return _dressed(schema, "Shared connections", "Connections that all flows of this folder share.")


def _dressed(schema: dict[str, Any], title: str, description: str) -> dict[str, Any]:
    schema = copy.deepcopy(schema)  # the schemas of options are kept for everybody
    _name_parts(schema)
    schema |= {"title": title, "description": description}
    reference = {
        "title": "Reference",
        "description": "The value of a variable, a secret or a parameter: ${NAME:-default}, ${secret:name}",
        "type": "string",
        "pattern": r"^\$\{[^{}]+\}$",
    }
    text = {**reference, "title": "Text with references", "pattern": r"\$\{[^{}]+\}"}
    return {"$schema": DIALECT, **schema, "$defs": {"reference": reference, "text": text}}


def _add_connections(shape: dict[str, Any], registry: Registry) -> None:
    kinds = [kind for _, kind in sorted(registry.types.items()) if kind.cls.kind == "connection"]
    _add_types(shape, [(kind.name, kind.title, kind.help, _options(kind)) for kind in kinds], "connection")


def _add_types(shape: dict[str, Any], branches: Iterable[tuple[str, str, str, dict[str, Any]]], what: str) -> None:
    """Name the types, and add one condition for each: an editor then shows the faults of that type alone."""
    branches = list(branches)
    names: dict[
        str, Any
    ] = {  # `enum` completes and gives one clear message; editors show the descriptions beside the choices
        "enum": [name for name, _, _, _ in branches],
        "markdownEnumDescriptions": [text or title for _, title, text, _ in branches],
    }
    if what == "node":  # a schema is written once, and subflows come and go: which there are is for the check to say
        names = {"anyOf": [names, {"pattern": f"^{SUBFLOW}"}]}
    shape["properties"]["type"] = {**shape["properties"]["type"], "title": "Type", **names}
    shape["title"] = what.capitalize()
    shape["allOf"] = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {
                "properties": {"options": {**options, "title": title, "description": text}},
                **({"required": ["options"]} if options.get("required") else {}),
            },
        }
        for name, title, text, options in branches
    ]


def _options(kind: NodeType) -> dict[str, Any]:
    schema = schema_of(kind.cls)
    return {**schema, "properties": {name: _or_reference(inner) for name, inner in schema["properties"].items()}}


def _or_reference(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that lets a reference stand wherever no text may, at any depth."""
    inner: dict[str, Any] = dict(schema)
    if "properties" in inner:
        inner["properties"] = {name: _or_reference(one) for name, one in inner["properties"].items()}
    for word in ("items", "additionalProperties"):
        if isinstance(inner.get(word), Mapping):
            inner[word] = _or_reference(inner[word])
    if "prefixItems" in inner:
        inner["prefixItems"] = [_or_reference(one) for one in inner["prefixItems"]]
    if takes_string(inner):
        if not any(word in inner for word in _RESTRICTS_TEXT):
            return inner
        reference = {"$ref": "#/$defs/text"}
    else:
        reference = {"$ref": "#/$defs/reference"}
    outer = {key: inner.pop(key) for key in list(inner) if key in _SHOWN or key.startswith("x-")}
    branches = inner.pop("anyOf", None)
    if branches is not None:
        return {**outer, **inner, "anyOf": [*(_or_reference(branch) for branch in branches), reference]}
    return {**outer, "anyOf": [inner, reference]}


_SHOWN = ("title", "description", "default", "examples", "writeOnly")
_RESTRICTS_TEXT = ("enum", "const", "pattern", "format", "minLength", "maxLength")


def _name_parts(schema: Any) -> None:
    """Give every property a title that a person would, in place of the names of our classes."""
    if isinstance(schema, list):
        for inner in schema:
            _name_parts(inner)
    if not isinstance(schema, dict):
        return
    for name, inner in schema.get("properties", {}).items():  # names, of which any word may be one
        if isinstance(inner, dict) and inner.get("title", "Shape").endswith("Shape"):
            inner["title"] = name.replace("_", " ").replace("$", "").capitalize()
        _name_parts(inner)
    for word, inner in schema.items():
        if word not in _NO_SCHEMAS:
            _name_parts(inner)


_NO_SCHEMAS = ("properties", "default", "examples", "const", "enum")
"""Words whose values are data, or names of schemas."""
