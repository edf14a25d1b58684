"""One part of a flow, running in this process: its nodes, chains, stages and sources.

The way of a message: a `Reading` takes it from its source and gives it to the chain behind (one generated function,
see `chain.py`), and inboxes carry it to the stages that follow (see `stage.py`). What fails on the way comes to
`failed`. A deploy prepares another `Wiring` beside the one that runs and then switches over in one step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from flowengine.clock import Clock
from flowengine.flow.model import ERROR_PORT
from flowengine.flow.plan import PlannedWire
from flowengine.message import Message, Routed
from flowengine.node import Node, Source, Status, Transform
from flowengine.runtime.chains.chain import Chain
from flowengine.runtime.chains.message import Stamps
from flowengine.runtime.chains.watched import Budget, WatchedPart
from flowengine.runtime.chains.world import World
from flowengine.runtime.channel import Channel, Item, Put
from flowengine.runtime.cut import Cut
from flowengine.runtime.delivery import Delivery, is_owed
from flowengine.runtime.host import host_of
from flowengine.runtime.reading import Ledger, Reading
from flowengine.runtime.recorder import Recorder
from flowengine.runtime.stage import BATCH
from flowengine.runtime.stages import Stages
from flowengine.runtime.wiring import Tap, Wiring, differing, rewired
from flowengine.telemetry.latency import Latency
from flowengine.telemetry.observer import Sight

Fail = Callable[[str, Exception, Message | None, Delivery | None, str], None]
"""Takes a failure that no error port took: node, error, message, its delivery, input port."""

Noted = Callable[[str, Exception, Message | None, str], None]
"""Hears of every failure: node, error, message, input port."""

_NUMBERS = tuple(map(str, range(BATCH)))


class LivePart:
    """Runs the nodes of one part."""

    def __init__(
        self,
        clock: Clock,
        fail: Fail,
        noted: Noted,
        new_id: Callable[[], str],
        sight: Sight,
        budget: Budget,
        latency: Latency,
    ) -> None:
        self.clock = clock
        self.latency = latency
        self.new_id = new_id
        self.failures: dict[str, int] = {}
        self.given: dict[str, int] = {}
        """Node -> messages that were injected or replayed there, not brought by a wire."""
        self.reading: set[str] = set()
        """Sources that have not ended."""
        self.ledger: Ledger | None = None
        """The flow's checkpoints, where sources are acknowledged by them; None: each delivery acknowledges itself."""
        self.recorder: Recorder | None = None
        """Records what comes from outside; None: the flow is not recorded."""
        self.stages = Stages(self)
        self._fail = fail
        self._noted = noted
        self._watched = WatchedPart(sight, budget)
        self._wiring = Wiring.empty()
        self._passed: dict[PlannedWire, int] = {}
        """Counts of chains that have been replaced since."""
        self._readings: dict[str, Reading] = {}
        self._delivery: Delivery | None = None
        self._unfinished: dict[str, list[tuple[Message, Delivery | None, str]]] | None = None

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Its nodes."""
        return self._wiring.nodes

    @property
    def inboxes(self) -> Mapping[str, Channel]:
        """All inboxes of the flow."""
        return self._wiring.inboxes

    # --- building, and building anew ---

    def prepare(
        self,
        nodes: Mapping[str, Node],
        outputs: Mapping[str, list[str]],
        inboxes: Mapping[str, Channel],
        cut: Cut,
        registers: Mapping[PlannedWire, list[Message]],
        taps: Mapping[str, Tap],
    ) -> Wiring:
        """Wire and compile what is to run, without touching what runs. Chains in which nothing changes are kept.

        Raises:
            Exception: something cannot be compiled.
        """
        before = self._wiring

        def puts(wire: PlannedWire) -> Put | None:
            inbox = inboxes.get(wire.target)
            return None if inbox is None else inbox.putter(wire.port, wire.queue.full if wire.queue else "block")

        world = World(nodes, outputs, cut.wires_from, cut.ways_in, puts, registers, self.failed, taps, self._stamps)
        wiring = Wiring(world, inboxes)
        changed = differing(before.nodes, nodes) | differing(before.inboxes, inboxes)
        changed |= rewired(before.world.wires_from, cut.wires_from)
        if taps == before.world.taps:
            wiring.take_over(before, changed)
        wiring.compile()
        return wiring

    def switch(self, wiring: Wiring) -> None:
        """Run another wiring from now on, in one step.

        Stages and sources of nodes that stay go on; `start_stages` and `start_sources` start the others. Stages of
        nodes that are gone end. Messages that wait for a stage that is no longer one pass on.
        """
        before, self._wiring = self._wiring, wiring
        changed = differing(before.nodes, wiring.nodes)
        for numbers in (self.failures, self.given):
            numbers.update(dict.fromkeys(changed, 0))
            for name in changed - wiring.nodes.keys():
                del numbers[name]
        chains = wiring.all_chains()
        kept = set(map(id, chains))
        self._keep_counts([chain for chain in before.all_chains() if id(chain) not in kept])
        wiring.settle()
        wiring.on_compiled = self._watched.add
        self._watched.renew(chains, wiring.nodes.keys() & wiring.inboxes.keys())
        for name, reading in self._readings.items():
            reading.chain, reading.gates = self._way(name)
        for name, inbox in self.stages.renew(wiring, changed):
            self._pass_on(name, inbox)

    def _pass_on(self, name: str, inbox: Channel) -> None:
        """Let what waits for a node go straight to it, since it has an inbox no more."""
        inbox.open_wide()
        ports = [port.name for port in type(self.nodes[name]).inputs]
        while inbox.items:
            msg, delivery, port = inbox.take()
            self._run(self._wiring.entry((name, port if port in ports else ports[0])), [msg], delivery)
            if delivery is not None:
                delivery.finish()

    def _keep_counts(self, chains: list[Chain]) -> None:
        """Keep what chains that are given up have counted."""
        wires = self._wiring.wires
        kept = {wire: number for wire, number in self._passed.items() if wire in wires}
        for chain in chains:
            for wire, number in chain.counts().items():
                if wire in wires:
                    kept[wire] = kept.get(wire, 0) + number
        self._passed = kept

    def enter(self, name: str, port: str, batch: list[Message], delivery: Delivery | None) -> None:
        """Give a batch to a node itself."""
        self._run(self._wiring.entry((name, port)), batch, delivery)

    def _way(self, source: str) -> tuple[Chain, list[Channel]]:
        return self._wiring.chain(source, self._wiring.world.outputs[source][0]), self._wiring.gates(source)

    # --- running ---

    def start_stages(self) -> None:
        """Begin to take messages from the inboxes of stages that have not begun yet."""
        self.stages.start()

    def start_sources(self) -> None:
        """Begin to read the sources that are not read yet; those that were held go on."""
        for reading in self._readings.values():
            reading.release()
        for name, node in self.nodes.items():
            if isinstance(node, Source) and name not in self._readings:
                reading = self._readings[name] = Reading(name, node, self, *self._way(name))
                self.reading.add(name)
                reading.start(self.reading.discard)

    def hold_sources(self) -> None:
        """Let no source bring anything until `start_sources`."""
        for reading in self._readings.values():
            reading.hold()

    async def stop_sources(self, limit: float, names: Iterable[str] | None = None) -> None:
        """Stop reading, all sources or some; each brings what it has yielded already, for up to `limit` seconds."""
        chosen = [name for name in (self._readings if names is None else names) if name in self._readings]
        await asyncio.gather(*(self._readings[name].end(limit) for name in chosen))
        for name in chosen:
            del self._readings[name]
            self.reading.discard(name)

    async def stop(self) -> None:
        """Stop everything at once."""
        await self.stop_sources(0)
        await self.stages.stop()

    async def retire(self, names: Iterable[str], limit: float) -> None:
        """Let stages finish what they have begun, for up to `limit` seconds, and begin nothing more.

        What is not finished by then waits at the head of its inbox again, for the node that comes next.
        """
        self._unfinished = {}
        await self.stages.retire(names, limit)
        found, self._unfinished = self._unfinished, None
        for name, items in found.items():
            self.inboxes[name].items.extendleft(reversed(items))

    def replace(self, name: str, source: Source) -> None:
        """Put another in the place of a source that is not read."""
        self._wiring.replace(name, source)

    @property
    def quiet(self) -> bool:
        """Whether no message is on its way in this part."""
        return self.stages.quiet

    def flush(self, name: str) -> None:
        """Send on what a transform has collected, because it stops."""
        node = self.nodes[name]
        if isinstance(node, Transform):
            try:
                self.send(name, node.flush(), None)
            except Exception as error:  # noqa: BLE001 - a node's failure must not keep the flow from stopping
                self._noted(name, error, None, "")
                self._fail(name, error, None, None, "")

    # --- what readings ask for (Intake) ---

    def bring(self, chain: Chain, batch: list[Message], delivery: Delivery | None) -> None:
        """Give a batch to a chain."""
        before, self._delivery = self._delivery, delivery
        try:
            chain.run(batch, delivery)
        finally:
            self._delivery = before

    _run = bring

    def broke(self, name: str, error: Exception) -> None:
        """Show that a source broke; it is started again."""
        node = self.nodes[name]
        host_of(node).restarts += 1
        node.status("error", str(error) or type(error).__name__)
        self.failures[name] += 1
        self._noted(name, error, None, "")
        self._fail(name, error, None, None, "")

    def left_over(self, name: str, messages: list[Message]) -> None:
        """Keep what a source has yielded and nobody takes any more; a source with acknowledgements brings it again."""
        for msg in messages:
            self._fail(name, RuntimeError("not handled in time when the source stopped"), self.stamped(msg), None, "")

    def _stamps(self, size: int) -> Stamps:
        """Return the time and the ids for a batch of messages that may have none yet."""
        numbers = _NUMBERS if size <= BATCH else tuple(map(str, range(size)))
        return self.clock.now(), f"{self.new_id()}.", numbers

    def stamped(self, msg: Message) -> Message:
        """Return a message with id and time."""
        if msg.id and msg.time:
            return msg
        return replace(msg, id=msg.id or self.new_id(), time=msg.time or self.clock.now())

    # --- what stages and nodes ask for (Outlet) ---

    def send(self, node: str, result: Any, delivery: Delivery | None) -> None:
        """Send on what a node returned."""
        if result is None:
            return
        ports = self._wiring.world.outputs[node]
        for item in (result,) if isinstance(result, Message | Routed) else result:
            port, msg = item if isinstance(item, Routed) else (ports[0], item)
            if not isinstance(msg, Message) or port not in ports:
                raise TypeError(f"the node sent {type(msg).__name__} to port '{port}'; its ports: {', '.join(ports)}")
            if self.recorder is not None and node in self.recorder.bringing:
                self.recorder.take(node, port, [msg])
            self._run(self._wiring.chain(node, port), [self.stamped(msg)], delivery)

    def emit(self, node: str, port: str, msg: Message) -> None:
        """Send on what a node emits on its own; within `process` it belongs to the message under way."""
        if self.recorder is not None and node in self.recorder.bringing:
            self.recorder.take(node, port, [msg])
        self._run(self._wiring.chain(node, port), [self.stamped(msg)], self._delivery)

    def failed(self, node: str, error: Exception, msg: Message, delivery: Delivery | None, port: str = "") -> None:
        """Send a failed message to the node's error port, or else have it kept."""
        self.failures[node] += 1
        self._noted(node, error, msg, port)
        if self._wiring.world.wires_from.get((node, ERROR_PORT)):
            told = {"message": str(error), "type": type(error).__name__, "node": node}
            self._run(self._wiring.chain(node, ERROR_PORT), [msg.with_properties(error=told)], delivery)
        else:
            self._fail(node, error, msg, delivery, port)

    def unfinished(self, node: str, msg: Message, delivery: Delivery | None, port: str) -> None:
        """Keep a message that a stage was busy with when it was stopped.

        When only the stage stops, it is there for its successor; when the flow does, its source may bring it again.
        """
        if self._unfinished is not None:
            self._unfinished.setdefault(node, []).append((msg, delivery, port))
        elif not is_owed(delivery) and not (self.ledger is not None and self.ledger.stored_for_good):
            self._fail(node, RuntimeError("not finished when the flow stopped"), msg, None, port)

    def seen(self, node: str, port: str, msg: Message) -> None:
        """Show a message to whoever taps or watches the node."""
        tap = self._wiring.world.taps.get(node)
        if tap is not None:
            tap(node, port, msg)
        if self._watched.inputs:
            self._watched.inputs[node].see(port, msg)

    def gates(self, node: str) -> list[Channel]:
        """Return the inboxes that fill when this node sends: its producer waits while one of them is full."""
        return self._wiring.gates(node)

    def give(self, node: str, msg: Message, port: str = "") -> None:
        """Give a message to a node as if a wire had brought it; to a source, as if it had brought it itself."""
        target = self.nodes[node]
        self.given[node] += 1
        if isinstance(target, Source):  # its chain stamps the message
            if self.recorder is not None:
                self.recorder.take(node, "", [msg])
            self._run(self._wiring.chain(node, self._wiring.world.outputs[node][0]), [msg], None)
            return
        msg = self.stamped(msg)
        port = port or type(target).inputs[0].name
        if node in self.inboxes:
            self.inboxes[node].putter(port, "block")(msg, None)
        else:
            self._run(self._wiring.entry((node, port)), [msg], None)

    # --- looking ---

    def watch(self, on: bool) -> None:
        """Begin or cease to tell of messages."""
        self._watched.turn(on, self._wiring.all_chains(), self.nodes.keys() & self.inboxes.keys())

    def tally(self, index: Mapping[PlannedWire, int], totals: list[int]) -> None:
        """Add how many messages have passed each wire; `index` says where in `totals` a wire's number stands."""
        for wire, number in self._passed.items():
            totals[index[wire]] += number
        for chain in self._wiring.all_chains():
            chain.tally(index, totals)

    def begun(self, name: str) -> list[Item]:
        """Return the messages that a node is at work on, or was when its stage stopped for another."""
        left = self._unfinished.get(name, []) if self._unfinished else []
        return [*left, *self.stages.begun(name)]

    def busy(self, name: str) -> int:
        """Return how many messages a node is at work on."""
        return self.stages.busy(name)

    def status(self, name: str) -> Status:
        """Return what a node says of itself."""
        return host_of(self.nodes[name]).status
