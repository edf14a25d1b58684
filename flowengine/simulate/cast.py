"""Who stands in for nodes that touch the outside world: they bring what was recorded, and tell what they are told."""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar

from flowengine.flow.plan import PlannedNode
from flowengine.message import Message
from flowengine.node import Actuator, Node, Source, Transform

Told = Callable[[Message], None]
"""Takes a command; raises Refused where it may not be written."""


class Recalled(Source, type="flowengine-simulate/source"):
    """Bring nothing by itself: the replay gives what was recorded."""

    async def run(self) -> AsyncIterator[Message]:
        """End at once."""
        return
        yield


class Answered(Transform, type="flowengine-simulate/answered"):
    """Ask nobody: what was answered when it was recorded comes at its time, whatever is asked."""

    def process(self, msg: Message) -> None:
        """Do nothing."""


class Sensed(Source, type="flowengine-simulate/sensed"):
    """Give the guard what an input of the envelope said."""

    said: ClassVar[asyncio.Queue[Message]]

    async def run(self) -> AsyncIterator[Message]:
        """Bring what is put into the queue."""
        while True:
            yield await self.said.get()


class Commanded(Actuator, type="flowengine-simulate/commanded"):
    """Write nothing: tell what would be written."""

    def submit(self, msg: Message) -> None:
        """Tell it, and be done."""
        type(self).told(msg)

    @staticmethod
    def told(msg: Message) -> None:
        """Take a command; each output has a class with one of its own."""


def stand_in(node: PlannedNode, told: Told | None = None) -> PlannedNode:
    """Return what stands for a node: of the same ports, without connections."""
    base: type[Node] = Recalled if issubclass(node.cls, Source) else Answered
    body: dict[str, Any] = {}
    if issubclass(node.cls, Actuator):
        assert told is not None
        base, body = Commanded, {"told": staticmethod(told)}
    inputs = tuple(node.cls.input_ports(node.options))
    body.update(inputs=inputs, outputs=tuple(node.cls.output_ports(node.options)))
    for port in inputs[1:]:
        body[f"on_{port.name.replace('-', '_')}"] = _ignore
    return PlannedNode(node.id, _made(base, body), {})


def sensed(name: str, said: asyncio.Queue[Message]) -> PlannedNode:
    """Return what stands for an input of the envelope, which says what comes into the queue."""
    return PlannedNode(name, _made(Sensed, {"said": said}), {})


def _ignore(self: Node, msg: Message) -> None:
    """Do nothing with what comes to a further port."""


def _made(base: type[Node], body: dict[str, Any]) -> type[Node]:
    found: type[Node] = types.new_class(base.__name__, (base,), {}, lambda space: space.update(body))
    found.type = base.type
    return found
