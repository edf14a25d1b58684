"""The flow file: text to flow and back.

What the file may say is declared in `shape`: msgspec accepts a good file quickly; a bad one is judged in `check_form`,
so that every problem in it is found.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from flowengine.errors import FlowInvalid
from flowengine.flow.model import UNLIMITED, ConnectionSpec, Feedback, Flow, Interface, Limits, NodeSpec, Queue, Wire
from flowengine.flow.problem import Problem
from flowengine.flow.shape import (
    ConnectionShape,
    ConnectionsShape,
    FeedbackShape,
    FlowShape,
    InterfaceShape,
    LimitsShape,
    Name,
    NodeShape,
    QueueShape,
    WireShape,
)
from flowengine.flow.strict_json import MISSING, Json, parse_json, read_json


@dataclass(frozen=True)
class FlowFile:
    """A flow and where it was read; `flow` is None when its form is broken, which `problems` then says."""

    json: Json
    flow: Flow | None
    problems: list[Problem]

    @property
    def name(self) -> str:
        """The name it states, or else that of its file."""
        if self.flow is not None:
            return self.flow.name
        stated = self.json.value.get("name") if isinstance(self.json.value, dict) else None
        return stated if isinstance(stated, str) else Path(self.json.file).stem


@dataclass(frozen=True)
class ConnectionsFile:
    """The shared connections of a folder and where they were read."""

    json: Json
    connections: dict[str, ConnectionSpec]
    problems: list[Problem]


def read_flow(path: Path, shown_as: str = "") -> FlowFile:
    """Read a flow file; never raises, see `FlowFile.problems`."""
    return flow_file(read_json(path, shown_as), path.stem)


def parse_flow(text: bytes | str, file: str = "") -> FlowFile:
    """Read a flow from text; never raises, see `FlowFile.problems`."""
    return flow_file(parse_json(text, file), Path(file).stem)


def flow_file(json: Json, stem: str = "") -> FlowFile:
    """Make a flow of JSON; `stem` is its name where it states none."""
    if json.value is MISSING:
        return FlowFile(json, None, json.problems)
    try:
        shape = msgspec.convert(json.value, FlowShape)
        flow = _to_flow(shape, stem)
        msgspec.convert(flow.name, Name)
    except (msgspec.ValidationError, RecursionError):
        from flowengine.flow.check_form import check_form

        return FlowFile(json, None, json.problems + check_form(json, FlowShape, stem))
    return FlowFile(json, flow, json.problems)


def wrap(flow: Flow | FlowFile) -> FlowFile:
    """Return a flow that was read from no file as if it had been."""
    return flow if isinstance(flow, FlowFile) else FlowFile(Json(flow.name, "", to_data(flow)), flow, [])


def read_connections(path: Path) -> ConnectionsFile:
    """Read the shared connections of a folder; never raises, see `ConnectionsFile.problems`."""
    return connections_file(read_json(path))


def connections_file(json: Json) -> ConnectionsFile:
    """Make shared connections of JSON."""
    if json.value is MISSING:
        return ConnectionsFile(json, {}, json.problems)
    try:
        shape = msgspec.convert(json.value, ConnectionsShape)
    except (msgspec.ValidationError, RecursionError):
        from flowengine.flow.check_form import check_form

        return ConnectionsFile(json, {}, json.problems + check_form(json, ConnectionsShape, "connections"))
    return ConnectionsFile(json, _connections(shape.connections), json.problems)


def from_data(data: Any, name: str = "") -> Flow:
    """Return the flow that a file's JSON value says.

    Raises:
        FlowInvalid: its form is broken.
    """
    file = flow_file(Json(name or "flow", "", data), name)
    if file.flow is None:
        raise FlowInvalid(name, list(file.problems))
    return file.flow


def to_data(flow: Flow) -> dict[str, Any]:
    """Return a flow as its file's JSON value; what has its default is left out."""
    shape = FlowShape(
        flowengine=1,
        name=flow.name,
        note=flow.note,
        disabled=flow.disabled,
        delivery=UNSET if flow.delivery is None else flow.delivery,
        limits=UNSET if flow.limits == UNLIMITED else msgspec.convert(msgspec.to_builtins(flow.limits), LimitsShape),
        subflow=UNSET if flow.subflow is None else InterfaceShape(**msgspec.structs.asdict(flow.subflow)),
        outgoing=UNSET if flow.outgoing is None else list(flow.outgoing),
        environment=flow.environment,
        connections={
            k: ConnectionShape(type=c.type, options=c.options, note=c.note) for k, c in flow.connections.items()
        },
        nodes={
            k: NodeShape(type=n.type, options=n.options, disabled=n.disabled, note=n.note)
            for k, n in flow.nodes.items()
        },
        wires=[
            WireShape(
                source=end(w.source, w.out),
                target=end(w.target, w.port),
                feedback=UNSET if w.feedback is None else FeedbackShape(initial=w.feedback.initial),
                queue=UNSET if w.queue is None else QueueShape(**msgspec.structs.asdict(w.queue)),
                disabled=w.disabled,
            )
            for w in flow.wires
        ],
        layout=flow.layout,
    )
    data: dict[str, Any] = msgspec.to_builtins(shape)
    return data


def end(node: str, port: str) -> str:
    """Write one end of a wire: `node` or `node.port`."""
    return f"{node}.{port}" if port else node


def write_flow(path: Path, flow: Flow | dict[str, Any]) -> None:
    """Write a flow in canonical form; the file is replaced as a whole, so that no reader sees half of it."""
    from flowengine.flow.canonical import format_flow

    write_text(path, format_flow(flow))


def write_text(path: Path, text: str) -> None:
    """Replace a file's text in one step."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _to_flow(shape: FlowShape, stem: str) -> Flow:
    interface = shape.subflow
    return Flow(
        name=stem if shape.name is UNSET else shape.name,
        note=shape.note,
        disabled=shape.disabled,
        delivery=None if shape.delivery is UNSET else shape.delivery,
        limits=UNLIMITED if shape.limits is UNSET else msgspec.convert(msgspec.to_builtins(shape.limits), Limits),
        subflow=None if interface is UNSET else Interface(**msgspec.structs.asdict(interface)),
        outgoing=None if shape.outgoing is UNSET else tuple(shape.outgoing),
        environment=shape.environment,
        connections=_connections(shape.connections),
        nodes={
            key: NodeSpec(type=node.type, options=node.options, disabled=node.disabled, note=node.note)
            for key, node in shape.nodes.items()
        },
        wires=tuple([_wire(wire) for wire in shape.wires]),
        layout=shape.layout,
    )


def _connections(shapes: dict[str, ConnectionShape]) -> dict[str, ConnectionSpec]:
    return {key: ConnectionSpec(type=c.type, options=c.options, note=c.note) for key, c in shapes.items()}


def _wire(shape: WireShape) -> Wire:
    source, _, out = shape.source.partition(".")
    target, _, port = shape.target.partition(".")
    return Wire(
        source=source,
        out=out,
        target=target,
        port=port,
        feedback=None if shape.feedback is UNSET else Feedback(initial=shape.feedback.initial),
        queue=None if shape.queue is UNSET else Queue(**msgspec.structs.asdict(shape.queue)),
        disabled=shape.disabled,
    )
