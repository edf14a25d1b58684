"""A node type as a page of Markdown: for the terminal and for docs/nodes/."""

from __future__ import annotations

from typing import Any

import msgspec

from flowengine.options import schema_of
from flowengine.port import Port
from flowengine.registry import NodeType


def page(node: NodeType) -> str:
    """Return the page: help, ports, and a table of options made from the schema."""
    cls = node.cls
    parts = [f"# {node.name}", "", f"*{cls.kind}*", "", node.help, ""]
    parts += _ports("Inputs", cls.input_ports({})) + _ports("Outputs", cls.output_ports({}))
    schema = schema_of(cls)
    if schema["properties"]:
        parts += ["## Options", "", "| option | type | default | meaning |", "| --- | --- | --- | --- |"]
        required = schema.get("required", [])
        for name, option in schema["properties"].items():
            default = "required" if name in required else _code(option.get("default"))
            parts.append(f"| `{name}` | {_type(option)} | {default} | {_meaning(option)} |")
        parts.append("")
    return "\n".join(parts)


def contents(nodes: list[NodeType]) -> str:
    """Return the list of all pages."""
    rows = [f"| [{n.name}]({n.name.replace('/', '-')}.md) | {n.cls.kind} | {n.title} |" for n in nodes]
    head = [
        "# Nodes",
        "",
        "Made by `make docs` from the nodes themselves.",
        "",
        "| type | kind | does |",
        "| --- | --- | --- |",
    ]
    return "\n".join([*head, *rows, ""])


def _ports(title: str, ports: tuple[Port, ...]) -> list[str]:
    if not ports:
        return []
    rows = [
        f"- `{port.name}` ({port.payload})" + (f": {port.description}" if port.description else "") for port in ports
    ]
    return [f"## {title}", "", *rows, ""]


def _type(option: dict[str, Any]) -> str:
    if "x-connection" in option:
        return f"connection `{option['x-connection']}`"
    if "enum" in option:
        return " \\| ".join(_code(value) for value in option["enum"])
    if "anyOf" in option:
        return " \\| ".join(_type(choice) for choice in option["anyOf"])
    kind = option.get("type", "any")
    if kind == "array":
        return f"list of {_type(option.get('items', {}))}"
    limits = [
        f"{sign} {option[word]}"
        for word, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if word in option
    ]
    text = " \\| ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{text} {', '.join(limits)}".strip()


def _meaning(option: dict[str, Any]) -> str:
    text = str(option.get("description", "")).replace("|", "\\|").replace("\n", " ")
    return f"{text} ({option['x-unit']})" if "x-unit" in option else text


def _code(value: Any) -> str:
    return f"`{msgspec.json.encode(value).decode()}`".replace("|", "\\|")
