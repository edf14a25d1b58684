"""The same server over TLS, by cheroot: an extra, loaded only when a certificate is given."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path
from typing import Any

from flowengine_web.body import MIB, MOST
from flowengine_web.server import THREADS, Application

SLOW = 30
"""Seconds after which a connection whose other side takes nothing is closed."""


class TlsServer:
    """Cheroot with a certificate."""

    def __init__(self, app: Application, listening: socket.socket, certificate: Path, key: Path) -> None:
        """Take a certificate that has been found to be sound (see `WebSettings.check`)."""
        from cheroot.ssl.builtin import BuiltinSSLAdapter
        from cheroot.wsgi import Server as CherootServer

        adapter = BuiltinSSLAdapter(str(certificate), str(key))
        adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
        host, port = listening.getsockname()[:2]
        self._server: Any = CherootServer(
            (host, port),
            app,
            numthreads=THREADS,
            max=THREADS,
            timeout=SLOW,
            shutdown_timeout=5,
            server_name="flowengine",
        )
        self._server.ssl_adapter = adapter
        self._server.max_request_body_size = max(MOST.values()) + MIB
        self._server.max_request_header_size = 64 * 1024
        setattr(self._server, "error_log", _quiet)  # noqa: B010 - so the library wants it
        listening.close()  # cheroot binds for itself; the address has been found to be free
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._server.prepare()
        self._thread.start()

    def stop(self) -> None:
        """Stop after requests under way have had a few seconds."""
        self._server.stop()
        self._thread.join(5)

    def _serve(self) -> None:
        self._server.serve()


def _quiet(msg: str = "", level: int = 20, traceback: bool = False) -> None:
    """Say nothing of clients that hang up or speak no TLS: anybody could fill the log."""
