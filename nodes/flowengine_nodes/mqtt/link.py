"""One TCP connection: bytes in, bytes out, signs of life. It knows packets, but not what they mean."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from flowengine_nodes.mqtt.packets import PING, disconnect
from flowengine_nodes.mqtt.wire import Malformed, PacketFunction, PacketStream

SENT_AT_ONCE: Final = 64
"""Packets collected before they are handed to the transport without waiting for the end of the loop's round."""

SEND_BUFFER: Final = 256 * 1024
"""Bytes that the transport may hold before writers have to wait."""


class Link(asyncio.Protocol):
    """Collects what is sent within one round of the loop into one write: a system call for many packets."""

    def __init__(
        self,
        functions: Sequence[PacketFunction],
        *,
        version: int,
        largest: int,
        on_full: Callable[[bool], None],
        on_ping: Callable[[], None] = lambda: None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = self._loop.create_future()
        """Resolved when the connection is gone, with the reason (empty: the other side just closed it)."""
        self._stream = PacketStream(functions, largest)
        self._version = version
        self._on_full, self._on_ping = on_full, on_ping
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._flush_due = False
        self._why = ""
        self._paused = False
        self._tick: asyncio.TimerHandle | None = None
        self._heard = self._said = 0.0
        self._pinged: float | None = None

    @property
    def ssl_object(self) -> Any:
        """What is known of the encryption; None: there is none."""
        return self._transport.get_extra_info("ssl_object") if self._transport is not None else None

    # From the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; the loop has set TCP_NODELAY already, as all loops do since Python 3.6."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(SEND_BUFFER)
        self._heard = self._said = self._loop.time()

    def data_received(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._why:
            return  # after an offence nothing more is looked at
        self._heard = self._loop.time()
        try:
            self._stream.feed(data)
        except Malformed as error:
            self.refuse(error)

    def pause_writing(self) -> None:
        """The broker reads too slowly."""
        self._on_full(True)

    def resume_writing(self) -> None:
        """The broker has caught up."""
        self._on_full(False)

    def connection_lost(self, error: Exception | None) -> None:
        """The end."""
        if self._tick is not None:
            self._tick.cancel()
        self._transport = None
        self._out.clear()
        if not self.ended.done():
            self.ended.set_result(self._why or (str(error) if error else ""))

    # To the other side

    def send(self, packet: bytes) -> None:
        """Send a packet with all others of this round of the loop."""
        out = self._out
        out.append(packet)
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush_later)
        elif len(out) >= SENT_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Hand to the transport what has been collected."""
        if self._out and self._transport is not None:
            self._transport.write(b"".join(self._out))
            self._out.clear()
            self._said = self._loop.time()

    def _flush_later(self) -> None:
        self._flush_due = False
        self.flush()

    def pause_reading(self) -> None:
        """Take nothing more for now: the broker has to wait."""
        if self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if self._transport is not None and self._paused:
            self._paused = False
            self._heard, self._pinged = self._loop.time(), None
            self._transport.resume_reading()

    # The end, from our side

    def refuse(self, error: Malformed) -> None:
        """Close because the other side broke the rules; MQTT 5 tells it why."""
        self._why = f"the broker sent what MQTT does not allow: {error}"
        if self._version == 5:
            self.send(disconnect(5, error.code))
            self.flush()
        if self._transport is not None:
            self._transport.close()  # once the reason has left
            self._loop.call_later(1.0, self.drop)

    def drop(self, why: str = "") -> None:
        """Close at once, without a goodbye."""
        self._why = self._why or why
        if self._transport is not None:
            self._transport.abort()

    async def close(self, goodbye: bytes, patience: float) -> None:
        """Send a last packet and wait, at most `patience` seconds, for the broker to close the connection.

        It does so when it has read everything: were we to close first and come back at once, it might meet our next
        connection before our last acknowledgements.
        """
        self.resume_reading()
        self.send(goodbye)
        self.flush()
        await asyncio.wait([self.ended], timeout=patience)
        self.drop()
        await self.ended

    # Signs of life

    def ping(self) -> None:
        """Ask for an answer."""
        self._on_ping()
        self.send(PING)

    def keep_alive(self, seconds: float) -> None:
        """Ping when it is quiet; drop the connection when nothing answers, 1.5 times `seconds` after the last sign."""
        if seconds > 0:
            self._tick = self._loop.call_later(seconds / 4, self._look, seconds)

    def _look(self, keepalive: float) -> None:
        now = self._loop.time()
        if self._pinged is not None and self._heard >= self._pinged:
            self._pinged = None
        if self._pinged is not None and now - self._pinged >= keepalive / 2 and not self._paused:
            self.drop(f"the broker has not answered for {now - self._heard:.1f} s")
            return
        if now - self._said >= keepalive / 2 or now - self._heard >= keepalive / 2:
            if self._pinged is None:
                self._pinged = now
                self.ping()
            elif now - self._said >= keepalive / 2:
                self.ping()  # reading is paused: we hear nothing, the broker must still hear us
        self._tick = self._loop.call_later(keepalive / 4, self._look, keepalive)
