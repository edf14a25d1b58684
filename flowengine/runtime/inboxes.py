"""Which inboxes a plan wants, and with which bounds: what the wires that lead to them say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from flowengine.flow.model import Queue
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.runtime.channel import Channel
from flowengine.runtime.delivery import Delivery
from flowengine.runtime.spill import SpillingChannel

Failed = Callable[[str, Exception, Message, Delivery | None, str], None]
"""Takes a message that there is no room for: node, why, message, its delivery, input port."""


def inboxes_of(
    plan: Plan, stages: Collection[str], before: Mapping[str, Channel], failed: Failed
) -> dict[str, Channel]:
    """Return the inboxes of all stages; those that are there already are kept."""
    spills = spilling(plan)
    return {name: before.get(name) or _made(name, spills.get(name), failed) for name in plan.nodes if name in stages}


def bound(plan: Plan, inboxes: Mapping[str, Channel]) -> None:
    """Give inboxes the bounds that the wires to them state: of several the largest size and the least age."""
    sizes: dict[str, int] = {}
    ages: dict[str, float] = {}
    for wire in plan.wires:
        if wire.queue is not None:
            sizes[wire.target] = max(wire.queue.size, sizes.get(wire.target, 0))
            if wire.queue.max_age is not None:
                ages[wire.target] = min(wire.queue.max_age, ages.get(wire.target, wire.queue.max_age))
    for name, inbox in inboxes.items():
        inbox.size, inbox.max_age = sizes.get(name, Queue().size), ages.get(name, 0.0)


def spilling(plan: Plan) -> dict[str, Queue]:
    """Return the nodes whose inbox goes on on disk, with the bounds of the first wire that says so."""
    found: dict[str, Queue] = {}
    for wire in plan.wires:
        if wire.queue is not None and wire.queue.full == "spill" and wire.feedback is None:
            found.setdefault(wire.target, wire.queue)
    return found


def _made(name: str, spill: Queue | None, failed: Failed) -> Channel:
    if spill is None:
        return Channel()
    return SpillingChannel(spill, partial(_no_room, name, spill.spill_size, failed))


def _no_room(name: str, most: int, failed: Failed, msg: Message, delivery: Delivery | None, port: str) -> None:
    failed(name, RuntimeError(f"more than {most} messages wait"), msg, delivery, port)
