"""The shapes as TypeScript, for the canvas: `python -m flowengine_web.typescript [--check] FILE`.

Made from the same JSON Schema as the OpenAPI document, so that server and canvas cannot drift apart.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from flowengine_web import shapes

HEAD = "// Made from web/flowengine_web/shapes/ by `make docs`; do not edit.\n"
BODIES = {
    *("SignIn", "Setup", "NewUser", "UserChange", "CheckRequest", "TryRequest", "DiffRequest", "DeployRequest"),
    *("DeployItem", "ConnectionsItem", "InjectRequest", "RunRequest", "Watching", "Operation", "DashboardPages"),
    *("FormatRequest", "ReadRequest", "MachineAct", "AlarmAct", "RedRequest"),
}
"""What only the canvas sends: there a field with a default may be left out; an answer always has every field."""

NAMES = {"Error": "ApiProblem"}
"""Shapes whose names JavaScript has taken."""

SIMPLE = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}


def declarations() -> str:
    """Return the text of the TypeScript module."""
    kinds = [value for value in vars(shapes).values() if inspect.isclass(value) and issubclass(value, shapes.Shape)]
    kinds = [kind for kind in kinds if kind is not shapes.Shape and kind.__module__ != shapes.GrafanaQuery.__module__]
    _, components = msgspec.json.schema_components(kinds, ref_template="#/{name}")
    docs = {kind.__name__: (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ") for kind in kinds}
    return HEAD + "".join(_declaration(kind.__name__, components[kind.__name__], docs) for kind in kinds)


def _declaration(name: str, schema: Mapping[str, Any], docs: Mapping[str, str]) -> str:
    required = set(schema.get("required", ())) if name in BODIES else set(schema["properties"])
    lines = [f"\n/** {docs[name]} */", f"export interface {NAMES.get(name, name)} {{"]
    for key, inner in schema["properties"].items():
        optional = "" if key in required else "?"
        lines.append(f"  {key}{optional}: {_type(inner)};")
    return "\n".join([*lines, "}", ""])


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/")
        return NAMES.get(name, name)
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(inner) for inner in schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        inner = _type(schema.get("items", {}))
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if kind == "object":
        return f"Record<string, {_type(schema.get('additionalProperties', {}))}>"
    return SIMPLE.get(str(kind), "unknown")


def main(arguments: list[str]) -> int:
    """Write the module, or with --check only say whether it is up to date."""
    file, text = Path(arguments[-1]), declarations()
    if "--check" not in arguments:
        file.write_text(text, encoding="utf-8")
    elif not file.is_file() or file.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{file}: not up to date; run make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
