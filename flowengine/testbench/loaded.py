"""One flow that is loaded in a session, from its start to its stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from flowengine.clock import Clock, VirtualClock
from flowengine.context import MemoryContext
from flowengine.errors import NotFound
from flowengine.flow.doors import Doored, with_doors
from flowengine.flow.file import FlowFile
from flowengine.flow.model import Flow
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.project import Project
from flowengine.message import Message
from flowengine.node import Context, Source, Status
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.testbench.lines import LogEvents, Output

DRAIN: Final = 1.0
"""Seconds that a flow may take to finish what is under way when it is unloaded."""

COLOURS: Final = {
    "ok": ("green", "dot"),
    "busy": ("blue", "dot"),
    "warning": ("yellow", "ring"),
    "error": ("red", "ring"),
    "off": ("grey", "ring"),
}
"""A status level as Node-RED shows it: fill and shape."""


@dataclass(frozen=True)
class Wanted:
    """What a `load` command asks for."""

    file: FlowFile
    project: Project
    tap: tuple[str, ...] = ()
    environment: Mapping[str, str | None] = field(default_factory=dict)
    """Variables of the flow; None: it has no such variable."""
    stores: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)


class Loaded:
    """A running flow, its taps and its context."""

    def __init__(self, wanted: Wanted, registry: Registry, environment: Mapping[str, str], clock: Clock) -> None:
        """Plan the flow.

        Args:
            wanted: the flow and what is to be seen of it.
            registry: the node types.
            environment: the variables of the process.
            clock: real or virtual.

        Raises:
            FlowInvalid: the flow has errors.
            NotFound: there is no node to tap.
        """
        self.clock = clock
        self.doored, self.plan = _planned(wanted, registry, environment)
        self.stores = wanted.stores or ("default",)
        self._further: dict[tuple[str, str, str], MemoryContext] = {}
        """(store, scope, node) -> the context, for all stores but the first."""
        self.tapped = set(wanted.tap)
        self._doors = {door: node for node, doors in self.doored.doors.items() for door in doors.values()}
        for node in wanted.tap:
            self._must_exist(node)

    async def start(self, output: Output, log: LogEvents) -> None:
        """Start the flow; everything it does is sent as events.

        Raises:
            DeployFailed: something did not start.
        """

        def status(flow: str, node: str, status: Status) -> None:
            fill, shape = COLOURS[status.level]
            output.send("status", node=node, status={"fill": fill, "shape": shape, "text": status.text})

        def failed(flow: str, node: str, error: Exception, msg: Message | None) -> None:
            log.show("error", self._doors.get(node, node), str(error) or type(error).__name__)

        log.types = {name: node.cls.type for name, node in self.plan.nodes.items()}
        self._show = self._shower(output)
        self.engine = Engine(self.clock, on_status=status, on_failure=failed)
        taps = {name: self._show for name in self.plan.nodes if self._doors.get(name, name) in self.tapped}
        if isinstance(self.clock, VirtualClock):
            self.clock.horizon = float("inf")
        await self.engine.deploy(self.plan, taps)
        if isinstance(self.clock, VirtualClock):
            self.clock.horizon = self.clock.elapsed  # from now on time moves only when it is told to

    async def stop(self) -> None:
        """Stop the flow."""
        if isinstance(self.clock, VirtualClock):
            self.clock.horizon = float("inf")
        await self.engine.stop(DRAIN)
        self.engine.dead_letters.close()

    @property
    def nodes(self) -> list[str]:
        """The nodes of the flow that run."""
        return [name for name in self.plan.nodes if name not in self._doors and name not in self.doored.dead_ends]

    def inject(self, name: str, msg: Message) -> None:
        """Give a message to a node, or an instance of a subflow, as if a wire had brought it.

        Raises:
            NotFound: there is no such node or port.
        """
        node, _, port = name.partition(".") if name not in self.plan.nodes else (name, "", "")
        self._must_exist(node)
        doors = self.doored.doors.get(node)
        if doors is not None:
            if not doors or (port and port not in doors):
                raise NotFound(f"node '{node}' has no input{f' {port!r}' if port else ''}")
            node, port = doors[port or next(iter(doors))], ""
        if node in self.tapped and issubclass(self.plan.nodes[node].cls, Source):
            msg = msg.replace(id=msg.id or f"{node}-{self.clock.monotonic():.6f}", time=msg.time or self.clock.now())
            self._show(node, "", msg)  # no wire ever leads to a source: only this road does
        self.engine.inject(self.plan.name, node, msg, port)

    def context(self, scope: str, node: str, store: str) -> Context:
        """Return the context of a scope; `node` says whose, for flow scope it may be empty.

        Raises:
            NotFound: there is no such store or node.
        """
        store = store or self.stores[0]
        if store not in self.stores:
            raise ValueError(f"there is no context store '{store}'; there are: {', '.join(self.stores)}")
        if node or scope == "node":
            self._must_exist(node)
        if store != self.stores[0]:
            owner = node if scope == "node" else ""
            return self._further.setdefault((store, scope, owner), MemoryContext())
        if scope == "global":
            return self.engine.around.shared
        live = self.engine.flows[self.plan.name].nodes
        if scope == "flow":
            return next(iter(live.values())).context("flow")
        doors = self.doored.doors.get(node)
        return live[next(iter(doors.values())) if doors else node].context("node")

    def _must_exist(self, node: str) -> None:
        if node not in self.plan.nodes and node not in self.doored.doors:
            known = [*self.nodes, *self.doored.doors, *self.doored.dead_ends]
            raise NotFound(f"the flow has no node '{node}'; it has: {', '.join(sorted(known)[:20])}")

    def _shower(self, output: Output) -> Callable[[str, str, Message], None]:
        clock, doors = self.clock, self._doors

        def show(node: str, port: str, msg: Message) -> None:
            fields = {key: value for key, value in msg.as_dict().items() if key not in ("req", "res")}
            output.send_all("msg", {"node": doors.get(node, node), "msg": fields, "t": round(clock.now() * 1000, 3)})

        return show


def _planned(wanted: Wanted, registry: Registry, environment: Mapping[str, str]) -> tuple[Doored, Plan]:
    secrets = wanted.secrets.get
    plan_flow(wanted.file, wanted.project, registry, environment, secrets)
    flow: Flow | None = wanted.file.flow
    assert flow is not None
    own = {
        name: stated
        for name, value in flow.environment.items()
        if (stated := wanted.environment.get(name, value)) is not None
    }
    doored = with_doors(msgspec.structs.replace(flow, environment=own), wanted.project, registry)
    return doored, plan_flow(doored.flow, wanted.project, doored.registry, environment, secrets)


def unknown_types(flow: Any, project: Project, registry: Registry) -> list[str]:
    """Return the types that a flow's JSON names and that nobody brings; those of disabled nodes do not matter."""
    found: dict[str, None] = {}
    for group in ("nodes", "connections"):
        members = flow.get(group) if isinstance(flow, dict) else None
        for spec in members.values() if isinstance(members, dict) else ():
            if isinstance(spec, dict) and isinstance(spec.get("type"), str) and spec.get("disabled") is not True:
                name = spec["type"]
                if name not in registry.types and project.subflow(name) is None:
                    found[name] = None
    return list(found)
