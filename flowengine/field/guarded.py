"""The gate that holds the envelope: in front of every command to a device, in the field process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from flowengine.clock import Clock
from flowengine.errors import Refused
from flowengine.field.gate import Gate, Held, Output
from flowengine.message import Message
from flowengine.node import Actuator, Node
from flowengine.registry import NodeType, Registry
from flowengine.runtime.connections import Connections
from flowengine.runtime.guard.guarding import Guarding
from flowengine.runtime.recorder import Recorder
from flowengine.safety.actuators import unstarted
from flowengine.safety.envelope import parse_envelope
from flowengine.safety.verdict import Event
from flowengine.store.guard_state import read_state, write_state
from flowengine.store.recordings import ENVELOPE, recording_file
from flowengine.telemetry.observer import Observer

LOG = logging.getLogger("flowengine.guard")


class GuardSetup(msgspec.Struct, frozen=True):
    """What the field process is told of the envelope: the parent has made sure of its signature."""

    envelope: str = ""
    """Its text; empty: there is none in force."""
    environment: dict[str, str] = {}
    state_file: str = ""
    refused: str = ""
    """Why there is none in force: then nothing may be written."""
    latched: dict[str, str] = {}
    """Causes of the stop (empty) and of trips (by output) that hold, as the parent has heard of them: the process that
    said so may have been killed before they were on disk."""
    recordings: str = ""
    """The folder in which the readings of the inputs are recorded; empty: they are not recorded."""
    record_hours: float = 0.0


class GuardGate(Gate):
    """Asks the guard about every command."""

    def __init__(
        self, in_charge: Callable[[], Guarding | None], types: Mapping[str, type[Node]], refused: str = ""
    ) -> None:
        """`in_charge` returns the guard at work; None: nothing may be written, for the reason `refused`."""
        self._in_charge = in_charge
        self._types, self._refused = types, refused
        self._looked_at: dict[tuple[str, str, int], Actuator] = {}

    async def before_write(self, output: Output, port: str, msg: Message) -> Message:
        """Return what may be written.

        Raises:
            Refused: it must not be; says why.
            Held: nothing is written now, and that is nobody's fault.
        """
        guarding = self._in_charge()
        if guarding is None:
            raise Refused(self._refused)
        actuator = self._actuator(output)
        if port not in ("", type(actuator).inputs[0].name):
            raise Refused("the guard lets commands to a machine through by the first input port alone")
        own = {planned.key for planned in guarding.plan.connections.values()}
        shared = all(planned.key in own for planned in output.connections.values() if planned.cls.ot)
        judged = guarding.judge(f"{output.flow}/{output.node}", actuator, msg, shared)
        if isinstance(judged, str):
            raise Held(judged)
        return judged

    def _actuator(self, output: Output) -> Actuator:
        """Return an output's actuator, never started, to be asked what it would write; the newest worker's."""
        key = output.flow, output.node, id(output)
        found = self._looked_at.get(key)
        if found is None:
            old = [one for one in self._looked_at if one[:2] == key[:2]]
            for one in old:
                del self._looked_at[one]
            found = unstarted(self._types[output.type], output.options, output.connections)
            self._looked_at[key] = found
        return found


def guarding_of(
    setup: GuardSetup,
    types: Mapping[str, type[Node]],
    connections: Connections,
    clock: Clock,
    observer: Observer,
    tell: Callable[[Event], None],
) -> Guarding:
    """Make the guard of an envelope.

    Raises:
        Refused: the envelope has errors here, where it had none in the parent.
    """
    registry = Registry({name: NodeType(name, cls, "", "") for name, cls in types.items()}, [])
    found = parse_envelope(setup.envelope, registry, setup.environment)
    if found.envelope is None or found.plan is None:
        raise Refused(f"the envelope cannot be read: {'; '.join(map(str, found.problems[:3]))}")
    file = Path(setup.state_file)

    def keep(state: dict[str, Any]) -> None:
        write_state(file, state)

    state = read_state(file)
    guarding = Guarding(found.envelope, found.plan, connections, clock, observer, state, keep=keep, tell=tell)
    guarding.hold(setup.latched)
    if setup.recordings and found.envelope.inputs:
        guarding.recorder = Recorder(recording_file(Path(setup.recordings), ENVELOPE), clock, setup.record_hours)
    return guarding
