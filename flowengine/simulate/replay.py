"""Runs one version of some flows on what was recorded, in virtual time, behind the real guard.

The guard begins armed, with nothing written yet; its inputs say what they said then. What flows remember begins empty,
in both versions alike, but what each source had said last on each topic before the time in question is told first.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from flowengine.clock import VirtualClock
from flowengine.errors import FlowEngineError, Refused
from flowengine.flow.plan import Plan, PlannedNode, touches_outside
from flowengine.message import Message
from flowengine.node import Actuator
from flowengine.options import connection_names
from flowengine.runtime.connections import Connections
from flowengine.runtime.delivery import Delivery
from flowengine.runtime.engine import Engine
from flowengine.runtime.failures import Failures
from flowengine.runtime.guard.guarding import Guarding
from flowengine.safety.actuators import looked_at
from flowengine.safety.guard import Guard
from flowengine.safety.model import Envelope, Value
from flowengine.safety.verdict import Command, Event, Verdict
from flowengine.simulate.cast import sensed, stand_in
from flowengine.simulate.tally import Key, Tally, Told, Why
from flowengine.simulate.version import Version
from flowengine.store.dead_letters import DeadLetter
from flowengine.store.recordings import ENVELOPE, Taken
from flowengine.telemetry.observer import Observer

SCAN: Final = 0.25
"""Seconds of virtual time between two looks of the guard; a safe value may seem so much later than it would be."""
BREATH: Final = 200
"""Messages of one moment after which others on the loop have a turn."""


class Replay:
    """One version of the flows while it is replayed."""

    def __init__(self, version: Version, flows: Sequence[str], clock: VirtualClock) -> None:
        self.tally = Tally()
        self.not_armed = ""
        """Why the outputs could not be armed."""
        self.untold: set[str] = set()
        """Actuators, as `flow/node`, that cannot say what they would write."""
        self._version, self._clock = version, clock
        self._flows = [name for name in flows if name in version.plans]
        self._guarding: Guarding | None = None
        self._inputs: dict[str, asyncio.Queue[Message]] = {}
        self._names: dict[str, str] = {}
        """Address -> output of the envelope."""
        if version.envelope is not None:
            assert version.envelope.envelope is not None
            self._guarding = self._guard(version.envelope.envelope)
        self._engine = Engine(
            clock,
            environment=version.environment,
            on_failure=lambda flow, node, error, msg: self._failed(flow, node, error),
        )
        self._engine.around.failures = _Counted(self._engine.dead_letters)

    async def run(self, last: Iterable[tuple[str, Taken]], rows: Iterable[tuple[str, Taken]], end: float) -> None:
        """Tell the flows what had been said last, then give each message at its time, up to `end`.

        Both hold the flow, or `ENVELOPE`, that each message is of.
        """
        try:
            if self._guarding is not None:
                await self._guarding.start()
            for name in self._flows:
                await self._engine.deploy(self._staged(self._version.plans[name]))
            known = list(last)
            await self._give(one for one in known if one[0] == ENVELOPE)
            await asyncio.sleep(0)
            self._arm()
            await self._give(one for one in known if one[0] != ENVELOPE)
            await self._give(rows)
            await self._clock.sleep(end - self._clock.now())
        finally:
            self.tally.closed = True
            await self._engine.stop(drain=0)
            self._engine.dead_letters.close()
            if self._guarding is not None:
                await self._guarding.stop()

    async def _give(self, rows: Iterable[tuple[str, Taken]]) -> None:
        for number, (flow, taken) in enumerate(rows):
            wait = taken.at - self._clock.now()
            if wait > 0:
                await self._clock.sleep(wait)
            elif number % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            if self.not_armed:
                self._arm()
            if flow == ENVELOPE:
                self._sense(taken)
            else:
                self._emit(flow, taken)

    def _emit(self, flow: str, taken: Taken) -> None:
        live = self._engine.flows.get(flow)
        planned = self._version.plans[flow].nodes.get(taken.node) if live is not None else None
        if live is None or planned is None or not touches_outside(planned):
            return
        ports = [port.name for port in planned.cls.output_ports(planned.options)]
        port = taken.port or (ports[0] if ports else "")
        if port in ports:
            live.parts[taken.node].emit(taken.node, port, taken.msg)

    def _sense(self, taken: Taken) -> None:
        if taken.node in self._inputs:
            self._inputs[taken.node].put_nowait(taken.msg)

    # --- what stands in ---

    def _staged(self, plan: Plan) -> Plan:
        nodes = {
            name: self._stand_in(plan, node) if touches_outside(node) else node for name, node in plan.nodes.items()
        }
        wires = tuple(wire for wire in plan.wires if wire.target in nodes)
        return dataclasses.replace(plan, nodes=nodes, wires=wires, connections={}, delivery=None)

    def _stand_in(self, plan: Plan, node: PlannedNode) -> PlannedNode:
        if not issubclass(node.cls, Actuator):
            return stand_in(node)
        if node.id not in self._version.machines(plan.name):
            return stand_in(node, lambda msg: None)
        return stand_in(node, partial(self._command, plan, node, looked_at(node.id, plan)))

    def _command(self, plan: Plan, node: PlannedNode, actuator: Actuator, msg: Message) -> None:
        """Judge a command as the guard would, and note what becomes of it.

        Raises:
            Refused, BadData: it must not be written; says why.
        """
        guarding = self._guarding if any(c.cls.ot for c in _connections(plan, node)) else None
        if guarding is not None:
            judged = guarding.judge(f"{plan.name}/{node.id}", actuator, msg)
            if not isinstance(judged, str):
                self._write(plan, node, actuator, judged)
            return
        for key, value, unit in self._writes(plan, node, actuator, msg):
            self.tally.of(key, unit).asked(value)
        self._write(plan, node, actuator, msg)

    def _write(self, plan: Plan, node: PlannedNode, actuator: Actuator, msg: Message) -> None:
        for key, value, unit in self._writes(plan, node, actuator, msg):
            if not self.tally.closed:
                self.tally.of(key, unit).written(value, self._clock.now())

    def _writes(
        self, plan: Plan, node: PlannedNode, actuator: Actuator, msg: Message
    ) -> Iterator[tuple[Key, Value, str]]:
        writes = actuator.writes(msg)
        if writes is None:
            if isinstance(msg.payload, int | float | bool):
                yield (plan.name, node.id, ""), msg.payload, ""
            else:
                self.untold.add(f"{plan.name}/{node.id}")
            return
        for write in writes:
            yield (plan.name, node.id, self._names.get(write.address, "")), write.value, write.unit

    # --- the guard ---

    def _guard(self, envelope: Envelope) -> Guarding:
        assert self._version.envelope is not None
        assert self._version.envelope.plan is not None
        plan = self._version.envelope.plan
        self._inputs = {name: asyncio.Queue() for name in envelope.inputs}
        nodes = {name: sensed(name, said) for name, said in self._inputs.items()}
        nodes |= {name: stand_in(plan.nodes[name], partial(self._made_safe, name)) for name in envelope.outputs}
        staged = dataclasses.replace(plan, nodes=nodes, wires=(), connections={})
        observer = Observer(self._clock)
        guarding = Guarding(envelope, staged, Connections(self._clock, observer), self._clock, observer, scan=SCAN)
        guarding.guard = _Heard(envelope, self._heard, self._told)
        self._names = {output.address: name for name, output in envelope.outputs.items()}
        return guarding

    def _arm(self) -> None:
        """Arm everything, as a person would; again later where that is not possible yet."""
        self.not_armed = ""
        if self._guarding is not None:
            try:
                self._guarding.arm("", "the simulation")
            except FlowEngineError as error:
                self.not_armed = str(error)

    def _heard(self, command: Command, verdict: Verdict) -> None:
        if self.tally.closed:
            return
        told = self._of(command)
        told.asked(command.value)
        figures, at = told.figures, self._clock.now()
        match verdict.outcome:
            case "clamp":
                figures.clamped += 1
                told.why(Why("clamp", verdict.code), verdict.reason, at)
            case "hold":
                figures.held += 1
                told.why(Why("hold", verdict.code), verdict.reason, at)
            case "refuse":
                figures.refused += 1
                told.why(Why("refuse", verdict.code), verdict.reason, at)

    def _of(self, command: Command) -> Told:
        flow, _, node = command.writer.partition("/")
        return self.tally.of((flow, node, self._names.get(command.address, "")), self._unit(command))

    def _unit(self, command: Command) -> str:
        envelope = self._version.envelope.envelope if self._version.envelope is not None else None
        output = None if envelope is None else envelope.outputs.get(self._names.get(command.address, ""))
        return command.unit or ("" if output is None else output.unit)

    def _told(self, event: Event) -> None:
        """Note why outputs are made safe."""
        if event.kind in ("safe", "trip", "emergency-stop") and not self.tally.closed:
            for key, told in self.tally.told.items():
                if event.output in ("", key[2]):
                    told.why(Why("safe", event.kind), event.text, self._clock.now())

    def _made_safe(self, name: str, msg: Message) -> None:
        for key, told in self.tally.told.items():
            if key[2] == name and not self.tally.closed:
                told.figures.made_safe += 1
                told.stands(msg.payload, self._clock.now())

    def _failed(self, flow: str, node: str, error: Exception) -> None:
        if not (isinstance(error, Refused) and node in self._version.machines(flow)):  # the guard's are counted there
            self.tally.failed(flow, node, error)


class _Counted(Failures):
    """Dead letters that are not kept: the tally counts them."""

    def add(self, letter: DeadLetter, delivery: Delivery | None) -> None:
        """Let it go."""


class _Heard(Guard):
    """The real guard, which also reports each decision and event to the tally."""

    def __init__(self, envelope: Envelope, decided: Any, told: Any) -> None:
        super().__init__(envelope)
        self._decided, self._told = decided, told

    def decide(self, commands: Sequence[Command], now: float) -> list[Verdict]:
        """Judge as ever, and tell of it."""
        verdicts = super().decide(commands, now)
        for command, verdict in zip(commands, verdicts, strict=True):
            self._decided(command, verdict)
        return verdicts

    def tell(self, kind: str, output: str, text: str, by: str = "") -> None:
        """Tell it."""
        super().tell(kind, output, text, by)
        self._told(Event(kind, output, text, by))


def _connections(plan: Plan, node: PlannedNode) -> list[Any]:
    return [plan.connections[name] for name in connection_names(node.cls, node.options)]


def merged(recorded: Mapping[str, Sequence[Taken]]) -> list[tuple[str, Taken]]:
    """Return messages of all flows in one row, by time; inputs of the envelope come before what flows are told."""
    order = [ENVELOPE, *(name for name in recorded if name != ENVELOPE)]
    found = [(name, taken) for name in order for taken in recorded.get(name, ())]
    found.sort(key=lambda one: one[1].at)
    return found
