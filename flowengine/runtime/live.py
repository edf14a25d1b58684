"""One live flow: start, drain, stop."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.errors import DeployFailed, NotFound
from flowengine.flow.plan import Plan, PlannedWire
from flowengine.message import Message
from flowengine.node import Connection, Node, Status, Transform
from flowengine.options import build
from flowengine.runtime.channel import Channel
from flowengine.runtime.connections import Connections
from flowengine.runtime.cut import cut
from flowengine.runtime.delivery import Delivery
from flowengine.runtime.failures import Failures
from flowengine.runtime.host import NodeHost
from flowengine.runtime.part import LivePart, Tap
from flowengine.runtime.place import RunningPart, here
from flowengine.store.dead_letters import DeadLetter

START_ORDER = ("actuator", "transform", "source")

DRAIN_STEP = 0.002
"""Seconds between looks at whether a flow has become quiet."""


@dataclass
class Surroundings:
    """What all flows of an engine share."""

    clock: Clock
    connections: Connections
    failures: Failures
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    """Variables of the process, which nodes see behind those of their flow."""
    shared: MemoryContext = field(default_factory=MemoryContext)
    """The context of scope `global`."""
    on_status: Callable[[str, str, Status], None] = lambda flow, node, status: None
    on_failure: Callable[[str, str, Exception, Message | None], None] = lambda flow, node, error, msg: None


class LiveFlow:
    """A plan brought to life."""

    def __init__(self, plan: Plan, around: Surroundings, taps: Mapping[str, Tap] | None = None) -> None:
        self.plan = plan
        self.around = around
        self.taps = taps or {}
        self.log = logging.LoggerAdapter(logging.getLogger("flowengine.flow"), {"flow": plan.name})
        self.nodes: dict[str, Node] = {}
        self.inboxes: dict[str, Channel] = {}
        self.parts: dict[str, RunningPart] = {}
        """Node -> the part it runs in."""
        self._running: list[RunningPart] = []
        self._connected: list[str] = []
        self._started: list[Node] = []
        self._context = MemoryContext()
        self._environment = {**around.environment, **plan.environment}
        self._ids = itertools.count()
        self._prefix = uuid.uuid4().hex[:10] + "-"
        self._bad: set[str] = set()

    # --- start ---

    async def start(self) -> None:
        """Open connections, build and start nodes, start the parts: actuators, transforms, sources.

        Raises:
            DeployFailed: something did not start; everything that had been started is stopped again.
        """
        what = "flow"
        try:
            connections: dict[str, Connection] = {}
            for name, planned in self.plan.connections.items():
                what = f"connection '{name}'"
                connections[name] = await self.around.connections.acquire(planned)
                self._connected.append(name)
            for name, planned_node in self.plan.nodes.items():
                what = f"node '{name}'"
                self.nodes[name] = build(planned_node.cls, planned_node.options, connections.__getitem__)
                self.nodes[name]._host = self._host(name)  # type: ignore[misc]
            for kind in START_ORDER:
                for name, node in self.nodes.items():
                    if node.kind == kind:
                        what = f"node '{name}'"
                        self._started.append(node)
                        await node.start()
            what = "flow"
            self._build_parts()
        except asyncio.CancelledError:
            await self._close()
            raise
        except Exception as error:
            await self._close()
            raise DeployFailed(f"flow '{self.plan.name}' did not start: {what}: {error}") from error
        for part in self._running:
            part.start_stages()
        for part in self._running:
            part.start_sources()

    def _host(self, name: str) -> NodeHost:
        host = NodeHost(
            self.plan.name,
            name,
            self.around.clock,
            {"flow": self._context, "global": self.around.shared},
            self._environment,
            lambda node, port, msg: self.parts[node].emit(node, port, msg),
            self._failed_outside,
        )
        host.watch = lambda node, status: self.around.on_status(self.plan.name, node, status)
        return host

    def _build_parts(self) -> None:
        pieces = cut(self.plan)
        self.inboxes = {name: Channel(self._inbox_size(name)) for name in self.plan.nodes if name in pieces.stages}
        for piece in pieces.parts:
            part = LivePart(
                nodes={name: self.nodes[name] for name in piece.nodes},
                outputs={
                    name: [port.name for port in planned.cls.output_ports(planned.options)]
                    for name, planned in piece.nodes.items()
                },
                inboxes=self.inboxes,
                cut=pieces,
                clock=self.around.clock,
                fail=self._failed,
                taps={name: tap for name, tap in self.taps.items() if name in piece.nodes},
                new_id=self._new_id,
            )
            running = here(part)
            self._running.append(running)
            self.parts.update(dict.fromkeys(piece.nodes, running))

    def _inbox_size(self, node: str) -> int:
        stated = [wire.queue.size for wire in self.plan.wires if wire.target == node and wire.queue is not None]
        return max(stated) if stated else Channel().size

    def _new_id(self) -> str:
        return self._prefix + str(next(self._ids))

    # --- stop ---

    async def stop(self, drain: float = 10.0) -> None:
        """Stop reading, let everything under way finish for up to `drain` seconds, then close.

        What transforms have collected is sent on; what they hold for later, and what could not be finished in time,
        goes to the dead letters, unless its source has not been told that it is done and will bring it again.
        """
        for part in self._running:
            await part.stop_sources()
        try:
            async with asyncio.timeout(drain):
                await self._quiet()
                for name in self.plan.nodes:  # in topological order: what one sends on, the next collects
                    self.parts[name].flush(name)
                    await self._quiet()
        except TimeoutError:
            self.log.warning(
                "%s: not finished after %g s; what is left goes to the dead letters", self.plan.name, drain
            )
        self._keep_unfinished()
        for part in self._running:
            await part.stop()
        await self.around.failures.written()
        await self._close()

    async def _quiet(self) -> None:
        while not all(part.quiet for part in self._running):  # noqa: ASYNC110 - happens once, at the end
            await asyncio.sleep(DRAIN_STEP)

    def _keep_unfinished(self) -> None:
        for name, node in self.nodes.items():
            if isinstance(node, Transform):
                for msg in node.unsent():
                    self._failed(name, RuntimeError("held for later when the flow stopped"), msg, None, "")
        for name, inbox in self.inboxes.items():
            for msg, delivery, port in inbox.items:
                if delivery is None:
                    self._failed(name, RuntimeError("not handled in time when the flow stopped"), msg, None, port)

    async def _close(self) -> None:
        for node in reversed(self._started):
            try:
                await node.stop()
            except Exception:
                self.log.exception("a node of type %s did not stop", node.type)
        self._started.clear()
        for name in reversed(self._connected):
            await self.around.connections.release(self.plan.connections[name])
        self._connected.clear()

    # --- failures ---

    def _failed_outside(self, node: str, error: Exception, msg: Message | None) -> None:
        if msg is not None and node in self.parts:
            self.parts[node].failed(node, error, msg, None)
        else:
            self._failed(node, error, msg, None, "")

    def _failed(self, node: str, error: Exception, msg: Message | None, delivery: Delivery | None, port: str) -> None:
        if node not in self._bad:  # log once when it goes bad; the counters tell the rest
            self._bad.add(node)
            self.log.warning("%s/%s: %s: %s", self.plan.name, node, type(error).__name__, error)
        self.around.on_failure(self.plan.name, node, error, msg)
        if msg is not None:
            letter = DeadLetter(
                flow=self.plan.name,
                node=node,
                port=port,
                reason=str(error) or type(error).__name__,
                kind=type(error).__name__,
                time=self.around.clock.now(),
                message=msg,
            )
            self.around.failures.add(letter, delivery)

    # --- from outside ---

    def give(self, node: str, msg: Message | None, port: str = "") -> None:
        """Give a message to a node; None presses a source's button.

        Raises:
            NotFound: there is no such node or port, or the source has no button.
        """
        if node not in self.nodes:
            raise NotFound(f"flow '{self.plan.name}' has no running node '{node}'")
        target = self.nodes[node]
        if msg is None:
            press = getattr(target, "pressed", None)
            msg = press() if press is not None else None
            if msg is None:
                raise NotFound(f"node '{node}' of type {target.type} has no button")
        if port and port not in [p.name for p in type(target).input_ports(self.plan.nodes[node].options)]:
            raise NotFound(f"node '{node}' has no input port '{port}'")
        self.parts[node].give(node, msg, port)

    @property
    def ended(self) -> bool:
        """Whether every source has ended and nothing is on its way."""
        return all(not part.reading and part.quiet for part in self._running)

    def passed(self) -> dict[PlannedWire, int]:
        """Return how many messages have passed each wire."""
        total = dict.fromkeys(self.plan.wires, 0)
        for part in self._running:
            total.update(part.passed())
        return total

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Return, for each node: kind, type, status, and how many messages it received, sent, failed and dropped."""
        passed = self.passed()
        received = {name: self.parts[name].given[name] for name in self.nodes}
        sent = dict.fromkeys(self.nodes, 0)
        for wire, number in passed.items():
            received[wire.target] += number
            sent[wire.source] += number
        result: dict[str, dict[str, Any]] = {}
        for name, node in self.nodes.items():
            status = self.parts[name].status(name)
            inbox = self.inboxes.get(name)
            result[name] = {
                "kind": node.kind,
                "type": node.type,
                "status": {"level": status.level, "text": status.text},
                "received": received[name],
                "sent": sent[name],
                "failed": self.parts[name].failures[name],
                "dropped": inbox.dropped if inbox else 0,
                "waiting": len(inbox.items) if inbox else 0,
            }
        return result
