"""The road of a PUBLISH that comes in: read, matched to its listeners, held for a while if there are none yet.

MQTT 5.0 section 3.3, the same in 3.1.1 but for the properties.

With a session that the broker has kept, messages come before the nodes that want them have started, and while a deploy
replaces a node nobody listens for a moment. Such messages are held, unacknowledged, for a time of grace.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from flowengine_nodes.mqtt import properties as props
from flowengine_nodes.mqtt.incoming import Delivery, Incoming
from flowengine_nodes.mqtt.packets import DUPLICATE, RETAIN
from flowengine_nodes.mqtt.routes import Listener, Routes
from flowengine_nodes.mqtt.wire import Malformed, Reader

HELD_AT_MOST: Final = 1000
"""Messages at QoS 0 held while nobody listens; those at QoS 1 and 2 are bounded by the broker's window."""

PAYLOAD_IS_TEXT: Final = "payload_format_indicator"


def _plain(first: int) -> dict[str, Any]:
    found: dict[str, Any] = {"qos": first >> 1 & 3, "retain": bool(first & RETAIN)}
    return {**found, "dup": True} if first & DUPLICATE else found


# Messages are immutable, so those without properties of their own share these, by the flags of their first byte.
_PLAIN: Final = tuple(_plain(first) for first in range(16))


class Reception:
    """Gives each message to its listeners."""

    def __init__(
        self, version: int, incoming: Incoming, routes: Routes, log: logging.LoggerAdapter[logging.Logger]
    ) -> None:
        self.on_publish = self._on_publish_5 if version == 5 else self._on_publish_3
        self.grace = True
        """Whether messages that nobody listens to are held for someone to come."""
        self._incoming, self._routes, self._log = incoming, routes, log
        self._held: list[_Held] = []
        self._complained = False

    def _on_publish_3(self, first: int, data: bytes, start: int, end: int) -> None:
        at = start + 2
        if at <= end:
            at += data[start] << 8 | data[start + 1]
        if at > end:
            raise Malformed("a PUBLISH ends in the middle of its topic")
        topic, listeners = self._routes.to(data[start + 2 : at])
        if not first & 0x06:
            payload, properties = data[at:end], _PLAIN[first & 15]
            for listener in listeners:
                listener.put(topic, payload, properties, None)
            if not listeners:
                self._nobody(Delivery(0, 0, topic, payload, properties), ())
            return
        if at + 2 > end:
            raise Malformed("a PUBLISH ends in the middle of its packet identifier")
        delivery = self._incoming.accept(
            first, data[at] << 8 | data[at + 1], topic, data[at + 2 : end], _PLAIN[first & 15]
        )
        if delivery is not None:
            self._hand_out(delivery, listeners)

    def _on_publish_5(self, first: int, data: bytes, start: int, end: int) -> None:
        reader = Reader(data, start, end)
        raw_topic = reader.binary()
        packet_id = reader.number(2) if first & 0x06 else 0
        properties = _PLAIN[first & 15]
        identifiers: tuple[int, ...] = ()
        if reader.at < end and data[reader.at] == 0:
            reader.at += 1
        else:
            properties, identifiers = _read_properties(reader, properties)
        topic, listeners = self._routes.to(raw_topic)
        if identifiers:
            listeners = self._routes.listeners_of(identifiers)
        payload = data[reader.at : end]
        if not packet_id and not first & 0x06:
            delivery = Delivery(0, 0, topic, payload, properties)
        else:
            accepted = self._incoming.accept(first, packet_id, topic, payload, properties)
            if accepted is None:
                return
            delivery = accepted
        self._hand_out(delivery, listeners, identifiers)

    def _hand_out(self, delivery: Delivery, listeners: Sequence[Listener], identifiers: tuple[int, ...] = ()) -> None:
        if not listeners:
            self._nobody(delivery, identifiers)
            return
        delivery.busy = len(listeners)
        acknowledged = delivery if delivery.packet_id else None
        for listener in listeners:
            listener.put(delivery.topic, delivery.payload, delivery.properties, acknowledged)

    def _nobody(self, delivery: Delivery, identifiers: tuple[int, ...]) -> None:
        delivery.busy = 1
        held = _Held(delivery, identifiers)
        if self.grace and (delivery.packet_id or len(self._held) < HELD_AT_MOST):
            self._held.append(held)
        else:
            self._let_go(held)

    def offer(self, listener: Listener) -> None:
        """Give a new listener what is held and falls under its filters.

        Others may still come for what nobody listened to; what a listener has left behind goes to one successor only.
        """
        held, self._held = self._held, []
        inherited: set[int] = set()
        for one in held:
            delivery = one.delivery
            listeners = self._routes.listeners_of(one.identifiers) or self._routes.to(delivery.topic.encode())[1]
            if listener not in listeners or id(delivery) in inherited:
                self._held.append(one)
                continue
            if one.left_behind:
                inherited.add(id(delivery))
            else:
                self._held.append(one)
                one.claimed = True
                delivery.busy += 1
            acknowledged = delivery if delivery.packet_id else None
            listener.put(delivery.topic, delivery.payload, delivery.properties, acknowledged)

    def hold(self, deliveries: Sequence[Delivery]) -> None:
        """Take back what a listener that leaves has not finished, for the next one.

        Who comes from now on takes somebody's place, so what had been claimed before is offered to nobody any more.
        """
        claimed = [one for one in self._held if one.claimed]
        self._held = [one for one in self._held if not one.claimed]
        for one in claimed:
            self._let_go(one)
        self._held += [_Held(delivery, (), left_behind=True) for delivery in deliveries]

    def end_grace(self) -> None:
        """Let go of what is held: acknowledged once those who claimed it have finished, or nobody did."""
        self.grace = False
        held, self._held = self._held, []
        for one in held:
            self._let_go(one)

    def clear(self) -> None:
        """Let go of what is held without acknowledging it: the connection ends."""
        self._held.clear()

    def _let_go(self, held: _Held) -> None:
        delivery = held.delivery
        delivery.busy -= 1
        if delivery.packet_id:
            self._incoming.settle()
        if not held.claimed and not self._complained:
            self._complained = True
            self._log.warning(
                "the broker sends '%s', which no node subscribes to: the session of this client_id holds an old "
                "subscription; such messages are acknowledged and dropped (set clean_start once to forget it)",
                delivery.topic[:80],
            )


class _Held:
    """A message kept for listeners to come; while it is here it counts as busy."""

    __slots__ = ("claimed", "delivery", "identifiers", "left_behind")

    def __init__(self, delivery: Delivery, identifiers: tuple[int, ...], left_behind: bool = False) -> None:
        self.delivery, self.identifiers, self.claimed = delivery, identifiers, False
        self.left_behind = left_behind
        """Whether a listener had it and left: all others have had it too."""


def _read_properties(reader: Reader, plain: dict[str, Any]) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Read the properties of a PUBLISH: those for the message, and the identifiers of its subscriptions."""
    data, at = reader.data, reader.at
    if reader.end - at >= 3 and data[at] == 2 and data[at + 1] == 0x0B and data[at + 2] < 128:
        reader.at = at + 3  # only an identifier: what nearly every message has
        return plain, (data[at + 2],)
    found = props.decode(reader)
    if found.pop("topic_alias", None) is not None:
        raise Malformed("the broker uses a topic alias, which was not allowed to it", 0x94)
    identifiers = tuple(found.pop("subscription_identifier", ()))
    found.pop(PAYLOAD_IS_TEXT, None)
    return ({**plain, **found} if found else plain), identifiers
