"""What a part runs: its nodes, how they are wired, and the chains compiled for that; a deploy puts another in place."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flowengine.flow.model import ERROR_PORT
from flowengine.flow.plan import PlannedWire
from flowengine.message import Message
from flowengine.node import Node, Source, Transform
from flowengine.runtime.chains.chain import Chain, compile_chain
from flowengine.runtime.chains.world import Target, World
from flowengine.runtime.channel import Channel

Tap = Callable[[str, str, Message], None]
"""Sees each message at a node's input: node, port, message."""


@dataclass
class Wiring:
    """The nodes of a part and what lies between them. Chains are compiled when they are first asked for."""

    world: World
    inboxes: Mapping[str, Channel]
    """Of the whole flow: node -> its inbox, if it has one."""
    chains: dict[tuple[str, str], Chain] = field(default_factory=dict)
    """Output port -> the chain behind it."""
    entries: dict[Target, Chain] = field(default_factory=dict)
    """Input port -> the chain that begins with its node."""
    on_compiled: Callable[[Chain], None] = lambda chain: None
    """Hears of each chain when it has been compiled."""
    wires: frozenset[PlannedWire] = frozenset()
    """All wires of the flow."""
    _gates: dict[str, list[Channel]] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> Wiring:
        """Return what a part runs that has no nodes."""
        return cls(World({}, {}, {}, {}, lambda wire: None, {}, lambda node, error, msg, delivery: None), {})

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes."""
        return self.world.nodes

    def compile(self) -> None:
        """Compile every chain that will surely run, so that what cannot be compiled is found before the start."""
        if not self.wires:
            self.wires = frozenset(wire for wires in self.world.wires_from.values() for wire in wires)
        for name, node in self.nodes.items():
            if isinstance(node, Source) or (name in self.inboxes and not isinstance(node, Transform)):
                for port in self.world.outputs[name]:
                    self.chain(name, port)
                self.gates(name)
            elif name in self.inboxes:
                self.entry((name, type(node).inputs[0].name))

    def chain(self, node: str, port: str) -> Chain:
        """Return the chain behind an output port."""
        found = self.chains.get((node, port))
        if found is None:
            fresh = isinstance(self.nodes[node], Source)
            wires = self.world.wires_from.get((node, port), [])
            found = self.chains[node, port] = compile_chain(self.world, wires, fresh, (node, port))
            self.on_compiled(found)
        return found

    def entry(self, target: Target) -> Chain:
        """Return the chain that begins with a node itself."""
        found = self.entries.get(target)
        if found is None:
            found = self.entries[target] = compile_chain(self.world, target)
            self.on_compiled(found)
        return found

    def replace(self, name: str, source: Source) -> None:
        """Exchange a source for another; no chain needs to be compiled again, as chains know only its outputs."""
        self.world.nodes = {**self.world.nodes, name: source}

    def take_over(self, before: Wiring, changed: set[str]) -> None:
        """Take over the chains that touch none of the changed nodes, and where all inboxes and wires are the same, who
        waits for which."""
        if self.world.wires_from is before.world.wires_from and not differing(before.inboxes, self.inboxes):
            self.wires, self._gates = before.wires, before._gates
        for (node, port), chain in before.chains.items():
            if node not in changed and changed.isdisjoint(chain.touched):
                self.chains[node, port] = chain
        for target, chain in before.entries.items():
            if changed.isdisjoint(chain.touched):
                self.entries[target] = chain

    def settle(self) -> None:
        """Move the chains that were taken over into this wiring's world."""
        for chain in self.all_chains():
            chain.move(self.world)

    def all_chains(self) -> list[Chain]:
        """Return all chains compiled so far."""
        return [*self.chains.values(), *self.entries.values()]

    def gates(self, node: str) -> list[Channel]:
        """Return the inboxes that fill when a node sends: its producer waits while one of them is full."""
        found = self._gates.get(node)
        if found is None:
            found = self._gates[node] = [self.inboxes[name] for name in self._reached(node)]
        return found

    def _reached(self, node: str) -> list[str]:
        """Return the stages that messages from a node come to without passing another stage."""
        found: dict[str, None] = {}
        seen = {node}
        todo = [node]
        while todo:
            name = todo.pop()
            ports = (*self.world.outputs[name], ERROR_PORT)
            for wire in itertools.chain(*(self.world.wires_from.get((name, port), []) for port in ports)):
                if wire.feedback is not None or wire.target in seen:
                    continue
                seen.add(wire.target)
                if wire.target in self.inboxes:
                    if wire.queue is None or wire.queue.full in ("block", "spill"):
                        found[wire.target] = None
                elif wire.target in self.world.outputs:
                    todo.append(wire.target)
        return list(found)


def rewired(
    before: Mapping[tuple[str, str], list[PlannedWire]], after: Mapping[tuple[str, str], list[PlannedWire]]
) -> set[str]:
    """Return the nodes whose chains differ because wires do: where those begin, and where feedback wires end."""
    found: set[str] = set()
    if before is after:
        return found
    for end in before.keys() | after.keys():
        old, new = before.get(end, []), after.get(end, [])
        if old != new:
            found.add(end[0])
            found.update(wire.target for wire in (*old, *new) if wire.feedback is not None)
    return found


def differing(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    """Return the names whose values differ in the two, or that only one of them has."""
    found = {name for name, value in after.items() if before.get(name) is not value}
    return found | (before.keys() - after.keys())
