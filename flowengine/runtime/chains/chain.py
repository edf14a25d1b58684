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
from collections.abc import Callable, Mapping
from types import CodeType, FrameType, TracebackType
from typing import Any

from flowengine.errors import BadData
from flowengine.flow.plan import PlannedWire
from flowengine.message import Message, Routed
from flowengine.runtime.chains.code import Writer
from flowengine.runtime.chains.world import Target, World
from flowengine.runtime.delivery import Delivery
from flowengine.telemetry.observer import See, Sight

Run = Callable[[list[Message], Delivery | None], None]


class Chain:
    """A compiled chain: `run` gives it a batch of messages.

    `run` may be replaced from batch to batch (see `watched.py`), so it is looked up for each.
    """

    def __init__(
        self, world: World, entry: list[PlannedWire] | Target, fresh: bool = False, origin: Target | None = None
    ) -> None:
        self._world, self._entry, self._fresh, self.origin = world, entry, fresh, origin
        plain = _Compiled(world, Writer(world, entry, fresh))
        self._variants = [plain]
        self._watched: _Compiled | None = None
        self.plain: Run = plain.run
        self.run: Run = plain.run
        self.reaches: list[str] = list(dict.fromkeys(plain.writer.reaches))
        """The stages whose inboxes it fills."""
        self.touched: frozenset[str] = frozenset(plain.writer.touched)
        """The nodes in it, and those whose inboxes it fills."""
        self.source: str = plain.text
        """The generated code, for a person who wants to see it."""

    def watched(self, sight: Sight) -> tuple[Run, int]:
        """Return the variant that tells of each message at each output port, and how many times it tells, at most.

        It is compiled once. Both variants count together and share what waits at feedback wires.
        """
        if self._watched is None:
            writer = Writer(self._world, self._entry, self._fresh, sight, self.origin)
            self._watched = _Compiled(self._world, writer)
            self._variants.append(self._watched)
        return self._watched.run, max(1, self._watched.writer.reports)

    def move(self, world: World) -> None:
        """Go on after a deploy: in another `World`, in which everything that this chain touches is the same."""
        self._world = world
        for variant in self._variants:
            variant.world = variant.writer.world = world

    def counts(self) -> dict[PlannedWire, int]:
        """Return how many messages have passed each wire."""
        index = {wire: number for number, wire in enumerate(self._wires())}
        totals = [0] * len(index)
        self.tally(index, totals)
        return dict(zip(index, totals, strict=True))

    def tally(self, index: Mapping[PlannedWire, int], totals: list[int]) -> None:
        """Add how many messages have passed each wire; `index` says where in `totals` a wire's number stands."""
        for variant in self._variants:
            variant.tally(index, totals)

    def _wires(self) -> dict[PlannedWire, None]:
        return dict.fromkeys(wire for variant in self._variants for wires in variant.writer.counters for wire in wires)


def compile_chain(
    world: World, entry: list[PlannedWire] | Target, fresh: bool = False, origin: Target | None = None
) -> Chain:
    """Compile the chain that begins with these wires, or with one node itself.

    Args:
        world: the flow around it.
        entry: the wires, or the node and its input port.
        fresh: whether messages come straight from a source: they get time and id on the way, if they have none.
        origin: the output port that the wires begin at.
    """
    return Chain(world, entry, fresh, origin)


class _Compiled:
    """One variant of a chain: its function, and what it has counted."""

    def __init__(self, world: World, writer: Writer) -> None:
        self.world, self.writer = world, writer
        self.text = writer.program()
        self._code = _compiled(self.text)
        self._missed: dict[PlannedWire, int] = {}
        """Wire -> messages that were counted for it but failed before they came to it."""
        self._slots: list[tuple[int, ...]] = []
        self._index: Mapping[PlannedWire, int] | None = None
        scope: dict[str, Any] = {}
        exec(self._code, scope)
        run, raw = scope["make"](world.stamps, Message, _spread, _look, _wrong, self._failed, *writer.names.values())
        self.run: Run = run
        self._raw: Callable[[], tuple[int, ...]] = raw

    def _failed(self, error: Exception, delivery: Delivery | None) -> None:
        frame, line = _place(error.__traceback__, self._code)
        writer = self.writer
        spot = writer.spots[line]
        for wire in spot.later:
            self._missed[wire] = self._missed.get(wire, 0) + 1
        made = spot.state.written(writer.names, writer.name)
        msg: Message = eval(made, {**writer.names, "Message": Message}, frame.f_locals)
        self.world.fail(spot.node, spot.explain(error) if spot.explain else error, msg, delivery)

    def tally(self, index: Mapping[PlannedWire, int], totals: list[int]) -> None:
        """Add what has been counted."""
        if index is not self._index:  # looking wires up is slow; an index is good for as long as a flow's wires stay
            self._index = index
            self._slots = [tuple(index[wire] for wire in wires) for wires in self.writer.counters]
        for places, number in zip(self._slots, self._raw(), strict=True):
            if number:
                for place in places:
                    totals[place] += number
        for wire, number in self._missed.items():
            totals[index[wire]] -= number


def node_at(fail: Any, at: int) -> object | None:
    """Return the node that generated code is at; None: nobody can tell.

    Args:
        fail: what it calls when a node has failed, and what leads to its `_Compiled`.
        at: the line.
    """
    cells = zip(fail.__code__.co_freevars, fail.__closure__ or (), strict=True) if callable(fail) else ()
    compiled = next((getattr(cell.cell_contents, "__self__", None) for name, cell in cells if name == "failed"), None)
    if not isinstance(compiled, _Compiled):
        return None
    spots = compiled.writer.spots
    line = max((line for line in spots if line <= at), default=None)
    return None if line is None else compiled.world.nodes.get(spots[line].node)


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


def _look(result: Any, ends: Mapping[str, See], default: str) -> None:
    """Report what a node returned whose outputs are not wired to anything.

    Nobody looks at that result otherwise, so whatever is wrong with it is passed over, and a generator stays untouched.
    """
    for item in result if result.__class__ in (list, tuple) else (result,):
        port, msg = item if item.__class__ is Routed else (default, item)
        if msg.__class__ is Message and port in ends:
            ends[port](msg)


_NO_SERIES = (str, bytes, dict)
"""What can be gone through, but is no series of messages."""


def _wrong(result: Any) -> Exception:
    return BadData(f"the node returned {type(result).__name__} {result!r:.80} where a Message was expected")
