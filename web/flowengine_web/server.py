"""The server: waitress in threads of its own, never in the way of the engine's loop."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from typing import Any, Final, Protocol

from flowengine_web.body import MIB, MOST
from flowengine_web.listening import STALLED, socket_options

THREADS: Final = 64
"""Each open stream holds one; see hub.MOST_STREAMS."""
BUFFERED: Final = 256 * 1024
"""Bytes that wait for one slow reader; beyond it the thread waits and the stream drops what is old."""

Application = Callable[..., Any]


class Server(Protocol):
    """A running server."""

    def start(self) -> None:
        """Begin to answer."""

    def stop(self) -> None:
        """Stop; streams must have been closed before."""


class PlainServer:
    """Waitress over plain HTTP."""

    def __init__(self, app: Application, listening: socket.socket, stalled: int = STALLED) -> None:
        import waitress.server

        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that requests queue is no news in the log
        self._sockets: dict[int, Any] = {}
        self._server: Any = waitress.server.create_server(
            app,
            map=self._sockets,
            sockets=[listening],
            threads=THREADS,
            ident="",
            outbuf_high_watermark=BUFFERED,
            outbuf_overflow=4 * MIB,  # what is bounded by the line above never goes to a file
            max_request_body_size=max(MOST.values()) + MIB,
            max_request_header_size=64 * 1024,
            connection_limit=500,
            channel_timeout=120,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
            expose_tracebacks=False,
            log_socket_errors=False,  # who hangs up, or takes nothing, is no news
        )
        self._server.adj.socket_options = socket_options(stalled)
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Let requests under way finish for a few seconds, then close all."""
        from waitress import wasyncore

        self._server.task_dispatcher.shutdown(timeout=5)
        pulled = threading.Event()

        def close() -> None:
            pulled.wait(5)  # another wake-up may run this before our own pull has been written into the trigger
            wasyncore.close_all(self._sockets, ignore_all=True)

        self._server.trigger.pull_trigger(close)
        pulled.set()
        self._thread.join(5)
