"""What is published to us: acknowledged when the flow has finished with it, in the order it came.

MQTT 5.0 section 4.3 (QoS) and 4.6 (acknowledgements in order). Only the broker keeps what is not acknowledged: it sends
it again after a reconnect. What is then still in the flow is recognised by its identifier and not handed out twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from flowengine_nodes.mqtt.packets import DUPLICATE, PUBACK, PUBCOMP, PUBREC, acknowledge, acknowledged
from flowengine_nodes.mqtt.wire import Malformed

ASK_AFTER: Final = 256
"""Acknowledgements after which the broker is asked, by a ping, whether it has heard them."""


class Delivery:
    """One message from the broker and how many nodes are still busy with it; packet id 0 at QoS 0."""

    __slots__ = ("acknowledged", "busy", "packet_id", "payload", "properties", "qos", "topic")

    def __init__(self, packet_id: int, qos: int, topic: str, payload: bytes, properties: dict[str, Any]) -> None:
        self.packet_id, self.qos = packet_id, qos
        self.topic, self.payload, self.properties = topic, payload, properties
        self.busy = 0
        self.acknowledged = 0
        """The number of its acknowledgement; 0: it has none yet."""


class Incoming:
    """The receiving half of a session; it outlives connections."""

    def __init__(self) -> None:
        self._send: Callable[[bytes], None] | None = None
        self._order: deque[Delivery] = deque()
        self._again: dict[int, Delivery] = {}
        self._received: set[int] = set()  # QoS 2: answered with PUBREC, not yet released by the broker
        self._ping: Callable[[], None] = lambda: None
        self._sent = self._heard = 0  # acknowledgements: so many have been sent, of so many the broker has heard
        self._pings: deque[int] = deque()  # how many had been sent at each ping that is not answered yet

    @property
    def unacknowledged(self) -> int:
        """How many messages of the present connection are not acknowledged."""
        return len(self._order)

    def connected(
        self, send: Callable[[bytes], None], session_present: bool, ping: Callable[[], None] = lambda: None
    ) -> None:
        """Begin anew: what was not acknowledged will come again, if the broker has kept the session."""
        self._send, self._ping = send, ping
        self._pings.clear()
        self._heard = self._sent
        self._again = {delivery.packet_id: delivery for delivery in self._order} if session_present else {}
        self._order.clear()
        if not session_present:
            self._received.clear()

    def disconnected(self) -> None:
        """Acknowledge nothing until the next connection."""
        self._send = None

    def accept(
        self, first: int, packet_id: int, topic: str, payload: bytes, properties: dict[str, Any]
    ) -> Delivery | None:
        """Take a message at QoS 1 or 2; None: the flow has it already.

        Raises:
            Malformed: packet id 0, or QoS 3.
        """
        qos = first >> 1 & 3
        if not packet_id or qos == 3:
            raise Malformed(f"a PUBLISH with packet identifier {packet_id} and QoS {qos}")
        if qos == 2 and packet_id in self._received:
            self._acknowledge(PUBREC, packet_id)
            return None
        if first & DUPLICATE and self._again:
            known = self._again.pop(packet_id, None)
            if known is not None and known.qos == qos and known.topic == topic:
                self._order.append(known)
                self.settle()
                return None
        delivery = Delivery(packet_id, qos, topic, payload, properties)
        self._order.append(delivery)
        return delivery

    def settle(self) -> None:
        """Acknowledge what is finished and has nothing unfinished before it."""
        order = self._order
        while order and not order[0].busy:
            if self._send is None:
                return
            delivery = order.popleft()
            self._sent += 1
            delivery.acknowledged = self._sent
            if delivery.qos == 1:
                self._send(acknowledge(PUBACK, delivery.packet_id))
            else:
                self._received.add(delivery.packet_id)
                self._send(acknowledge(PUBREC, delivery.packet_id))
        if self._sent - self._heard >= ASK_AFTER and not self._pings:
            self._ping()

    def pinged(self) -> None:
        """Hear that a ping has been sent."""
        self._pings.append(self._sent)

    def on_pingresp(self, first: int, data: bytes, start: int, end: int) -> None:
        """Take a PINGRESP: the broker has read everything that was sent before the ping."""
        if self._pings:
            self._heard = self._pings.popleft()

    def heard(self, delivery: Delivery) -> bool:
        """Say whether the broker has surely heard that a message is acknowledged."""
        return 0 < delivery.acknowledged <= self._heard

    def on_pubrel(self, first: int, data: bytes, start: int, end: int) -> None:
        """Take a PUBREL: at QoS 2 the broker has heard our PUBREC; the identifier is free."""
        packet_id, _ = acknowledged(data, start, end)
        self._received.discard(packet_id)
        self._acknowledge(PUBCOMP, packet_id)

    def _acknowledge(self, kind: int, packet_id: int) -> None:
        if self._send is not None:
            self._send(acknowledge(kind, packet_id))
