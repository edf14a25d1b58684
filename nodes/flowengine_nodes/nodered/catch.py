"""Node-RED's catch, status and complete nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine_nodes.nodered.base import RedSource
from flowengine_nodes.nodered.message import Msg
from flowengine_nodes.nodered.scoped import Scoped, ScopeOption


class Catch(Scoped, RedSource, type="nodered/catch"):
    """Send on the messages at which other nodes of this flow fail, with `msg.error`.

    Its options have Node-RED's names, and it does what Node-RED's catch node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "catch"
    outside: ClassVar[bool] = False

    scope: ScopeOption = None
    uncaught: Annotated[bool, Meta(description="Only what no other catch node takes")] = False

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that it hears what the nodes of its flow tell."""
        return [*super().meets(options), ("takes", "events/#")]

    def begin(self) -> None:
        """Listen."""
        self.scope_.catches.append(self)

    def end(self) -> None:
        """Listen no more."""
        if self in self.scope_.catches:
            self.scope_.catches.remove(self)

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)


class StatusNode(Scoped, RedSource, type="nodered/status"):
    """Send a message whenever another node of this flow shows a new status, with `msg.status`.

    Its options have Node-RED's names, and it does what Node-RED's status node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "status"
    outside: ClassVar[bool] = False

    scope: ScopeOption = None

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that it hears what the nodes of its flow tell."""
        return [*super().meets(options), ("takes", "events/#")]

    def begin(self) -> None:
        """Listen."""
        self.scope_.statuses.append(self)

    def end(self) -> None:
        """Listen no more."""
        if self in self.scope_.statuses:
            self.scope_.statuses.remove(self)

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)


class Complete(Scoped, RedSource, type="nodered/complete"):
    """Send on each message that the named nodes have finished with.

    Its options have Node-RED's names, and it does what Node-RED's complete node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "complete"
    outside: ClassVar[bool] = False

    scope: ScopeOption = []
    uncaught: Annotated[bool, Meta(description="Kept for Node-RED; has no effect")] = False

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that it hears what the nodes of its flow tell."""
        return [*super().meets(options), ("takes", "events/#")]

    def begin(self) -> None:
        """Listen."""
        self.scope_.completes.append(self)

    def end(self) -> None:
        """Listen no more."""
        if self in self.scope_.completes:
            self.scope_.completes.remove(self)

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)
