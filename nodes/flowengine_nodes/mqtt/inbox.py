"""Messages between the socket and the flow: bounded, and with the acknowledgement each of them still owes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, Protocol

from flowengine import BadData, Message
from flowengine_nodes.mqtt.incoming import Delivery
from flowengine_nodes.mqtt.recognition import Recognition
from flowengine_nodes.mqtt.repeats import Repeats
from flowengine_nodes.mqtt.routes import Wish

WhenFull = Literal["block", "drop-oldest", "drop-newest"]

TAKEN_AT_ONCE: Final = 1000


class Tap(Protocol):
    """What an inbox asks of its client."""

    def hold(self, inbox: object) -> bool:
        """Stop reading from the broker; False if that must not be now, because answers are awaited."""

    def let_go(self, inbox: object) -> None:
        """Read on."""

    def settle(self) -> None:
        """Acknowledge what is finished."""


class Inbox:
    """Listens to some filters; what comes is taken in batches.

    Messages at QoS 1 and 2 are bounded by the window that the broker keeps to. Those at QoS 0 by `size` and what one
    read from the socket brings: then reading stops ("block"), or messages are dropped and counted.
    """

    def __init__(
        self,
        wishes: Sequence[Wish],
        *,
        tap: Tap,
        decode: Callable[[bytes], Any],
        now: Callable[[], float],
        fail: Callable[[Exception, Message], None],
        on_subscribed: Callable[[str, str], None],
        recognition: Recognition,
        repeats: Repeats | None = None,
        size: int = 1000,
        when_full: WhenFull = "block",
    ) -> None:
        self.wishes = wishes
        self.dropped = 0
        """Messages at QoS 0 dropped because the flow was too slow."""
        self.subscribed = on_subscribed
        self._tap, self._decode, self._now, self._fail = tap, decode, now, fail
        self._size, self._when_full = size, when_full
        self._recognition, self._repeats = recognition, repeats
        self._waiting: deque[Message] = deque()
        self._owed: dict[int, Delivery] = {}  # by the identity of the message object
        self._wake: asyncio.Future[None] | None = None
        self._full = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, topic: str, payload: bytes, properties: dict[str, Any], delivery: Delivery | None) -> None:
        """Take a message that has just arrived."""
        waiting = self._waiting
        if delivery is None and len(waiting) >= self._size and not self._make_room():
            return
        if (delivery is not None and self._recognition.knows(delivery)) or (
            self._repeats is not None and self._repeats.repeated(properties)
        ):
            if delivery is not None:
                delivery.busy -= 1
                self._tap.settle()
            return
        try:
            value = self._decode(payload)
        except BadData as error:
            self._fail(error, Message(payload, topic, self._now(), "bad", "", properties))
            if delivery is not None:
                delivery.busy -= 1
                self._tap.settle()
            return
        msg = Message(value, topic, self._now(), "good", "", properties)
        if delivery is not None:
            self._owed[id(msg)] = delivery
        waiting.append(msg)
        wake = self._wake
        if wake is not None:
            self._wake = None
            if not wake.done():
                wake.set_result(None)

    async def take(self) -> list[Message]:
        """Wait for messages and return all that are there, at most 1000."""
        waiting = self._waiting
        while not waiting:
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        if len(waiting) <= TAKEN_AT_ONCE:
            batch = list(waiting)
            waiting.clear()
        else:
            batch = [waiting.popleft() for _ in range(TAKEN_AT_ONCE)]
        if self._full and len(waiting) <= self._size // 2:
            self._full = False
            self._tap.let_go(self)
        return batch

    def connected(self, session_present: bool) -> None:
        """Hear of a new connection, and whether the broker's session goes on."""
        self._recognition.connected(session_present)

    def taken(self, messages: Sequence[Message]) -> None:
        """Note messages that `take` gave out as the flow's, in case that they come again."""
        owed, note = self._owed, self._recognition.note
        if self._repeats is not None:
            for msg in messages:
                self._repeats.taken(msg.properties)
        if not owed:
            return
        for msg in messages:
            delivery = owed.get(id(msg))
            if delivery is not None:
                note(delivery)

    def done(self, messages: Sequence[Message]) -> None:
        """Acknowledge messages that `take` gave out."""
        owed = self._owed
        if not owed:
            return
        for msg in messages:
            delivery = owed.pop(id(msg), None)
            if delivery is not None:
                delivery.busy -= 1
        self._tap.settle()

    def close(self) -> list[Delivery]:
        """Return what is not acknowledged, in the order it came."""
        unfinished = list(self._owed.values())
        self._owed.clear()
        self._waiting.clear()
        if self._full:
            self._full = False
            self._tap.let_go(self)
        return unfinished

    def _make_room(self) -> bool:
        """Do what the policy says about one message at QoS 0 too many; False: it is dropped."""
        if self._when_full == "block":
            self._full = True
            if self._tap.hold(self):
                return True  # the rest of what the socket had given already
        self.dropped += 1
        if self._when_full == "drop-newest":
            return False
        for place, msg in enumerate(self._waiting):
            if id(msg) not in self._owed:
                del self._waiting[place]
                return True
        return False
