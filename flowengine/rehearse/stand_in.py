"""What stands in for the nodes that touch the outside world while a flow is tested.

A source is silent and gives only what the test feeds; an actuator takes everything; a transform that talks to
something answers what the test says. Ports stay as they are, so the rest of the flow notices nothing.
"""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Awaitable
from functools import lru_cache
from typing import Any

from msgspec import UNSET

from flowengine.errors import BadData, NodeError, Refused, Retryable
from flowengine.message import Message
from flowengine.node import Actuator, AsyncTransform, Node, Source, Transform
from flowengine.plain import from_plain
from flowengine.port import Port
from flowengine.rehearse.shape import Answer
from flowengine.writes import Retry

ERRORS: dict[str, type[NodeError]] = {"Refused": Refused, "Retryable": Retryable, "BadData": BadData}


class Script:
    """Answers in turn; the last one stays."""

    def __init__(self, answers: list[Answer]) -> None:
        self._turns = [answer for answer in answers for _ in range(answer.times)]
        self._at = 0

    def next(self) -> Answer:
        """Return the answer to the next message."""
        answer = self._turns[min(self._at, len(self._turns) - 1)]
        self._at += 1
        return answer


class Silent(Source, type="flowengine-test/source"):
    """Bring only what a test feeds."""

    def __post_init__(self) -> None:
        self.original: Source | None = None
        """The source whose button is pressed."""

    async def run(self) -> AsyncIterator[Message]:
        """End at once: the test gives the messages."""
        return
        yield

    def pressed(self) -> Message | None:
        """Return what the real source sends when its button is pressed."""
        return self.original.pressed() if self.original is not None else None


class Catcher(Actuator, type="flowengine-test/actuator"):
    """Take everything; fail only where the test says so."""

    def __post_init__(self) -> None:
        self.script: Script | None = None

    def submit(self, msg: Message) -> Awaitable[None] | None:
        """Be done at once, or act out the next answer."""
        return None if self.script is None else self._act(self.script.next())

    async def _act(self, answer: Answer) -> None:
        await self.clock.sleep(answer.after)
        if answer.error:
            raise ERRORS[answer.kind](answer.error)


class Answering(AsyncTransform, type="flowengine-test/answering"):
    """Answer what the test says instead of asking the outside world."""

    def __post_init__(self) -> None:
        self.script: Script | None = None

    async def process(self, msg: Message) -> Message:
        """Return the next answer: the message with the payload and properties stated."""
        if self.script is None:
            raise BadData("it talks to the outside world, and the test does not say under 'answers' what that says")
        answer = self.script.next()
        await self.clock.sleep(answer.after)
        if answer.error:
            raise ERRORS[answer.kind](answer.error)
        properties = {} if answer.msg is UNSET else from_plain(answer.msg)
        if answer.payload is not UNSET:
            properties["payload"] = from_plain(answer.payload)
        return Message.from_dict({**msg.as_dict(), **properties})


class Recorder(Transform, type="flowengine-test/recorder"):
    """End a wire that is there only to be watched."""

    outputs = ()

    def process(self, msg: Message) -> None:
        """Do nothing: whoever watches has seen it."""


def stand_in_for(cls: type[Node], options: dict[str, Any]) -> type[Node]:
    """Return the class that stands in for a node with these options."""
    inputs, outputs = tuple(cls.input_ports(options)), tuple(cls.output_ports(options))
    if issubclass(cls, Source):
        return _like(Silent, inputs, outputs)
    if issubclass(cls, Actuator):
        return _like(Catcher, inputs, outputs, cls.retry, cls.concurrency)
    return _like(Answering, inputs, outputs)


@lru_cache(maxsize=1024)
def _like(
    base: type[Node],
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    retry: Retry | None = None,
    concurrency: int = 0,
) -> type[Node]:
    """Return `base` with the ports, and the patience, of another class."""

    def fill(body: dict[str, Any]) -> None:
        body.update(inputs=inputs, outputs=outputs)
        if retry is not None:
            body.update(retry=retry, concurrency=concurrency)
        for port in inputs[1:]:
            work = vars(base)["submit" if issubclass(base, Actuator) else "process"]
            body[f"on_{port.name.replace('-', '_')}"] = work

    found: type[Node] = types.new_class(base.__name__, (base,), {}, fill)
    found.type = base.type
    return found
