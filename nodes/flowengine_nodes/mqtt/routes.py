"""Who listens to what: several listeners may share a filter, a topic may fall under several filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

import msgspec

from flowengine_nodes.mqtt.incoming import Delivery
from flowengine_nodes.mqtt.topics import matches
from flowengine_nodes.mqtt.wire import decode_text

REMEMBERED_TOPICS: Final = 10_000
"""Topics whose listeners are remembered; a broker with more makes some be looked up again."""

RetainHandling = int  # 0 send retained messages, 1 only with a new subscription, 2 never


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a listener wants a filter subscribed to; all but `qos` is for MQTT 5."""

    filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: RetainHandling = 0

    def options(self, version: int) -> int:
        """Return the subscription options byte (MQTT 5.0 section 3.8.3.1; 3.1.1: only the QoS)."""
        if version != 5:
            return self.qos
        return self.qos | self.no_local << 2 | self.retain_as_published << 3 | self.retain_handling << 4


class Listener(Protocol):
    """Takes the messages of the filters it wishes for."""

    wishes: Sequence[Wish]

    def put(self, topic: str, payload: bytes, properties: dict[str, Any], delivery: Delivery | None) -> None:
        """Take a message; `delivery` is None at QoS 0."""

    def connected(self, session_present: bool) -> None:
        """Hear of a new connection; if the session goes on, what is not acknowledged comes again."""

    def subscribed(self, filter: str, refusal: str) -> None:
        """Hear that the broker has answered to a filter; an empty refusal is a yes."""


class Subscription:
    """One filter at the broker, shared by its listeners."""

    def __init__(self, filter: str, identifier: int) -> None:
        self.filter = filter
        self.identifier = identifier
        self.listeners: list[Listener] = []
        self.confirmed = False
        """Whether the broker's session holds it."""

    def wish(self) -> Wish:
        """Return what serves all listeners: the highest QoS, and nothing withheld that one of them wants."""
        wishes = [wish for listener in self.listeners for wish in listener.wishes if wish.filter == self.filter]
        return Wish(
            filter=self.filter,
            qos=max(wish.qos for wish in wishes),
            no_local=all(wish.no_local for wish in wishes),
            retain_as_published=any(wish.retain_as_published for wish in wishes),
            retain_handling=min(wish.retain_handling for wish in wishes),
        )


class Routes:
    """All subscriptions of a client."""

    def __init__(self) -> None:
        self.by_filter: dict[str, Subscription] = {}
        self.by_identifier: dict[int, Subscription] = {}
        self._by_topic: dict[bytes, tuple[str, tuple[Listener, ...]]] = {}
        self._last_identifier = 0

    def add(self, listener: Listener) -> list[Subscription]:
        """Enter a listener; returns the subscriptions to ask the broker for."""
        touched = []
        for wish in listener.wishes:
            subscription = self.by_filter.get(wish.filter)
            if subscription is None:
                self._last_identifier += 1
                subscription = Subscription(wish.filter, self._last_identifier)
                self.by_filter[wish.filter] = self.by_identifier[subscription.identifier] = subscription
            if listener not in subscription.listeners:
                subscription.listeners.append(listener)
                touched.append(subscription)
        self._by_topic.clear()
        return touched

    def remove(self, listener: Listener) -> None:
        """Take a listener out; its subscriptions stay until `sweep`."""
        for subscription in self.by_filter.values():
            if listener in subscription.listeners:
                subscription.listeners.remove(listener)
        self._by_topic.clear()

    def listeners(self) -> list[Listener]:
        """Return everybody who listens."""
        found: list[Listener] = []
        for subscription in self.by_filter.values():
            found += [listener for listener in subscription.listeners if listener not in found]
        return found

    def sweep(self) -> list[Subscription]:
        """Forget the subscriptions without listeners and return them."""
        empty = [subscription for subscription in self.by_filter.values() if not subscription.listeners]
        for subscription in empty:
            del self.by_filter[subscription.filter], self.by_identifier[subscription.identifier]
        return empty

    def to(self, raw_topic: bytes) -> tuple[str, tuple[Listener, ...]]:
        """Return a topic as text and who listens to it.

        Raises:
            Malformed: the topic is not valid text.
        """
        return self._by_topic.get(raw_topic) or self._look_up(raw_topic)

    def listeners_of(self, identifiers: Iterable[int]) -> tuple[Listener, ...]:
        """Return who listens by the subscription identifiers that came with a message (MQTT 5)."""
        found: list[Listener] = []
        for identifier in identifiers:
            subscription = self.by_identifier.get(identifier)
            if subscription is not None:
                found += [listener for listener in subscription.listeners if listener not in found]
        return tuple(found)

    def _look_up(self, raw_topic: bytes) -> tuple[str, tuple[Listener, ...]]:
        topic = decode_text(raw_topic)
        listeners: list[Listener] = []
        for subscription in self.by_filter.values():
            if matches(subscription.filter, topic):
                listeners += [listener for listener in subscription.listeners if listener not in listeners]
        if len(self._by_topic) >= REMEMBERED_TOPICS:
            self._by_topic.clear()
        route = self._by_topic[raw_topic] = topic, tuple(listeners)
        return route
