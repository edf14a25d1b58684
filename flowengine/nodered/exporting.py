"""Flows back to Node-RED: what is as it was brought over is given back as it came, what was changed is put in.

The import is made once more from its origin; where the flows in the folder say the same, the entry of Node-RED stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from flowengine.flow.model import Flow, NodeSpec
from flowengine.flow.project import Project
from flowengine.nodered import table
from flowengine.nodered.conversion import Conversion, convert
from flowengine.nodered.entries import Entry
from flowengine.nodered.fitting import unescaped
from flowengine.nodered.layout import back
from flowengine.nodered.project import Origin
from flowengine.nodered.report import Report
from flowengine.registry import Registry

OURS = {ours: theirs for theirs, ours in (*table.DYNAMIC.items(), *table.NODES.items())}
THEIR_NAMES = {ours: theirs for theirs, ours in table.OPTIONS.items()}
MADE = (table.ENVIRONMENT, table.SUBFLOW_STATUS)
"""Nodes that an import makes by itself."""


def export(project: Project, origins: Sequence[Origin], registry: Registry) -> tuple[list[Any], Report]:
    """Return the entries of Node-RED that the flows of a project stand for, and what could not be carried back."""
    report = Report()
    imports = [_Exporter(project, each, convert(each.entries, registry, each.wishes), report) for each in origins]
    for name, file in project.flows.items():
        if file.flow is None:
            report.add("error", "the flow file cannot be read", flow=name)
    entries = [entry for each in imports for entry in each.given()]
    for name in project.flows:
        flow = project.flow(name)
        if flow is not None:
            knowing = next((each for each in imports if name in each.before.flows), imports[0])
            entries += knowing.new(name, flow)
    report.count("entries", len(entries))
    return entries, report


_LEFT_OUT: Any = object()
"""In place of an entry that is no more."""


class _Exporter:
    def __init__(self, project: Project, origin: Origin, before: Conversion, report: Report) -> None:
        self.project, self.origin, self.before, self.report = project, origin, before, report
        self.ids = {place: id for id, place in before.places.items()}
        """Flow and node -> the id in Node-RED."""
        self.ids |= {(flow, beside): self.ids[flow, node] for (flow, node), beside in before.beside.items()}

    def given(self) -> list[Any]:
        """Return the entries that the import began with, as they are now."""
        made = [self._entry(entry) for entry in self.origin.entries]
        return [entry for entry in made if entry is not _LEFT_OUT]

    def _entry(self, entry: Any) -> Any:
        if not isinstance(entry, dict) or str(entry.get("id")) not in self.before.places:
            return entry
        flow_name, node = self.before.places[str(entry["id"])]
        if not flow_name:
            return entry
        now, then = self.project.flow(flow_name), self.before.flows.get(flow_name)
        if then is None:
            return entry
        if now is None:
            if flow_name not in self.project.flows:
                self.report.add("note", "the flow is no more; it is left out", entry, flow=flow_name)
                return _LEFT_OUT
            return entry
        return self._node(entry, node, now, then) if node else self._container(entry, now, then)

    def _container(self, entry: Entry, now: Flow, then: Flow) -> Entry:
        made = dict(entry)
        if now.disabled != then.disabled:
            made["disabled"] = now.disabled
        if now.note != then.note:
            made["info"] = now.note
        return made

    def _node(self, entry: Entry, node: str, now: Flow, then: Flow) -> Any:
        new, old = now.nodes.get(node), then.nodes.get(node)
        if new is None or old is None:
            self.report.add("note", "the node is no more; it is left out", entry, flow=now.name, node=node)
            return _LEFT_OUT
        made = dict(entry)
        if new.type != old.type:
            return self._replaced(entry, node, new, now)
        if new != old:
            self._change(made, new, old, now.name, node)
        if self._leaving(now, node) != self._leaving(then, node):
            made["wires"] = self._wires(now, node, new)
        place = now.layout.get(node)
        if isinstance(place, list) and len(place) == 2 and place != then.layout.get(node):
            made["x"], made["y"] = back(place)
        return made

    def _change(self, made: Entry, new: NodeSpec, old: NodeSpec, flow: str, node: str) -> None:
        if new.disabled != old.disabled:
            made.pop("d", None)
            if new.disabled:
                made["d"] = True
        if new.note != old.note:
            made["info"] = new.note
        if new.type == table.UNKNOWN:
            made.update(unescaped(new.options.get("configuration", {})))
            return
        if str(made["id"]) in self.before.stands:
            if new.options != old.options:
                text = "its options were changed; they are given back as they came, since the node here has others"
                self.report.add("lost", text, made, flow=flow, node=node)
            return
        given = self.origin.credentials.get(str(made["id"]), [])
        for key in {**old.options, **new.options}:
            if (
                key in ("id", "group", "given", "tls", "proxy")
                or key in given
                or new.options.get(key) == old.options.get(key)
            ):
                continue
            theirs = THEIR_NAMES.get(key, key)
            if key in new.options:
                made[theirs] = self._value(key, new.options[key])
            else:
                made.pop(theirs, None)

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("${secret:"):
            return ""
        return unescaped(value)

    def _replaced(self, entry: Entry, node: str, new: NodeSpec, now: Flow) -> Entry | None:
        theirs = OURS.get(new.type)
        if theirs is None:
            text = f"it is {new.type} by now, which Node-RED does not have; the entry it came from is given back"
            self.report.add("lost", text, entry, flow=now.name, node=node)
            return entry
        return self._made(str(entry["id"]), entry.get("z"), node, new, now)

    # --- what is new ---

    def new(self, name: str, flow: Flow) -> list[Entry]:
        """Return entries for the nodes of a flow that the import did not make."""
        then = self.before.flows.get(name)
        entries: list[Entry] = []
        if then is None:
            z = _id(name, "")
            entries.append({"id": z, "type": "tab", "label": name, "disabled": flow.disabled, "info": flow.note})
            if flow.subflow is not None:
                self.report.add("lost", "a new subflow cannot be exported yet", flow=name)
                return []
        else:
            z = self.before.containers[name]
        for node, spec in flow.nodes.items():
            if (then is not None and node in then.nodes) or spec.type in MADE:
                continue
            if spec.type not in OURS:
                text = f"{spec.type} is no node of Node-RED"
                self.report.add("lost", text, flow=name, node=node)
                continue
            entries.append(self._made(_id(name, node), z, node, spec, flow))
        return entries

    def _made(self, id: str, z: Any, node: str, spec: NodeSpec, flow: Flow) -> Entry:
        made: Entry = {"id": id, "type": OURS[spec.type], "z": z, "name": spec.options.get("name", node)}
        for key, value in spec.options.items():
            if key not in ("id", "name", "group"):
                made[THEIR_NAMES.get(key, key)] = self._value(key, value)
        made["x"], made["y"] = back(flow.layout.get(node))
        made["wires"] = self._wires(flow, node, spec)
        return made

    def _leaving(self, flow: Flow, node: str) -> list[tuple[str, str]]:
        """Return output and target of each wire that leaves a node, or the one that the import has put beside it."""
        beside = self.before.beside.get((flow.name, node))
        if beside is None:
            return _leaving(flow, node)
        leaving = [*_leaving(flow, node), *_leaving(flow, beside)]
        return [(out, target) for out, target in leaving if target != beside]

    def _wires(self, flow: Flow, node: str, spec: NodeSpec) -> list[list[str]]:
        count = spec.options.get("ports", 1)
        wires: list[list[str]] = [[] for _ in range(count if isinstance(count, int) else 1)]
        for out, target in self._leaving(flow, node):
            port = int(out) - 1 if out.isdigit() else 0
            if out == "error":
                then = self.before.flows.get(flow.name)
                if then is not None and (out, target) in self._leaving(then, node):
                    continue  # the import has wired it
                self.report.add("lost", "a wire from the error port; use a catch node", flow=flow.name, node=node)
                continue
            wires.extend([] for _ in range(port + 1 - len(wires)))
            id = self.ids.get((flow.name, target)) or _id(flow.name, target)
            if id not in wires[port]:
                wires[port].append(id)
        return wires


def _leaving(flow: Flow, node: str) -> list[tuple[str, str]]:
    return [(wire.out, wire.target) for wire in flow.wires if wire.source == node and not wire.disabled]


def _id(flow: str, node: str) -> str:
    """Return the id of a new entry: always the same for a place, so that exports do not differ."""
    return hashlib.sha256(f"{flow}/{node}".encode()).hexdigest()[:16]
