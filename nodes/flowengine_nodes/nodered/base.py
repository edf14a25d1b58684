"""What all nodes of Node-RED have in common: they get a msg, send by numbered outputs, fail, say their status.

In the order of messages there are two ways. By default a node's results go on at once, branch by branch, within the
call that brought the message: back pressure and acknowledgements hold. With the variable NODE_RED_ORDER=asynchronous
every message waits for its turn on the loop, as in Node-RED, so that branches overtake one another in the same way.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import ADVANCED, AsyncTransform, Message, Port, Routed, Source, Status, Transform
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.message import MISSING, Msg, as_msg, to_message
from flowengine_nodes.nodered.space import FILE_STORES, MEMORY_STORES, Kept, Scope, Space, Values, space_of

ORDER: Final = "NODE_RED_ORDER"
MOST_PORTS: Final = 1000
_VARIABLE = re.compile(r"\$\{(\S+)\}")
LEVELS: Final = {"red": "error", "yellow": "warning", "green": "ok", "blue": "busy", "grey": "off", "gray": "off"}

Name = Annotated[str, Meta(description="Name in Node-RED")]
Id = Annotated[str, Meta(description="Id in Node-RED; empty: the name of this node"), ADVANCED]
GroupName = Annotated[str, Meta(description="The group it stands in, whose variables it sees"), ADVANCED]
Ports = Annotated[int, Meta(description="How many outputs it has", ge=0, le=MOST_PORTS)]


@dataclasses.dataclass(frozen=True)
class RedStatus(Status):
    """A status as Node-RED shows it."""

    shown: Any = None
    """What the node said: fill, shape and text."""


class RedError(Exception):
    """What a node says of a message that it could not handle; `extra` goes into `msg.error` too."""

    def __init__(self, text: str, **extra: Any) -> None:
        super().__init__(text)
        self.extra = extra


class Red:
    """The common side of all of them; mixed into the kinds of node below."""

    red: ClassVar[str] = ""
    """The type in Node-RED."""
    always_named: ClassVar[bool] = False
    """Whether messages of catch nodes show an empty name too."""

    name: Any
    id: Any
    group: Any
    _out: list[Message | Routed] | None = None
    _base: Message = Message()
    _stopped = False
    tap_: Any = None
    """Sees what comes to this node by other roads than a wire; set by a test."""

    # --- where it stands ---

    def settle(self: Any) -> None:
        """Find the scope of this node; called by `start`."""
        flow, own = self.log.extra["flow"], self.log.extra["node"]
        self.space: Space = space_of(self.context("global"))
        prefix, _, self.key_ = own.rpartition("/")
        self.flow_, self.path_ = flow, own
        self.scope_: Scope = self.space.scope(flow, prefix)
        self.group_ = self.group
        self.asynchronous = self.runtime.environment(ORDER) == "asynchronous"
        names = self.runtime.environment(MEMORY_STORES) or "default"
        self.stores = tuple(name.strip() for name in names.split(","))
        self.kept_stores = self._kept_stores()
        self._ports = [port.name for port in type(self).output_ports(vars(self))]
        self._fill_in()

    def _fill_in(self: Any) -> None:
        """Put variables in place of options that say `${NAME}` and nothing else, at any depth."""
        for field in dataclasses.fields(self):
            if field.init:
                value = getattr(self, field.name)
                made = self._filled(value)
                if made is not value:
                    setattr(self, field.name, made)

    def _filled(self: Any, value: Any) -> Any:
        if isinstance(value, str):
            found = _VARIABLE.fullmatch(value) if value[:2] == "${" else None
            if found is None:
                return value
            known = self.variable(found[1])
            return "" if known is MISSING else known
        if isinstance(value, dict):
            made = {key: self._filled(inner) for key, inner in value.items()}
            return made if any(made[key] is not value[key] for key in value) else value
        if isinstance(value, list):
            items = [self._filled(item) for item in value]
            return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
        return value

    def source_(self: Any) -> dict[str, Any]:
        """Return how this node shows in messages of catch and status nodes."""
        shown = {"id": self.scope_.named(self.id or self.key_), "type": self.red}
        return {**shown, "name": self.name} if self.name or self.always_named else shown

    def variable(self: Any, name: str) -> Any:
        """Return a variable as Node-RED's `env` does; MISSING where there is none."""
        own = {"NR_NODE_ID": self.id or self.key_, "NR_NODE_NAME": self.name, "NR_NODE_PATH": self.path_}
        if name in own:
            return own[name]
        found = self.scope_.variable(name, self.group_)
        if found is not MISSING or name.startswith("$parent."):
            return found
        known = self.runtime.environment(name)
        return MISSING if known is None else known

    def store(self: Any, scope: str, store: str = "") -> Any:
        """Return the context of a scope (node, flow, global) in a named store; the first store where it is unknown."""
        store = store if store in self.stores else self.stores[0]
        first = store == self.stores[0]
        if store in self.kept_stores and not (first and not self.scope_.prefix):
            inside = {"flow": self.scope_.prefix, "node": self.path_}.get(scope, "")
            return Kept(self.context("global" if scope == "global" else "flow"), f"{store}:{scope}:{inside}")
        if scope == "global":
            return self.context("global") if first else self.space.global_stores.setdefault(store, Values())
        inner = self.scope_.prefix != "" or not first
        if scope == "flow":
            return self.scope_.contexts.setdefault((store, ""), Values()) if inner else self.context("flow")
        return self.context("node") if first else self.scope_.contexts.setdefault((store, self.key_), Values())

    def _kept_stores(self: Any) -> frozenset[str]:
        names = self.runtime.environment(FILE_STORES) or ""
        return frozenset(name.strip() for name in names.split(",") if name.strip())

    def remembers(self: Any) -> bool:
        """Say whether it may write to a context that outlasts a restart."""
        return bool(self.writes_context() and self._host is not None and self._kept_stores())

    def writes_context(self) -> bool:
        """Say whether its options have it write to a context."""
        return False

    # --- sending ---

    def send(self: Any, msg: Msg, port: int = 0) -> None:
        """Send a msg by an output, counted from 0; nothing happens where there is no such output."""
        if port >= len(self._ports) or self._stopped:
            return
        message = to_message(msg, self._base)
        if self._out is not None:
            self._out.append(Routed(self._ports[port], message))
        elif self.asynchronous:
            asyncio.get_running_loop().call_soon(self.emit_now, self._ports[port], message)
        else:
            self.emit_now(self._ports[port], message)

    def send_all(self, outputs: list[Any]) -> None:
        """Send what stands at each output's place: nothing, a msg or a list of them."""
        for port, value in enumerate(outputs):
            for msg in value if isinstance(value, list) else (value,):
                if isinstance(msg, dict):
                    self.send(msg, port)

    def emit_now(self: Any, port: str, message: Message) -> None:
        """Give a message to what follows a port."""
        if not self._stopped:
            self.runtime.emit(port, message)

    def soon(self, msg: Msg) -> None:
        """Take a msg that no wire brings: when it is its turn on the loop, or now where sending waits for that."""
        message = to_message(msg)
        if getattr(self, "asynchronous", False):
            self._soon(message)
            return
        asyncio.get_running_loop().call_soon(self._soon, message)

    def _soon(self: Any, message: Message) -> None:
        if not self._stopped:
            self.arrive(message)

    def arrive(self: Any, message: Message) -> None:
        """Take a message that no wire has brought."""
        if self.tap_ is not None:
            self.tap_(message)
        self._base = message
        self.receive(as_msg(message))

    # --- telling ---

    def finished(self, msg: Msg | None = None) -> None:
        """Say that this node has finished with a msg."""
        here: Any = self
        if msg is not None and here.scope_.completes:
            here.space.completed(here, msg)

    def error(self: Any, text: str, msg: Msg | None = None, **extra: Any) -> None:
        """Say that something went wrong: to the catch nodes, or, where none is, as a failure of the message."""
        if msg is not None:
            if not self.space.failed(self, text, msg, extra):
                self.runtime.fail(RedError(text), to_message(msg, self._base))
        else:
            self.log.error("%s", text)

    def warn(self: Any, text: str) -> None:
        """Log a warning."""
        self.log.warning("%s", text)

    def red_status(self: Any, status: Any) -> None:
        """Show a status as Node-RED has it: an object with fill, shape and text, a text, or nothing."""
        if not isinstance(status, dict):
            status = {"text": js.text(status)} if status is not None and status is not MISSING else {}
        if "text" in status and not isinstance(status["text"], str):
            status = {**status, "text": js.text(status["text"])}
        self.show_status(status)
        self.space.said(self.scope_, self.key_, self.group_, status, self.source_())

    def show_status(self: Any, status: Mapping[str, Any]) -> None:
        """Show a status in the canvas alone."""
        level = LEVELS.get(str(status.get("fill")), "off")
        if self._host is not None:
            self.runtime.set_status(RedStatus(level, js.text(status.get("text", "")), shown=status))  # type: ignore[arg-type]

    # --- its life ---

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that errors, statuses and ends are heard by catch, status and complete nodes of the flow."""
        return [("gives", "events/#")]

    @classmethod
    def output_ports(cls, options: Mapping[str, Any]) -> tuple[Port, ...]:
        """Return as many outputs as the options say."""
        return _ports(cls, options)

    async def start(self) -> None:
        """Get ready."""
        self.settle()
        self.begin()

    async def stop(self) -> None:
        """Let go."""
        self._stopped = True
        self.end()

    # --- what nodes do ---

    def receive(self, msg: Msg) -> None:
        """Handle a msg: `send` what becomes of it, `done` when finished, raise RedError when it cannot be."""
        raise NotImplementedError

    def begin(self) -> None:
        """Get ready; called once, before the first msg."""

    def end(self) -> None:
        """Let go of timers and the like."""

    def _handled(self: Any, message: Message) -> list[Message | Routed] | None:
        """Have a message handled; returns what goes on at once."""
        out: list[Message | Routed] | None = None if self.asynchronous else []
        self._out, self._base = out, message
        msg = as_msg(message)
        try:
            self.receive(msg)
        except RedError as error:
            self.error(str(error), msg, **error.extra)
        except (ValueError, TypeError, KeyError, IndexError, ArithmeticError, RecursionError) as error:
            self.error(f"{type(error).__name__}: {error}", msg)
        finally:
            self._out = None
        return out


def _ports(cls: Any, options: Mapping[str, Any]) -> tuple[Port, ...]:
    number = options.get("ports", getattr(cls, "ports", None))
    if not isinstance(number, int) or isinstance(number, bool):
        return tuple(cls.outputs)
    return numbered(min(number, MOST_PORTS))


def numbered(count: int) -> tuple[Port, ...]:
    """Return the ports `1`, `2` and so on."""
    return tuple(Port(str(number + 1)) for number in range(count))


class RedTransform(Red, Transform):
    """A node that handles a msg at once."""

    outputs: ClassVar[tuple[Port, ...]] = numbered(1)

    name: Name = ""
    id: Id = ""
    group: GroupName = ""

    def process(self, msg: Message) -> Any:
        """Handle one message."""
        return self._handled(msg)


class RedAsync(Red, AsyncTransform):
    """A node that waits for the outside world."""

    outputs: ClassVar[tuple[Port, ...]] = numbered(1)

    name: Name = ""
    id: Id = ""
    group: GroupName = ""

    async def handle(self, msg: Msg) -> None:
        """Handle a msg; may wait."""
        raise NotImplementedError

    async def process(self, message: Message) -> Any:
        """Handle one message; what it sends leaves when it is sent."""
        msg = as_msg(message)
        try:
            await self.handle(msg)
        except RedError as error:
            self.error(str(error), msg, **error.extra)
        except (OSError, ValueError, TypeError, KeyError, IndexError, ArithmeticError, RecursionError) as error:
            self.error(f"{type(error).__name__}: {error}", msg)
        return None


class RedSource(Red, Source):
    """A node that brings messages in by itself: `soon` and `send` are called as they come."""

    outputs: ClassVar[tuple[Port, ...]] = numbered(1)

    name: Name = ""
    id: Id = ""
    group: GroupName = ""

    async def run(self) -> Any:
        """Bring nothing by this road; messages leave by `emit`."""
        await asyncio.get_running_loop().create_future()
        yield Message()  # pragma: no cover - makes it a generator
