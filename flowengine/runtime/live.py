"""One live flow: start, drain, stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Collection, Mapping
from typing import Any

from flowengine.context import MemoryContext
from flowengine.errors import DeployFailed, NotFound, StoreUnavailable
from flowengine.flow.model import Feedback
from flowengine.flow.plan import Plan, PlannedConnection, PlannedNode, PlannedWire
from flowengine.message import Message
from flowengine.node import Connection, Node, Source, Transform
from flowengine.runtime.channel import Channel
from flowengine.runtime.checkpoints.memory import Memory
from flowengine.runtime.cut import Cut, cut, cut_again
from flowengine.runtime.delivery import Delivery
from flowengine.runtime.flows import Counts
from flowengine.runtime.host import NodeHost, give_host, host_of
from flowengine.runtime.identity import Identity
from flowengine.runtime.inboxes import bound, inboxes_of
from flowengine.runtime.looking import Looking, snapshot_of
from flowengine.runtime.part import LivePart
from flowengine.runtime.place import RunningPart
from flowengine.runtime.prepared import Prepared
from flowengine.runtime.recorder import Recorder
from flowengine.runtime.stages import DRAIN_STEP
from flowengine.runtime.stopping import empty, set_aside, store
from flowengine.runtime.surroundings import Surroundings
from flowengine.runtime.wiring import Tap, Wiring, differing
from flowengine.store.dead_letters import DeadLetter

START_ORDER = ("actuator", "transform", "source")


class LiveFlow:
    """A plan brought to life."""

    trouble = ""

    def __init__(self, plan: Plan, around: Surroundings, taps: Mapping[str, Tap] | None = None) -> None:
        self.plan = plan
        self.around = around
        self.taps = dict(taps or {})
        self.log = logging.LoggerAdapter(logging.getLogger("flowengine.flow"), {"flow": plan.name})
        self.nodes: dict[str, Node] = {}
        self.inboxes: dict[str, Channel] = {}
        self.registers: dict[PlannedWire, list[Message]] = {}
        self.parts: dict[str, RunningPart] = {}
        """Node -> the part it runs in."""
        self.running: dict[str, RunningPart] = {}
        """By place."""
        self._cut: Cut | None = None
        self._outputs: dict[str, list[str]] = {}
        self.connections: dict[str, Connection] = {}
        """By their name in the plan."""
        self.connected: list[PlannedConnection] = []
        """Connections to be given back, one for each time that one was asked for."""
        self.started: list[Node] = []
        self.looking = Looking(self)
        self.memory = Memory(self)
        self._recorder: Recorder | None = None
        self.own_context = MemoryContext()
        self._environment = {**around.environment, **plan.environment}
        self.identity = Identity()
        self._bad: set[str] = set()
        self._early: list[tuple[str, str, Message]] = []
        """What nodes emitted before all had started: sent on when the flow begins to run."""

    # --- start ---

    async def start(self) -> None:
        """Open connections, build and start nodes, start the parts: actuators, transforms, sources.

        Raises:
            StoreUnavailable: what it holds cannot be read or stored now.
            DeployFailed: something did not start; everything that had been started is stopped again.
        """
        what = "stored state"
        try:
            await self.memory.read(self.plan)
            for name, planned in self.plan.connections.items():
                what = f"connection '{name}'"
                self.connections[name] = await self.around.connections.acquire(planned)
                self.connected.append(planned)
            for name, planned_node in self.plan.nodes.items():
                what = f"node '{name}'"
                self.nodes[name] = self.build(planned_node, self.connections)
            what = "stored state"
            await self.memory.open(self.nodes, self.plan)
            self.memory.give_states()
            for kind in START_ORDER:
                for name in [name for name, node in self.nodes.items() if node.kind == kind]:
                    what = f"node '{name}'"
                    await self._start_node(name)
            what = "flow"
            self.install(self.prepare(self.plan, self.nodes, self.taps))
            what = "stored state"
            await self.memory.begin_anew()
        except asyncio.CancelledError:
            await self._close()
            raise
        except Exception as error:
            await self._close()
            passing = what == "stored state" and isinstance(error, OSError | sqlite3.Error)
            raised = StoreUnavailable if passing else DeployFailed
            raise raised(f"flow '{self.plan.name}' did not start: {what}: {error}") from error
        self.go_on()

    async def _start_node(self, name: str) -> None:
        """Start a node; one that cannot with what it remembers starts without."""
        self.started.append(self.nodes[name])
        try:
            await self.nodes[name].start()
        except Exception as error:
            if not self.memory.gave(name):
                raise
            self.memory.dropped(name, error)
            await self.stop_node(self.started.pop())
            self.nodes[name] = self.build(self.plan.nodes[name], self.connections)
            self.started.append(self.nodes[name])
            await self.nodes[name].start()

    def go_on(self) -> None:
        """Have everything run that can: stages, then sources."""
        early, self._early = self._early, []
        for node, port, msg in early:
            self._emit(node, port, msg)
        for part in self.running.values():
            part.start_stages()
        for part in self.running.values():
            part.start_sources()

    def build(self, planned: PlannedNode, connections: Mapping[str, Connection]) -> Node:
        """Make a node, not yet started.

        Raises:
            ValueError: its options do not fit together.
        """
        node = self.around.build(self.plan.name, planned, connections, self._environment)
        host = NodeHost(
            self.plan.name,
            planned.id,
            self.around.clock,
            {"flow": self.own_context, "global": self.around.shared},
            self._environment,
            self._emit,
            self._failed_outside,
            self.around.observer,
            self.plan.outgoing,
        )
        host.watch = lambda node, status: self.around.on_status(self.plan.name, node, status)
        give_host(node, host)
        return node

    def _emit(self, node: str, port: str, msg: Message) -> None:
        part = self.parts.get(node)
        if part is None:
            self._early.append((node, port, msg))
        else:
            part.emit(node, port, msg)

    def prepare(self, plan: Plan, nodes: Mapping[str, Node], taps: Mapping[str, Tap]) -> Prepared:
        """Wire a plan and compile its chains, without touching what runs.

        Inboxes of nodes that have one already are kept, with what waits there; so is what waits at feedback wires.
        """
        pieces = cut(plan) if self._cut is None else cut_again(plan, self.plan, self._cut)
        inboxes = inboxes_of(plan, pieces.stages, self.inboxes, self.failed)
        registers = {
            wire: self.registers[wire] if wire in self.registers else [self._initial(wire.feedback)]
            for wire in plan.wires
            if wire.feedback is not None
        }
        before = self.plan.nodes if self._outputs else {}
        outputs = {
            name: self._outputs[name] if before.get(name) is planned else _outputs(planned)
            for name, planned in plan.nodes.items()
        }
        wirings: dict[str, Wiring] = {}
        for piece in pieces.parts:
            if piece.place not in self.running:
                self.running[piece.place] = LivePart(
                    clock=self.around.clock,
                    fail=self.failed,
                    noted=self._noted,
                    new_id=self.identity.new_id,
                    sight=self.around.observer.sight(plan.name),
                    budget=self.around.budget,
                    latency=self.looking.latency,
                )
            wirings[piece.place] = self.running[piece.place].prepare(
                nodes={name: nodes[name] for name in piece.nodes},
                outputs={name: outputs[name] for name in piece.nodes},
                inboxes=inboxes,
                cut=pieces,
                registers=registers,
                taps={name: tap for name, tap in taps.items() if name in piece.nodes},
            )
        touched = differing(self.nodes if self.parts else {}, nodes) | differing(self.inboxes, inboxes)
        if not self.parts or self.plan.wires != plan.wires:
            for wire in set(self.plan.wires if self.parts else ()) ^ set(plan.wires):
                touched |= {wire.source, wire.target}
        return Prepared(plan, dict(nodes), inboxes, registers, wirings, dict(taps), touched, pieces, outputs)

    def install(self, prepared: Prepared) -> None:
        """Run what has been prepared from now on, in one step; stages and sources of nodes that stay go on."""
        before, numbers = self.nodes, self.looking.numbers(prepared.touched)
        self.plan, self.nodes, self.taps = prepared.plan, prepared.nodes, prepared.taps
        self.inboxes, self.registers = prepared.inboxes, prepared.registers
        self._cut, self._outputs = prepared.cut, prepared.outputs
        bound(self.plan, self.inboxes)
        self.parts = {name: self.running[place] for place, wiring in prepared.wirings.items() for name in wiring.nodes}
        self._recorder = self.around.recorder(self.plan, self._recorder)
        for place, part in self.running.items():
            part.recorder = self._recorder
            part.switch(prepared.wirings.get(place) or Wiring.empty())
        self.looking.renew(prepared.touched, numbers)
        self.watch()
        self._forget({name: node for name, node in before.items() if self.nodes.get(name) is not node})

    def _forget(self, gone: Mapping[str, Node]) -> None:
        """Let go of nodes that have been replaced or removed, and of what has been seen of them."""
        for name, node in gone.items():
            host_of(node).close()
            self._bad.discard(name)
        self.around.observer.sight(self.plan.name).forget(set(gone))
        self.around.on_exchange(self.plan.name, set(gone))

    def watch(self) -> None:
        """Tell of messages if anybody watches the flow, else not."""
        on = self.around.observer.is_watched(self.plan.name)
        for part in self.running.values():
            part.watch(on)

    def _initial(self, feedback: Feedback) -> Message:
        return Message(feedback.initial, time=self.around.clock.now(), id=self.identity.new_id())

    # --- stop ---

    async def stop(self, drain: float = 10.0, forget: bool = False, aside: bool = False) -> None:
        """Stop reading, let everything under way finish for up to `drain` seconds, then close.

        A flow with checkpoints stores what it holds, and goes on from there when it starts again; with `forget` it does
        not. Otherwise what transforms have collected is sent on; what they hold for later, and what could not be
        finished in time, goes to the dead letters, unless its source has not been told that it is done and will bring
        it again. `aside`: a copy of what it holds stays beside (`store/flow_files.py`).
        """
        if aside:
            await set_aside(self, drain)
        if forget or not await store(self, drain):
            await empty(self, drain)
        for part in self.running.values():
            await part.stop()
        with contextlib.suppress(OSError):  # what the disk does not take now waits in the engine
            await self.around.failures.written()
        await self._close(forget)

    async def stop_sources(self, limit: float, names: Collection[str] | None = None) -> None:
        """Stop reading all sources or some; they bring what they have yielded already, for up to `limit` seconds."""
        await asyncio.gather(*(part.stop_sources(limit, names) for part in self.running.values()))

    async def quiet(self) -> None:
        """Return when no message is on its way."""
        while not all(part.quiet for part in self.running.values()):  # noqa: ASYNC110 - only when nodes stop
            await asyncio.sleep(DRAIN_STEP)

    def flush(self, name: str) -> None:
        """Send on what a transform has collected, because it stops."""
        self.parts[name].flush(name)

    def keep_unsent(self, name: str, why: str) -> None:
        """Keep what a transform holds for later as dead letters."""
        node = self.nodes[name]
        if isinstance(node, Transform):
            for msg in node.unsent():
                self.failed(name, RuntimeError(f"held for later {why}"), msg, None, "")

    def exchange_source(self, name: str, source: Source) -> None:
        """Put another in the place of a source that is not read."""
        numbers = self.looking.numbers([name])
        old, self.nodes[name] = self.nodes[name], source
        self.started[self.started.index(old)] = source
        self.parts[name].replace(name, source)
        self.looking.renew([name], numbers)

    async def stop_node(self, node: Node) -> None:
        """Stop one node; what it raises is logged."""
        try:
            await node.stop()
        except Exception:
            self.log.exception("a node of type %s did not stop", node.type)

    async def _close(self, forget: bool = False) -> None:
        for node in reversed(self.started):
            await self.stop_node(node)
        self.started.clear()
        for planned in reversed(self.connected):
            await self.around.connections.release(planned)
        self.connected.clear()
        if self._recorder is not None:
            await self._recorder.close()
        await self.memory.close(forget)

    # --- failures ---

    def _failed_outside(self, node: str, error: Exception, msg: Message | None) -> None:
        if msg is not None and node in self.parts:
            self.parts[node].failed(node, error, msg, None)
        else:
            self._noted(node, error, msg, "")
            self.failed(node, error, msg, None, "")

    def _noted(self, node: str, error: Exception, msg: Message | None, port: str) -> None:
        """Show a failure to whoever looks."""
        self.looking.failing[node] = None
        self.around.observer.failed(self.plan.name, node, error, msg, port)
        self.around.on_trouble(self.plan.name, node, error)

    def failed(self, node: str, error: Exception, msg: Message | None, delivery: Delivery | None, port: str) -> None:
        """Log a failure that no error port took, and keep its message, if it has one, as a dead letter."""
        if node not in self._bad:  # log once when it goes bad; the counters tell the rest
            self._bad.add(node)
            kind, id = type(error).__name__, msg.id if msg is not None else ""
            place = {"flow": self.plan.name, "node": node, "error": kind, "message_id": id}
            self.log.logger.warning("%s/%s: %s: %s", self.plan.name, node, kind, error, extra=place)
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

    def operate(self, node: str, value: Any) -> None:
        """Do what an operator did to a node's widget.

        Raises:
            NotFound: there is no such node, or operators cannot move anything there.
            BadData: the value does not fit.
        """
        target = self.nodes.get(node)
        if target is None:
            raise NotFound(f"flow '{self.plan.name}' has no running node '{node}'")
        msg = target.operated(value) if isinstance(target, Source) else None
        if msg is None:
            raise NotFound(f"node '{node}' of type {target.type} cannot be operated")
        self.parts[node].give(node, msg)

    @property
    def ended(self) -> bool:
        """Whether every source has ended and nothing is on its way."""
        return all(not part.reading and part.quiet for part in self.running.values())

    def passed(self) -> dict[PlannedWire, int]:
        """Return how many messages have passed each wire."""
        return self.looking.passed()

    def counts(self) -> Counts:
        """Return sums of all counters."""
        return self.looking.counts()

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Return, for each node: kind, type, status, and how many messages it received, sent, failed and dropped."""
        return snapshot_of(self.plan, self.looking.look())


def _outputs(planned: PlannedNode) -> list[str]:
    return [port.name for port in planned.cls.output_ports(planned.options)]
