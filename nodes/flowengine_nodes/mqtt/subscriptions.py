"""Asks the broker for what listeners want, and gives up what nobody wants any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from flowengine import Clock
from flowengine_nodes.mqtt.incoming import Delivery
from flowengine_nodes.mqtt.outgoing import IDENTIFIERS
from flowengine_nodes.mqtt.packets import granted, subscribe, unsubscribe
from flowengine_nodes.mqtt.reasons import FAILURE, reason
from flowengine_nodes.mqtt.reception import Reception
from flowengine_nodes.mqtt.routes import Listener, Routes, Subscription

GRACE: Final = 10.0
"""Seconds that messages nobody listens to are held after the start, and after a listener has left."""
GRACE_AFTER_ARRIVAL: Final = 1.0
"""Seconds that remain of it once a listener has come: those that start with it follow at once."""


class Subscriptions:
    """The subscriptions of a session; they outlive connections."""

    def __init__(self, version: int, clock: Clock, routes: Routes, reception: Reception) -> None:
        self._version, self._clock, self._routes, self._reception = version, clock, routes, reception
        self._send: Callable[[bytes], None] | None = None
        self._identifiers = False
        self._began_anew = False
        self._asked: dict[int, str] = {}  # filters of SUBSCRIBEs under way
        self._last_id = 0
        self._grace: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Begin the time of grace after the start."""
        self._extend_grace(GRACE)

    def close(self) -> None:
        """End it, for the session's own end."""
        if self._grace is not None:
            self._grace.cancel()
        self._reception.clear()

    def connected(self, send: Callable[[bytes], None], session_present: bool, identifiers: bool) -> None:
        """Ask anew for what the broker's session does not hold; `identifiers`: whether it knows them (MQTT 5)."""
        self._send, self._identifiers = send, identifiers
        self._asked.clear()
        self._began_anew = self._began_anew or not session_present
        for listener in self._routes.listeners():
            listener.connected(session_present)
        for subscription in self._routes.by_filter.values():
            # What an earlier run of this program may have asked for does not count.
            subscription.confirmed = subscription.confirmed and session_present
            if not subscription.confirmed:
                self._subscribe(subscription)

    def disconnected(self) -> None:
        """Ask for nothing until the next connection."""
        self._send = None

    def listen(self, listener: Listener) -> None:
        """Subscribe for a listener, and give it what is held for it."""
        if self._began_anew:
            listener.connected(session_present=False)
        for subscription in self._routes.add(listener):
            self._subscribe(subscription)
        if self._reception.grace:
            self._extend_grace(GRACE_AFTER_ARRIVAL)
        self._reception.offer(listener)

    def leave(self, listener: Listener, unfinished: Sequence[Delivery]) -> None:
        """Let a listener go; its subscription and what it has not finished are kept for a successor for a while."""
        self._routes.remove(listener)
        self._reception.hold(unfinished)
        self._extend_grace(GRACE)

    def on_granted(self, first: int, data: bytes, start: int, end: int) -> None:
        """Take a SUBACK or UNSUBACK."""
        packet_id, codes, said = granted(self._version, data, start, end)
        subscription = self._routes.by_filter.get(self._asked.pop(packet_id, ""))
        if subscription is None:
            return
        code = codes[0] if codes else FAILURE
        subscription.confirmed = code < FAILURE
        refusal = "" if code < FAILURE else said or (reason(code) if self._version == 5 else "not allowed")
        for listener in subscription.listeners:
            listener.subscribed(subscription.filter, refusal)

    def _subscribe(self, subscription: Subscription) -> None:
        if self._send is None or not subscription.listeners:
            return
        wish, packet_id = subscription.wish(), self._next_id()
        self._asked[packet_id] = wish.filter
        identifier = subscription.identifier if self._identifiers else 0
        self._send(subscribe(self._version, packet_id, wish.filter, wish.options(self._version), identifier))

    def _next_id(self) -> int:
        self._last_id = self._last_id % (65535 - IDENTIFIERS) + 1
        return IDENTIFIERS + self._last_id

    def _extend_grace(self, seconds: float) -> None:
        if self._grace is not None:
            self._grace.cancel()
        self._reception.grace = True
        self._grace = self._clock.call_later(seconds, self._end_grace)

    def _end_grace(self) -> None:
        self._grace = None
        self._reception.end_grace()
        for subscription in self._routes.sweep():
            if self._send is not None:
                self._send(unsubscribe(self._version, self._next_id(), subscription.filter))
