"""Entries of Node-RED as flow files: a flow for each tab and each subflow, connections for configuration nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flowengine.flow.model import ConnectionSpec, Flow, NodeSpec
from flowengine.nodered import palette, table
from flowengine.nodered.brokers import broker_options, proxy_options, tls_options
from flowengine.nodered.entries import Container, Entries, Entry, sorted_out
from flowengine.nodered.fitting import escaped, fit, rest, variables, widen
from flowengine.nodered.layout import layout_of
from flowengine.nodered.names import Names, readable
from flowengine.nodered.native import HEARS, native
from flowengine.nodered.palette import LAYOUT, STANDS, Stand
from flowengine.nodered.palette.modbus import device_options
from flowengine.nodered.palette.pages import Spot, Widget, page_of, pages
from flowengine.nodered.remarks import remarks
from flowengine.nodered.report import Report
from flowengine.nodered.secrets import Secrets
from flowengine.nodered.wiring import Wiring
from flowengine.options import schema_of
from flowengine.registry import Registry

RESERVED: Final = ("connections", "dashboard", "envelope")
"""Names of files in a folder of flows that are no flows."""


@dataclass(frozen=True)
class Wishes:
    """How flows are to be brought over."""

    asynchronous: bool = False
    """Keep Node-RED's order of messages, and its loops."""
    native: bool = False
    """Take nodes of our own where they do the same with numbers, texts, true and false."""
    keep_ids: bool = False
    """Have nodes state the id that they had: for tests, where messages name it."""
    taken: tuple[str, ...] = ()
    """Names of flows that are there already."""
    taken_connections: tuple[str, ...] = ()
    """The same of shared connections."""


@dataclass
class Conversion:
    """What an import has made."""

    flows: dict[str, Flow] = field(default_factory=dict)
    connections: dict[str, ConnectionSpec] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Id in Node-RED -> flow and node here; the node is empty for a tab or a subflow."""
    containers: dict[str, str] = field(default_factory=dict)
    """Flow -> id of its tab or subflow, which a node may have too where the file says no word of the tab."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Name of a secret -> its value."""
    credentials: dict[str, list[str]] = field(default_factory=dict)
    """Id -> the options that its credentials have given."""
    unknown: dict[str, None] = field(default_factory=dict)
    """Types that there is no node for, of entries that are not disabled."""
    stands: dict[str, Stand] = field(default_factory=dict)
    """Id -> what stands for an entry of the palette."""
    beside: dict[tuple[str, str], str] = field(default_factory=dict)
    """Flow and node -> the node beside it that takes what came to its entry."""
    pages: dict[str, list[Spot]] = field(default_factory=dict)
    """Pages for operators, and what stands on them."""


def convert(
    values: list[Any],
    registry: Registry,
    wishes: Wishes = Wishes(),
    credentials: Mapping[str, Any] | None = None,
) -> Conversion:
    """Bring the entries of a flows.json over. Whatever they are, this ends with a report.

    Args:
        values: the entries.
        registry: the node types.
        wishes: how.
        credentials: id -> its credentials, as a decrypted flows_cred.json has them.
    """
    result = Conversion()
    entries = sorted_out(values, result.report)
    return _Converter(entries, registry, wishes, Secrets(credentials or {}, entries.by_id, result), result).all()


class _Converter:
    def __init__(
        self, entries: Entries, registry: Registry, wishes: Wishes, secrets: Secrets, result: Conversion
    ) -> None:
        self.entries, self.registry, self.wishes, self.secrets, self.result = entries, registry, wishes, secrets, result
        self.report = result.report
        self.connections: dict[str, str] = {}
        """Id -> name of the connection."""
        self.widgets: list[Widget] = []
        self.variables = [variable for entry in entries.globals for variable in variables(entry)]

    def all(self) -> Conversion:
        """Convert everything."""
        names = Names(RESERVED + self.wishes.taken)
        containers = {**self.entries.subflows, **self.entries.tabs}
        files = {}
        for id, container in containers.items():
            label = container.entry.get("label") or container.entry.get("name")
            files[id] = names.give(label, "subflow" if id in self.entries.subflows else "flow")
            self.result.places[id] = (files[id], "")
            self.result.containers[files[id]] = id
        self.shared = Names(self.wishes.taken_connections)
        for id, entry in self.entries.configurations.items():
            if entry["type"] not in LAYOUT and entry["type"] not in table.INLINED:
                self._configuration(id, entry)
        nodes = Names()
        for id, container in containers.items():
            own = nodes if self.wishes.keep_ids else Names()
            for entry in container.nodes:
                self.result.places[str(entry["id"])] = (
                    files[id],
                    own.give(entry.get("name"), readable(entry["type"], "node")),
                )
        for id, container in containers.items():
            self.result.flows[files[id]] = self._flow(id, files[id], container)
        self.result.pages = pages(self.widgets, self.entries.configurations)
        if self.result.pages:
            self.report.count("pages for operators", len(self.result.pages))
        self.secrets.tell()
        return self.result

    # --- configuration nodes ---

    def _configuration(self, id: str, entry: Entry) -> None:
        name = self.shared.give(entry.get("name"), readable(entry["type"], "connection"))
        self.connections[id] = name
        self.result.places[id] = ("", name)
        kind = table.CONNECTIONS.get(entry["type"])
        reason = "there is no such connection here"
        if kind is not None and kind in self.registry.types and entry["type"] in palette.CONNECTIONS:
            try:
                made = palette.CONNECTIONS[entry["type"]](entry)
            except ValueError as error:
                kind, reason = None, str(error)
            else:
                self._lost(made.lost, entry, "", name)
                given = self.secrets.options(entry, schema_of(self.registry.types[kind].cls), made.credentials)
                self.result.connections[name] = ConnectionSpec(type=kind, options={**made.options, **given})
                self.report.count("connections")
                return
        if kind is not None and kind in self.registry.types:
            if entry["type"] == "mqtt-broker":
                options, lost = broker_options(entry, self.entries.configurations)
                if "tls" in options and (there := self.entries.configurations.get(str(entry.get("tls")))):
                    options["tls"] |= self.secrets.uploaded(there, lost)
            elif entry["type"] == "modbus-client":
                options, lost = device_options(entry)
            else:
                options, lost = fit(entry, schema_of(self.registry.types[kind].cls))
            self._lost(lost, entry, "", name)
            self._inlined(options, entry, schema_of(self.registry.types[kind].cls), name)
            options.update(self.secrets.options(entry, schema_of(self.registry.types[kind].cls)))
            self.result.connections[name] = ConnectionSpec(type=kind, options=options)
            self.report.count("connections")
            return
        self.result.unknown[entry["type"]] = None
        options = {"node_type": escaped(entry["type"]), "configuration": escaped(rest(entry))}
        self.result.connections[name] = ConnectionSpec(type=table.UNKNOWN_CONNECTION, options=options)
        self.secrets.options(entry, {"properties": {}})
        self.report.count("placeholders")
        hint = table.NEAREST.get(entry["type"], "")
        self.report.add(
            "placeholder",
            f"{reason}; its configuration is kept",
            entry,
            node=name,
            hint=f"nearest: {hint}" if hint else "",
        )

    # --- flows ---

    def _flow(self, id: str, name: str, container: Container) -> Flow:
        entry, subflow = container.entry, id in self.entries.subflows
        self.subflow = subflow
        nodes: dict[str, NodeSpec] = {}
        environment = self._environment(id, name, container, subflow)
        if environment is not None:
            nodes["environment"] = environment
        own = {str(node["id"]): self.result.places[str(node["id"])][1] for node in container.nodes}
        if "environment" in own.values() and environment is not None:
            nodes["variables"] = nodes.pop("environment")
        self.heard = any(node["type"] in HEARS for node in container.nodes)
        for node in container.nodes:
            nodes[own[str(node["id"])]] = self._node(node, name, own)
        wiring = Wiring(self.entries, self.result, self.registry, self.wishes.asynchronous)
        wires, interface = wiring.of(id, name, container, nodes, subflow)
        self.report.count("subflows" if subflow else "flows")
        self._unusual(entry)
        return Flow(
            name=name,
            note=str(entry.get("info") or ""),
            disabled=entry.get("disabled") is True,
            subflow=interface,
            environment=dict([table.ORDER]) if self.wishes.asynchronous and not subflow else {},
            nodes=nodes,
            wires=tuple(wires),
            layout=layout_of(container, own),
        )

    def _environment(self, id: str, name: str, container: Container, subflow: bool) -> NodeSpec | None:
        entry = container.entry
        env = [] if subflow else list(self.variables)
        env += variables(entry)
        groups = {
            str(group["id"]): {
                "name": str(group.get("name", "")),
                "group": str(group.get("g", "")),
                "env": variables(group),
            }
            for group in container.groups
        }
        if not (env or subflow or any(group["env"] for group in groups.values()) or self.wishes.keep_ids):
            return None
        options: dict[str, Any] = {"variables": escaped(env)} if env else {}
        if groups:
            options["groups"] = escaped(groups)
        if subflow:
            options["given"] = "${parameter:given}"
        else:
            label = entry.get("label", "")
            options["facts"] = escaped({"NR_FLOW_ID": str(entry["id"]), "NR_FLOW_NAME": str(label)})
        return NodeSpec(type=table.ENVIRONMENT, options=options)

    # --- nodes ---

    def _node(self, entry: Entry, flow: str, own: Mapping[str, str]) -> NodeSpec:
        name = own[str(entry["id"])]
        note, disabled = str(entry.get("info") or ""), entry.get("d") is True
        kind = entry["type"]
        if kind.startswith("subflow:"):
            return self._instance(entry, flow, name, note, disabled)
        if kind in STANDS:
            return self._standing(STANDS[kind](entry), entry, flow, name, note, disabled)
        ours = table.ours(entry)
        if ours is None or ours not in self.registry.types:
            return self._unknown(entry, flow, name, note, disabled)
        stands_in = native(entry) if self.wishes.native and not self.heard else None
        if stands_in is not None and stands_in[0] in self.registry.types:
            self.report.count("nodes")
            self.report.count("of them flowengine's own")
            return NodeSpec(type=stands_in[0], options=stands_in[1], note=note, disabled=disabled)
        schema = schema_of(self.registry.types[ours].cls)
        options, lost = fit(entry, schema)
        if reason := self._connect(options, schema, entry):
            return self._unknown(entry, flow, name, note, disabled, reason)
        self._inlined(options, entry, schema, name, flow)
        self._scopes(entry, options, own)
        options.update(self.secrets.options(entry, schema))
        if entry.get("name") and "name" in schema["properties"]:
            options = {"name": escaped(str(entry["name"])), **options}
        if self.wishes.keep_ids and "id" in schema["properties"]:
            options["id"] = escaped(str(entry["id"]))
        if entry.get("g") and "group" in schema["properties"]:
            options["group"] = escaped(str(entry["g"]))
        if "ports" in schema["properties"]:
            widen(options, entry, schema)
        self._lost(lost, entry, flow, name)
        for text, hint in remarks(entry):
            self.report.add("changed", text, entry, flow=flow, node=name, hint=hint)
        self.report.count("nodes")
        return NodeSpec(type=ours, options=options, note=note, disabled=disabled)

    def _standing(self, stand: Stand, entry: Entry, flow: str, name: str, note: str, disabled: bool) -> NodeSpec:
        """Return the node that stands for an entry of the palette."""
        if stand.placeholder or stand.type not in self.registry.types:
            return self._unknown(entry, flow, name, note, disabled, stand.placeholder)
        options = dict(stand.options)
        for option, key in stand.connections.items():
            id = str(entry.get(key))
            wanted = schema_of(self.registry.types[stand.type].cls)["properties"][option]["x-connection"]
            if id not in self.connections or self.result.connections[self.connections[id]].type != wanted:
                reason = f"'{key}' names {id[:80]!r}, which is no {wanted}"
                return self._unknown(entry, flow, name, note, disabled, reason)
            options[option] = self.connections[id]
            if stand.adapted is not None:
                options |= stand.adapted(self.entries.configurations[id])
        if stand.own is not None:
            options["connection"] = self._own(stand, stand.own, entry)
        if stand.type.startswith("dashboard/"):
            page = page_of(entry, self.entries.configurations)
            options |= {"page": page} if page else {}
            if self.subflow:
                self.report.add("lost", "in a subflow, it has no place on a page yet", entry, flow=flow, node=name)
            else:
                self.widgets.append(Widget(entry, flow, name, stand.type))
        properties = schema_of(self.registry.types[stand.type].cls)["properties"]
        if entry.get("name") and "name" in properties:
            options = {"name": escaped(str(entry["name"])), **options}
        if self.wishes.keep_ids and "id" in properties:
            options["id"] = escaped(str(entry["id"]))
        self.result.stands[str(entry["id"])] = stand
        self._lost(stand.lost, entry, flow, name)
        for text in stand.changed:
            self.report.add("changed", text, entry, flow=flow, node=name)
        self.report.count("nodes")
        return NodeSpec(type=stand.type, options=options, note=note, disabled=disabled)

    def _own(self, stand: Stand, spec: ConnectionSpec, entry: Entry) -> str:
        """Return the connection that the entry's own settings make; entries that say the same share one."""
        given = self.secrets.options(entry, schema_of(self.registry.types[spec.type].cls), stand.credentials)
        if "@" in given.get("username", "") and "sender" in spec.options:
            given["sender"] = given["username"]
        made = ConnectionSpec(type=spec.type, options={**spec.options, **given})
        same = next((name for name, each in self.result.connections.items() if each == made), None)
        if same is not None:
            return same
        name = self.shared.give(None, readable(spec.type.rpartition("/")[2], "connection"))
        self.result.connections[name] = made
        self.report.count("connections")
        return name

    def _instance(self, entry: Entry, flow: str, name: str, note: str, disabled: bool) -> NodeSpec:
        subflow = entry["type"].removeprefix("subflow:")
        if subflow not in self.entries.subflows:
            self.report.add("error", "the subflow that it stands for is not in the file", entry, flow=flow, node=name)
            return self._unknown(entry, flow, name, note, disabled)
        given: dict[str, Any] = {
            "id": str(entry["id"]) if self.wishes.keep_ids else name,
            "name": str(entry.get("name", "")),
        }
        given["of"] = subflow if self.wishes.keep_ids else self.result.places[subflow][0]
        env = variables(entry)
        if env:
            given["env"] = env
        self.secrets.options(entry, {"properties": {}})
        self.report.count("nodes")
        kind = "flow/" + self.result.places[subflow][0]
        return NodeSpec(type=kind, options={"given": escaped(given)}, note=note, disabled=disabled)

    def _unknown(self, entry: Entry, flow: str, name: str, note: str, disabled: bool, reason: str = "") -> NodeSpec:
        options = {"node_type": escaped(entry["type"]), "configuration": escaped(rest(entry))}
        if entry.get("name"):
            options = {"name": escaped(str(entry["name"])), **options}
        wires = entry.get("wires")
        options["ports"] = min(1000, max(1, len(wires))) if isinstance(wires, list) else 1
        if not disabled and table.ours(entry) not in self.registry.types:
            self.result.unknown[entry["type"]] = None
        self.secrets.options(entry, {"properties": {}})
        self.report.count("placeholders")
        nearest = table.NEAREST.get(entry["type"], "")
        hint = f"nearest: {nearest}" if nearest else "replace it, or disable it"
        text = reason or "there is no such node here"
        self.report.add("placeholder", text, entry, flow=flow, node=name, hint=hint)
        return NodeSpec(type=table.UNKNOWN, options=options, note=note, disabled=disabled)

    def _connect(self, options: dict[str, Any], schema: Mapping[str, Any], entry: Entry) -> str:
        """Put the connections that an entry names into its options; returns why that cannot be."""
        reason = ""
        for option, each in schema["properties"].items():
            wanted, id = each.get("x-connection"), entry.get(option)
            if wanted is None:
                continue
            if not isinstance(id, str) or not id:
                if option in schema.get("required", ()):
                    reason = f"'{option}' names no configuration node"
            elif id not in self.connections:
                reason = f"'{option}' names the configuration node {id}, which is not in the file"
            elif table.CONNECTIONS.get(self.entries.configurations[id]["type"]) != wanted:
                reason = f"'{option}' names {id}, which is no {wanted}"
            else:
                options[option] = self.connections[id]
        return reason

    def _inlined(
        self, options: dict[str, Any], entry: Entry, schema: Mapping[str, Any], name: str, flow: str = ""
    ) -> None:
        """Put what a tls-config or an http proxy says into the options of who names it."""
        for option in ("tls", "proxy"):
            there = self.entries.configurations.get(str(entry.get(option) or ""))
            if there is None or option not in schema["properties"] or entry["type"] == "mqtt-broker":
                continue
            lost: list[str] = []
            made = tls_options(there, lost) if option == "tls" else proxy_options(there)
            given = self.secrets.uploaded(there, lost) if option == "tls" else self.secrets.inlined(there, "proxy")
            self._lost(lost, there, flow, name)
            if made is not None:
                options[option] = {**made, **given}

    def _scopes(self, entry: Entry, options: dict[str, Any], own: Mapping[str, str]) -> None:
        if isinstance(entry.get("scope"), list):
            options["scope"] = [own[str(id)] for id in entry["scope"] if str(id) in own]

    def _lost(self, lost: Iterable[str], entry: Entry, flow: str, node: str) -> None:
        names = ", ".join(lost)
        if names:
            self.report.add("lost", f"no option here stands for: {names}", entry, flow=flow, node=node)

    def _unusual(self, entry: Entry) -> None:
        if entry.get("locked") is True:
            self.report.add("lost", "the tab was locked; there is no lock here", entry)
