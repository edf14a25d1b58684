"""Writes the Python code of a chain.

Each assignment gets a fresh variable, so that branches cannot disturb each other, and each line that may fail is
marked with its node and the variables that hold the message there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowengine.flow.plan import PlannedWire
from flowengine.message import Message
from flowengine.node import Transform, handlers
from flowengine.runtime.chains.expressions import Signature, signature
from flowengine.runtime.chains.message import CONSTRUCTOR, State, unstamped
from flowengine.runtime.chains.pasting import paste
from flowengine.runtime.chains.spot import Spot, Tail
from flowengine.runtime.chains.world import Target, World
from flowengine.telemetry.observer import See, Sight

DEEPEST = 6
"""Branches inside branches at most before a function of their own is written for them (Python nests 20 blocks)."""

MANY = 4
"""From so many branches on it pays to read the message's fields into variables once, for all of them."""


class Writer:
    """Writes one chain: `program` is its code, `names` the values it uses, `spots` the node behind each line."""

    def __init__(
        self,
        world: World,
        entry: list[PlannedWire] | Target,
        fresh: bool = False,
        sight: Sight | None = None,
        origin: Target | None = None,
    ) -> None:
        self.world = world
        self.entry = entry
        self.sight = sight
        """Who is told of each message that leaves a node; None: nobody watches."""
        self.origin = origin
        """The output port that the entry's wires begin at."""
        self.from_source = fresh
        self.lines: list[str] = []
        self.spots: dict[int, Spot] = {}
        self.names: dict[str, Any] = {}
        self.counters: list[list[PlannedWire]] = []
        """Wires that count together (a run): the same messages pass all of them, unless one fails in between."""
        self.counted_by: list[str] = []
        """Run -> the variable that counts it; branches of a fan-out share one. A negative one takes off what failed."""
        self.variables = 0
        self.written: dict[Target, str] = {}
        self.todo: list[Callable[[], None]] = []
        self.tables: list[str] = []
        """Lines that make the tables of what follows each port, once all functions are there."""
        self.reaches: list[str] = []
        self.touched: set[str] = set()
        """The nodes that the code is written for; while these are the same, so is the code."""
        self.reports = 0
        """How many lines of it report messages to who watches."""
        self.marks: list[Spot] = []
        self.fresh = 0
        self.loop_at = 0
        self.open: list[PlannedWire] | None = None

    # --- small parts ---

    def name(self, prefix: str, value: Any) -> str:
        """Give a value a name in the generated code."""
        text = f"{prefix}{len(self.names)}"
        self.names[text] = value
        return text

    def var(self, prefix: str) -> str:
        """Return a fresh variable."""
        self.fresh += 1
        return f"{prefix}{self.fresh}"

    def line(self, depth: int, text: str, spot: Spot | None = None) -> None:
        """Write a line; `spot` says whose it is, if it may fail."""
        if spot is not None:
            self.marks.append(spot)
            text = f"{text}  #@{len(self.marks) - 1}"
        self.lines.append("    " * depth + text)

    def count(self, depth: int, wire: PlannedWire) -> None:
        """Count a message on a wire, together with the wires before it that cannot differ."""
        if self.open is None:
            self.open = self.run(self.counter(depth))
        self.open.append(wire)

    def counter(self, depth: int) -> int:
        """Write a counter and return its number."""
        number = self.variables
        self.variables += 1
        if self.loop_at and not number:  # what every message passes is counted for all at once
            self.lines.insert(self.loop_at, "        k0 += len(batch)")
        else:
            self.line(depth, f"k{number} += 1")
        return number

    def run(self, counter: int) -> list[PlannedWire]:
        """Begin another run of wires; a failure in it corrects the counter of this run alone."""
        wires: list[PlannedWire] = []
        self.counters.append(wires)
        self.counted_by.append(f"k{counter}")
        return wires

    def whole(self, depth: int, state: State) -> State:
        """Write the line that makes the message object, if until here only its changed fields are in variables."""
        if not state.changed:
            return state
        msg = self.var("m")
        self.line(depth, f"{msg} = {state.written(self.names, self.name)}")
        return State(msg)

    def read(self, depth: int, state: State, *names: str) -> State:
        """Write fields of the message object to variables, since they are asked for more than once."""
        read = {**state.read, **{name: self.var("v") for name in names if name not in state.read}}
        for name, variable in read.items():
            if name not in state.read:
                self.line(depth, f"{variable} = {state.msg}.{name}")
        return replace(state, read=read)

    def apart(self, depth: int, state: State) -> tuple[State, str]:
        """Write each field of the message to a variable, and return the line that would make the object of them."""
        parts = state.parts(self.names, self.name)
        for name, text in parts.items():
            if not text.isidentifier():
                parts[name] = self.var("v")
                self.line(depth, f"{parts[name]} = {text}")
        msg = self.var("m")
        return State(msg, read=parts), "    " * depth + f"{msg} = {state.made_of(parts)}"

    # --- wires and nodes ---

    def leave(self, depth: int, end: Target, state: State, drop: str) -> None:
        """Write what happens to a message that leaves a node by an output port."""
        if self.sight is not None:
            state = self.tell(depth, self.sight.leaving(*end), state)
        self.wires(depth, self.world.wires_from.get(end, []), state, drop)

    def tell(self, depth: int, see: See, state: State) -> State:
        """Write the line that tells who watches of the message."""
        state = self.whole(depth, state)
        self.line(depth, f"{self.name('w', see)}({state.msg})")
        self.reports += 1
        return state

    def wires(self, depth: int, wires: list[PlannedWire], state: State, drop: str) -> None:
        """Write what follows an output port; `drop` is the statement that gives the message up at this place."""
        if not wires:
            return
        if len(wires) == 1:
            self.wire(depth, wires[0], state, drop, depth > DEEPEST * 2)
            return
        made = ""
        if len(wires) < MANY:
            state = self.whole(depth, state)
        elif not state.changed:
            state = self.read(depth, state, *CONSTRUCTOR, "properties")
        else:
            state, made = self.apart(depth, state)
        counter = self.counter(depth)  # one for all, as no branch keeps a message from the others
        begin = len(self.lines)
        self.branches(depth, wires, state, drop, counter)
        if made and any(re.search(rf"\b{state.msg}\b", line) for line in self.lines[begin:]):
            self.lines.insert(begin, made)  # some branch passes the message on as it is

    def branches(self, depth: int, wires: list[PlannedWire], state: State, drop: str, counter: int) -> None:
        """Write what follows each of several wires; a failure behind one keeps the message from no other."""
        nested = depth > DEEPEST * 2
        for number, wire in enumerate(wires):
            last = number == len(wires) - 1
            self.open = self.run(counter)
            if last or self.is_plain(wire):
                self.wire(depth, wire, state, drop, nested)
                continue
            self.line(depth, "while True:")
            self.line(depth + 1, "try:")
            self.wire(depth + 2, wire, state, "break", nested)
            self.line(depth + 1, "except Exception as error:")
            self.line(depth + 2, "fail(error)")
            self.line(depth + 1, "break")
            self.open = None

    def is_plain(self, wire: PlannedWire) -> bool:
        """Say whether a wire's end can neither fail nor drop: an inbox or a feedback place."""
        return wire.feedback is not None or self.world.puts(wire) is not None

    def wire(self, depth: int, wire: PlannedWire, state: State, drop: str, nested: bool) -> None:
        """Write what happens at the end of a wire."""
        self.count(depth, wire)
        self.touched.add(wire.target)
        if wire.feedback is not None:
            state = self.whole(depth, state)
            place = self.name("f", self.world.registers[wire])
            self.line(depth, f"{place}[:] = ({state.msg},)")
            return
        put = self.world.puts(wire)
        if put is not None:
            state = self.whole(depth, state)
            self.reaches.append(wire.target)
            self.line(depth, f"{self.name('q', put)}({state.msg}, d)")
            return
        target = (wire.target, wire.port)
        fed_back = any(w.target == wire.target for w in self.world.registers)
        if fed_back or nested or (self.world.ways_in.get(wire.target, 0) > 1 and not self.is_end(wire.target)):
            state = self.whole(depth, state)
            self.line(depth, f"{self.function(target)}({state.msg})")
            self.open = None
        else:
            self.node(depth, target, state, drop)

    def is_end(self, node: str) -> bool:
        """Say whether nothing is wired to a node's outputs: then its short code is repeated for each wire to it."""
        return not any(self.world.wires_from.get((node, port)) for port in self.world.outputs[node])

    def function(self, target: Target) -> str:
        """Return the name of the function for a node that several wires lead to; it is written once."""
        if target not in self.written:
            name = self.written[target] = f"n{len(self.written)}"

            def write() -> None:
                state = State(self.var("m"))
                self.line(1, f"def {name}({state.msg}):")
                self.line(2, "@nonlocal")
                for register in self.fed_back(target[0]):
                    port = next(wire.port for wire in self.world.registers if self.world.registers[wire] is register)
                    place, back = self.name("f", register), self.var("m")
                    inner = self.after_function((target[0], port))
                    self.line(2, f"if {place}:")
                    self.line(3, f"{back} = {place}.pop()")
                    self.line(3, "try:")
                    self.line(4, f"{inner}({back})")
                    self.line(3, "except Exception as error:")
                    self.line(4, "fail(error)")
                self.node(2, target, state, "return")

            self.todo.append(write)
        return self.written[target]

    def after_function(self, target: Target) -> str:
        """Return the name of the function for a node's port itself, without what a feedback wire brings before."""
        name = self.var("b")

        def write() -> None:
            state = State(self.var("m"))
            self.line(1, f"def {name}({state.msg}):")
            self.line(2, "@nonlocal")
            self.node(2, target, state, "return")

        self.todo.append(write)
        return name

    def fed_back(self, node: str) -> list[list[Message]]:
        """Return the places where messages of feedback wires wait for a node."""
        return [place for wire, place in self.world.registers.items() if wire.target == node]

    def port_function(self, node: str, port: str) -> str | None:
        """Return the name of the function for what follows an output port, or None if nothing does."""
        if self.sight is None and not self.world.wires_from.get((node, port)):
            return None
        name = self.var("o")

        def write() -> None:
            state = State(self.var("m"))
            self.line(1, f"def {name}({state.msg}):")
            self.line(2, "@nonlocal")
            self.leave(2, (node, port), state, "return")

        self.todo.append(write)
        return name

    def node(self, depth: int, target: Target, state: State, drop: str) -> None:
        """Write what a synchronous node does with the message, and what follows it."""
        name, port = target
        node = self.world.nodes[name]
        assert isinstance(node, Transform)
        self.touched.add(name)
        ports = self.world.outputs[name]
        tap = self.world.taps.get(name)
        if tap is not None:
            state = self.whole(depth, state)
            self.line(depth, f"{self.name('tap', tap)}({name!r}, {port!r}, {state.msg})")
        if self.sight is not None and not ports:
            state = self.tell(depth, self.sight.coming(name, port), state)
        form = node.inline() if port == type(node).inputs[0].name else None
        if form is not None:
            paste(self, depth, target, form, state, drop)
        else:
            self.call(depth, target, state, drop)

    def call(self, depth: int, target: Target, state: State, drop: str) -> None:
        """Write the call of a node's handler, and what follows it."""
        name, port = target
        node, ports = self.world.nodes[name], self.world.outputs[name]
        state = self.whole(depth, state)
        spot = self.spot(name, state)
        call = f"{self.name('p', handlers(node)[port])}({state.msg})"
        if self.is_end(name):
            self.last(depth, name, call, spot)
            return
        returns = signature(node, port)
        result = self.var("m")
        self.line(depth, f"{result} = {call}", spot)
        if returns is not Signature.ANY:
            self.line(depth, f"if {result}.__class__ is not Message:")
            if returns is Signature.MESSAGE_OR_NONE:
                self.line(depth + 1, f"if {result} is None: {drop}")
            self.line(depth + 1, f"raise wrong({result})", spot)
            if returns is Signature.MESSAGE_OR_NONE:
                self.open = None
            self.leave(depth, (name, ports[0]), State(result), drop)
            return
        outs = {p: self.port_function(name, p) for p in ports}
        self.open = None
        first = outs[ports[0]] if ports else None
        table = self.var("t")
        self.tables.append(f"    {table} = {{{', '.join(f'{p!r}: {out}' for p, out in outs.items())}}}")
        self.line(depth, f"if {result}.__class__ is Message: {f'{first}({result})' if first else 'pass'}")
        self.line(depth, f"elif {result} is not None: spread({result}, {table}, {ports[0]!r})", spot)

    def last(self, depth: int, name: str, call: str, spot: Spot) -> None:
        """Write the call of a node whose outputs lead nowhere: what it returns matters only to who watches."""
        ports = self.world.outputs[name]
        if self.sight is None or not ports:
            self.line(depth, call, spot)
            return
        result = self.var("m")
        self.line(depth, f"{result} = {call}", spot)
        ends = self.name("w", {port: self.sight.leaving(name, port) for port in ports})
        self.line(depth, f"look({result}, {ends}, {ports[0]!r})")
        self.reports += 1

    def spot(self, node: str, state: State) -> Spot:
        """Remember what the next line belongs to; `later` will hold the wires that still join the open run."""
        spot = Spot(node, state, [])
        if self.open is not None:
            spot.later = Tail(self.open)
        return spot

    # --- the whole ---

    def program(self) -> str:
        """Return the whole code."""
        state = State("m0")
        self.line(1, "def run(batch, delivery):")
        self.line(2, "@nonlocal")
        self.line(2, "d = delivery")
        self.loop_at = len(self.lines) if isinstance(self.entry, list) else 0
        if self.from_source:
            self.line(2, "now, base, numbers = stamps(len(batch))")
            self.line(2, "for m0, i0 in zip(batch, numbers):")
            state = unstamped("m0", "base + i0", "now")
        else:
            self.line(2, "for m0 in batch:")
        self.line(3, "try:")
        if self.sight is not None:
            begin = self.sight.coming(*self.entry) if isinstance(self.entry, tuple) else None
            if self.origin is not None:
                begin = self.sight.leaving(*self.origin)
            state = self.tell(4, begin, state) if begin is not None else state
        if isinstance(self.entry, list):
            self.wires(4, self.entry, state, "continue")
        elif self.fed_back(self.entry[0]):
            self.line(4, f"{self.function(self.entry)}(m0)")
        else:
            self.node(4, self.entry, state, "continue")
        self.line(4, "pass")
        self.line(3, "except Exception as error:")
        self.line(4, "fail(error)")
        self.line(2, "d = None")
        while self.todo:
            self.open = None
            self.todo.pop(0)()
        counters = [f"k{i}" for i in range(self.variables)]
        head = [f"def make({', '.join(['stamps', 'Message', 'spread', 'look', 'wrong', 'failed', *self.names])}):"]
        if counters:
            head.append(f"    {' = '.join(counters)} = 0")
        head += [
            "    d = None",
            "    def fail(error): failed(error, d)",
            f"    def counts(): return ({''.join(f'{text}, ' for text in self.counted_by)})",
        ]
        nonlocal_line = f"nonlocal {', '.join([*counters, 'd'])}"
        body = [line.replace("@nonlocal", nonlocal_line) for line in self.lines]
        text = [*head, *body, *self.tables, "    return run, counts"]
        for number, line in enumerate(text):
            code, mark, spot = line.rpartition("  #@")
            if mark:
                text[number] = code
                self.spots[number + 1] = self.marks[int(spot)]
        return "\n".join(text)
