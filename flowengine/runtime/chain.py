"""Fuses synchronous transforms into one generated function: a message passes a chain in plain calls, without a queue.

For each entry (a source's output, a stage's result, a timer) the compiler writes one Python function. It walks the
wires from there until it meets stages, whose inboxes it fills. Nodes that offer an `Inline` form are pasted in as
expressions over the payload; the message object is made again only where somebody needs it. What would cost on the
way is kept out of it:

- counters are local integers, one for each run of wires that cannot differ; a failure corrects them;
- a failure is placed by the line of the generated code it came from, so no node is wrapped in anything. Each branch of
  a fan-out has a `try` of its own: one that fails does not keep the message from the others.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FrameType, TracebackType
from typing import Any

from flowengine.errors import BadData
from flowengine.flow.plan import PlannedWire
from flowengine.message import Message, Routed
from flowengine.runtime.chain_code import Target, World, Writer
from flowengine.runtime.delivery import Delivery

Run = Callable[[list[Message], Delivery | None], None]


@dataclass
class Chain:
    """A compiled chain and what may be asked of it."""

    run: Run
    counts: Callable[[], dict[PlannedWire, int]]
    """How many messages have passed each wire."""
    reaches: list[str]
    """The stages whose inboxes it fills."""
    source: str
    """The generated code, for a person who wants to see it."""


def compile_chain(world: World, entry: list[PlannedWire] | Target, fresh: bool = False) -> Chain:
    """Compile the chain that begins with these wires, or with one node itself.

    `fresh` messages come straight from a source: they get time and id on the way, if they have none.
    """
    writer = Writer(world, entry, fresh)
    text = writer.program()
    code = _compiled(text)
    missed: dict[PlannedWire, int] = {}

    def failed(error: Exception, delivery: Delivery | None) -> None:
        frame, line = _place(error.__traceback__, code)
        spot = writer.spots[line]
        for wire in spot.later:
            missed[wire] = missed.get(wire, 0) + 1
        made = spot.state.written(writer.names, writer.name)
        msg: Message = eval(made, {**writer.names, "Message": Message}, frame.f_locals)
        world.fail(spot.node, spot.explain(error) if spot.explain else error, msg, delivery)

    scope: dict[str, Any] = {}
    exec(code, scope)
    run, raw = scope["make"](world.stamps, Message, _spread, _wrong, failed, *writer.names.values())

    def counts() -> dict[PlannedWire, int]:
        found: dict[PlannedWire, int] = {}
        for wires, number in zip(writer.counters, raw(), strict=True):
            for wire in wires:
                found[wire] = found.get(wire, 0) + number - missed.get(wire, 0)
        return found

    return Chain(run, counts, list(dict.fromkeys(writer.reaches)), text)


_codes: dict[str, CodeType] = {}


def _compiled(text: str) -> CodeType:
    """Compile, remembering the last few shapes: a plant's flows repeat theirs."""
    code = _codes.get(text)
    if code is None:
        if len(_codes) > 256:
            _codes.clear()
        with warnings.catch_warnings(action="ignore"):  # such as for `1 is None`, where a constant was pasted in
            code = _codes[text] = compile(text, f"<chain {len(_codes)}>", "exec")
    return code


def _place(traceback: TracebackType | None, code: CodeType) -> tuple[FrameType, int]:
    """Return the innermost frame of the generated code and its line."""
    found: tuple[FrameType, int] | None = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == code.co_filename:
            found = traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
    assert found is not None
    return found


def _spread(result: Any, outs: dict[str, Callable[[Message], None] | None], default: str) -> None:
    """Give each of several results to what follows its port."""
    if result.__class__ is Routed:
        result = (result,)
    elif isinstance(result, _NO_SERIES):
        raise _wrong(result)
    for item in result:
        if item.__class__ is Message:
            port, msg = default, item
        elif item.__class__ is Routed:
            port, msg = item
        else:
            raise _wrong(item)
        if port not in outs:
            raise BadData(f"the node sent to port '{port}', which it does not have; its ports: {', '.join(outs)}")
        out = outs[port]
        if out is not None:
            out(msg)


_NO_SERIES = (str, bytes, dict)
"""What can be gone through, but is no series of messages."""


def _wrong(result: Any) -> Exception:
    return BadData(f"the node returned {type(result).__name__} {result!r:.80} where a Message was expected")
