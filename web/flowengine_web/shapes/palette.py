"""All that can be put into a flow."""

from __future__ import annotations

from typing import Any

from flowengine.node import Kind
from flowengine.port import PayloadType
from flowengine_web.shapes.base import Shape


class Port(Shape):
    """A place where wires end or begin."""

    name: str
    payload: PayloadType = "any"
    description: str = ""


class NodeType(Shape):
    """One entry of the palette: a node type, a connection type, or a subflow of the folder."""

    type: str
    kind: Kind
    title: str
    help: str
    """Markdown; untrusted."""
    schema: dict[str, Any]
    """JSON Schema of the options (plain: without references)."""
    inputs: list[Port] = []
    outputs: list[Port] = []
    """With default options, the error port aside."""
    error_port: bool = False
    """Whether nodes of this type have an output port `error`."""
    dynamic: bool = False
    """Whether the ports depend on the options: ask /api/check."""
    button: bool = False
    """Whether nodes of this type have a button that sends a message."""
    ot: bool = False
    """Whether this is a device of the OT side, or a node that uses one."""
    package: str = ""
    version: str = ""
    local: bool = False
    name: str = ""
    """Short, in the language asked for; empty: to be made from the type."""
    category: str = ""
    """What stands before the slash, in that language; empty: to be made from the type."""


class FailedPackage(Shape):
    """A package of nodes that did not import."""

    name: str
    error: str


class Palette(Shape):
    """All that can be put into a flow."""

    nodes: list[NodeType]
    connections: list[NodeType]
    subflows: list[NodeType]
    failed: list[FailedPackage] = []
