"""The way of every command of an engine to a device of the OT side: past the guard that is in charge just then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flowengine.errors import Refused
from flowengine.flow.plan import PlannedNode
from flowengine.message import Message
from flowengine.node import Actuator, Connection, Node
from flowengine.options import connection_names
from flowengine.runtime import actuation
from flowengine.runtime.engine import Engine
from flowengine.runtime.guard.guarding import Guarding

InCharge = Callable[[], Guarding | str]
"""Returns the guard in charge, or the reason why nothing may be written."""


def place(engine: Engine, in_charge: InCharge) -> None:
    """Have an engine ask the guard before each command to a device of the OT side."""
    before = engine.around.build

    def build_guarded(
        flow: str, planned: PlannedNode, opened: Mapping[str, Connection], environment: Mapping[str, str]
    ) -> Node:
        node = before(flow, planned, opened, environment)
        used = [opened[name] for name in connection_names(planned.cls, planned.options)]
        devices = [one for one in used if type(one).ot]
        if isinstance(node, Actuator) and devices:
            actuation.put_before(node, _judge(f"{flow}/{planned.id}", devices, in_charge))
        return node

    engine.around.build = build_guarded


def _judge(writer: str, devices: Sequence[Connection], in_charge: InCharge) -> actuation.Judge:
    known: Guarding | None = None
    shared = False

    def judge(actuator: Actuator, msg: Message) -> Message | str:
        nonlocal known, shared
        guarding = in_charge()
        if isinstance(guarding, str):
            raise Refused(guarding)
        if guarding is not known:
            known, shared = guarding, guarding.shares(devices)
        return guarding.judge(writer, actuator, msg, shared)

    return judge
