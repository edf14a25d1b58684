"""What a flow file may say, declared once.

msgspec takes a sound file by these structs quickly, and the JSON Schema that it makes of them judges a broken one.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from flowengine.flow.judge import NAME
from flowengine.flow.model import VERSION, DeliveryClass, WhenFull, WhenSpillFull
from flowengine.options import type_schema

END = r"^[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)?$(?!\n)"
"""One end of a wire: `node` or `node.port`."""

Name = Annotated[str, Meta(pattern=NAME, max_length=100)]
End = Annotated[str, Meta(pattern=END, max_length=201)]
TypeName = Annotated[str, Meta(description="Which node this is: package/name, or flow/name for a flow of this folder")]
Note = Annotated[str, Meta(description="Anything a reader should know")]
Disabled = Annotated[bool, Meta(description="Leave it out when the flow runs")]
Options = Annotated[dict[str, Any], Meta(description="The node's options; ${NAME} stands for a variable")]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class QueueShape(_Strict, frozen=True):
    """The bounded queue of a wire."""

    size: Annotated[int, Meta(ge=1, le=10_000_000, description="Messages at most")] = 1000
    full: Annotated[WhenFull, Meta(description="What happens to one too many; spill: it goes to disk")] = "block"
    spill_size: Annotated[
        int, Meta(ge=1, le=1_000_000_000, description="For spill: messages at most, in memory and on disk")
    ] = 1_000_000
    spill_full: Annotated[WhenSpillFull, Meta(description="For spill: what happens to one too many for that")] = "block"
    max_age: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Seconds after a message's time from which it is no longer handled, but fails"),
    ] = None


class FeedbackShape(_Strict, frozen=True, omit_defaults=False):
    """What a feedback wire begins with."""

    initial: Annotated[Any, Meta(description="The payload that the wire carries before the first message")] = None


class WireShape(_Strict, frozen=True):
    """One wire."""

    source: Annotated[End, Meta(description="node, or node.port; without a port the node's first output")] = (
        msgspec.field(name="from")
    )
    target: Annotated[End, Meta(description="node, or node.port; without a port the node's first input")] = (
        msgspec.field(name="to")
    )
    feedback: Annotated[FeedbackShape, Meta(description="Carry the previous message: the only way to close a loop")] | (
        UnsetType
    ) = UNSET
    queue: Annotated[QueueShape, Meta(description="The bounded queue, where the wire crosses between parts")] | (
        UnsetType
    ) = UNSET
    disabled: Disabled = False


class NodeShape(_Strict, frozen=True):
    """One node."""

    type: TypeName
    options: Options = {}
    disabled: Disabled = False
    note: Note = ""


class ConnectionShape(_Strict, frozen=True):
    """One connection."""

    type: Annotated[str, Meta(description="Which connection this is: package/name")]
    options: Annotated[dict[str, Any], Meta(description="Its options; ${NAME} stands for a variable")] = {}
    note: Note = ""


class LimitsShape(_Strict, frozen=True):
    """What the process of a flow may take, in place of what the engine was started with."""

    memory: (
        Annotated[int, Meta(ge=0, le=1_000_000, description="MB before it is started again; 0: no limit")] | UnsetType
    ) = UNSET
    cpu: (
        Annotated[float, Meta(ge=0, le=1000, description="Processor cores, a mean over a second; 0: no limit")]
        | UnsetType
    ) = UNSET
    hang: (
        Annotated[float, Meta(ge=0.5, le=3600, description="Seconds without a sign of life until it is started again")]
        | UnsetType
    ) = UNSET


class InterfaceShape(_Strict, frozen=True):
    """What makes a flow a subflow."""

    parameters: Annotated[
        dict[Name, dict[str, Any]], Meta(description="Name and JSON Schema of each; used as ${parameter:name}")
    ] = {}
    inputs: Annotated[
        dict[Name, list[End]], Meta(description="Input port, and the inner inputs (node or node.port) it feeds")
    ] = {}
    outputs: Annotated[
        dict[Name, list[End]], Meta(description="Output port, and the inner outputs (node or node.port) that feed it")
    ] = {}


Connections = Annotated[dict[Name, ConnectionShape], Meta(description="Shared things that nodes use: devices, brokers")]
Version = Annotated[Literal[1], Meta(description="Version of the file format")]
SchemaUrl = Annotated[str, Meta(description="Where an editor finds the schema of this file")]


class FlowShape(_Strict, frozen=True, kw_only=True):
    """A flow of flowengine."""

    schema: SchemaUrl = msgspec.field(name="$schema", default="")
    flowengine: Version
    name: Annotated[Name, Meta(description="Name of the flow; without it the name of the file")] | UnsetType = UNSET
    note: Note = ""
    disabled: Annotated[bool, Meta(description="Leave the flow out when the folder runs")] = False
    delivery: (
        Annotated[
            DeliveryClass,
            Meta(
                description="How often messages reach the sinks over a crash; left out: at least once, but for what "
                "sources cannot bring again; at-least-once: for that too; effectively-once: with a key, too, by which "
                "the other side knows what comes twice; at-most-once: nothing is stored"
            ),
        ]
        | UnsetType
    ) = UNSET
    limits: (
        Annotated[LimitsShape, Meta(description="What the flow's process may take: memory, processor, silence")]
        | UnsetType
    ) = UNSET
    subflow: (
        Annotated[
            InterfaceShape,
            Meta(description="Makes the flow usable as a node, type flow/name, in the flows of its folder"),
        ]
        | UnsetType
    ) = UNSET
    outgoing: (
        Annotated[
            list[Annotated[str, Meta(min_length=1, max_length=300)]],
            Meta(
                description="Hosts that nodes may reach: erp.plant:443, *.plant, 10.1.0.0/16:502, [fd00::1]; empty: "
                "none; left out: any that stands in the flow, and of those that messages name only public ones",
                max_length=1000,
            ),
        ]
        | UnsetType
    ) = UNSET
    environment: Annotated[
        dict[str, str], Meta(description="Variables of this flow; they stand before those of the process")
    ] = {}
    connections: Connections = {}
    nodes: Annotated[dict[Name, NodeShape], Meta(description="The nodes, by their id")] = {}
    wires: Annotated[list[WireShape], Meta(description="From an output to an input, in the order they are served")] = []
    layout: Annotated[
        dict[str, Any], Meta(description="Where the boxes stand in the canvas: [x, y]; its groups and notes")
    ] = {}


class ConnectionsShape(_Strict, frozen=True, kw_only=True):
    """Connections that all flows of a folder share."""

    schema: SchemaUrl = msgspec.field(name="$schema", default="")
    flowengine: Version
    note: Note = ""
    connections: Connections


@cache
def shape_schema(shape: type[FlowShape | ConnectionsShape]) -> dict[str, Any]:
    """Return the JSON Schema of a file's form, without the options of concrete nodes."""
    return type_schema(shape)


assert VERSION == 1  # FlowShape names it
