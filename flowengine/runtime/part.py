"""One part of a flow, running in this process: its nodes, chains, stages and sources.

The way of a message: `_read` takes it from its source, `deliver` gives it to the chain behind the source (one
generated function, see `chain.py`), and inboxes carry it to the stages that follow (see `stage.py`). What fails on
the way comes to `failed`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from flowengine.clock import Clock
from flowengine.flow.model import ERROR_PORT
from flowengine.flow.plan import PlannedWire
from flowengine.message import Message, Routed
from flowengine.node import Node, Source, Status, Transform
from flowengine.runtime.chain import Chain, compile_chain
from flowengine.runtime.chain_code import Target, World
from flowengine.runtime.chain_message import Stamps
from flowengine.runtime.channel import Channel
from flowengine.runtime.cut import Cut
from flowengine.runtime.delivery import Delivery
from flowengine.runtime.stage import BATCH, Stage, Turn, stage_for

Tap = Callable[[str, str, Message], None]
"""Sees each message at a node's input: node, port, message."""

Fail = Callable[[str, Exception, Message | None, Delivery | None, str], None]
"""Takes a failure that no error port took: node, error, message, its delivery, input port."""

_NUMBERS = tuple(map(str, range(BATCH)))

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds before a source that broke is started again; doubles from time to time."""


class LivePart:
    """Runs the nodes of one part."""

    def __init__(
        self,
        nodes: Mapping[str, Node],
        outputs: Mapping[str, list[str]],
        inboxes: Mapping[str, Channel],
        cut: Cut,
        clock: Clock,
        fail: Fail,
        taps: Mapping[str, Tap],
        new_id: Callable[[], str],
    ) -> None:
        self.nodes = nodes
        self.inboxes = inboxes
        self.wires = cut.wires_from
        self.clock = clock
        self.taps = taps
        self.new_id = new_id
        self.failures: dict[str, int] = dict.fromkeys(nodes, 0)
        self.given: dict[str, int] = dict.fromkeys(nodes, 0)
        """Messages that came to a node by no wire: injected or replayed."""
        self._fail = fail
        self._chains: dict[tuple[str, str], Chain] = {}
        self._entries: dict[Target, Chain] = {}
        self._gates: dict[str, list[Channel]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._delivery: Delivery | None = None
        self._world = World(
            nodes=nodes,
            outputs=outputs,
            wires_from=cut.wires_from,
            ways_in=cut.ways_in,
            puts=self._put_for,
            registers=self._registers(),
            fail=self.failed,
            taps=taps,
            stamps=self._stamps,
        )
        self.stages = [self._stage(name) for name in nodes if name in inboxes]
        self.reading: set[str] = set()
        """Sources that have not ended."""

    # --- building ---

    def compile(self) -> None:
        """Compile every chain that will surely run, so that what cannot be compiled is found before the start."""
        for name, node in self.nodes.items():
            if isinstance(node, Source) or (name in self.inboxes and not isinstance(node, Transform)):
                for port in self._world.outputs[name]:
                    self.chain(name, port)
            elif name in self.inboxes:
                self.entry((name, type(node).inputs[0].name))

    def chain(self, node: str, port: str) -> Chain:
        """Return the chain behind an output port."""
        found = self._chains.get((node, port))
        if found is None:
            fresh = isinstance(self.nodes[node], Source)
            found = self._chains[node, port] = compile_chain(self._world, self.wires.get((node, port), []), fresh)
        return found

    def entry(self, target: Target) -> Chain:
        """Return the chain that begins with a node itself."""
        found = self._entries.get(target)
        if found is None:
            found = self._entries[target] = compile_chain(self._world, target)
        return found

    def _put_for(self, wire: PlannedWire) -> Any:
        inbox = self.inboxes.get(wire.target)
        return None if inbox is None else inbox.putter(wire.port, wire.queue.full if wire.queue else "block")

    def _registers(self) -> dict[PlannedWire, list[Message]]:
        return {
            wire: [Message(wire.feedback.initial, time=self.clock.now(), id=self.new_id())]
            for wires in self.wires.values()
            for wire in wires
            if wire.feedback is not None
        }

    def _stage(self, name: str) -> Stage:
        fed_back = [(wire.port, place) for wire, place in self._world.registers.items() if wire.target == name]
        return stage_for(
            self.nodes[name],
            name,
            self.inboxes[name],
            self,
            fed_back,
            lambda port, batch, delivery: self._run(self.entry((name, port)), batch, delivery),
        )

    # --- running ---

    def start_stages(self) -> None:
        """Begin to take messages from the inboxes."""
        for stage in self.stages:
            self._tasks.append(asyncio.create_task(stage.run(), name=f"stage {stage.name}"))

    def start_sources(self) -> None:
        """Begin to read the sources."""
        for name, node in self.nodes.items():
            if isinstance(node, Source):
                self.reading.add(name)
                self._tasks.append(asyncio.create_task(self._read(name, node), name=f"source {name}"))

    async def stop_sources(self) -> None:
        """Stop reading; what is on its way goes on."""
        reading = [task for task in self._tasks if task.get_name().startswith("source ")]
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    async def stop(self) -> None:
        """Stop everything at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def quiet(self) -> bool:
        """Whether no message is on its way in this part."""
        return all(stage.quiet for stage in self.stages)

    def flush(self, name: str) -> None:
        """Send on what a transform has collected, because the flow stops."""
        node = self.nodes[name]
        if isinstance(node, Transform):
            try:
                self.send(name, node.flush(), None)
            except Exception as error:  # noqa: BLE001 - a node's failure must not keep the flow from stopping
                self._fail(name, error, None, None, "")

    async def _read(self, name: str, source: Source) -> None:
        """Read a source until it ends; one that breaks is started again, later from time to time."""
        chain = self.chain(name, self._world.outputs[name][0])
        gates = self.gates(name)
        pause = FIRST_PAUSE
        turn = Turn()
        while True:
            try:
                async for item in source.run():
                    await self._bring(chain, gates, source, item if isinstance(item, list) else [item])
                    await turn.over()
                    pause = FIRST_PAUSE
                break
            except Exception as error:  # noqa: BLE001 - whatever a source raises, it is shown and started again
                source.status("error", str(error) or type(error).__name__)
                self.failures[name] += 1
                self._fail(name, error, None, None, "")
            await self.clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        self.reading.discard(name)

    async def _bring(self, chain: Chain, gates: list[Channel], source: Source, messages: list[Message]) -> None:
        tracked = type(source).done is not Source.done
        for start in range(0, len(messages), BATCH):
            batch = messages[start : start + BATCH]
            for gate in gates:
                if gate.full:
                    await gate.room()
            delivery = Delivery(batch, source.done) if tracked else None
            self._run(chain, batch, delivery)
            if delivery is not None:
                delivery.finish()

    def _stamps(self, size: int) -> Stamps:
        """Return the time and the ids for a batch of messages that may have none yet."""
        numbers = _NUMBERS if size <= BATCH else tuple(map(str, range(size)))
        return self.clock.now(), f"{self.new_id()}.", numbers

    def stamped(self, msg: Message) -> Message:
        """Return a message with id and time."""
        if msg.id and msg.time:
            return msg
        return replace(msg, id=msg.id or self.new_id(), time=msg.time or self.clock.now())

    def _run(self, chain: Chain, batch: list[Message], delivery: Delivery | None) -> None:
        before, self._delivery = self._delivery, delivery
        try:
            chain.run(batch, delivery)
        finally:
            self._delivery = before

    # --- what stages and nodes ask for (Outlet) ---

    def send(self, node: str, result: Any, delivery: Delivery | None) -> None:
        """Send on what a node returned."""
        if result is None:
            return
        ports = self._world.outputs[node]
        for item in (result,) if isinstance(result, Message | Routed) else result:
            port, msg = item if isinstance(item, Routed) else (ports[0], item)
            if not isinstance(msg, Message) or port not in ports:
                raise TypeError(f"the node sent {type(msg).__name__} to port '{port}'; its ports: {', '.join(ports)}")
            self._run(self.chain(node, port), [self.stamped(msg)], delivery)

    def emit(self, node: str, port: str, msg: Message) -> None:
        """Send on what a node emits on its own; within `process` it belongs to the message under way."""
        self._run(self.chain(node, port), [self.stamped(msg)], self._delivery)

    def failed(self, node: str, error: Exception, msg: Message, delivery: Delivery | None, port: str = "") -> None:
        """Send a failed message to the node's error port, or else have it kept."""
        self.failures[node] += 1
        if self.wires.get((node, ERROR_PORT)):
            told = {"message": str(error), "type": type(error).__name__, "node": node}
            self._run(self.chain(node, ERROR_PORT), [msg.with_properties(error=told)], delivery)
        else:
            self._fail(node, error, msg, delivery, port)

    def unfinished(self, node: str, msg: Message, delivery: Delivery | None, port: str) -> None:
        """Keep a message that a stage was busy with when the flow stopped, unless its source will bring it again."""
        if delivery is None:
            self._fail(node, RuntimeError("not finished when the flow stopped"), msg, None, port)

    def seen(self, node: str, port: str, msg: Message) -> None:
        """Show a message to whoever taps the node."""
        tap = self.taps.get(node)
        if tap is not None:
            tap(node, port, msg)

    def give(self, node: str, msg: Message, port: str = "") -> None:
        """Give a message to a node as if a wire had brought it; to a source, as if it had brought it itself."""
        target = self.nodes[node]
        self.given[node] += 1
        if isinstance(target, Source):  # its chain stamps the message
            self._run(self.chain(node, self._world.outputs[node][0]), [msg], None)
            return
        msg = self.stamped(msg)
        port = port or type(target).inputs[0].name
        if node in self.inboxes:
            self.inboxes[node].putter(port, "block")(msg, None)
        else:
            self._run(self.entry((node, port)), [msg], None)

    def gates(self, node: str) -> list[Channel]:
        """Return the inboxes that fill when this node sends: its producer waits while one of them is full."""
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
            for wire in itertools.chain(
                *(self.wires.get((name, port), []) for port in (*self._world.outputs[name], ERROR_PORT))
            ):
                if wire.feedback is not None or wire.target in seen:
                    continue
                seen.add(wire.target)
                if wire.target in self.inboxes:
                    if wire.queue is None or wire.queue.full == "block":
                        found[wire.target] = None
                elif wire.target in self._world.outputs:
                    todo.append(wire.target)
        return list(found)

    # --- looking ---

    def passed(self) -> dict[PlannedWire, int]:
        """Return how many messages have passed each wire that begins in this part."""
        total: dict[PlannedWire, int] = {}
        for chain in (*self._chains.values(), *self._entries.values()):
            for wire, number in chain.counts().items():
                total[wire] = total.get(wire, 0) + number
        return total

    def status(self, name: str) -> Status:
        """Return what a node says of itself."""
        host: Any = self.nodes[name]._host
        status: Status = host.status
        return status
