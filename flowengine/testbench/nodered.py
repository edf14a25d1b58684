"""Flows of Node-RED that are loaded in a session: imported on the way in, seen by the ids they had."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from flowengine.clock import Clock, VirtualClock
from flowengine.context import MemoryContext
from flowengine.errors import NotFound
from flowengine.flow.doors import Doored, with_doors
from flowengine.flow.model import Flow
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.project import Project
from flowengine.message import Message
from flowengine.node import Context, Source, Status
from flowengine.nodered.conversion import Conversion, Wishes, convert
from flowengine.nodered.table import UNKNOWN
from flowengine.path import MISSING
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.testbench.lines import LogEvents, Output

DRAIN: Final = 0.5
STORES: Final = "NODE_RED_STORES"


@dataclass(frozen=True)
class RedWanted:
    """What a `load` command with a Node-RED array asks for."""

    values: list[Any]
    tap: tuple[str, ...] = ()
    environment: Mapping[str, str | None] = field(default_factory=dict)
    stores: tuple[str, ...] = ()
    credentials: Mapping[str, Any] = field(default_factory=dict)
    converted: Conversion = field(default_factory=Conversion)


def conversion_of(values: list[Any], registry: Registry, credentials: Mapping[str, Any]) -> Conversion:
    """Import an array as a session needs it: in Node-RED's order, every node with its id."""
    return convert(values, registry, Wishes(asynchronous=True, keep_ids=True), credentials)


class RedLoaded:
    """Running flows of Node-RED, their taps and their contexts."""

    def __init__(self, wanted: RedWanted, registry: Registry, environment: Mapping[str, str], clock: Clock) -> None:
        """Plan the flows.

        Raises:
            FlowInvalid: a flow has errors.
        """
        self.clock, self.wanted = clock, wanted
        self.stores = wanted.stores or ("default",)
        self.places = wanted.converted.places
        self._entries = {str(each["id"]): each for each in wanted.values if isinstance(each, dict) and "id" in each}
        self.ids = {node: id for id, (_, node) in self.places.items() if node}
        """Node here -> its id."""
        self.plans: list[tuple[Doored, Plan]] = []
        flows = [self._with_stores(flow) for flow in wanted.converted.flows.values()]
        project = Project.of(*flows, connections=wanted.converted.connections)
        for flow in flows:
            if flow.subflow is None and not flow.disabled:
                doored = with_doors(flow, project, registry)
                secrets = wanted.converted.secrets.get
                plan = plan_flow(doored.flow, project, doored.registry, environment, secrets)
                self.plans.append((doored, plan))
        self._doors = {
            door: node for doored, _ in self.plans for node, doors in doored.doors.items() for door in doors.values()
        }
        self.tapped = {str(id) for id in wanted.tap}

    def _with_stores(self, flow: Flow) -> Flow:
        if flow.subflow is not None:
            return flow
        return msgspec.structs.replace(flow, environment={**flow.environment, STORES: ",".join(self.stores)})

    def _id(self, node: str) -> str:
        """Return the id that a node had; of one inside an instance of a subflow, that in the subflow."""
        return self.ids.get(self._doors.get(node, node)) or self.ids.get(node.rpartition("/")[2], node)

    async def start(self, output: Output, log: LogEvents) -> None:
        """Start the flows; everything they do is sent as events.

        Raises:
            DeployFailed: something did not start.
        """

        def status(flow: str, node: str, status: Status) -> None:
            shown = getattr(status, "shown", None)
            if shown is not None:
                output.send("status", node=self._id(node), status=shown)

        def failed(flow: str, node: str, error: Exception, msg: Message | None) -> None:
            log.show("error", node, str(error) or type(error).__name__)

        log.known = {node: self._about(node) for _, plan in self.plans for node in plan.nodes}
        self._show = self._shower(output)
        self.engine = Engine(self.clock, on_status=status, on_failure=failed)
        if isinstance(self.clock, VirtualClock):
            self.clock.horizon = float("inf")
        for _, plan in self.plans:
            taps = {name: self._show for name in plan.nodes if self._id(name) in self.tapped}
            await self.engine.deploy(plan, taps)
            for name in taps:
                node: Any = self.engine.flows[plan.name].nodes[name]
                if hasattr(node, "tap_"):
                    node.tap_ = lambda msg, name=name: self._show(name, "", msg)
        if isinstance(self.clock, VirtualClock):
            self.clock.horizon = self.clock.elapsed

    def _about(self, node: str) -> tuple[str, str, str]:
        id = self._id(node)
        entry = self._entries.get(id, {})
        return id, str(entry.get("type", "")), str(entry.get("name") or "")

    async def stop(self) -> None:
        """Stop the flows."""
        if isinstance(self.clock, VirtualClock):
            self.clock.horizon = float("inf")
        await self.engine.stop(DRAIN)
        self.engine.dead_letters.close()

    @property
    def nodes(self) -> list[str]:
        """The ids of the nodes that run."""
        return [id for id, (flow, node) in self.places.items() if flow and node]

    def inject(self, id: str, msg: Message) -> None:
        """Give a msg to a node as if a wire had brought it.

        Raises:
            NotFound: there is no such node.
        """
        flow, name = self._place(id)
        found = next(((doored, plan) for doored, plan in self.plans if plan.name == flow), None)
        if found is None or not name:
            if id in self.tapped:
                self._show(id, "", msg)  # it is disabled, or a comment: nothing becomes of it
            return
        doored, _ = found
        doors = doored.doors.get(name)
        if doors:
            name = next(iter(doors.values()))
        node: Any = self.engine.flows[flow].nodes.get(name)
        if node is None:
            raise NotFound(f"nothing can be given to '{id}'")
        if isinstance(node, Source):
            if id in self.tapped:
                self._show(name, "", msg)
            handled: Any = node
            handled.receive(_shown(msg))
        else:
            self.engine.inject(flow, name, msg)

    def context(self, scope: str, id: str, store: str) -> Context:
        """Return the context of a scope; `id` says whose.

        Raises:
            NotFound: there is no such node.
        """
        store = store or self.stores[0]
        if store not in self.stores:
            raise ValueError(f"there is no context store '{store}'; there are: {', '.join(self.stores)}")
        if scope == "global":
            if store == self.stores[0]:
                return self.engine.around.shared
            return self._any().store("global", store)  # type: ignore[no-any-return]
        flow, name = self._place(id)
        live = self.engine.flows.get(flow)
        if live is None:
            return MemoryContext()
        node: Any = live.nodes.get(name) or next(iter(live.nodes.values()))
        if hasattr(node, "store"):
            return node.store(scope, store)  # type: ignore[no-any-return]
        return live.own_context if scope == "flow" else MemoryContext()

    def _any(self) -> Any:
        for live in self.engine.flows.values():
            for node in live.nodes.values():
                if hasattr(node, "store"):
                    return node
        raise NotFound("no node runs")

    def _place(self, id: str) -> tuple[str, str]:
        if id in self.places:
            return self.places[id]
        if id in self._entries:
            return "", ""
        raise NotFound(f"the flow has no node '{id}'")

    def _shower(self, output: Output) -> Callable[[str, str, Message], None]:
        clock = self.clock

        def show(node: str, port: str, msg: Message) -> None:
            fields = {key: value for key, value in _shown(msg).items() if key not in ("req", "res")}
            output.send_all("msg", {"node": self._id(node), "msg": fields, "t": round(clock.now() * 1000, 3)})

        return show


def _shown(msg: Message) -> dict[str, Any]:
    """Return Node-RED's msg in a Message: what stands in the properties comes before the fields."""
    fields = {"_msgid": msg.id, "payload": msg.payload, "topic": msg.topic, **msg.properties}
    return {key: _dated(value) for key, value in fields.items() if value is not MISSING}


def _dated(value: Any) -> Any:
    """Return a value with its dates as JavaScript writes them."""
    if isinstance(value, datetime.datetime):
        return f"{value.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    if isinstance(value, dict):
        return {key: _dated(inner) for key, inner in value.items()} if _has_date(value) else value
    return [_dated(inner) for inner in value] if isinstance(value, list) and _has_date(value) else value


def _has_date(value: Any, depth: int = 0) -> bool:
    if isinstance(value, datetime.datetime):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < 50 and any(_has_date(each, depth + 1) for each in inner)


def message_of(msg: Mapping[str, Any], new_id: Callable[[], str]) -> Message:
    """Return the Message that carries a msg of Node-RED."""
    rest = {key: value for key, value in msg.items() if key != "_msgid"}
    payload, topic = rest.pop("payload", MISSING), rest.pop("topic", MISSING)
    if payload is MISSING:
        rest["payload"] = MISSING
    if not isinstance(topic, str):
        rest["topic"] = topic
    id = msg.get("_msgid")
    if id is not None and not isinstance(id, str):
        rest["_msgid"] = id
    return Message(
        payload=None if payload is MISSING else payload,
        topic=topic if isinstance(topic, str) else "",
        id=id if isinstance(id, str) and id else new_id(),
        properties=rest,
    )


__all__ = ["UNKNOWN", "RedLoaded", "RedWanted", "conversion_of", "message_of"]
