"""Recognises what the broker sends again although the flow has it: its acknowledgement did not arrive.

A broker that has not heard an acknowledgement sends the message again when the session goes on, marked as a duplicate,
under the same packet identifier and before anything new (MQTT 5.0 sections 4.4 and 4.6, 3.1.1 the same). So a
fingerprint of each message is remembered, in the state of the node, until the broker is known to have heard: it has
answered a ping that was sent after the acknowledgement. How many it may have unacknowledged plays no role: mosquitto
does not keep to its own bound after a reconnect.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

from flowengine_nodes.mqtt.incoming import Delivery

MISTRUST: Final = 1000
"""Messages that are not remembered after the broker has given an identifier away again too soon."""


class Recognition:
    """The messages that were taken and that the broker may send again, by their packet identifiers."""

    def __init__(self, known: dict[int, int], heard: Callable[[Delivery], bool]) -> None:
        """Go on with what was remembered.

        Args:
            known: packet identifier -> fingerprint, in the order in which they came; kept up to date.
            heard: says whether the broker has surely heard that a message is acknowledged.
        """
        self._known, self._heard = known, heard
        self._deliveries: dict[int, Delivery] = {}
        """Of what came by this connection; the broker may still send again what is known besides."""
        self._mistrust = 0

    def note(self, delivery: Delivery) -> None:
        """Remember a message that has been taken, and forget those of which the broker has heard."""
        if self._mistrust:
            self._mistrust -= 1
            return
        known, deliveries = self._known, self._deliveries
        known.pop(delivery.packet_id, None)
        known[delivery.packet_id] = _fingerprint(delivery)
        deliveries[delivery.packet_id] = delivery
        while (oldest := deliveries.get(next(iter(known)))) is not None and self._heard(oldest):
            del known[oldest.packet_id], deliveries[oldest.packet_id]

    def knows(self, delivery: Delivery) -> bool:
        """Say whether a message that arrives has been taken before."""
        known = self._known
        if not known:
            return False
        if not delivery.properties.get("dup"):
            self._something_new(delivery)
            return False
        if known.get(delivery.packet_id) != _fingerprint(delivery):
            return False
        self._deliveries[delivery.packet_id] = delivery
        return True

    def _something_new(self, delivery: Delivery) -> None:
        """Forget what the broker does not send again: it would have done so before.

        One that gives an identifier away that was just in use has heard the acknowledgement, and may do the same again
        before that is stored: then the next message under it could be taken for this one. Nothing is remembered for a
        while; a message may count twice, but none is lost.
        """
        known, deliveries = self._known, self._deliveries
        if len(deliveries) < len(known):
            for packet_id in known.keys() - deliveries.keys():
                del known[packet_id]
        if delivery.packet_id in known and not self._heard(deliveries[delivery.packet_id]):
            known.clear()
            deliveries.clear()
            self._mistrust = MISTRUST

    def connected(self, session_present: bool) -> None:
        """Hear of a new connection: what was acknowledged by the one before may come again, if the session goes on."""
        if session_present:
            self._deliveries = {id: one for id, one in self._deliveries.items() if not one.acknowledged}
        else:
            self._known.clear()
            self._deliveries.clear()


def _fingerprint(delivery: Delivery) -> int:
    return zlib.crc32(delivery.payload, zlib.crc32(delivery.topic.encode()))
