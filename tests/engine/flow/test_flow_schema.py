from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flowengine.flow.file import FlowFile
from flowengine.flow.project import Project
from flowengine.flow.schema import connections_schema, flow_schema
from flowengine.options import schema_of
from flowengine.registry import Registry


@pytest.fixture
def faults(registry: Registry) -> Callable[[Any], list[str]]:
    validator = Draft202012Validator(flow_schema(registry))
    return lambda data: [error.json_path for error in validator.iter_errors({"flowengine": 1, **data})]


def test_the_schema_is_one(registry: Registry) -> None:
    Draft202012Validator.check_schema(flow_schema(registry))
    Draft202012Validator.check_schema(connections_schema(registry))


def test_a_sound_flow_passes(faults: Callable[[Any], list[str]]) -> None:
    flow = {
        "$schema": "flow.schema.json",
        "connections": {"d": {"type": "test/device", "options": {"host": "${H}", "port": "${PORT:-502}"}}},
        "nodes": {
            "r": {"type": "test/read", "options": {"connection": "d", "address": 1, "data_type": "float32"}},
            "l": {"type": "test/limits", "options": {"ranges": {"a": {"least": "${A}", "most": 2}}, "mode": "${M}"}},
            "z": {"type": "flow/of-another-folder", "options": {"x": 1}},
            "s": {"type": "test/scale", "options": {"low": None, "high": "${parameter:high}"}},
        },
        "wires": [{"from": "r", "to": "s.in", "feedback": {"initial": 0}, "queue": {"size": 1}}],
        "layout": {"r": [1, 2]},
    }
    assert faults(flow) == []


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"nodes": {"a": {"type": "test/tik"}}}, "$.nodes.a.type"),
        ({"nodes": {"a": {"type": "test/tick", "options": {"every": 0}}}}, "$.nodes.a.options.every"),
        ({"nodes": {"a": {"type": "test/tick", "options": {"evry": 1}}}}, "$.nodes.a.options"),
        ({"nodes": {"a": {"type": "test/tick", "options": {"every": "often"}}}}, "$.nodes.a.options.every"),
        ({"nodes": {"a": {"type": "test/read"}}}, "$.nodes.a"),
        (
            {"connections": {"c": {"type": "test/device", "options": {"host": "h", "port": 0}}}},
            "$.connections.c.options.port",
        ),
        ({"wires": [{"from": "a", "to": "b", "x": 1}]}, "$.wires[0]"),
    ],
)
def test_a_fault_is_shown_at_its_place_and_only_there(faults: Callable[[Any], list[str]], data: Any, path: str) -> None:
    assert faults(data) == [path]


def untitled(schema: Any, path: str = "$") -> list[str]:
    found = []
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            if isinstance(inner, dict) and "const" not in inner and not inner.get("title"):
                found.append(f"{path}.{name}")
        for key, inner in schema.items():
            found += untitled(inner, f"{path}.{key}") if key != "if" else []
    elif isinstance(schema, list):
        found += [one for n, inner in enumerate(schema) for one in untitled(inner, f"{path}[{n}]")]
    return found


def test_every_property_has_a_title_and_every_type_its_help(registry: Registry) -> None:
    schema = flow_schema(registry)
    assert untitled(schema) == []
    node = schema["properties"]["nodes"]["additionalProperties"]
    types = node["properties"]["type"]["anyOf"][0]["enum"]
    assert "test/read" in types
    assert "test/device" not in types
    read = next(b for b in node["allOf"] if b["if"]["properties"]["type"]["const"] == "test/read")
    options = read["then"]["properties"]["options"]
    assert options["title"] == "Read a value"
    assert options["properties"]["address"]["description"] == "The register's number"


def test_subflows_of_a_project_complete_too(registry: Registry, flow_of: Callable[..., FlowFile]) -> None:
    project = Project.of(flow_of({"subflow": {"parameters": {"gain": {"type": "number"}}}}, "zone"))
    validator = Draft202012Validator(flow_schema(registry, project))

    def flow(gain: Any) -> Any:
        return {"flowengine": 1, "nodes": {"z": {"type": "flow/zone", "options": {"gain": gain}}}}

    assert validator.is_valid(flow(1))
    assert validator.is_valid(flow("${GAIN}"))
    assert not validator.is_valid(flow("much"))


def test_writing_a_schema_leaves_those_of_the_nodes_as_they_were() -> None:
    registry = Registry.discover()
    flow_schema(registry)
    options = schema_of(registry.types["timing/inject"].cls)["properties"]
    assert options["properties"]["default"] == {}  # an option called as a word of JSON Schema
