"""A function in Python, written by a person who is trusted."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine import BadData, Emission, Inline, Message, NodeError, Port, Routed, State, Transform
from flowengine_nodes.values.convert import shown
from flowengine_nodes.values.python_inline import one_line

_CODE, _SETUP = "<code>", "<setup>"


class Python(Transform, type="values/python"):
    """Run a few lines of Python on each message, for what no other node does.

    `code` is the body of a function. It sees `msg` and returns a message (`return msg.with_payload(2 * msg.payload)`),
    a message for a port (`return msg.to("high")`), a list of these, or nothing to end the message here. It may use:

    - `Message`, to make new messages
    - `state`, a dict that is kept from message to message and, where the engine keeps state, over a restart
    - `context("flow")`, shared values: `.get("key")`, `.set("key", value)`
    - `log`, such as `log.warning("...")`, and `clock.now()`, seconds since 1970 UTC
    - whatever `setup` defines: it runs once at the start, for imports, constants and functions

    Payloads are shared with other branches: build a new dict or list instead of changing the one in `msg`.
    An error names the line of your code it came from and makes the message bad data.

    The code is NOT sandboxed: it can do whatever the engine can, and while it runs its part of the flow waits. Who
    changes it needs the right to write code, and an engine started with --no-code runs none of it. Deploy only what
    you have read. For plain formulas `values/expression` is safe and faster.
    """

    runs_code: ClassVar[tuple[str, ...]] = ("code", "setup")

    code: Annotated[
        str,
        Meta(description="The body of the function", extra_json_schema={"x-widget": "code", "x-language": "python"}),
    ]
    setup: Annotated[
        str,
        Meta(
            description="Run once at the start: imports, constants, functions",
            extra_json_schema={"x-widget": "code", "x-language": "python"},
        ),
    ] = ""
    ports: Annotated[
        list[Annotated[str, Meta(min_length=1)]], Meta(description="The names of the output ports", min_length=1)
    ] = ["out"]
    kept: State[dict[str, Any]] = {}

    def __post_init__(self) -> None:
        """Compile the code."""
        self._allowed = frozenset(self.ports)
        if len(self._allowed) < len(self.ports):
            raise ValueError(f"two output ports have the same name: {', '.join(self.ports)}")
        self._setup = compile(_parsed(self.setup, "setup", _SETUP), _SETUP, "exec")
        self._names: dict[str, Any] = {"Message": Message, "context": self.context}
        self._function = _function(_parsed(self.code, "code", _CODE), self._names)

    @classmethod
    def output_ports(cls, options: Mapping[str, Any]) -> tuple[Port, ...]:
        """Return the ports that the option names."""
        return tuple(Port(str(name)) for name in options.get("ports") or ["out"])

    async def start(self) -> None:
        """Run the setup code."""
        self._names.update(log=self.log, clock=self.clock, state=self.kept)
        try:
            exec(self._setup, self._names)
        except Exception as error:
            raise ValueError(f"setup, {_described(error, _SETUP)}") from error

    def remembers(self) -> bool:
        """Say whether the code keeps anything between messages."""
        return any(word in text for text in (self.code, self.setup) for word in ("state", "context"))

    def inline(self) -> Inline | None:
        """Return code that is one line as an expression."""
        given = ("context", "log", "clock", "state")
        defined = {name: value for name, value in self._names.items() if name not in given}
        code, setup = _parsed(self.code, "code", _CODE), _parsed(self.setup, "setup", _SETUP)
        return one_line(code, setup, defined, _explained)

    def process(self, msg: Message) -> Emission:
        """Call the function."""
        try:
            result = self._function(msg, self.kept)
            if result is None or isinstance(result, Message):
                return result
            return self._checked(result)
        except NodeError:
            raise
        except Exception as error:
            raise BadData(_described(error, _CODE)) from error

    def _checked(self, result: Any) -> Emission:
        """Check what the function returned; a generator's messages are drawn here, where its errors can be placed."""
        if isinstance(result, Routed):
            self._check_port(result)
            return result
        if isinstance(result, str | bytes | Mapping) or not hasattr(result, "__iter__"):
            raise BadData(
                f"the code returned {shown(result)}: return a message, such as msg.with_payload(...), or None"
            )
        items = [item for item in result if item is not None]
        for item in items:
            if isinstance(item, Routed):
                self._check_port(item)
            elif not isinstance(item, Message):
                raise BadData(f"the code returned a list with {shown(item)} in it: only messages can be sent")
        return items

    def _check_port(self, routed: Routed) -> None:
        if routed.port not in self._allowed:
            raise BadData(f"the code sent to port '{routed.port}'; there is: {', '.join(self.ports)}")


def _parsed(code: str, option: str, name: str) -> ast.Module:
    try:
        tree = ast.parse(code, name)
        compile(_in_function(tree), name, "exec")  # finds what the parser lets pass, such as `await`
    except SyntaxError as error:
        raise ValueError(f"{option}, line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{option} cannot be read: {error}") from None
    return tree


def _in_function(tree: ast.Module) -> ast.Module:
    """Return the lines as the body of `def process(msg, state)`, each line with its own number."""
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg("msg"), ast.arg("state")], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    function = ast.FunctionDef("process", arguments, tree.body or [ast.Pass()], [])
    return ast.fix_missing_locations(ast.Module([function], []))


def _function(tree: ast.Module, names: dict[str, Any]) -> Callable[[Message, dict[str, Any]], Any]:
    exec(compile(_in_function(tree), _CODE, "exec"), names)
    function: Callable[[Message, dict[str, Any]], Any] = names.pop("process")
    return function


def _explained(error: Exception, line: int) -> Exception:
    """Return what `process` raises for an error at a line of the code."""
    if isinstance(error, NodeError):
        return error
    bad = BadData(f"line {line}: {type(error).__name__}: {error}")
    bad.__cause__ = error
    return bad


def _described(error: Exception, name: str) -> str:
    """Say what went wrong at which line of the code."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    where = f"line {lines[-1]}: " if lines else ""
    return f"{where}{type(error).__name__}: {error}"
