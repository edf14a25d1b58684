"""Which ports a node has: those of its class, or of the subflow it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flowengine.flow.model import ERROR_PORT, Interface
from flowengine.node import Node
from flowengine.port import Port

Ports = tuple[Port, ...]


def input_ports(cls: type[Node], options: Mapping[str, Any], complete: bool = True) -> Ports | None:
    """Return the input ports; None when options that are wrong or not known yet decide which."""
    if cls.input_ports.__func__ is Node.input_ports.__func__:  # type: ignore[attr-defined]  # of class methods
        return cls.inputs
    return _asked(cls, "input_ports", options) if complete else None


def output_ports(cls: type[Node], options: Mapping[str, Any], complete: bool = True) -> Ports | None:
    """Return the output ports, the error port last; None when options that are wrong or not known decide which."""
    own: Ports | None = cls.outputs
    if cls.output_ports.__func__ is not Node.output_ports.__func__:  # type: ignore[attr-defined]  # likewise
        own = _asked(cls, "output_ports", options) if complete else None
    if own is None or not may_fail(cls):
        return own
    return (*own, Port(ERROR_PORT, description="Messages that failed here"))


def may_fail(cls: type[Node]) -> bool:
    """Say whether a node has an error port: sources and all that have inputs."""
    return cls.kind != "connection"


def interface_inputs(interface: Interface) -> Ports:
    """Return the input ports of a subflow."""
    return tuple(Port(name) for name in interface.inputs)


def interface_outputs(interface: Interface) -> Ports:
    """Return the output ports of a subflow; failures inside that nobody there takes leave by its error port."""
    names = [*interface.outputs, *([ERROR_PORT] if ERROR_PORT not in interface.outputs else [])]
    return tuple(Port(name) for name in names)


def _asked(cls: type[Node], method: str, options: Mapping[str, Any]) -> Ports | None:
    try:
        ports = tuple(cast(Ports, getattr(cls, method)(options)))
    except Exception:  # noqa: BLE001 - options not checked yet: anything may happen in a node's own code
        return None
    return ports if all(isinstance(port.name, str) and port.name for port in ports) else None
