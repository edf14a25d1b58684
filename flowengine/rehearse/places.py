"""Places in a flow by the words of a test file: `heater`, `pid.setpoint`, `switch.high`, an instance of a subflow."""

from __future__ import annotations

from dataclasses import dataclass

from flowengine.flow.doors import Doored
from flowengine.flow.model import ERROR_PORT
from flowengine.flow.plan import Plan
from flowengine.flow.problem import listed, near
from flowengine.node import Source

Place = tuple[str, str]
"""A node of the plan and one of its ports."""


class NoSuchPlace(Exception):
    """A test speaks of a place that the flow does not have."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Places:
    """The nodes and ports of one flow, as tests may name them."""

    plan: Plan
    doored: Doored

    def node(self, name: str) -> str:
        """Return a node that runs.

        Raises:
            NoSuchPlace: there is none of that name, or it is disabled.
        """
        if name in self.doored.dead_ends:
            raise NoSuchPlace(f"node '{name}' is disabled", "only 'node' of an expectation may name it")
        if name not in self.plan.nodes:
            known = [n for n in self.plan.nodes if n not in self._hidden()] + list(self.doored.doors)
            raise NoSuchPlace(f"the flow has no node '{name}'", near(name, known) or f"nodes: {listed(known)}")
        return name

    def input(self, text: str) -> Place:
        """Return the input that `node` or `node.port` means.

        Raises:
            NoSuchPlace: there is no such node or input.
        """
        name, _, port = text.partition(".")
        doors = self.doored.doors.get(name)
        if doors is not None:
            return doors[self._one_of(name, "input", list(doors), port)], "in"
        if name not in self.doored.dead_ends:
            self.node(name)
        node = self.plan.nodes[name]
        return name, self._one_of(name, "input", [p.name for p in node.cls.input_ports(node.options)], port)

    def output(self, text: str) -> Place:
        """Return the output that `node` or `node.port` means.

        Raises:
            NoSuchPlace: there is no such node or output, or it is an error port that leads nowhere.
        """
        name, _, port = text.partition(".")
        if name in self.doored.doors:
            hint = f"name the node inside it, such as {name}/scale, or the input that it leads to"
            raise NoSuchPlace(f"'{name}' stands for a subflow, whose outputs are those of the nodes inside it", hint)
        node = self.plan.nodes[self.node(name)]
        if port == ERROR_PORT:
            if not any(wire.source == name and wire.out == ERROR_PORT for wire in self.plan.wires):
                hint = "expect it under 'failures'"
                raise NoSuchPlace(f"the error port of '{name}' is not wired: what fails there is a dead letter", hint)
            return name, port
        return name, self._one_of(name, "output", [p.name for p in node.cls.output_ports(node.options)], port)

    def entrance(self, text: str) -> Place:
        """Return where a fed message goes: a source (port ""), or an input.

        Raises:
            NoSuchPlace: there is no such node or input, or it is disabled.
        """
        if text in self.plan.nodes and issubclass(self.plan.nodes[text].cls, Source):
            return text, ""
        if text.partition(".")[0] in self.doored.dead_ends:
            raise NoSuchPlace(f"node '{text}' is disabled")
        return self.input(text)

    def shown(self, node: str) -> str:
        """Return how a person calls a node of the plan: a door by the input it stands in front of."""
        for instance, doors in self.doored.doors.items():
            for port, door in doors.items():
                if door == node:
                    return f"{instance}.{port}"
        return node

    def _hidden(self) -> set[str]:
        return {door for doors in self.doored.doors.values() for door in doors.values()}

    def _one_of(self, node: str, what: str, ports: list[str], wanted: str) -> str:
        if not ports:
            hint = "use 'leaves' for what a source sends" if what == "input" else ""
            raise NoSuchPlace(f"node '{node}' has no {what}", hint)
        if wanted and wanted not in ports:
            raise NoSuchPlace(f"node '{node}' has no {what} '{wanted}'", f"it has: {listed(ports)}")
        return wanted or ports[0]
