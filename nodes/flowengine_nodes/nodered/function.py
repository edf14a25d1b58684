"""Node-RED's function node."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine_nodes.nodered.base import Ports, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.script.engine import Effects, Script, ScriptError
from flowengine_nodes.nodered.space import KEPT, Scope

SECONDS: Final = 1.0
"""CPU time that a call may take where the node states no timeout."""
AGAIN: Final = 0.25
"""The same right after a call that ran out of it: whoever runs away holds up others for half as long in all."""
MOST_TIMEOUTS: Final = 3
"""Calls in a row that may run out of time or memory; then the node is stopped, so that it stops nobody else."""
MOST_TIMERS: Final = 10_000
MOST_EARLY: Final = 10_000
"""Msgs that wait for the code before the first one."""

_CONTEXT = re.compile(r"\b(?:context|flow|global)\b")
_VARIABLE = re.compile(r"""env\s*\.\s*get\s*\(\s*["'`]([^"'`]+)["'`]""")
_DONE = re.compile(r"node\.done\s*\(\s*\)")

Code = Annotated[str, Meta(extra_json_schema={"x-widget": "code", "x-language": "javascript"})]


class Function(RedTransform, type="nodered/function"):
    """Run a JavaScript function for each message, as Node-RED does.

    `msg` is the message; what the function returns is sent: one message, or a list with one for each output (null:
    nothing; a list: several by that output). `node.send`, `node.error`, `node.warn`, `node.status`, `node.done`,
    `context`, `flow`, `global`, `env`, `RED.util`, `Buffer`, timers and promises work as in Node-RED. There is no
    `require`, no file and no network.

    A call that takes more CPU time than the timeout (1 s where none is stated), or more than 256 MB, fails; after
    three of them in a row the node is stopped until it is deployed again.
    """

    red: ClassVar[str] = "function"
    runs_code: ClassVar[tuple[str, ...]] = ("func", "initialize", "finalize")
    always_named: ClassVar[bool] = True

    func: Annotated[Code, Meta(description="The function's body")] = "return msg;"
    ports: Ports = 1
    timeout: Annotated[float, Meta(description="Longest CPU time of a call; 0: 1 s", ge=0, le=3600)] = 0
    initialize: Annotated[Code, Meta(description="Run before the first message")] = ""
    finalize: Annotated[Code, Meta(description="Run when the flow stops")] = ""
    libs: Annotated[list[Any], Meta(description="Modules that the function uses; none can be had here")] = []

    def begin(self) -> None:
        """Compile and run the code that comes before the first msg."""
        self._timers: dict[int, Any] = {}
        self._failures = 0
        self._ready = True
        self._completes = False
        self._early: list[tuple[Any, Msg]] = []
        self._known: dict[tuple[str, str], tuple[int, Any]] = {}
        self._script: Script | None = None
        self._broken = ""
        modules = [str(lib.get("module")) for lib in self.libs if isinstance(lib, dict)]
        if modules:
            self._broken = f"modules cannot be used here: {', '.join(modules)}"
        self._automatic = not _DONE.search(self.func)
        try:
            seconds, again = (self.timeout, self.timeout) if self.timeout else (SECONDS, AGAIN)
            self._script = Script(self.func, self.initialize, self.finalize, seconds, again)
        except ScriptError as error:
            self._broken = str(error)
        if self._broken or self._script is None:
            self.log.error("%s", self._broken)
            return
        everything = "\n".join((self.func, self.initialize, self.finalize))
        self._uses_context = bool(_CONTEXT.search(everything))
        self._script.know(self._facts(everything))
        if self.initialize.strip():
            self._ready = False
            self._called(self._script.begin, None)

    def writes_context(self) -> bool:
        """Say whether its code mentions a context."""
        return bool(_CONTEXT.search("\n".join((self.func, self.initialize, self.finalize))))

    def _facts(self, code: str) -> dict[str, Any]:
        known: dict[str, Any] = {}
        scope: Scope | None = self.scope_
        while scope is not None:
            known = {**scope.variables, **known}
            scope = scope.parent
        for group in reversed(list(self.scope_.around(self.group_))):
            known.update(self.scope_.groups.get(group, ("", {}))[1])
        around = {f"$parent.{name}" for name in known}
        names = {*_VARIABLE.findall(code), *around, "NR_NODE_ID", "NR_NODE_NAME", "NR_NODE_PATH"}
        named = {name: self.variable(name) for name in names}
        return {
            "id": self.id or self.key_,
            "name": self.name,
            "path": self.path_,
            "outputs": self.ports,
            "stores": list(self.stores),
            "env": {**known, **{name: value for name, value in named.items() if value is not MISSING}},
            "process": {},
        }

    def receive(self, msg: Msg) -> None:
        """Run the function."""
        if self._script is None or self._broken:
            self.error(self._broken, msg)
        elif self._ready:
            self._called(lambda: self._script.run(msg), msg)
        elif len(self._early) < MOST_EARLY:
            self._early.append((self._base, msg))
        else:
            self.error("too many messages wait for the code before the first one", msg)

    def end(self) -> None:
        """Run the code at the end and forget all timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if (
            self._script is not None and not self._broken and "close" in self.func + self.initialize + self.finalize
        ) or (self._script is not None and not self._broken and self.finalize.strip()):
            self._called(self._script.end, None)
        self._script = None

    def _called(self, function: Any, msg: Msg | None) -> None:
        """Call the script and carry out what it wants done."""
        if self._uses_context:
            self._load()
        if self.scope_.completes and not self._completes and self._script is not None:
            self._completes = True
            self._script.know({"completes": True})
        try:
            result = function()
        except ScriptError as error:
            self._failures += 1
            self.error(str(error), msg if msg is not None else {})
            if self._failures >= MOST_TIMEOUTS:
                self._broken = f"stopped after {self._failures} failures in a row: {error}"
                self.log.error("%s", self._broken)
            return
        self._failures = 0
        if result.__class__ is dict:
            self.send(result)
            if self._automatic:
                self.finished(result)
        else:
            self._carry_out(result, msg)

    def _carry_out(self, effects: Effects, msg: Msg | None) -> None:
        for name, *rest in effects:
            if name == "send":
                self.send(rest[1], rest[0])
            elif name == "finished":
                if self._automatic:
                    self.finished(rest[0] if rest else msg)
            elif name == "done":
                self.finished(rest[0] if rest and rest[0] else msg)
            elif name == "set":
                self._set(*rest)
            elif name == "timer":
                self._timer(*rest)
            elif name == "clear":
                timer = self._timers.pop(rest[0], None)
                if timer is not None:
                    timer.cancel()
            elif name == "log":
                getattr(self.log, rest[0])("%s", rest[1])
            elif name == "error":
                code = {"code": rest[2]} if len(rest) > 2 and rest[2] else {}
                self.error(rest[0], rest[1] if len(rest) > 1 else None, **code)
            elif name == "fail":
                self._failed(*rest)
            elif name == "status":
                self.red_status(rest[0])
            elif name == "ready":
                asyncio.get_running_loop().call_soon(self._begun)
            elif name == "broken":
                self._broken = "the code before the first message failed"

    def _failed(self, text: str, msg: Msg | None = None, stack: str = "", own: Msg | None = None) -> None:
        """Report what a script threw; where it was an Error, the msg has it too, as in Node-RED."""
        if stack and msg is not None:
            own = own or {}
            code = {"code": own["code"]} if own.get("code") else {}
            self.error(text, {**msg, "error": own}, stack=f"{text}\n{stack}".rstrip(), earlier=msg.get("error"), **code)
        else:
            self.error(text, msg)

    def _begun(self) -> None:
        self._ready = True
        early, self._early = self._early, []
        for base, msg in early:
            self._base = base
            self.receive(msg)

    # --- contexts ---

    def _load(self) -> None:
        assert self._script is not None
        for scope in ("node", "flow", "global"):
            for store in self.stores:
                values = self.store(scope, store)
                changes = getattr(values, "changes", -1)
                if self._known.get((scope, store)) == (changes, values) and changes >= 0:
                    continue
                self._known[scope, store] = (changes, values)
                known = values.values
                if self.kept_stores:
                    known = {key: value for key, value in known.items() if not key.startswith(KEPT)}
                self._script.load(scope, store, known)

    def _set(self, scope: str, store: str, key: str, value: Any) -> None:
        values = self.store(scope, store)
        before = getattr(values, "changes", -1)
        try:
            values.set(key, value)
        except ValueError as error:
            self.error(str(error))
        if self._known.get((scope, store)) == (before, values):
            self._known[scope, store] = (getattr(values, "changes", -1), values)

    # --- timers ---

    def _timer(self, number: int, wait: float) -> None:
        if len(self._timers) >= MOST_TIMERS:
            self.error(f"more than {MOST_TIMERS} timers")
            return
        self._timers[number] = self.clock.call_later(wait / 1000, lambda: self._due(number))

    def _due(self, number: int) -> None:
        self._timers.pop(number, None)
        if self._script is not None and not self._broken:
            script = self._script
            self._called(lambda: script.fire(number), None)
