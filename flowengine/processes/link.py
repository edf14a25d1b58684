"""Frames between two processes, over one stream socket: events, and requests with their answers.

A frame is its length in four bytes and a MessagePack array: a number (0: an event, above: a request, below: the answer
to that request) and a body, one of the structs that both ends know. Nothing that is read is ever run: no pickle.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import inspect
import logging
import socket
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec

from flowengine.errors import (
    BadData,
    DeployFailed,
    FlowEngineError,
    NotAllowed,
    NotFound,
    Refused,
    Retryable,
    StoreUnavailable,
    TooLarge,
)
from flowengine.store.packing import extension, pack_value
from flowengine.telemetry.preview import preview

LOG = logging.getLogger("flowengine.link")

LONGEST: Final = 256 * 1024 * 1024
"""Bytes of one frame; a longer one means that the other end is broken."""

FULL: Final = 256 * 1024
"""Bytes that wait to be written, beyond which what may be left out is left out."""


class Frame(msgspec.Struct, array_like=True, tag=True, gc=False):
    """Base of all bodies."""


class Done(Frame):
    """The answer to a request."""

    value: Any = None


class Wrong(Frame):
    """The answer to a request that failed."""

    kind: str
    """The error's class."""
    text: str


class Cancel(Frame):
    """Nobody waits for the answer to a request any more."""

    number: int


class LinkLost(Exception):
    """The other end is gone."""


_ERRORS: Final = {
    error.__name__: error
    for error in (BadData, Refused, Retryable, NotFound, NotAllowed, DeployFailed, StoreUnavailable, TooLarge)
}

Hear = Callable[[Any], None]
Answer = Callable[[Any], Any]
"""Returns the answer to a request, or what has to be awaited for it."""


def decoder_of(*frames: type[Frame]) -> msgspec.msgpack.Decoder[Any]:
    """Return what reads frames with these bodies, and answers."""
    union: Any = Done | Wrong | Cancel
    for frame in frames:
        union = union | frame
    return msgspec.msgpack.Decoder(tuple[int, union], ext_hook=extension)


class Link(asyncio.Protocol):
    """One end. It belongs to the loop that `open` was called on."""

    def __init__(
        self,
        decoder: msgspec.msgpack.Decoder[Any],
        hear: Hear,
        answer: Answer | None = None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what is done with what comes.

        Args:
            decoder: reads the other end's frames.
            hear: hears each event.
            answer: answers each request.
            lost: called once when the other end is gone.
        """
        self._decoder = decoder
        self._hear, self._answer, self._lost = hear, answer, lost
        self._encoder = msgspec.msgpack.Encoder(enc_hook=_shown)
        self._transport: asyncio.Transport | None = None
        self._read = bytearray()
        self._last = 0
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._answering: dict[int, asyncio.Task[None]] = {}
        self._unread = 0
        self.closed = False

    async def open(self, end: socket.socket) -> None:
        """Begin to read and write on one end of a socket pair, which is the link's from now on."""
        end.setblocking(False)
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=end)

    def close(self) -> None:
        """Close the connection; requests under way fail."""
        if self._transport is not None:
            self._transport.close()
        self._end()

    @property
    def full(self) -> bool:
        """Whether so much waits to be written that what may be left out should be."""
        return self._transport is not None and self._transport.get_write_buffer_size() > FULL

    # --- speaking ---

    def tell(self, event: Frame) -> None:
        """Send an event; forgotten if the other end is gone."""
        self._write(0, event)

    async def ask(self, request: Frame) -> Any:
        """Send a request and return its answer; when the caller is cancelled the other end hears of it.

        Raises:
            LinkLost: the other end is gone.
            FlowEngineError: what the other end raised, as the same class.
        """
        if self.closed:
            raise LinkLost("the other process is gone")
        self._last += 1
        number = self._last
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._write(number, request)
        try:
            return await answer
        except asyncio.CancelledError:
            self._write(0, Cancel(number))
            raise
        finally:
            self._asked.pop(number, None)

    def _write(self, number: int, body: Frame) -> None:
        if self.closed or self._transport is None:
            return
        try:
            data = self._encoder.encode((number, body))
        except OverflowError:  # an integer beyond 64 bits
            data = pack_value(msgspec.to_builtins((number, body), builtin_types=(bytes,), enc_hook=_shown))
        self._transport.write(len(data).to_bytes(4, "big") + data)

    # --- hearing ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own does not inherit from it

    def data_received(self, data: bytes) -> None:
        """Take in what has come."""
        read = self._read
        read += data
        start, end = 0, len(read)
        while end - start >= 4 and not self.closed:
            length = int.from_bytes(read[start : start + 4], "big")
            if length > LONGEST:
                LOG.error("a frame of %d bytes: the other process is broken", length)
                self.close()
                return
            if end - start - 4 < length:
                break
            frame = bytes(read[start + 4 : start + 4 + length])
            start += 4 + length
            self._take(frame)
        del read[:start]

    def _take(self, frame: bytes) -> None:
        try:
            number, body = self._decoder.decode(frame)
        except msgspec.DecodeError as error:
            if not self._unread:  # an end that is broken, or hostile, must not fill the log
                LOG.error("a frame that cannot be read is left out, and so is each that follows: %s", error)
            self._unread += 1
            return
        if number > 0:
            self._answering[number] = asyncio.ensure_future(self._answer_one(number, body))
        elif number < 0:
            answer = self._asked.get(-number)
            if answer is not None and not answer.done():
                if isinstance(body, Wrong):
                    answer.set_exception(error_of(body))
                else:
                    answer.set_result(body.value)
        elif isinstance(body, Cancel):
            task = self._answering.get(body.number)
            if task is not None:
                task.cancel()
        else:
            try:
                self._hear(body)
            except Exception:
                LOG.exception("%s was not dealt with", type(body).__name__)

    async def _answer_one(self, number: int, request: Frame) -> None:
        try:
            assert self._answer is not None
            value = self._answer(request)
            if inspect.isawaitable(value):
                value = await value
            self._write(-number, Done(value))
        except asyncio.CancelledError:
            self._write(-number, Wrong("CancelledError", "it was given up"))
        except Exception as error:
            if not isinstance(error, FlowEngineError):
                LOG.debug("%s failed", type(request).__name__, exc_info=error)
            self._write(-number, Wrong(type(error).__name__, str(error) or type(error).__name__))
        finally:
            self._answering.pop(number, None)

    def connection_lost(self, error: Exception | None) -> None:
        """Hear that the other end is gone."""
        self._end()

    def _end(self) -> None:
        if self.closed:
            return
        self.closed = True
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(LinkLost("the other process is gone"))
                with contextlib.suppress(asyncio.InvalidStateError):
                    answer.exception()  # whoever waits hears of it all the same
        for task in list(self._answering.values()):
            task.cancel()
        self._lost()


def error_of(wrong: Wrong) -> Exception:
    """Return what was raised at the other end, as the same class where both know it."""
    known: Any = _ERRORS.get(wrong.kind) or getattr(builtins, wrong.kind, None)
    if isinstance(known, type) and issubclass(known, Exception) and not issubclass(known, UnicodeError):
        return known(wrong.text)
    return RuntimeError(wrong.text)


def _shown(value: Any) -> Any:
    """Return a text in place of a value that cannot be encoded: an object of some library."""
    return preview(value).value
