"""Says how the flows of a worker are: ten times a second what is watched, once a second the rest, and only what is new.

Looks, values of widgets and debug items are left out while the link is full; looks lose nothing by that, as each is
compared with the last one that was sent.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Generator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from flowengine.errors import NotFound
from flowengine.message import Message
from flowengine.processes.link import Link
from flowengine.runtime.engine import Engine
from flowengine.runtime.pace import Pace, at_once
from flowengine.runtime.widgets import NodeWidget
from flowengine.telemetry.look import FlowLook, NodeLook, Seen, WireLook
from flowengine.telemetry.observer import Watch
from flowengine.telemetry.preview import is_heavy, preview
from flowengine.workers import frames
from flowengine.workers.telling import TellingFaults

WATCHED: Final = 0.1
UNWATCHED: Final = 1.0
"""Seconds between two looks at a flow."""
SHARE: Final = 0.02
"""Share of the loop's time that looking at one flow may take."""
STEP: Final = 50
"""Nodes or wires that are compared with what was sent before, in one step."""
LARGE: Final = 1000
"""Nodes of a flow beyond which a look at all of them takes long."""
LIGHT: Final = 1000
"""Characters of a payload that a look carries at most."""
MOST_DEBUGGED: Final = 100
MOST_TAPPED: Final = 1000
"""Debug items and tapped messages that are sent in one turn; further ones are left out."""


_News = tuple[dict[str, NodeLook], dict[str, WireLook], bool]
"""Nodes, wires, and whether these are all."""


class _Flow:
    """What has been sent of one flow."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeLook] = {}
        self.wires: dict[str, WireLook] = {}
        self.rest: FlowLook | None = None
        self.ended = False
        self.next = 0.0
        self.looks = 0
        """How often it was looked at; what a slower look has found by then is out of date."""
        self.looking: asyncio.Task[None] | None = None
        self.widgets: dict[str, tuple[NodeWidget, int]] = {}
        """Node -> its widget, and for one that grows the mark up to which it has been told of."""
        self.shown: dict[str, bytes] = {}


class Reporting:
    """Everything a worker tells of its own accord."""

    def __init__(self, engine: Engine, link: Link, faults: TellingFaults) -> None:
        self._engine, self._link, self._faults = engine, link, faults
        self._flows: dict[str, _Flow] = {}
        self._watches: dict[str, Watch] = {}
        self._widgets = False
        self._next_slow = 0.0
        self._debugged = self._dropped = 0
        self._tapped: dict[tuple[str, str], list[tuple[str, Message]]] = defaultdict(list)
        self._connections: dict[str, dict[str, str]] = {}
        self._serials = itertools.count(1)
        self._encode = msgspec.msgpack.Encoder(enc_hook=repr).encode

    # --- what changes ---

    def watch(self, wanted: frames.Watching) -> None:
        """Watch these flows, and no others."""
        for name in set(wanted.flows) - self._watches.keys():
            self._watches[name] = self._engine.watch(name)
        for name in self._watches.keys() - set(wanted.flows):
            self._engine.unwatch(self._watches.pop(name))
        if wanted.widgets and not self._widgets:
            for flow in self._flows.values():
                flow.shown.clear()
        self._widgets = wanted.widgets

    def deployed(self, name: str) -> None:
        """Tell at once which widgets a flow has that has just been deployed, and how it is.

        A large one is looked at beside, from the next turn on: whoever deploys it does not wait for that.
        """
        flow = self._flows.setdefault(name, _Flow())
        before, flow.widgets = flow.widgets, {}
        places = []
        for widget in self._engine.widgets():
            if widget.flow != name:
                continue
            old = before.get(widget.node)
            mark = old[1] if old is not None and old[0].instance is widget.instance else 0
            flow.widgets[widget.node] = widget, mark
            serial = self._serial(widget)
            places.append(
                frames.WidgetPlace(widget.node, widget.kind, widget.title, widget.grows, dict(widget.options), serial)
            )
        self._link.tell(frames.Widgets(name, places))
        if len(self._engine.flows[name].nodes) > LARGE:
            flow.next = 0.0
        else:
            self._look(name, flow)
        self._faults.tell()

    def _serial(self, widget: NodeWidget) -> int:
        node: Any = widget.instance
        serial = getattr(node._host, "serial", 0) or next(self._serials)
        node._host.serial = serial
        return int(serial)

    def gone(self, name: str) -> None:
        """Forget a flow that no longer runs."""
        flow = self._flows.pop(name, None)
        if flow is not None and flow.looking is not None:
            flow.looking.cancel()
        self._faults.tell()

    def tapped(self, flow: str, node: str, port: str, msg: Message) -> None:
        """Keep a message that the parent wants to see, for the next turn."""
        found = self._tapped[flow, node]
        if len(found) < MOST_TAPPED:
            found.append((port, msg))

    # --- telling ---

    def turn(self, now: float) -> None:
        """Tell what is due."""
        self._faults.tell()
        if self._tapped:
            tapped, self._tapped = self._tapped, defaultdict(list)
            if not self._link.full:
                for (name, node), messages in tapped.items():
                    self._link.tell(frames.Tapped(name, node, messages))
        if self._link.full:
            return
        self._tell_debug()
        for name, flow in self._flows.items():
            if now >= flow.next and flow.looking is None:
                flow.looking = asyncio.create_task(self._look_beside(name, flow), name=f"look at {name}")
        slow = now >= self._next_slow
        if slow:
            self._next_slow = now + UNWATCHED
            self._tell_connections()
        if self._widgets:
            self._tell_widgets(slow)

    def everything(self) -> None:
        """Tell all that is new, and what growing widgets show as a whole."""
        self._faults.tell()
        self._tell_debug()
        self._tell_connections()
        for name, flow in self._flows.items():
            self._look(name, flow)
            for node, (widget, _) in flow.widgets.items():
                if widget.grows:
                    mark, value = widget.shown_after(0)
                    flow.widgets[node] = widget, mark
                    self._link.tell(frames.Shown(name, node, value, 0, mark))
        self._tell_widgets(False)

    def _look(self, name: str, flow: _Flow) -> None:
        """Look at once: somebody waits for it."""
        try:
            look = self._engine.look(name)
        except NotFound:
            return
        self._tell_look(name, flow, look, at_once(_news(flow, look)))

    async def _look_beside(self, name: str, flow: _Flow) -> None:
        """Look in slices, so that nothing else on the loop has to wait."""
        begin, pace, looks = asyncio.get_running_loop().time(), Pace(), flow.looks
        try:
            look = await pace.drive(self._engine.look_in_steps(name))
            news = await pace.drive(_news(flow, look))
            if flow.looks == looks and name in self._engine.flows:
                self._tell_look(name, flow, look, news)
        except NotFound:
            return
        finally:
            flow.looking = None
            flow.next = begin + max(pace.busy / SHARE, (WATCHED if name in self._watches else UNWATCHED) * 0.9)

    def _tell_look(self, name: str, flow: _Flow, look: FlowLook, news: _News) -> None:
        nodes, wires, whole = news
        ended = self._engine.flows[name].ended
        rest = replace(look, at=0.0, nodes={}, wires={})
        flow.looks += 1
        if nodes or wires or whole or ended != flow.ended or rest != flow.rest:
            self._link.tell(frames.Looked(_light(replace(look, nodes=nodes, wires=wires)), whole, ended))
            flow.nodes, flow.wires, flow.rest, flow.ended = look.nodes, look.wires, rest, ended

    def _tell_debug(self) -> None:
        ring = self._engine.observer.debug
        new = ring.last - self._debugged
        dropped = ring.dropped - self._dropped
        if new > 0 or dropped > 0:
            items = ring.since(self._debugged, MOST_DEBUGGED)
            self._link.tell(frames.Debugged(items, dropped + new - len(items)))
            self._debugged, self._dropped = ring.last, ring.dropped

    def _tell_connections(self) -> None:
        found = self._engine.around.connections.snapshot()
        if found != self._connections:
            self._connections = found
            self._link.tell(frames.Connected(found))

    def _tell_widgets(self, slow: bool) -> None:
        for name, flow in self._flows.items():
            for node, (widget, mark) in flow.widgets.items():
                if not widget.grows:
                    value = widget.shown()
                    written = self._encode(value)
                    if flow.shown.get(node) != written:
                        flow.shown[node] = written
                        self._link.tell(frames.Shown(name, node, value))
                elif slow:
                    new, value = widget.shown_after(mark)
                    if value is not None:
                        self._link.tell(frames.Shown(name, node, value, mark, new))
                        flow.widgets[node] = widget, new


def _news(flow: _Flow, look: FlowLook) -> Generator[None, None, _News]:
    """Find, step by step, what is not as it was sent; payloads are not compared, which could take long."""
    if look.nodes.keys() != flow.nodes.keys() or look.wires.keys() != flow.wires.keys():
        return look.nodes, look.wires, True
    nodes, wires = flow.nodes, flow.wires
    return (yield from _changed(nodes, look.nodes)), (yield from _changed(wires, look.wires)), False


def _changed(before: dict[str, Any], now: dict[str, Any]) -> Generator[None, None, dict[str, Any]]:
    found = {}
    for number, (key, place) in enumerate(now.items(), 1):
        if not _same(before[key], place):
            found[key] = place
        if not number % STEP:
            yield
    return found


def _same(old: Any, new: Any) -> bool:
    if old.newest is not new.newest and (
        old.newest is None or new.newest is None or old.newest.msg is not new.newest.msg
    ):
        return False
    return all(getattr(old, name) == getattr(new, name) for name in old.__struct_fields__ if name != "newest")


def _light(look: FlowLook) -> FlowLook:
    """Cut messages to a size at which a thousand of them are cheap to send."""
    made: dict[int, Seen] = {}

    def light(place: Any) -> Any:
        seen: Seen | None = place.newest
        if seen is None:
            return place
        found = made.get(id(seen))
        if found is None:
            found = made[id(seen)] = _lightened(seen)
        return place if found is seen else replace(place, newest=found)

    nodes = {key: light(node) for key, node in look.nodes.items()}
    return replace(look, nodes=nodes, wires={key: light(wire) for key, wire in look.wires.items()})


def _lightened(seen: Seen) -> Seen:
    msg = seen.msg
    if isinstance(msg.payload, str | bytes):
        if len(msg.payload) > LIGHT:
            msg = msg.with_payload(msg.payload[:LIGHT])
    elif is_heavy(msg.payload):
        msg = msg.with_payload(preview(msg.payload, LIGHT).value)
    unit = msg.properties.get("unit")
    properties = {"unit": unit[:40]} if isinstance(unit, str) else {}
    if msg.properties != properties:
        msg = msg.replace(properties=properties)
    return seen if msg is seen.msg else Seen(msg, seen.at, seen.port)
