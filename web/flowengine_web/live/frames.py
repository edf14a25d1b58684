"""The live frames of one flow: everything at first, then only what changed, made once for all who watch."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from flowengine.runtime.pace import at_once
from flowengine.telemetry.look import FlowLook, NodeLook, Seen, WireLook
from flowengine.telemetry.preview import preview
from flowengine_web.live.event import event
from flowengine_web.live.rate import Rate

SHOWN: Final = 120
"""Characters of a value that a node or a wire shows."""

STEP: Final = 20
"""Nodes or wires that are compared in one step."""

Fields = dict[str, Any]
Steps = Generator[None, None, bytes | None]
"""Work in steps of a fraction of a millisecond; whoever drives it may rest between two."""


class FlowFrames:
    """Makes the frames of one flow, each from what changed since the last."""

    def __init__(self, flow: str) -> None:
        self.flow = flow
        self._forget()

    def _forget(self) -> None:
        self.nodes: dict[str, Fields] = {}
        self.wires: dict[str, Fields] = {}
        self._at = 0.0
        self._rates: dict[str, Rate] = {}
        self._seen: dict[str, NodeLook | WireLook] = {}
        self._senders: set[str] = set()
        self._gone = True

    def update(self, look: FlowLook | None, now: float) -> bytes | None:
        """Take the flow as it is now (None: it does not run); returns the event that says what changed, if anything.

        `now` is monotonic, in seconds.
        """
        return at_once(self.steps(look, now))

    def steps(self, look: FlowLook | None, now: float) -> Steps:
        """Do what `update` does step by step."""
        if look is None:
            if self._gone:
                return None
            self._forget()
            return self.full()
        if look.nodes.keys() != self.nodes.keys() or look.wires.keys() != self.wires.keys():
            self._begin(look, now)
            yield
            return self.full()
        self._at = look.at
        nodes = yield from self._changes(self.nodes, look.nodes, now)
        wires = yield from self._changes(self.wires, look.wires, now)
        if not nodes and not wires:
            return None
        yield
        return event("live", {"flow": self.flow, "at": look.at, "nodes": nodes, "wires": wires, "full": False})

    def full(self) -> bytes:
        """Return the event that says everything."""
        return event("live", self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """Return everything, as shapes.Live."""
        return {"flow": self.flow, "at": self._at, "nodes": self.nodes, "wires": self.wires, "full": True}

    def _begin(self, look: FlowLook, now: float) -> None:
        self._gone = False
        self._at = look.at
        self._senders = {key.partition(">")[0].rpartition(".")[0] for key in look.wires}
        places: dict[str, NodeLook | WireLook] = {**look.nodes, **look.wires}
        self._rates = {
            key: self._rates[key] if key in self._rates else Rate(self._count(key, place), now)
            for key, place in places.items()
        }
        self._seen = places
        self.nodes = {key: _node(node) | self._rate(key, node, now) for key, node in look.nodes.items()}
        self.wires = {key: _wire(wire) | self._rate(key, wire, now) for key, wire in look.wires.items()}

    def _changes(
        self, shown: dict[str, Fields], places: dict[str, Any], now: float
    ) -> Generator[None, None, dict[str, Fields]]:
        found: dict[str, Fields] = {}
        for number, (key, place) in enumerate(places.items(), 1):
            if not number % STEP:
                yield
            before, old = shown[key], self._seen[key]
            same = _same(place, old)
            if same and not self._rates[key].shown:
                continue  # where nothing passes there is nothing new
            new = self._rate(key, place, now)
            if not same:
                new |= _node(place, old) if isinstance(place, NodeLook) else _wire(place, old)
                self._seen[key] = place
            changed = {name: value for name, value in new.items() if before.get(name) != value}
            if "kind" in changed:
                changed["value"] = new["value"]  # to Python 1 is True, to a reader it is not
            if changed:
                before.update(changed)
                found[key] = changed
        return found

    def _rate(self, key: str, place: NodeLook | WireLook, now: float) -> Fields:
        return {"rate": self._rates[key].update(self._count(key, place), now)}

    def _count(self, key: str, place: NodeLook | WireLook) -> int:
        if isinstance(place, WireLook):
            return place.passed
        return place.sent if key in self._senders else place.received


def _same(place: Any, old: Any) -> bool:
    """Say whether nothing happened there; payloads are not compared, which could take long."""
    if place.failed != old.failed or not _same_message(place.newest, old.newest):
        return False
    if isinstance(place, WireLook):
        return bool(place.passed == old.passed)
    return (
        place.received == old.received
        and place.sent == old.sent
        and place.dropped == old.dropped
        and place.waiting == old.waiting
        and place.level == old.level
        and bool(place.text == old.text)
    )


def _same_message(newest: Seen | None, old: Seen | None) -> bool:
    return newest is old or (newest is not None and old is not None and newest.msg is old.msg)


def _node(place: NodeLook, old: Any = None) -> Fields:
    fields: Fields = {
        "level": place.level,
        "text": _text(place),
        "received": place.received,
        "sent": place.sent,
        "failed": place.failed,
        "dropped": place.dropped,
        "waiting": place.waiting,
    }
    if old is None or not _same_message(place.newest, old.newest):
        fields |= _value(place.newest) | _more(place.newest)
    return fields


def _text(place: NodeLook) -> str:
    """Return what a node says of itself, and how many messages were lost there and why."""
    if not place.dropped:
        return place.text[:500]
    lost = f"{place.dropped:,} lost ({', '.join(reason for reason, count in place.drops.items() if count)})"
    return f"{place.text[:400]}; {lost}" if place.text else lost


def _wire(place: WireLook, old: Any = None) -> Fields:
    fields: Fields = {"passed": place.passed, "failed": place.failed}
    if old is None or not _same_message(place.newest, old.newest):
        fields |= _value(place.newest)
    return fields


def _value(newest: Seen | None) -> Fields:
    if newest is None:
        return {"value": None, "kind": "null"}
    shown = preview(newest.msg.payload, SHOWN)
    return {"value": shown.value, "kind": shown.kind}


def _more(newest: Seen | None) -> Fields:
    if newest is None:
        return {"unit": "", "quality": "good", "time": 0.0}
    unit = newest.msg.properties.get("unit")
    return {
        "unit": unit[:40] if isinstance(unit, str) else "",
        "quality": newest.msg.quality,
        "time": newest.msg.time,
    }
