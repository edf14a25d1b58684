"""Wires of a tab or subflow: those drawn, those that links stand for, those that close a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from flowengine.flow.model import Interface, NodeSpec, Wire
from flowengine.flow.ports import input_ports
from flowengine.nodered import table
from flowengine.nodered.entries import Container, Entries, Entry
from flowengine.nodered.native import NATIVE
from flowengine.registry import Registry

if TYPE_CHECKING:
    from flowengine.nodered.conversion import Conversion

MOST_OUTPUTS = 1000
NUMBERED = ("nodered/", "flow/")
"""Nodes whose outputs are numbers."""
SINGLE = frozenset(NATIVE.values()) - {NATIVE["switch"]}


class Wiring:
    """Makes the wires of one container after another."""

    def __init__(self, entries: Entries, result: Conversion, registry: Registry, asynchronous: bool) -> None:
        self.entries, self.result, self.registry, self.asynchronous = entries, result, registry, asynchronous
        self.report = result.report

    def of(
        self, id: str, flow: str, container: Container, nodes: dict[str, NodeSpec], subflow: bool
    ) -> tuple[list[Wire], Interface | None]:
        """Return the wires of a container and, for a subflow, its interface; nodes for links and states are added."""
        self.id, self.flow, self.nodes = id, flow, nodes
        self.beside: dict[str, str] = {}
        wires = self._stand_beside(container)
        for entry in container.nodes:
            wires += self._drawn(entry)
        wires += self._links(container)
        wires += self._caught(container, wires)
        wires = list(dict.fromkeys(wires))
        interface = self._interface(container.entry, wires) if subflow else None
        return self._without_loops(wires), interface

    def _name(self, id: Any) -> str:
        """Return the node of this container that an id names, or an empty text."""
        flow, node = self.result.places.get(str(id), ("", ""))
        return node if flow == self.flow else ""

    def _entrance(self, id: Any) -> str:
        """Return the node that takes what comes to an entry, or an empty text."""
        name = self._name(id)
        return self.beside.get(name, name)

    def _stand_beside(self, container: Container) -> list[Wire]:
        """Add the nodes that take what comes to controls; returns the wires from the controls to them."""
        targets = {str(target) for entry in container.nodes for _, target in _targets(entry)}
        targets |= {
            str(end.get("id")) for given in _dicts(container.entry.get("in")) for end in _dicts(given.get("wires"))
        }
        wires = []
        for entry in container.nodes:
            stand, name = self.result.stands.get(str(entry["id"])), self._name(entry["id"])
            if stand is None or stand.beside is None or str(entry["id"]) not in targets:
                continue
            beside = _free(f"{name}-{'shown' if stand.reads else 'pressed'}"[-90:].lstrip("-"), self.nodes)
            self.nodes[beside] = msgspec.structs.replace(stand.beside, disabled=self.nodes[name].disabled)
            self.beside[name] = self.result.beside[self.flow, name] = beside
            if stand.reads:
                self._set(name, reads=beside)
            if stand.told:
                wires.append(Wire(source=name, out=self._port(name, 0), target=beside))
        return wires

    def _sources(self, entry: Entry) -> list[str]:
        """Return the nodes from which the messages of an entry leave."""
        name, stand = self._name(entry["id"]), self.result.stands.get(str(entry["id"]))
        beside = self.beside.get(name)
        if beside is None or stand is None or not stand.through:
            return [name]
        return [beside] if stand.told else [name, beside]

    def _drawn(self, entry: Entry) -> list[Wire]:
        return [wire for number, target in _targets(entry) for wire in self._wire(entry, number, target)]

    def _wire(self, entry: Entry, number: int, target: Any) -> list[Wire]:
        source, node = self._name(entry["id"]), self._entrance(target)
        if not isinstance(target, str | int) or not node:
            where = {"flow": self.flow, "node": source}
            known = self.entries.by_id.get(str(target))
            what = "another tab" if known is not None and self._elsewhere(target) else "nothing"
            self.report.add(
                "lost", f"a wire from output {number + 1} leads to {what}: {str(target)[:80]}", entry, **where
            )
            return []
        stand = self.result.stands.get(str(entry["id"]))
        if stand is not None and number >= len(stand.ports):
            text = f"a wire from output {number + 1} leads to '{node}'; there is no such output here"
            self.report.add("lost", text, entry, flow=self.flow, node=source)
            return []
        if not self._takes(node):
            text = f"a wire leads to '{node}', which has no input"
            self.report.add("lost", text, entry, flow=self.flow, node=source)
            return []
        return [Wire(source=each, out=self._port(each, number), target=node) for each in self._sources(entry)]

    def _caught(self, container: Container, wires: list[Wire]) -> list[Wire]:
        """Return wires from the error ports of nodes that catch nodes cannot hear, to what those lead to.

        There is none back to where the failure came from: it would close a loop.
        """
        silent = [each for each in container.nodes if self._tells_by_port(each)]
        found: list[Wire] = []
        behind: dict[str, set[str]] = {}
        for catch in container.nodes if silent else ():
            if catch["type"] != "catch" or catch.get("d") is True:
                continue
            scope, targets = catch.get("scope"), catch.get("wires")
            first = targets[0] if isinstance(targets, list) and targets and isinstance(targets[0], list) else []
            for target in filter(None, map(self._entrance, first)):
                if not self._takes(target):
                    continue
                if target not in behind:
                    behind[target] = reached([(wire.source, wire.target) for wire in wires], target)
                for entry in silent:
                    source = self._name(entry["id"])
                    if source not in behind[target] and (not isinstance(scope, list) or entry["id"] in scope):
                        found.append(Wire(source=source, out="error", target=target))
        return found

    def _tells_by_port(self, entry: Entry) -> bool:
        stand = self.result.stands.get(str(entry["id"]))
        return stand is not None and bool(stand.connections or stand.own)

    def _elsewhere(self, id: Any) -> bool:
        return self.result.places.get(str(id), (self.flow, ""))[0] != self.flow

    def _port(self, node: str, number: int) -> str:
        """Return the name of an output; nodes of our own with one output have it unnamed."""
        kind = self.nodes[node].type
        return "" if number == 0 and (kind in SINGLE or not kind.startswith(NUMBERED)) else str(number + 1)

    def _takes(self, node: str) -> bool:
        spec = self.nodes[node]
        if spec.type.startswith("flow/"):
            return True
        known = self.registry.types.get(spec.type)
        return known is None or bool(input_ports(known.cls, spec.options))

    # --- links ---

    def _links(self, container: Container) -> list[Wire]:
        found: list[Wire] = []
        for entry in container.nodes:
            if entry["type"] == "link in":
                self._link_in(entry)
            elif entry["type"] in ("link out", "link call"):
                found += self._link(entry)
        return found

    def _link_in(self, entry: Entry) -> None:
        node = self._name(entry["id"])
        self._set(node, link=self._link_name(entry["id"]))

    def _link_name(self, id: Any) -> str:
        flow, node = self.result.places[str(id)]
        return f"{flow}.{node}"

    def _link(self, entry: Entry) -> list[Wire]:
        node, wires, far = self._name(entry["id"]), [], []
        links = entry.get("links")
        for id in links if isinstance(links, list) else []:
            known = self.entries.by_id.get(str(id))
            if known is None or known["type"] != "link in" or str(id) not in self.result.places:
                self.report.add("lost", f"a link leads to nothing: {str(id)[:80]}", entry, flow=self.flow, node=node)
            elif entry["type"] == "link out" and self._name(id) and entry.get("mode") != "return":
                if known.get("d") is not True:
                    wires.append(Wire(source=node, out="1", target=self._name(id)))
            else:
                far.append(self._link_name(id))
        self._set(node, links=far)
        return wires

    def _set(self, node: str, **options: Any) -> None:
        spec = self.nodes[node]
        self.nodes[node] = msgspec.structs.replace(spec, options={**spec.options, **options})

    # --- subflows ---

    def _interface(self, entry: Entry, wires: list[Wire]) -> Interface:
        inputs: dict[str, list[str]] = {}
        outputs: dict[str, list[str]] = {}
        own = str(entry["id"])
        for given in _dicts(entry.get("in"))[:1]:
            ends = [self._entrance(wire.get("id")) for wire in _dicts(given.get("wires"))]
            inputs["in"] = [end for end in dict.fromkeys(ends) if end and self._takes(end)]
        passes = any(str(w.get("id")) == own for out in _dicts(entry.get("out")) for w in _dicts(out.get("wires")))
        if "in" in inputs and (passes or not inputs["in"]):
            through = _free("in", self.nodes)
            self.nodes[through] = NodeSpec(type=table.JUNCTION)
            wires += [Wire(source=through, out="1", target=end) for end in inputs["in"]]
            inputs["in"] = [through]
        for number, out in enumerate(_dicts(entry.get("out"))):
            found = []
            for wire in _dicts(out.get("wires")):
                port = wire.get("port", 0)
                if str(wire.get("id")) == own and "in" in inputs:
                    found.append(f"{inputs['in'][0]}.1")
                elif self._name(wire.get("id")) and isinstance(port, int):
                    sources = self._sources(self.entries.by_id[str(wire["id"])])
                    found += [f"{name}.{self._port(name, port)}" for name in sources]
            outputs[str(number + 1)] = list(dict.fromkeys(found))
        status = entry.get("status")
        if isinstance(status, dict) and _dicts(status.get("wires")):
            node = _free("status", self.nodes)
            self.nodes[node] = NodeSpec(type=table.SUBFLOW_STATUS)
            for wire in _dicts(status["wires"]):
                port, name = wire.get("port", 0), self._name(wire.get("id"))
                if name and isinstance(port, int):
                    wires.append(Wire(source=name, out=self._port(name, port), target=node))
        parameters = {"given": {"type": "object", "default": {}}}
        return Interface(parameters=parameters, inputs=inputs, outputs=outputs)

    # --- loops ---

    def _without_loops(self, wires: list[Wire]) -> list[Wire]:
        """Report wires that close a loop; in Node-RED's order they become links."""
        closing = closing_wires([(wire.source, wire.target) for wire in wires])
        if not closing:
            return wires
        kept = [wire for number, wire in enumerate(wires) if number not in closing]
        ins: dict[str, str] = {}
        for number in closing:
            wire = wires[number]
            text = f"the wire {wire.source}.{wire.out} -> {wire.target} closes a loop"
            where: dict[str, Any] = {"flow": self.flow, "node": wire.source}
            if not self.asynchronous:
                hint = 'give it "feedback": {"initial": ...}, or import with --asynchronous: such wires become links'
                self.report.add("loop", text, **where, hint=hint)
                kept.append(wire)
                continue
            if wire.target not in ins:
                ins[wire.target] = back = _free(f"back-to-{wire.target}"[:90], self.nodes)
                self.nodes[back] = NodeSpec(type=table.LINK_IN, options={"link": f"{self.flow}.{back}", "alone": False})
                kept.append(Wire(source=back, out="1", target=wire.target))
            jump = _free(f"jump-to-{wire.target}"[:90], self.nodes)
            self.nodes[jump] = NodeSpec(type=table.LINK_OUT, options={"links": [f"{self.flow}.{ins[wire.target]}"]})
            kept.append(_moved(wire, jump))
            self.report.add("changed", text, **where, hint="it runs over a pair of links, as it did in Node-RED")
        return kept


def _moved(wire: Wire, target: str) -> Wire:
    return msgspec.structs.replace(wire, target=target)


def closing_wires(wires: list[tuple[str, str]]) -> list[int]:
    """Return the numbers of wires without which there is no loop: those that lead back in a walk from each start."""
    leaving: dict[str, list[int]] = {}
    for number, (source, _) in enumerate(wires):
        leaving.setdefault(source, []).append(number)
    targets = {target for _, target in wires}
    starts = [node for node in leaving if node not in targets] + list(leaving)
    state: dict[str, int] = {}
    closing: list[int] = []
    for start in starts:
        if start in state:
            continue
        state[start] = 1
        stack = [(start, iter(leaving.get(start, ())))]
        while stack:
            node, rest = stack[-1]
            number = next(rest, -1)
            if number < 0:
                state[node] = 2
                stack.pop()
                continue
            target = wires[number][1]
            if state.get(target) == 1:
                closing.append(number)
            elif target not in state:
                state[target] = 1
                stack.append((target, iter(leaving.get(target, ()))))
    return sorted(closing)


def reached(wires: list[tuple[str, str]], start: str) -> set[str]:
    """Return a node and all that its messages can come to."""
    leaving: dict[str, list[str]] = {}
    for source, target in wires:
        leaving.setdefault(source, []).append(target)
    found, rest = {start}, [start]
    while rest:
        new = [each for each in leaving.get(rest.pop(), ()) if each not in found]
        found.update(new)
        rest += new
    return found


def _targets(entry: Entry) -> list[tuple[int, Any]]:
    """Return the wires that an entry says: the number of the output, and the id at the other end."""
    wires = entry.get("wires")
    return [
        (number, target)
        for number, targets in enumerate(wires[:MOST_OUTPUTS] if isinstance(wires, list) else [])
        for target in (targets if isinstance(targets, list) else [targets])
    ]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _free(name: str, taken: Any) -> str:
    number, free = 2, name
    while free in taken:
        free = f"{name}-{number}"
        number += 1
    return free


__all__ = ["Wiring", "closing_wires", "reached"]
