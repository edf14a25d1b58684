"""What we publish: packet identifiers, the window of unacknowledged messages, what waits, what is sent again.

MQTT 5.0 section 4.3 (QoS), 4.4 (sending again), 4.9 (flow control: Receive Maximum).

A write that cannot leave (the broker is away, its window or the transport is full) waits here, in order. Whoever
publishes gets a future for it, so what waits is bounded by how many futures the callers hold; with a `when_full` other
than "block" also by `max_queued`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final, Literal

from flowengine import BadData, NodeError, Refused, Retryable
from flowengine_nodes.mqtt.packets import DUPLICATE, PUBREL, RETAIN, acknowledge, acknowledged, publish
from flowengine_nodes.mqtt.reasons import FAILURE, QUOTA_EXCEEDED, reason

WhenFull = Literal["block", "drop-oldest", "drop-newest"]

EXACTLY_ONCE_IN_311: Final = 20
"""Messages at QoS 2 under way on 3.1.1, where a broker cannot say how many it takes; more than it takes and some
brokers get stuck for ever."""

IDENTIFIERS: Final = 60_000
"""Packet identifiers of messages end here; those above are for subscriptions, so that the two never meet."""

_QOS, _QOS_2 = 0x06, 0x04


class Limits:
    """What the broker takes, from its CONNACK."""

    def __init__(
        self, window: int = 65535, qos_2: int = 65535, qos: int = 2, retain: bool = True, size: int | None = None
    ) -> None:
        self.window, self.qos_2, self.qos, self.retain, self.size = window, qos_2, qos, retain, size
        self.special = qos < 2 or not retain or size is not None

    def refuse(self, write: Write) -> NodeError | None:
        """Say why the broker would close the connection over this message, or None."""
        if (write.first & _QOS) >> 1 > self.qos:
            return Refused(f"this broker takes at most QoS {self.qos}; set qos to that")
        if write.first & RETAIN and not self.retain:
            return Refused("this broker keeps no retained messages; set retain to false")
        size = 9 + len(write.topic) + len(write.properties) + len(write.payload)
        if self.size is not None and size > self.size:
            return BadData(f"a message of {size} bytes; this broker takes at most {self.size}")
        return None


class Write:
    """One message on its way out; `done` is resolved when the broker has taken it over."""

    __slots__ = ("done", "first", "payload", "properties", "released", "topic")

    def __init__(self, first: int, topic: bytes, properties: bytes, payload: bytes, done: asyncio.Future[None]) -> None:
        self.first, self.topic, self.properties, self.payload, self.done = first, topic, properties, payload, done
        self.released = False  # QoS 2: the broker has it, PUBREL is on its way

    def finish(self, error: NodeError | None = None) -> None:
        """Resolve the future; whoever waited may have gone."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class Outgoing:
    """The publishing half of a session; it outlives connections."""

    def __init__(self, max_queued: int = 1000, when_full: WhenFull = "block") -> None:
        self.in_flight: dict[int, Write] = {}
        """Sent and not acknowledged, by packet identifier, in the order sent."""
        self.waiting: deque[Write] = deque()
        self._max_queued, self._when_full = max_queued, when_full
        self._send: Callable[[bytes], None] = _nowhere
        self._limits = Limits()
        self._open = False
        self._straight = False  # nothing in the way: open, no special limits, nobody waits
        self._exact = 0  # of those in flight, at QoS 2
        self._last_id = 0

    def publish(self, first: int, topic: bytes, properties: bytes, payload: bytes) -> asyncio.Future[None] | None:
        """Send a message, now or when there is room; None: it has left, at QoS 0.

        Args:
            first: the first byte of the PUBLISH: 0x30 with its QoS and retain bits.
            topic: encoded, with its length in front.
            properties: encoded, with their length in front; empty for 3.1.1.
            payload: as it is.

        Returns:
            A future that raises Refused, BadData or Retryable when the broker did not take the message.
        """
        if self._straight:
            qos = first & _QOS
            if not qos:
                self._send(publish(first, topic, 0, properties, payload))
                return None
            if self._has_room(qos):
                write = Write(first, topic, properties, payload, asyncio.get_running_loop().create_future())
                self._launch(write)
                return write.done
        write = Write(first, topic, properties, payload, asyncio.get_running_loop().create_future())
        self._wait(write)
        return write.done

    def connected(self, send: Callable[[bytes], None], limits: Limits, session_present: bool) -> None:
        """Send again what was under way, then what waits. Without a session at the broker all of it is new to it."""
        self._send, self._limits, self._open = send, limits, True
        again = list(self.in_flight.items())
        self.in_flight = {}
        self._exact = 0
        held_back: list[Write] = []
        for packet_id, write in again:
            write.released = write.released and session_present
            if held_back or not self._has_room(write.first & _QOS):
                held_back.append(write)  # the broker has become narrower
                continue
            self.in_flight[packet_id] = write
            self._exact += write.first & _QOS == _QOS_2
            if write.released:
                send(acknowledge(PUBREL, packet_id))
            else:
                first = write.first | (DUPLICATE if session_present else 0)
                send(publish(first, write.topic, packet_id, write.properties, write.payload))
        self.waiting.extendleft(reversed(held_back))
        self._pump()

    def disconnected(self) -> None:
        """Hold everything back from now on."""
        self._send, self._open, self._straight = _nowhere, False, False

    def transport_full(self, full: bool) -> None:
        """Hold new messages back while the transport has more than enough to send."""
        if self._send is _nowhere:
            return
        self._open = not full
        self._pump()

    def abandon(self, why: str) -> None:
        """Give up everything that waits or is under way."""
        for write in [*self.in_flight.values(), *self.waiting]:
            write.finish(Retryable(why))
        self.in_flight.clear()
        self.waiting.clear()

    @property
    def expects_answers(self) -> bool:
        """Whether something is under way that the broker has still to acknowledge."""
        return bool(self.in_flight)

    def on_puback(self, first: int, data: bytes, start: int, end: int) -> None:
        """Take a PUBACK or PUBCOMP: the message has been delivered, or refused."""
        packet_id, code = acknowledged(data, start, end)
        write = self.in_flight.pop(packet_id, None)
        if write is None:
            return
        if write.first & _QOS == _QOS_2:
            self._exact -= 1
        write.finish() if code < FAILURE else write.finish(_refusal(code, write.topic))
        if self.waiting:
            self._pump()

    def on_pubrec(self, first: int, data: bytes, start: int, end: int) -> None:
        """Take a PUBREC: at QoS 2 the broker has the message; a refusal ends it."""
        packet_id, code = acknowledged(data, start, end)
        if code >= FAILURE:
            self.on_puback(first, data, start, end)
            return
        write = self.in_flight.get(packet_id)
        if write is not None:
            write.released = True
        self._send(acknowledge(PUBREL, packet_id))

    def _has_room(self, qos: int) -> bool:
        limits = self._limits
        return len(self.in_flight) < limits.window and (qos != _QOS_2 or self._exact < limits.qos_2)

    def _launch(self, write: Write) -> None:
        packet_id = self._last_id
        while True:
            packet_id = packet_id % IDENTIFIERS + 1
            if packet_id not in self.in_flight:
                break
        self._last_id = packet_id
        self.in_flight[packet_id] = write
        if write.first & _QOS == _QOS_2:
            self._exact += 1
        self._send(publish(write.first, write.topic, packet_id, write.properties, write.payload))

    def _wait(self, write: Write) -> None:
        self._straight = False
        self.waiting.append(write)
        self._pump()
        if self._when_full == "block" or len(self.waiting) <= self._max_queued:
            return
        dropped = self.waiting.pop() if self._when_full == "drop-newest" else self.waiting.popleft()
        dropped.finish(Refused(f"{self._max_queued} messages wait for the broker already (max_queued); dropped"))

    def _pump(self) -> None:
        """Send what waits, in order, as far as there is room."""
        waiting = self.waiting
        while waiting and self._open:
            write = waiting[0]
            qos = write.first & _QOS
            if write.done.done():  # cancelled by whoever asked
                waiting.popleft()
            elif self._limits.special and (refusal := self._limits.refuse(write)) is not None:
                waiting.popleft().finish(refusal)
            elif not qos:
                waiting.popleft()
                self._send(publish(write.first, write.topic, 0, write.properties, write.payload))
                write.finish()
            elif self._has_room(qos):
                self._launch(waiting.popleft())
            else:
                break
        self._straight = self._open and not waiting and not self._limits.special

    def unacknowledged(self, most: int) -> list[asyncio.Future[None]]:
        """Return the futures of messages under way, at most so many: for a last wait before closing."""
        return [write.done for write in islice(self.in_flight.values(), most)]


def _refusal(code: int, topic: bytes) -> NodeError:
    said = f"the broker refused the message for '{topic[2:].decode()[:80]}': {reason(code)}"
    return Retryable(said) if code == QUOTA_EXCEEDED else Refused(said)


def _nowhere(packet: bytes) -> None:
    raise AssertionError("nothing is sent while there is no connection")
