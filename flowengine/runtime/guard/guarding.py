"""The guard at work: it reads its inputs, judges every command to a machine, and writes safe values itself.

`safety/guard.py` decides; here are the sources and actuators of the envelope, and the clock. `road.py` has an
engine ask before each command to a device of the OT side. It lives on one loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.errors import NotAllowed, Refused
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.node import Actuator, Connection, Node
from flowengine.options import build
from flowengine.runtime import actuation
from flowengine.runtime.connections import Connections
from flowengine.runtime.guard.input import read_input
from flowengine.runtime.guard.keeping import GuardKeeping
from flowengine.runtime.host import NodeHost, give_host
from flowengine.runtime.recorder import Recorder
from flowengine.safety import acts
from flowengine.safety.envelope import FLOW
from flowengine.safety.guard import Guard
from flowengine.safety.model import Envelope, Mode, Value
from flowengine.safety.succession import succeed
from flowengine.safety.verdict import Command, Event, SafeWrite, Verdict
from flowengine.telemetry.observer import Observer
from flowengine.writes import Write

LOG = logging.getLogger("flowengine.guard")

SCAN: Final = 0.05
"""Seconds between two looks at everything."""
LEAVING: Final = 3.0
"""Seconds that safe values may take to be written at the end."""
KNOWN_WITHIN: Final = 2.0
"""Seconds that a successor waits for its inputs before it takes over."""


@dataclass
class Guarding:
    """A guard with its inputs and outputs. `start` before the first flow, `stop` after the last."""

    envelope: Envelope
    plan: Plan
    """The nodes of the envelope's inputs and outputs, see `EnvelopeFile`."""
    connections: Connections
    clock: Clock
    observer: Observer
    state: Mapping[str, Any] | None = None
    """What was kept before the process ended."""
    keep: Callable[[dict[str, Any]], None] = lambda state: None
    """Stores what must outlast the process; called in a thread. `stored` returns when that is done."""
    tell: Callable[[Event], None] = lambda event: None
    """Hears what people must hear of."""
    recorder: Recorder | None = None
    """Notes what the inputs say."""
    scan: float = SCAN
    """Seconds between two looks at everything."""
    guard: Guard = field(init=False)
    _opened: dict[str, Connection] = field(default_factory=dict)
    _nodes: dict[str, Node] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _writing: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _kept: dict[str, Any] = field(default_factory=dict)
    _keeping: GuardKeeping = field(init=False)
    _heard: dict[str, asyncio.Event] = field(default_factory=dict)
    _looks: bool = False
    """Whether it is in charge: only then it scans its outputs and writes safe values."""
    _ending: asyncio.Task[None] | None = None
    _complained: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.guard = Guard(self.envelope, self.state)
        self._addresses = {output.address for output in self.envelope.outputs.values()}
        self._kept = self.guard.state()
        self._keeping = GuardKeeping(lambda state: self.keep(state))

    # --- life ---

    async def start(self) -> None:
        """Open the devices of the envelope, begin to read its inputs and to look.

        Raises:
            Exception: whatever keeps one of its nodes from starting; nothing is left open then.
        """
        await self._open()
        self._begin()

    async def succeed(self, before: Guarding) -> None:
        """Start in the place of another whose envelope has changed: between two looks, and never without one of them.

        Raises:
            Exception: whatever keeps one of its nodes from starting; the one before goes on then.
        """
        await self._open()
        with contextlib.suppress(TimeoutError):  # what is not known by then acts as not known
            async with asyncio.timeout(KNOWN_WITHIN):
                await asyncio.gather(*(self._heard[name].wait() for name in self.envelope.inputs))
        with contextlib.suppress(OSError):  # it has been said
            await before.stored()
        gone = succeed(self.guard, before.guard)  # nothing is awaited from here on until this one looks
        before._looks = False
        self._begin()
        self._ending = asyncio.create_task(before.retire(gone), name="guard before")

    async def retire(self, gone: Sequence[str]) -> None:
        """End in favour of a successor: make safe what it does not look after any more, then close everything."""
        for name in gone:
            safe, standing = self.envelope.outputs[name].safe, self.guard.standing[name]
            if safe is None or not (standing.armed or standing.wanted_safe):
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LEAVING):
                    while not await self._made_safe(SafeWrite(name, safe, "it is not in the new envelope")):
                        await self.clock.sleep(SCAN)
        await self._end()

    async def _open(self) -> None:
        opened = self._opened
        try:
            for name, planned in self.plan.connections.items():
                opened[name] = await self.connections.acquire(planned)
            for name in [*self.envelope.outputs, *self.envelope.inputs]:
                node = build(self.plan.nodes[name].cls, self.plan.nodes[name].options, opened.__getitem__)
                give_host(node, self._host(name))
                self._nodes[name] = node
                await node.start()
        except BaseException:
            await self._close()
            raise
        for name in self.envelope.inputs:
            self._heard[name] = asyncio.Event()
            reading = read_input(name, self._nodes[name], partial(self._hear, name), self.clock)
            self._tasks.append(asyncio.create_task(reading, name=f"guard input {name}"))

    def _begin(self) -> None:
        self._looks = True
        self._tasks.append(asyncio.create_task(self._scan(), name="guard"))
        self.look()

    async def stop(self) -> None:
        """Make safe what is armed, then close everything."""
        acts.disarm(self.guard, "", "the end of the engine")
        self.look()
        if self._writing:
            await asyncio.wait(self._writing.values(), timeout=LEAVING)
        self._after()
        await self._end()
        with contextlib.suppress(OSError):  # it has been said
            await self.stored()
        self._keeping.close()

    async def _end(self) -> None:
        for task in [*self._tasks, *self._writing.values()]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._writing.values(), return_exceptions=True)
        await self._close()
        if self.recorder is not None:
            await self.recorder.close()

    async def _close(self) -> None:
        for node in reversed(self._nodes.values()):
            with contextlib.suppress(Exception):
                await node.stop()
        self._nodes.clear()
        while self._opened:
            await self.connections.release(self.plan.connections[self._opened.popitem()[0]])

    # --- commands ---

    def judge(self, writer: str, actuator: Actuator, msg: Message, shared: bool = True) -> Message | str:
        """Return what may be written for a message: the message, one that is cut, or in words why nothing is now.

        `shared` says whether it goes over the guard's own connection: over another one it could overtake a safe value.

        Raises:
            Refused: it must not be written; says why.
            BadData: the message does not fit.
        """
        writes = actuator.writes(msg)
        if not writes:
            raise Refused(f"{actuator.type} cannot say beforehand what it writes, so no machine lets it")
        if not shared and any(write.address in self._addresses for write in writes):
            raise Refused("its connection leads to a device of the envelope by other options: write them alike")
        age = self.clock.now() - msg.time if msg.time else 0.0
        verdicts = self.guard.decide([Command(*write[:2], writer, write.unit, age) for write in writes], self._now())
        self._after()
        first = min(verdicts, key=lambda verdict: ("refuse", "hold", "clamp", "allow").index(verdict.outcome))
        if first.outcome == "refuse":
            raise Refused(f"the guard refuses it: {first.reason}")
        if first.outcome == "hold":
            return first.reason
        if first.outcome == "allow":
            return msg
        return self._cut(actuator, msg, writes, verdicts)

    def shares(self, devices: Sequence[Connection]) -> bool:
        """Say whether a node with these devices writes over the guard's own connection, which keeps order."""
        return all(any(one is own for own in self._opened.values()) for one in devices)

    def _cut(self, actuator: Actuator, msg: Message, writes: Sequence[Write], verdicts: Sequence[Verdict]) -> Message:
        """Return a message that writes what the verdicts say, as near as the device can hold it."""
        values = [verdict.value for verdict in verdicts]
        cut = msg.with_payload(values if isinstance(msg.payload, list) else values[0])
        found = list(actuator.writes(cut) or ())
        if [write.address for write in found] != [write.address for write in writes]:
            raise Refused(f"{actuator.type} cannot write a value that was cut to what may be")
        for write in found:
            if not self.envelope.output_at(write.address).takes(write.value):
                raise Refused(f"the device cannot hold a value within the limits near {write.value}")
            self.guard.rounded(write.address, write.value)
        return cut

    async def stored(self) -> None:
        """Return when all that must outlast the process is stored.

        Raises:
            OSError: it could not be.
        """
        await self._keeping.stored()

    def hold(self, latched: Mapping[str, str]) -> None:
        """Let a stop (empty) and trips (by output) hold that were not stored in time."""
        for name, cause in latched.items():
            if not name and not self.guard.stops:
                self.guard.stop(cause, "")
            elif name in self.guard.standing and not self.guard.standing[name].trips:
                self.guard.trip(name, cause)

    # --- what people do ---

    def arm(self, target: str, by: str) -> None:
        """Let commands reach outputs; see `safety.acts` for what it raises."""
        acts.arm(self.guard, target, by, self._now())
        self._after()

    def disarm(self, target: str, by: str) -> None:
        """Make outputs safe, and let no command reach them."""
        acts.disarm(self.guard, target, by)
        self.look()

    def set_mode(self, target: str, mode: Mode, by: str) -> None:
        """Choose who commands outputs."""
        acts.set_mode(self.guard, target, mode, by, self._now())
        self.look()

    def emergency_stop(self, cause: str, by: str) -> None:
        """Make everything safe, at once and until a person resets it."""
        self.guard.stop(cause, by)
        self.look()

    def reset_stop(self, by: str) -> None:
        """Let the emergency stop go."""
        acts.reset_stop(self.guard, by, self._now())
        self._after()

    def reset_trip(self, target: str, by: str) -> None:
        """Let tripped outputs go."""
        acts.reset_trip(self.guard, target, by, self._now())
        self._after()

    async def set_manually(self, name: str, value: Value, by: str) -> Verdict:
        """Write an operator's value to an output in mode manual; returns what became of it.

        Raises:
            NotFound: there is no such output.
            NotAllowed: it is a group of several, or none is named.
            NodeError: the device did not take it.
        """
        names = acts.targets(self.guard, name)
        if len(names) > 1:
            raise NotAllowed(f"a value is written to one output; name one of {', '.join(names)}")
        name = names[0]
        output = self.envelope.outputs[name]
        command = Command(output.address, value, by, operator=True)
        verdict = self.guard.decide([command], self._now())[0]
        self._after()
        if verdict.writes:
            await self._write(name, verdict.value)
        return verdict

    # --- looking ---

    def look(self) -> None:
        """Look at everything once, and begin to write what is to be safe."""
        if not self._looks:
            return
        for write in self.guard.scan(self._now()):
            if write.output not in self._writing:
                task = asyncio.ensure_future(self._make_safe(write))
                self._writing[write.output] = task
                task.add_done_callback(partial(self._written, write.output))
        self._after()
        self._keeping.look(self._now())

    def _written(self, name: str, task: asyncio.Task[None]) -> None:
        self._writing.pop(name, None)

    async def _scan(self) -> None:
        while True:
            try:
                self.look()
            except Exception:
                LOG.exception("the guard could not look; everything is stopped")
                self.guard.stop("the guard itself failed", "")
            await self.clock.sleep(self.scan)

    async def _make_safe(self, write: SafeWrite) -> None:
        if await self._made_safe(write):
            self.guard.made_safe(write.output, self._now())
        else:
            await self.clock.sleep(SCAN)

    async def _made_safe(self, write: SafeWrite) -> bool:
        """Write a safe value; returns whether the device has it. What it says is logged when it says something new."""
        try:
            await self._write(write.output, write.value)
        except Exception as error:  # noqa: BLE001 - whatever the device says: it is tried again at the next look
            said = f"{write.output} could not be made safe ({write.reason}): {error}; trying again until it is"
            if self._complained.get(write.output) != said:
                self._complained[write.output] = said
                LOG.error("%s", said)
            return False
        if self._complained.pop(write.output, None):
            LOG.warning("%s is safe now (%s)", write.output, write.reason)
        return True

    async def _write(self, name: str, value: Value) -> None:
        node = self._nodes[name]
        assert isinstance(node, Actuator)
        pending = actuation.begin(node, Message(value, time=self.clock.now()))
        if pending is not None:
            await pending

    def _hear(self, name: str, batch: list[Message]) -> None:
        """Give a reading of an input to the guard; none: the input has broken, so its value is bad."""
        if self.recorder is not None:
            self.recorder.take(name, "", batch)
        for msg in batch:
            self.guard.sense(name, msg.payload, msg.quality, self._now())
        if batch:
            self._heard[name].set()
        else:
            self.guard.sense(name, None, "bad", self._now())
        self.look()

    def _after(self) -> None:
        """Keep and tell what has happened."""
        events = self.guard.take_events()
        if events and (state := self.guard.state()) != self._kept:
            self._kept = state
            self._keeping.store(state)
        for event in events:
            self.tell(event)

    def _now(self) -> float:
        return self.clock.monotonic()

    def _host(self, name: str) -> NodeHost:
        contexts = {"flow": MemoryContext(), "global": MemoryContext()}
        return NodeHost(
            FLOW,
            name,
            self.clock,
            contexts,
            self.plan.environment,
            lambda node, port, msg: None,
            lambda node, error, msg: LOG.error("%s: %s", node, error),
            self.observer,
        )
