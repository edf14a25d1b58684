"""The commands of a session. Each `load` gets an event loop of its own, in the time it asks for."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from flowengine import __version__
from flowengine.clock import Clock, VirtualClock, real_time_limit
from flowengine.errors import FlowEngineError, FlowInvalid, NotFound
from flowengine.message import Message
from flowengine.plain import from_plain
from flowengine.testbench.lines import Lines, LogEvents, Output

LONGEST_LOAD: Final = 9.0
LONGEST_UNLOAD: Final = 2.2
"""Seconds of real time; what takes longer is given up, and that is said."""


ROUNDS: Final = 8
"""Rounds of the real loop between two commands: what waits for nothing but its turn is done by then."""


class CommandError(Exception):
    """A command that cannot be carried out; the session goes on."""

    def __init__(self, code: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields


def serve(lines: Lines, output: Output, nodes_dirs: Iterable[Path] = ()) -> None:
    """Serve one session to its end."""
    log = LogEvents(output)
    _set_up_logging(log)
    session = Session(lines, output, log, tuple(nodes_dirs))
    session.get_ready()
    output.send("ready", engine="flowengine", version=__version__)
    while session.running:
        session.serve_on_one_loop()
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        output.close()
        os._exit(0)  # a node has left a thread behind, which the interpreter would wait for, perhaps for ever


class Session:
    """One session: at most one flow is loaded."""

    def __init__(self, lines: Lines, output: Output, log: LogEvents, nodes_dirs: tuple[Path, ...]) -> None:
        self.lines = lines
        self.output = output
        self.log = log
        self.nodes_dirs = nodes_dirs
        self.running = True
        self._registry: Any = None
        self._loaded: Any = None
        self._next: dict[str, Any] | None = None
        """A `load` that waits for its loop."""
        self._environment = dict(os.environ)
        self._commands: Mapping[str, Callable[[dict[str, Any]], Any]] = {
            "inject": self._inject,
            "context": self._context,
            "advance": self._advance,
            "unload": self._unload_command,
            "ping": self._ping,
        }

    def get_ready(self) -> None:
        """Take in what every load needs, so that the first one is as quick as others."""
        # jsonschema takes it along where it is, for formats that no option has; that alone costs a second and a half
        sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: cannot be imported
        import jsonschema  # noqa: F401 - imported ahead
        import networkx  # noqa: F401 - likewise

        from flowengine.flow import check, plan  # noqa: F401 - likewise
        from flowengine.testbench import nodered  # noqa: F401 - likewise

        self._registry = _discover(self.nodes_dirs)

    def serve_on_one_loop(self) -> None:
        """Serve until the next `load`, or to the end."""
        command, self._next = self._next, None
        clock = VirtualClock() if command is not None and command.get("clock") == "virtual" else Clock()
        loop = clock.new_loop() if isinstance(clock, VirtualClock) else asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self._serve(command, clock))
        finally:
            self._close(loop)

    async def _serve(self, command: dict[str, Any] | None, clock: Clock) -> None:
        if command is not None:
            await self._guarded(command, lambda command: self._load(command, clock))
        while self._next is None:
            line = await self.lines.next()
            command = {"op": "quit"} if line is None else self._parsed(line)
            if command is None:
                continue
            if command["op"] == "quit":
                self.running = False
                break
            if command["op"] == "load":
                self._next = command
                break
            await self._guarded(command, self._commands[command["op"]])
            await self._settle(clock)
        await self._unload()

    async def _settle(self, clock: Clock) -> None:
        """Let the flow work on what a command has brought before the next command is looked at."""
        if isinstance(clock, VirtualClock) and self._loaded is not None:
            await clock.advance(0)
        else:
            for _ in range(ROUNDS):
                await asyncio.sleep(0)

    def _parsed(self, line: bytes) -> dict[str, Any] | None:
        """Return the command that a line holds, or None when it holds none, which is said."""
        if not line.strip():
            return None
        try:
            command = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            text = "nested too deep" if isinstance(error, RecursionError) else str(error)
            self.output.send("error", code="bad-json", message=f"not JSON: {text}")
            return None
        op = command.get("op") if isinstance(command, dict) else None
        if not isinstance(op, str) or (op not in self._commands and op not in ("load", "quit")):
            known = ", ".join(["load", *self._commands, "quit"])
            req = command.get("req") if isinstance(command, dict) else None
            what = f"unknown op {op!r:.60}" if op is not None else "the line is no command: it has no op"
            self.output.send("error", code="bad-op", message=f"{what}; known: {known}", req=req)
            return None
        found: dict[str, Any] = command
        return found

    async def _guarded(self, command: dict[str, Any], function: Callable[[dict[str, Any]], Any]) -> None:
        """Carry a command out; whatever goes wrong is an error event."""
        try:
            result = function(command)
            if asyncio.iscoroutine(result):
                await result
            return
        except CommandError as error:
            code, message, fields = error.code, str(error), error.fields
        except FlowInvalid as error:
            code, message, fields = "bad-flow", str(error), {}
        except NotFound as error:
            code, message, fields = "no-node", str(error), {}
        except (FlowEngineError, ValueError) as error:
            code, message, fields = "failed", str(error), {}
        except TimeoutError:
            code, message, fields = "failed", f"{command['op']} was not finished in time", {}
        except Exception as error:  # noqa: BLE001 - the session goes on, whatever a node has done
            code, message, fields = "failed", f"{type(error).__name__}: {error}", {}
        self.output.send("error", code=code, message=message, req=command.get("req"), **fields)

    # --- the commands ---

    async def _load(self, command: dict[str, Any], clock: Clock) -> None:
        from flowengine.testbench.load import wanted_from  # the first load brings in the rest of the engine
        from flowengine.testbench.loaded import Loaded
        from flowengine.testbench.nodered import RedLoaded, RedWanted

        if self._registry is None:
            self._registry = _discover(self.nodes_dirs)
        wanted = wanted_from(command, self._registry)
        self._set_environment(wanted.environment)
        self.log.known = {} if isinstance(wanted, RedWanted) else None
        loaded: Any
        if isinstance(wanted, RedWanted):
            loaded = RedLoaded(wanted, self._registry, dict(os.environ), clock)
        else:
            loaded = Loaded(wanted, self._registry, dict(os.environ), clock)
        with real_time_limit(LONGEST_LOAD):
            await loaded.start(self.output, self.log)
        self._loaded = loaded
        self.output.send("loaded", nodes=len(loaded.nodes))

    def _inject(self, command: dict[str, Any]) -> None:
        msg = command.get("msg", {})
        if not isinstance(msg, dict):
            raise CommandError("bad-op", "inject: 'msg' must be an object")
        flow, plain = self._flow(), from_plain(msg)
        if self.log.known is None:
            flow.inject(_text(command, "node"), Message.from_dict(plain))
        else:
            from flowengine.testbench.nodered import message_of

            flow.inject(_text(command, "node"), message_of(plain, lambda: uuid.uuid4().hex[:16]))

    def _context(self, command: dict[str, Any]) -> None:
        action, scope = command.get("action"), command.get("scope", "node")
        if action not in ("set", "get", "keys") or scope not in ("node", "flow", "global"):
            raise CommandError("bad-op", "context: action is set, get or keys; scope is node, flow or global")
        node = _text(command, "node") if scope == "node" or "node" in command else ""
        context = self._flow().context(scope, "" if scope == "global" else node, command.get("store") or "")
        if action == "keys":
            self._reply(command, context.keys())
        elif action == "get":
            value = context.get(_text(command, "key"), _NOTHING)
            self._reply(command, value)
        else:
            context.set(_text(command, "key"), from_plain(command.get("value")))
            if "req" in command:
                self._reply(command, _NOTHING)

    async def _advance(self, command: dict[str, Any]) -> None:
        clock = self._flow().clock
        seconds = command.get("seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            raise CommandError("bad-op", "advance: 'seconds' must be a number, 0 or more")
        if not isinstance(clock, VirtualClock):
            raise CommandError("bad-op", 'advance: the flow runs in real time; load it with "clock": "virtual"')
        await clock.advance(seconds)
        self._reply(command, clock.elapsed)

    async def _unload_command(self, command: dict[str, Any]) -> None:
        await self._unload()
        self.output.send("unloaded", req=command.get("req"))

    def _ping(self, command: dict[str, Any]) -> None:
        self._reply(command, "pong")

    # --- small parts ---

    def _flow(self) -> Any:
        if self._loaded is None:
            raise CommandError("failed", "no flow is loaded")
        return self._loaded

    def _reply(self, command: dict[str, Any], value: Any) -> None:
        fields = {"req": command["req"]} if "req" in command else {}
        self.output.send_all("reply", {**fields, **({"undef": True} if value is _NOTHING else {"value": value})})

    async def _unload(self) -> None:
        loaded, self._loaded = self._loaded, None
        if loaded is None:
            return
        try:
            with real_time_limit(LONGEST_UNLOAD):
                await loaded.stop()
        except TimeoutError:
            self.log.show("error", None, f"the flow did not stop within {LONGEST_UNLOAD:g} s and was given up")
        except Exception as error:  # noqa: BLE001 - a node's failure to stop must not end the session
            self.log.show("error", None, f"the flow did not stop cleanly: {type(error).__name__}: {error}")
        finally:
            self._set_environment({})

    def _set_environment(self, variables: Mapping[str, str | None]) -> None:
        """Set the variables of this process for the flow, and only for it."""
        os.environ.clear()
        os.environ.update(self._environment)
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def _close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close a loop without waiting for what does not want to end."""
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            waiting = asyncio.wait(tasks, timeout=0.2)
            loop.run_until_complete(waiting)
        loop.run_until_complete(loop.shutdown_asyncgens())
        executor = getattr(loop, "_default_executor", None)
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)
        asyncio.set_event_loop(None)
        loop.close()


_NOTHING: Any = type("Nothing", (), {"__repr__": lambda self: "NOTHING"})()


def _discover(nodes_dirs: tuple[Path, ...]) -> Any:
    from flowengine.registry import Registry

    registry = Registry.discover(nodes_dirs)
    for failed in registry.failed:
        logging.getLogger("flowengine").error("package %s failed to import: %s", failed.name, failed.error)
    return registry


def _text(command: dict[str, Any], name: str) -> str:
    value = command.get(name)
    if not isinstance(value, str) or not value:
        raise CommandError("bad-op", f"{command['op']}: '{name}' must be a text")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _set_up_logging(events: LogEvents) -> None:
    log = logging.getLogger("flowengine")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.addHandler(events)
    people = logging.StreamHandler(sys.stderr)
    people.setLevel(logging.INFO)
    log.addHandler(people)
