"""What the runtime gives a node: its clock, its log, shared values, ways to send and to say how it is."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, TypeVar

from flowengine.clock import Clock
from flowengine.message import Message
from flowengine.outgoing import AllowList

T = TypeVar("T")

Level = Literal["ok", "busy", "warning", "error", "off"]


@dataclasses.dataclass(frozen=True)
class Status:
    """What a node says of itself: one word for its shape and colour, and a short text."""

    level: Level
    text: str = ""


@dataclasses.dataclass(frozen=True)
class Rings:
    """What a node's status `error` means to operators: an alarm of the plant's one list, see `Node.rings`."""

    text: str = ""
    """What it means and what to do."""
    priority: Literal["low", "medium", "high", "critical"] = "medium"
    area: str = ""


class Context(Protocol):
    """Values that nodes share, under names that are property paths (`counts.total`)."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value, or `default`."""

    def set(self, key: str, value: Any) -> None:
        """Keep a value; None forgets it."""

    def keys(self) -> list[str]:
        """Return the names at the top level."""


class Host(Protocol):
    """What the runtime gives a node; nodes reach it through the properties of `Node`."""

    clock: Clock
    log: logging.LoggerAdapter[logging.Logger]
    outgoing: Sequence[AllowList]  # the hosts that the node may reach
    retries: int  # attempts after the first that the runtime has made for the node, of all messages together

    def context(self, scope: Literal["node", "flow", "global"]) -> Context:
        """Return the shared values of a scope."""

    def environment(self, name: str) -> str | None:
        """Return a variable of the flow's environment."""

    def emit(self, port: str, msg: Message) -> None:
        """Send a message on from outside `process`."""

    def set_status(self, status: Status) -> None:
        """Show a status."""

    def fail(self, error: Exception, msg: Message | None) -> None:
        """Report a failure outside `process`: counted, logged, and with a message sent to the error port."""

    def drop(self, reason: str, count: int, meant: bool) -> None:
        """Count messages that the node gives up."""

    def show(self, value: Any, msg: Message | None, property: str) -> None:
        """Put a value into the debug stream."""

    def tracer(self) -> Callable[[Message], str] | None:
        """Return what tells where a message stands in a trace; None: traces are not sent."""

    async def blocking(self, function: Callable[[], T]) -> T:
        """Run a function in a thread."""
