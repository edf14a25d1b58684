"""Runs the script of one function node within limits of time and memory.

A QuickJS context with a time limit cannot call Python, so scripts only collect what they want done (`Effects`). Once
a context has run out of memory it is no longer sound: the next call gets a new one.
"""

from __future__ import annotations

import json
import re
import time
from functools import cache
from importlib.resources import files
from typing import Any, Final

from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.script.values import from_text, to_text
from flowengine_nodes.nodered.script.zones import NAMES, changes, local

MEMORY: Final = 256 * 1024 * 1024
STACK: Final = 512 * 1024
MOST_JOBS: Final = 100_000
"""Continuations of promises that are carried out after one call; with more, a script never rests."""

Effects = list[list[Any]]

_NODE = re.compile(r"\b(?:node|send|done|eval|Function|globalThis)\b|\\u")
"""What a function that needs no node of its own for each call does not mention."""

_WHERE_MENTIONED: Final = {
    "url.js": re.compile("URL"),
    "locale.js": re.compile(r"toLocale|localeCompare|\bIntl\b"),
}
"""What not every function needs, by what those that do mention."""


class ScriptError(RedError):
    """A script that cannot be read, or that ran into a limit."""


@cache
def _surroundings() -> tuple[str, ...]:
    return tuple(_source(name) for name in ("errors.js", "buffer.js", "red_util.js", "surroundings.js"))


@cache
def _source(name: str) -> str:
    return (files("flowengine_nodes.nodered.script") / name).read_text("utf-8")


class Script:
    """A function, what is to be done before and after it, and the context that it runs in."""

    def __init__(self, function: str, initialize: str, finalize: str, seconds: float, again: float = 0) -> None:
        """Compile.

        Args:
            function: the body of the function.
            initialize: code to run before the first msg.
            finalize: code to run at the end.
            seconds: CPU time that one call may take.
            again: the same for calls after one that ran out of it, until one has ended by itself; 0: as long.

        Raises:
            ScriptError: it cannot be read, or quickjs-ng is not installed.
        """
        self._parts, self._seconds = (function, initialize, finalize), seconds
        self._again_seconds = again or seconds
        self._granted = seconds
        self._asynchronous = "await" in function
        self._facts = "{}"
        self._stores: dict[tuple[str, str], str] = {}
        self._renew()

    def _renew(self) -> None:
        try:
            import quickjs
        except ImportError:
            raise ScriptError("function nodes need the extra nodered: pip install flowengine-ot[nodered]") from None
        self._context: Any = quickjs.Context()
        self._context.set_max_stack_size(STACK)
        self._context.set_memory_limit(MEMORY)
        for part in _surroundings():
            self._context.eval(part)
        function, initialize, finalize = self._parts
        for name, mention in _WHERE_MENTIONED.items():
            if any(mention.search(part) for part in self._parts):
                if name == "locale.js":
                    self._context.eval(f"globalThis.__locales = {_source('locales.json')}")
                    self._context.eval(f"globalThis.__localZone = {json.dumps(local())}")
                self._context.eval(_source(name))
        self._zoned = any("timeZone" in part for part in self._parts)
        self._zones: set[str] = set()
        self._find_zones(*self._parts, self._facts, *self._stores.values())
        if time.tzname == ("UTC", "UTC"):
            self._context.eval("__utc()")
        word = "async function" if self._asynchronous else "function"
        self._compiled(
            "__function", f"{word}(msg,__send__,__done__,node){{var send=__send__,done=__done__;\n{function}\n}}"
        )
        begin = "async function" if "await" in initialize else "function"
        self._compiled("__initialize", f"{begin}(node){{\n{initialize}\n}}")
        self._compiled("__finalize", f"function(node){{\n{finalize}\n}}")
        self._context.get("__sources")(function, initialize, finalize)
        alone = not _NODE.search(function)
        self._context.eval(f"globalThis.__alone = {str(alone).lower()}")
        self._context.set_time_limit(self._granted)
        self._entry = {
            name: self._context.get(f"__{name}") for name in ("run", "fire", "begin", "end", "taken", "load")
        }
        self._run = self._entry["run"]
        self._context.get("__facts")(self._facts)
        self._broken = False

    def _find_zones(self, *texts: object) -> None:
        """Give the script the time zones that are named in these texts: it cannot ask for one."""
        if not self._zoned:
            return
        for text in texts:
            for name in NAMES.findall(text) if isinstance(text, str) else ():
                if name not in self._zones and (known := changes(name)):
                    self._zones.add(name)
                    self._context.get("__zone")(name, known)

    def _compiled(self, name: str, code: str) -> None:
        import quickjs

        try:
            self._context.eval(f"globalThis.{name} = ({code})")
        except (quickjs.JSException, quickjs.StackOverflow) as error:
            lines = str(error).splitlines()
            raise ScriptError(lines[0] if lines else "the script cannot be read") from None

    def know(self, facts: dict[str, Any]) -> None:
        """Tell the script about its node and its variables."""
        self._facts = to_text(facts)
        self._find_zones(self._facts)
        self._context.get("__facts")(self._facts)

    def load(self, scope: str, store: str, values: Any) -> None:
        """Give the script the present values of a context."""
        text = to_text(values)
        self._stores[scope, store] = text
        self._find_zones(text)
        self._entry["load"](scope, store, text)

    def run(self, msg: Any) -> Any:
        """Handle a msg: returns the msg itself where it is all that is sent, by the first output, else the effects.

        Raises:
            ScriptError: a limit was reached.
        """
        text = self._called(self._run, to_text(msg))
        if text and text[0] == "M":
            return from_text(text[1:])
        return self._effects(text)

    def fire(self, timer: int) -> Effects:
        """Let a timer of the script run out."""
        return self._effects(self._called(self._entry["fire"], timer))

    def begin(self) -> Effects:
        """Run the code that comes before the first msg."""
        return self._effects(self._called(self._entry["begin"]))

    def end(self) -> Effects:
        """Run the code that comes at the end."""
        return self._effects(self._called(self._entry["end"]))

    def _called(self, function: Any, *args: Any) -> str:
        import quickjs

        if self._broken:
            function = self._again(function)
        self._find_zones(*args)
        try:
            result: str = function(*args)
            if self._granted != self._seconds:
                self._granted = self._seconds
                self._context.set_time_limit(self._seconds)
            return result
        except quickjs.StackOverflow:
            raise ScriptError("RangeError: Maximum call stack size exceeded") from None
        except quickjs.JSException as error:
            raise self._limit(str(error)) from None

    def _again(self, function: Any) -> Any:
        name = next(key for key, value in self._entry.items() if value is function)
        self._renew()
        for (scope, store), text in self._stores.items():
            self._entry["load"](scope, store, text)
        return self._entry[name]

    def _limit(self, text: str) -> ScriptError:
        self._broken = True
        if "interrupted" in text:
            taken, self._granted = self._granted, self._again_seconds
            return ScriptError(f"Error: Script execution timed out after {round(taken * 1000)}ms")
        if "out of memory" in text or not text.strip() or text.startswith("null"):
            return ScriptError(f"Error: the script used more than {MEMORY >> 20} MB of memory and was stopped")
        return ScriptError(text.splitlines()[0])

    def _effects(self, text: str) -> Effects:
        import quickjs

        found: Effects = from_text(text) if text else []
        if found and found[0][0] == "fail" and "out of memory" in found[0][1]:
            self._broken = True
        try:
            jobs = 0
            while self._context.execute_pending_job():
                jobs += 1
                if jobs > MOST_JOBS:
                    self._broken = True
                    raise ScriptError(f"Error: more than {MOST_JOBS} continuations of promises")
        except quickjs.JSException as error:
            raise self._limit(str(error)) from None
        if jobs:
            more = self._called(self._entry["taken"])
            found += from_text(more) if more else []
        return found
