"""Node-RED's link nodes, for links that no wire can stand for: to other flows, back up a loop, and calls."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import Msg, to_message

MOST_CALLS: Final = 10_000
MOST_JUMPS: Final = 100_000
"""Msgs on their way over links of one engine at once."""

Links = Annotated[list[str], Meta(description="The link in nodes, each by the id it states")]


class LinkIn(RedTransform, type="nodered/link-in"):
    """Send on what link out and link call nodes of any flow give to it.

    Link out and link call nodes name it by the id it states; wires may lead to it too.
    """

    red: ClassVar[str] = "link in"
    together: ClassVar[str] = "nodered/links"

    link: Annotated[str, Meta(description="The id by which link out and link call nodes name it")] = ""
    alone: Annotated[bool, Meta(description="Whether link calls may find it by its name")] = True

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that links of any flow lead here."""
        return [*super().meets(options), ("takes", "engine/links/#")]

    def begin(self) -> None:
        """Be there for links."""
        self.links_ = [self.link or self.id or self.key_]
        for link in self.links_:
            self.space.links[f"{self.path_.rpartition('/')[0]}/{link}"] = self

    def end(self) -> None:
        """Be there no more."""
        for name, node in list(self.space.links.items()):
            if node is self:
                del self.space.links[name]

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)


def deliver(node: Any, link: str, msg: Msg) -> bool:
    """Give a msg to a link in node of the same instance, or of a flow; False: there is none."""
    prefix = node.path_.rpartition("/")[0]
    target = node.space.links.get(f"{prefix}/{link}") or node.space.links.get(f"/{link}")
    if target is None:
        return False
    if node.asynchronous:
        target.arrive(to_message(msg, node._base))
    else:
        target.soon(msg)
    return True


class LinkOut(RedTransform, type="nodered/link-out"):
    """Give each message to link in nodes, or back to the link call that it came from.

    Its options have Node-RED's names, and it does what Node-RED's link out node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "link out"
    together: ClassVar[str] = "nodered/links"

    mode: Annotated[Literal["link", "return"], Meta(description="To link in nodes, or back to the call")] = "link"
    links: Links = []
    ports: Annotated[int, Meta(description="Whether wires stand for links in its own flow", ge=0, le=1)] = 1

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that links lead on from here, and back."""
        return [*super().meets(options), ("gives", "engine/links/#"), ("takes", "engine/links/#")]

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        if self.mode == "return":
            self._return(msg)
            self.finished(msg)
            return
        message = to_message(msg, self._base)
        if self._out is None:
            self.emit_now(self._ports[0], message)
        else:
            self.send(msg)
        for link in self.links:
            deliver(self, link, dict(msg))
        self.finished(msg)

    def _return(self, msg: Msg) -> None:
        source = msg.get("_linkSource")
        if not isinstance(source, list) or not source:
            self.warn("Link call return: missing message source, the message did not come from a link call")
            return
        *rest, last = source
        msg = {**msg, "_linkSource": rest}
        if not rest:
            del msg["_linkSource"]
        if not isinstance(last, dict):
            return
        call = self.space.calls.get(str(last.get("id"))) or self.space.callers.get(str(last.get("node")))
        if call is not None:
            call.returned(str(last.get("id")), msg)


class LinkCall(RedTransform, type="nodered/link-call"):
    """Call a link in node and send on what comes back from the link out at the other end.

    Its options have Node-RED's names, and it does what Node-RED's link call node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "link call"
    together: ClassVar[str] = "nodered/links"

    linkType: Annotated[Literal["static", "dynamic"], Meta(description="dynamic: msg.target names it")] = "static"
    links: Links = []
    timeout: Annotated[float, Meta(description="Seconds to wait for the answer", ge=0)] = 30

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that links lead on from here, and back."""
        return [*super().meets(options), ("gives", "engine/links/#"), ("takes", "engine/links/#")]

    def begin(self) -> None:
        """Wait for nothing yet."""
        self._waiting: dict[str, tuple[Msg, Any, Any]] = {}
        self.space.callers[self.path_] = self

    def receive(self, msg: Msg) -> None:
        """Call."""
        target = self._target(msg)
        if len(self._waiting) >= MOST_CALLS:
            raise RedError(f"more than {MOST_CALLS} calls wait for their answer")
        event = uuid.uuid4().hex
        timer = self.clock.call_later(self.timeout or 30, lambda: self._late(event))
        before = msg.get("_linkSource")
        source = [*(before if isinstance(before, list) else []), {"id": event, "node": self.path_}]
        called = {**msg, "_linkSource": source}
        self._waiting[event] = (called, timer, self._base)
        self.space.calls[event] = self
        if self.asynchronous:
            target.arrive(to_message(called, self._base))
        else:
            target.soon(called)

    def _target(self, msg: Msg) -> Any:
        prefix = self.path_.rpartition("/")[0]
        if self.linkType == "static":
            for link in self.links[:1]:
                found = self.space.links.get(f"{prefix}/{link}") or self.space.links.get(f"/{link}")
                if found is not None:
                    return found
            raise RedError(f"Error: target link-in node '{next(iter(self.links), '')}' not found")
        wanted = msg.get("target", "")
        if not isinstance(wanted, str):
            raise RedError(f"Error: target link-in node '{js.text(wanted)}' not found")
        nodes = list(dict.fromkeys(self.space.links.values()))
        by_id = [node for node in nodes if wanted == (node.id or node.link or node.key_)]
        by_name = [node for node in nodes if node.name == wanted]
        here = [node for node in by_name if node.flow_ == self.flow_]
        found = by_id or here or by_name
        if not found:
            raise RedError(f"Error: target link-in node '{wanted}' not found")
        if len(found) > 1:
            raise RedError(f"Error: Multiple link-in nodes named '{wanted}' found")
        return found[0]

    def returned(self, event: str, msg: Msg) -> None:
        """Send on what came back; what comes back again, or late, goes on too, as in Node-RED."""
        waiting = self._waiting.pop(event, None)
        self.space.calls.pop(event, None)
        if waiting is None:
            self.send(msg)
            return
        waiting[1].cancel()
        self._base = waiting[2]
        self.send(msg)
        self.finished(msg)

    def _late(self, event: str) -> None:
        waiting = self._waiting.pop(event, None)
        self.space.calls.pop(event, None)
        if waiting is not None:
            self.error("timeout", waiting[0])

    def end(self) -> None:
        """Wait no more."""
        for event, (_, timer, _) in self._waiting.items():
            timer.cancel()
            self.space.calls.pop(event, None)
        self.space.callers.pop(self.path_, None)
        self._waiting.clear()


class Junction(RedTransform, type="nodered/junction"):
    """Let everything through: a point where wires meet.

    Its options have Node-RED's names, and it does what Node-RED's junction node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "junction"

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        if self._out is None:
            self.emit_now(self._ports[0], to_message(msg, self._base))
        else:
            self.send(msg)


class SubflowStatus(RedTransform, type="nodered/subflow-status"):
    """Show what comes as the status of the instance of this subflow: a text, or an object with fill, shape and text.

    It stands for the status of a subflow in Node-RED: wires lead to it inside the subflow.
    """

    red: ClassVar[str] = "subflow"
    ports: ClassVar[int] = 0

    def begin(self) -> None:
        """Stand for the statuses of the nodes inside, which go no further then."""
        self.scope_.shows = True

    def receive(self, msg: Msg) -> None:
        """Show it."""
        payload = msg.get("status", msg.get("payload"))
        scope = self.scope_
        shown = payload if isinstance(payload, dict) else {"text": js.text(payload)}
        if scope.parent is not None:
            self.show_status(shown)
            self.space.said(scope.parent, scope.key, "", shown, scope.source)
