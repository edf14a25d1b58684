"""Finds the node that a process is busy with, or that holds most of its memory."""

from __future__ import annotations

import gc
import inspect
import sys
import types
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import Any, Final

from flowengine.clock import Clock
from flowengine.message import Message
from flowengine.node import Connection, Node
from flowengine.processes.black_box import Culprit
from flowengine.runtime.chains.chain import node_at
from flowengine.runtime.live import LiveFlow

MOST_GLANCED: Final = 1_000_000
"""Objects that are looked at of all nodes together, to find those that are worth a closer look."""

MOST_WEIGHED: Final = 200_000
"""Objects that are weighed of a node that got a closer look."""

CLOSER: Final = 10
"""Nodes that get a closer look: those that lead to the most objects."""

LEAST_HELD: Final = 20_000_000
"""Bytes that a node must hold to be named for it."""


def at_work_in(thread: int) -> Culprit | None:
    """Return the node whose code another thread is in; None: it is the engine's own.

    No garbage is collected meanwhile. The finalizer of a found object may give the turn away, the thread then leaves
    the frame that is being read, and the interpreter reads on in memory that is no frame any more: before Python 3.12,
    which collects at safer moments, that ends in SIGSEGV or a deadlock (CPython's issue 106883).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return at_work(sys._current_frames().get(thread))
    finally:
        if collects:
            gc.enable()


def at_work(frame: FrameType | None) -> Culprit | None:
    """Return the node whose code a stack is in, the innermost of several; None: it is the engine's own."""
    where = ""
    while frame is not None:
        code = frame.f_code
        where = where or f"line {frame.f_lineno} of {code.co_name}"
        owner, fail = _names(frame, "self", "fail")
        if not isinstance(owner, Node) and code.co_filename.startswith("<chain"):
            owner = node_at(fail, frame.f_lineno)
        host: Any = owner._host if isinstance(owner, Node) else None
        if host is not None:
            if isinstance(owner, Connection):
                return Culprit("", "", f"connection {host.name}, {where}")
            return Culprit(host._flow, host.name, where)
        frame = frame.f_back
    return None


def _names(frame: FrameType, *names: str) -> list[Any]:
    """Return what some names of a function stand for.

    The interpreter keeps what it has told of them. At the next look it would let go of that in the middle of it, with
    finalizers that may give the turn away; and until then nothing would be freed that the function lets go of.
    """
    told = frame.f_locals
    found = [told.get(name) for name in names]
    nobody_else = 3  # the frame, this function, and whoever is asked for the number
    if isinstance(told, dict) and frame.f_code.co_flags & inspect.CO_OPTIMIZED and sys.getrefcount(told) <= nobody_else:
        told.clear()
    return found


def raised_by(error: BaseException) -> Culprit | None:
    """Return the node that an error came from."""
    trace, found = error.__traceback__, None
    while trace is not None:
        found, trace = trace.tb_frame, trace.tb_next
    return at_work(found)


def heaviest(flows: Mapping[str, LiveFlow]) -> Culprit | None:
    """Return the node that holds most memory, as far as a bounded look can tell; None: none holds much."""
    places = [(live, name) for live in list(flows.values()) for name in list(live.nodes)]
    outside = {id(vars(module)) for module in list(sys.modules.values()) if isinstance(module, types.ModuleType)}
    glance = max(50, min(MOST_WEIGHED, MOST_GLANCED // max(1, len(places))))
    heavy = sorted(places, key=lambda place: -weight(_roots(*place), outside, glance))[:CLOSER]
    held, live, name = max(
        ((weight(_roots(live, name), outside, MOST_WEIGHED), live, name) for live, name in heavy),
        key=lambda found: found[0],
        default=(0, None, ""),
    )
    if live is None or held < LEAST_HELD:
        return None
    waiting = _waiting(live, name)
    what = f"{waiting} messages wait for it" if waiting > 10_000 else f"it holds {held / 1e6:.0f} MB or more"
    return Culprit(live.plan.name, name, what)


def _roots(live: LiveFlow, name: str) -> list[Any]:
    """Return all that belongs to one node: what it keeps, its context, what waits for it."""
    node = live.nodes.get(name)
    if node is None:
        return []
    host: Any = node._host
    inbox = live.inboxes.get(name)
    own = [value for key, value in list(vars(node).items()) if key != "_host"]
    return [*own, host.own_context.values, inbox.items if inbox is not None else None]


def _waiting(live: LiveFlow, name: str) -> int:
    inbox = live.inboxes.get(name)
    return len(inbox.items) if inbox is not None else 0


def weight(roots: Iterable[Any], outside: set[int], most: int) -> int:
    """Return how many bytes these objects and what they lead to take, the first so many of them."""
    total, todo, seen = 0, list(roots), set[int]()
    while todo and len(seen) < most:
        thing = todo.pop()
        if id(thing) in seen or id(thing) in outside or isinstance(thing, _ELSEWHERE):
            continue
        seen.add(id(thing))
        total += sys.getsizeof(thing, 0)
        more = (thing.payload, thing.properties) if isinstance(thing, Message) else gc.get_referents(thing)
        todo += more if len(more) < most else more[:most]
    return total


_ELSEWHERE: Final = (type, types.ModuleType, types.CodeType, Node, Clock, LiveFlow)
"""What belongs to no node alone."""
