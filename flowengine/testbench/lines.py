"""Lines in from stdin and out to stdout, each by a thread of its own, so that neither ever holds the flow up.

What is bounded: `MOST_WAITING` commands and `MOST_UNWRITTEN` events may wait; then the other side of the pipe is made
to wait, respectively the flow.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

from flowengine.plain import to_plain

MOST_WAITING: Final = 10_000
MOST_UNWRITTEN: Final = 100_000
LONGEST_LINE: Final = 64 * 1024 * 1024
CHUNK: Final = 65_536

TOO_LONG: Final = b'"the line is longer than 64 MiB"'
"""Stands in for a line that is too long: JSON, but no command."""


def own_stdout() -> int:
    """Keep stdout for events: whatever else is printed, by nodes or by C libraries, goes to stderr from now on."""
    events = os.dup(1)
    os.dup2(2, 1)
    return events


class Lines:
    """Reads lines from a file descriptor. The loop that waits for them may change from one line to the next."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: deque[bytes] = deque()
        self._ended = False
        self._changed = threading.Condition()
        self._waiter: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    async def next(self) -> bytes | None:
        """Return the next line, or None at the end of the input."""
        while True:
            with self._changed:
                if self._lines:
                    line = self._lines.popleft()
                    if len(self._lines) == MOST_WAITING - 1:
                        self._changed.notify_all()
                    return line
                if self._ended:
                    return None
                loop = asyncio.get_running_loop()
                waiter: asyncio.Future[None] = loop.create_future()
                self._waiter = loop, waiter
            await waiter

    def _read(self) -> None:
        pieces: list[bytes] = []  # of a line whose end has not come yet
        length = 0
        while chunk := os.read(self._descriptor, CHUNK):
            first, *others = chunk.split(b"\n")
            length += len(first)
            if length <= LONGEST_LINE:
                pieces.append(first)
            if others:
                whole = b"".join(pieces) if length <= LONGEST_LINE else TOO_LONG
                self._add([whole, *others[:-1]])
                pieces, length = [others[-1]], len(others[-1])
        self._add([b"".join(pieces) if length <= LONGEST_LINE else TOO_LONG], ended=True)

    def _add(self, lines: list[bytes], ended: bool = False) -> None:
        with self._changed:
            self._lines.extend(lines)
            self._ended = ended
            if self._waiter is not None:
                loop, waiter = self._waiter
                self._waiter = None
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_wake, waiter)
            while len(self._lines) >= MOST_WAITING and not ended:
                self._changed.wait()


class Output:
    """Writes events; may be called from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._unwritten: list[str] = []
        self._closed = False
        self._changed = threading.Condition()
        self._writer = threading.Thread(target=self._write, name="stdout", daemon=True)

    def __enter__(self) -> Output:
        self._writer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what is left."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._writer.join()

    def send(self, event: str, **fields: Any) -> None:
        """Write one event; fields that are None are left out."""
        self.send_all(event, {name: value for name, value in fields.items() if value is not None})

    def send_all(self, event: str, fields: Mapping[str, Any]) -> None:
        """Write one event with all its fields."""
        line = json.dumps({"event": event, **to_plain(fields)}, separators=(",", ":"))
        with self._changed:
            while len(self._unwritten) >= MOST_UNWRITTEN and not self._closed:
                self._changed.wait()
            if not self._closed:
                self._unwritten.append(line)
                self._changed.notify_all()

    def _write(self) -> None:
        while True:
            with self._changed:
                while not self._unwritten and not self._closed:
                    self._changed.wait()
                lines, self._unwritten = self._unwritten, []
                self._changed.notify_all()
                if not lines:
                    return
            data = memoryview(("\n".join(lines) + "\n").encode())
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:  # nobody reads any more
                with self._changed:
                    self._closed = True
                    self._changed.notify_all()
                return


class LogEvents(logging.Handler):
    """Sends the engine's log as events."""

    LEVELS: Final = ((50, "fatal"), (40, "error"), (30, "warn"), (20, "info"), (10, "debug"), (0, "trace"))

    def __init__(self, output: Output) -> None:
        super().__init__()
        self.output = output
        self.types: Mapping[str, str] = {}
        """Node -> its type, of the flow that is loaded."""
        self.known: Mapping[str, tuple[str, str, str]] | None = None
        """Node -> its id, type and name in Node-RED, while flows of Node-RED are loaded; others are not told of."""

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        level = next(word for number, word in self.LEVELS if record.levelno >= number)
        node = getattr(record, "node", None)
        if self.known is None or (node is not None and record.name != "flowengine.flow"):
            self.show(level, node, record.getMessage())

    def show(self, level: str, node: str | None, text: str) -> None:
        """Send one line about a node, or about none."""
        if self.known is not None and node is not None and node in self.known:
            id, kind, name = self.known[node]
            self.output.send("log", level=level, node=id, type=kind, name=name or None, text=text)
            return
        self.output.send("log", level=level, node=node, type=self.types.get(node or ""), name=node, text=text)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
