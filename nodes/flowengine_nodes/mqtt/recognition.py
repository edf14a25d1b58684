"""Recognises what the broker sends again although the flow has it: its acknowledgement did not arrive.

A broker that has not heard an acknowledgement sends the message again when the session goes on, marked as a duplicate
and under the same packet identifier (MQTT 5.0 section 4.4, 3.1.1 the same). It cannot be more than as many as it may
have unacknowledged, and they are the last: so many fingerprints are remembered, in the state of the node.
"""

from __future__ import annotations

import zlib

from flowengine_nodes.mqtt.incoming import Delivery


class Recognition:
    """The last messages that were taken, by their packet identifiers."""

    def __init__(self, known: dict[int, int], most: int) -> None:
        """Go on with what was remembered.

        Args:
            known: packet identifier -> fingerprint, in the order in which they came; kept up to date.
            most: how many the broker may have unacknowledged.
        """
        self._known, self._most = known, most
        self._mistrust = 0
        """Messages still to come before anything is remembered again."""

    def note(self, delivery: Delivery) -> None:
        """Remember a message that has been taken."""
        if self._mistrust:
            self._mistrust -= 1
            return
        known = self._known
        known.pop(delivery.packet_id, None)
        known[delivery.packet_id] = _fingerprint(delivery)
        if len(known) > self._most:
            del known[next(iter(known))]

    def knows(self, delivery: Delivery) -> bool:
        """Say whether a message that arrives has been taken before.

        A broker that gives the identifier of one of the last messages to a new one has heard our acknowledgement, and
        gives identifiers away again at once: a message like the one before could then be taken for it. With such a
        broker nothing is remembered.
        """
        if not self._known:
            return False
        if not delivery.properties.get("dup"):
            if delivery.packet_id in self._known:
                self._known.clear()
                self._mistrust = self._most
            return False
        return self._known.get(delivery.packet_id) == _fingerprint(delivery)

    def forget(self) -> None:
        """Forget everything: the broker's session is a new one."""
        self._known.clear()


def _fingerprint(delivery: Delivery) -> int:
    return zlib.crc32(delivery.payload, zlib.crc32(delivery.topic.encode()))
