"""Options, right and wrong, for every node type: judged by the server's validator here and by the browser's in vitest.

    python -m tests.web.corpus.make

writes `options.json` anew, for example when a node has a new option. Values come from the schemas themselves: what
lies on a limit, beyond it, of another type, missing, unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flowengine.flow.judge import judge
from flowengine.options import schema_of
from flowengine.registry import Registry

FILE = Path(__file__).with_name("options.json")
ANYTHING: list[Any] = [None, True, "text", "", 0, -1, 1.5, 2.0, [], {}]
WORDS = {"title", "description", "examples"}
"""What no validator looks at."""

# Forms that no node of ours has, but a stranger's may.
STRANGE: dict[str, dict[str, Any]] = {
    "one-of": {
        "type": "object",
        "properties": {
            "way": {
                "oneOf": [
                    {
                        "type": "object",
                        "properties": {"kind": {"const": "tcp"}, "port": {"type": "integer", "minimum": 1}},
                        "required": ["kind", "port"],
                        "additionalProperties": False,
                    },
                    {
                        "type": "object",
                        "properties": {"kind": {"const": "serial"}, "path": {"type": "string", "minLength": 1}},
                        "required": ["kind", "path"],
                        "additionalProperties": False,
                    },
                ]
            }
        },
        "required": ["way"],
        "additionalProperties": False,
    },
    "patterns": {
        "type": "object",
        "properties": {
            "tag": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"},
            "step": {"type": "number", "multipleOf": 0.5},
            "names": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "maxItems": 2},
            "mixed": {
                "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "maxLength": 3}, {"type": "null"}]
            },
            "pair": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}], "items": False},
            "table": {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 1},
        },
        "additionalProperties": False,
    },
}


def corpus() -> dict[str, dict[str, Any]]:
    """Return, by type, the schema and its cases: options and whether they are valid."""
    types = sorted(Registry.discover().types.items())
    schemas = {name: bare(schema_of(kind.cls)) for name, kind in types if kind.package == "flowengine-ot"} | STRANGE
    return {
        name: {"schema": schema, "cases": [[options, not judge(schema, options)] for options in cases(schema)]}
        for name, schema in schemas.items()
    }


def cases(schema: Mapping[str, Any]) -> list[Any]:
    """Return options to be judged by one schema, each once."""
    found = {json.dumps(value): value for value in objects(schema, deep=True)}
    return [found[key] for key in sorted(found)]


def values(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield values that a schema is interesting for."""
    for word in ("anyOf", "oneOf"):
        for branch in schema.get(word, ()):
            yield from values(branch)
    yield from schema.get("enum", [])[:2]
    if "const" in schema:
        yield schema["const"]
    for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if word in schema:
            yield from (schema[word], schema[word] - 1, schema[word] + 1)
    if "multipleOf" in schema:
        yield from (3 * schema["multipleOf"], 1.3 * schema["multipleOf"])
    if "pattern" in schema:
        # No line feed at the end: Python's `$` lets one pass, JavaScript's does not, and no field of a form has one.
        yield from ("AB-12", "ab-12", "xAB-12")
    for word in ("minLength", "maxLength"):
        if schema.get(word, 100) < 100:
            yield from ("x" * schema[word], "😀" * schema[word], "x" * (schema[word] + 1))
    if "items" in schema or "prefixItems" in schema:
        yield from lists(schema)
    if schema.get("type") == "object":
        yield from objects(schema)
    yield from ANYTHING


def lists(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield lists: of good entries, of one bad one, too long, with one twice."""
    item = schema["prefixItems"][0] if "prefixItems" in schema else schema["items"]
    one = good(item)
    yield from ([one], [one, one], [one, one, one], [one, "text"], [1, 2, 3], [{}], [None])
    if isinstance(item, Mapping):
        yield from ([value] for value in list(values(item))[:60])


def objects(schema: Mapping[str, Any], *, deep: bool = False) -> Iterator[Any]:
    """Yield objects: the least that is right, without each required member, with an unknown one, with each value."""
    base = {name: good(schema["properties"][name]) for name in schema.get("required", ())}
    yield base
    yield {**base, "no-such-option": 1}
    for name in base:
        yield {key: value for key, value in base.items() if key != name}
    for name, inner in schema.get("properties", {}).items():
        found = list(values(inner))
        yield from ({**base, name: value} for value in (found if deep else found[:8]))
    if isinstance(schema.get("additionalProperties"), Mapping):
        inner = schema["additionalProperties"]
        yield from ({"a": value} for value in list(values(inner))[:60])
        yield {"a": good(inner), "b": good(inner)}


def good(schema: Any) -> Any:
    """Return a value that fits a schema."""
    if not isinstance(schema, Mapping):
        return None
    tried = [schema["default"]] if "default" in schema else []
    if schema.get("type") == "object":
        tried.append({name: good(schema["properties"][name]) for name in schema.get("required", ())})
    if "items" in schema:
        tried.append([good(schema["items"])])
    tried += [value for value in (*values_of_branches(schema), *schema.get("enum", [])[:1], "text", 5, 1, True)]
    return next((value for value in tried if not judge(schema, value)), None)


def values_of_branches(schema: Mapping[str, Any]) -> list[Any]:
    """Return one good value for each branch of a union."""
    found = [good(branch) for word in ("anyOf", "oneOf") for branch in schema.get(word, ())]
    return found + ([schema["const"]] if "const" in schema else [])


def bare(schema: Any) -> Any:
    """Return a schema without its words for people."""
    if isinstance(schema, list):
        return [bare(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if "properties" in schema:
        members = {name: bare(inner) for name, inner in schema["properties"].items()}
        return {**bare({k: v for k, v in schema.items() if k != "properties"}), "properties": members}
    return {key: bare(value) for key, value in schema.items() if key not in WORDS and not key.startswith("x-")}


def written(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Write a corpus, one case a line."""
    blocks = []
    for name, entry in found.items():
        lines = ",\n".join(f"      {json.dumps(case)}" for case in entry["cases"])
        schema = json.dumps(entry["schema"])
        blocks.append(f'  {json.dumps(name)}: {{\n    "schema": {schema},\n    "cases": [\n{lines}\n    ]\n  }}')
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(written(corpus()), encoding="utf-8")
