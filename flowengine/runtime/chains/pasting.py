"""Writes a node's `Inline` form into a chain: its expressions, in place of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from flowengine.inline import Inline
from flowengine.node import handlers
from flowengine.runtime.chains.expressions import Signature, bound, renamed, signature, uses
from flowengine.runtime.chains.message import State
from flowengine.runtime.chains.spot import Spot, Tail

if TYPE_CHECKING:
    from flowengine.flow.plan import PlannedWire
    from flowengine.runtime.chains.code import Writer
    from flowengine.runtime.chains.world import Target


def paste(writer: Writer, depth: int, target: Target, form: Inline, state: State, drop: str) -> None:
    """Paste a node's expressions and what follows them."""
    name = target[0]
    ports = writer.world.outputs[name]
    own = {key: writer.name("x", value) for key, value in form.names.items()}
    if "payload" not in state.fields and uses(form, "payload"):
        state = writer.read(depth, state, "payload")
    if uses(form, "time"):
        state = _timed(writer, depth, state)
    spot = writer.spot(name, state)
    spot.explain = form.explain

    def filled(text: str) -> str:
        fields = {field: state.value(field) for field in ("payload", "topic", "time", "quality", "properties")}
        return renamed(text, {**fields, **own})

    def new(prefix: str, text: str) -> str:
        """Return a name for the value of an expression: its own, if it is a constant."""
        value = filled(text)
        if value in own.values() and form.usual is None:
            return value
        variable = writer.var(prefix)
        writer.line(depth, f"{variable} = {value}", spot)
        return variable

    for variable, (table, key) in form.known.items():
        own[variable] = writer.var("v")
        writer.line(depth, f"try: {own[variable]} = {writer.name('x', table)}[{filled(key)}]")
        writer.line(depth, f"except KeyError: {own[variable]} = None")
    if form.keep is not None:
        writer.line(depth, f"if not ({filled(form.keep)}): {drop}", spot)
        writer.open = None
    if form.call:
        writer.call(depth, target, state, drop)
        return
    routes = [filled(route) for route in form.route]
    came = state
    if form.usual is not None:
        writer.line(depth, f"if {filled(form.usual)}:", spot)
        own |= {name: name for name in bound(form.usual)}
        depth += 1
    if form.payload is not None:
        own |= {name: name for name in bound(form.payload)}
    written = {filled(place): filled(text) for place, text in form.remembered.items()}
    fields = {"payload": form.payload, "topic": form.topic, "quality": form.quality, "properties": form.further}
    for key, value in fields.items():
        if value is not None:
            state = state.with_field(key, new("v", value))
        if key == "payload":
            for place, text in written.items():
                writer.line(depth, f"{place} = {text}", spot)
    if form.usual is not None:
        depth -= 1
        _unusual(writer, depth, target, came, {key: state.fields[key] for key in fields if fields[key]}, drop)
    changed = state
    for key, text in form.properties.items():
        changed = changed.with_property(key, new("v", text))
    state = changed
    if not routes:
        writer.leave(depth, (name, ports[0]), state, drop)
        return
    if len(routes) == 1:
        writer.line(depth, f"if not ({routes[0]}): {drop}", spot)
        writer.open = None
        writer.leave(depth, (name, ports[0]), state, drop)
        return
    conditions = _choose(writer, depth, routes, form.first, spot, drop)
    _fork(writer, depth, name, conditions, state)


def _choose(writer: Writer, depth: int, routes: list[str], first: bool, spot: Spot, drop: str) -> list[str]:
    """Write which of several outputs a message takes, all that fit or the first; return the condition of each.

    All routes are looked at before the message leaves by any: what follows an output must not change the choice.
    """
    chosen = [writer.var("c") for _ in routes]
    if first:
        word = "if"
        for number, route in enumerate(routes):
            writer.line(depth, f"{word} {route}: {chosen[0]} = {number}", spot)
            word = "elif"
        writer.line(depth, f"else: {drop}")
        return [f"{chosen[0]} == {number}" for number in range(len(routes))]
    for variable, route in zip(chosen, routes, strict=True):
        writer.line(depth, f"{variable} = {route}", spot)
    return chosen


def _fork(writer: Writer, depth: int, node: str, conditions: list[str], state: State) -> None:
    """Write what follows each output under its condition; a failure behind one keeps the message from no other."""
    writer.open = None
    for condition, port in zip(conditions, writer.world.outputs[node], strict=False):
        if writer.sight is None and not writer.world.wires_from.get((node, port)):
            continue
        writer.line(depth, f"if {condition}:")
        writer.line(depth + 1, "while True:")
        writer.line(depth + 2, "try:")
        writer.open = None
        writer.leave(depth + 3, (node, port), state, "break")
        writer.line(depth + 2, "except Exception as error:")
        writer.line(depth + 3, "fail(error)")
        writer.line(depth + 2, "break")
    writer.open = None


def _timed(writer: Writer, depth: int, state: State) -> State:
    """Write the time to a variable where it is worked out, since it is asked for more than once."""
    time = state.value("time")
    if "time" not in state.fields or time.isidentifier():
        return state
    variable = writer.var("v")
    writer.line(depth, f"{variable} = {time}")
    return replace(state, fields={**state.fields, "time": variable})


def _unusual(writer: Writer, depth: int, target: Target, state: State, variables: Mapping[str, str], drop: str) -> None:
    """Write the call of `process` for a message that the form does not cover; its result fills the variables."""
    name, port = target
    node = writer.world.nodes[name]
    returns = signature(node, port)
    assert returns is not Signature.ANY, f"{type(node).__name__}.process promises no single message"
    writer.line(depth, "else:")
    state = writer.whole(depth + 1, state)
    spot, result = writer.spot(name, state), writer.var("m")
    writer.line(depth + 1, f"{result} = {writer.name('p', handlers(node)[port])}({state.msg})", spot)
    writer.line(depth + 1, f"if {result}.__class__ is not Message:")
    if returns is Signature.MESSAGE_OR_NONE:
        writer.line(depth + 2, f"if {result} is None:")
        if writer.open is not None:
            _missed(writer, depth + 3, writer.open)
        writer.line(depth + 3, drop)
    writer.line(depth + 2, f"raise wrong({result})", spot)
    for field, variable in variables.items():
        writer.line(depth + 1, f"{variable} = {result}.{field}")


def _missed(writer: Writer, depth: int, run: list[PlannedWire]) -> None:
    """Write that a message ends here: the wires that join the run from here on have not seen it."""
    writer.counters.append(Tail(run))
    writer.counted_by.append(f"-k{writer.variables}")
    writer.line(depth, f"k{writer.variables} += 1")
    writer.variables += 1
