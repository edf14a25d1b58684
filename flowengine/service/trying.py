"""Try a transform alone on sample messages: in a thread, in virtual time, within a limit of real time.

What it does is seen nowhere else: its context is its own, sources, actuators, what does I/O and what uses a connection
are refused, and secrets are not given to it.
"""

from __future__ import annotations

import ctypes
import inspect
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flowengine import settings
from flowengine.clock import VirtualClock
from flowengine.flow.judge import judge
from flowengine.flow.references import Scope, resolve
from flowengine.message import Message, Routed
from flowengine.node import Node, Transform, handlers
from flowengine.options import build, connection_names, schema_of
from flowengine.plain import from_plain, to_plain
from flowengine.registry import Registry
from flowengine.service.answers import Tried, Try, TryOutput
from flowengine.testing import RecordingHost, running

LIMIT: Final = 2.0
"""Seconds of real time."""
SETTLE: Final = 60.0
"""Seconds of virtual time that pass after the last message, for what leaves later."""
MOST_OUTPUTS: Final = 1000
MOST_STUCK: Final = 4
"""Threads that could not be ended, as a call does not return; while there are so many, tries are refused."""


_TYPED = re.compile(r"<(?!string>)[a-z]+>")
"""The file name of code that stands in an option; `<string>` is the standard library's own."""


class _GivenUp(BaseException):
    """Raised inside the thread whose time is up."""


class _Work:
    """One try under way."""

    def __init__(self) -> None:
        self.host: RecordingHost | None = None
        self.error: BaseException | None = None


class Trying:
    """Runs tries. Safe to use from any thread."""

    def __init__(self, registry: Registry, environment: Mapping[str, str], limit: float = LIMIT) -> None:
        self._registry = registry
        self._environment = environment
        self._limit = limit
        self._stuck: list[threading.Thread] = []

    def run(self, request: Try) -> Tried:
        """Run a node on messages; whatever is wrong is said in the answer."""
        try:
            node, options = self._node(request)
            messages = [Message.from_dict(from_plain(dict(message))) for message in request.messages]
            port = request.port or type(node).input_ports(options)[0].name
            if port not in {found.name for found in type(node).input_ports(options)}:
                raise ValueError(f"there is no input port '{port[:100]}'")
        except Exception as error:  # noqa: BLE001 - a node's own code takes part in building it
            return Tried(error=_text(error), line=_line(error))
        self._stuck = [thread for thread in self._stuck if thread.is_alive()]
        if len(self._stuck) >= MOST_STUCK:
            return Tried(
                error=f"{MOST_STUCK} tries before have not come to an end; restart the engine to be rid of them"
            )
        return self._within_limit(node, messages, port, request.environment)

    def _node(self, request: Try) -> tuple[Transform, Mapping[str, Any]]:
        found = self._registry.types.get(request.type)
        if found is None:
            raise ValueError(f"there is no node type '{request.type[:100]}'")
        cls: type[Node] = found.cls
        if not issubclass(cls, Transform) or inspect.iscoroutinefunction(cls.process):
            raise ValueError(f"{request.type} cannot be tried: only transforms can that do nothing outside the flow")
        if cls.runs_code and not settings.code_allowed():
            raise ValueError(f"{request.type} runs code, which is switched off here ({settings.NO_CODE})")
        schema = schema_of(cls)
        scope = Scope(dict(request.environment), self._environment)
        resolved = resolve(dict(request.options), scope, schema)
        if resolved.open:
            raise ValueError("an option refers to a secret or a parameter, which a try does not know")
        wrong = [fault.message for fault in resolved.faults] or [
            f"option {'.'.join(map(str, verdict.keys))}: {verdict.message}" for verdict in judge(schema, resolved.value)
        ]
        if wrong:
            raise ValueError(wrong[0])
        if connection_names(cls, resolved.value):
            raise ValueError(f"{request.type} cannot be tried: it uses a connection")
        return build(cls, resolved.value), resolved.value

    def _within_limit(
        self, node: Transform, messages: list[Message], port: str, environment: Mapping[str, str]
    ) -> Tried:
        work = _Work()
        variables = {**self._environment, **environment}
        thread = threading.Thread(target=_run, args=(work, node, messages, port, variables), name="try", daemon=True)
        thread.start()
        thread.join(self._limit)
        for _ in range(5):  # the code may catch it and go on
            if not thread.is_alive():
                break
            _give_up(thread)
            thread.join(0.1)
        if thread.is_alive():
            self._stuck.append(thread)
        outputs = _outputs(work.host)
        if thread.is_alive() or isinstance(work.error, _GivenUp):
            return Tried(outputs, f"not finished after {self._limit:g} s", 0)
        if work.error is not None:
            return Tried(outputs, _text(work.error), _line(work.error))
        return Tried(outputs)


def _run(work: _Work, node: Transform, messages: list[Message], port: str, variables: dict[str, str]) -> None:
    clock = VirtualClock()

    async def main() -> None:
        async with running(node, clock) as host:
            work.host = host
            host.variables = variables
            handler = handlers(node)[port]
            for number, msg in enumerate(messages):
                stamped = msg.replace(time=msg.time or clock.now(), id=msg.id or f"try-{number + 1}")
                _keep(host, node, handler(stamped))
            await clock.sleep(SETTLE)
            _keep(host, node, node.flush())
            if host.failures:
                raise host.failures[0][0]

    try:
        clock.run(main())
    except BaseException as error:  # noqa: BLE001 - whatever the node raises is the answer
        work.error = error


def _keep(host: RecordingHost, node: Transform, result: Any) -> None:
    """Keep what a node returned, as the runtime would send it on."""
    if result is None:
        return
    first = node.outputs[0].name if node.outputs else "out"
    items: Iterable[Any] = [result] if isinstance(result, Message | Routed) else result
    for item in items:
        if len(host.emitted) >= MOST_OUTPUTS:
            raise ValueError(f"more than {MOST_OUTPUTS} messages left the node; the first are shown")
        if isinstance(item, Routed):
            host.emit(*item)
        else:
            host.emit(first, item)


def _give_up(thread: threading.Thread) -> None:
    """Raise an error inside a thread, at the next line of Python it comes to."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_GivenUp))


def _outputs(host: RecordingHost | None) -> tuple[TryOutput, ...]:
    emitted = list(host.emitted[:MOST_OUTPUTS]) if host is not None else []
    return tuple(TryOutput(port, to_plain(msg.as_dict())) for port, msg in emitted)


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _line(error: BaseException | None) -> int:
    """Return the line of the user's code that failed: the one that the error's text names, or else the last one in the
    traceback that is of no file; 0: not known."""
    named = re.search(r"\bline (\d{1,6})\b", str(error))
    if named:
        return int(named[1])
    while error is not None:
        lines = []
        trace = error.__traceback__
        while trace is not None:
            if _TYPED.fullmatch(trace.tb_frame.f_code.co_filename):
                lines.append(trace.tb_lineno)
            trace = trace.tb_next
        if lines:
            return lines[-1]
        error = error.__cause__
    return 0
