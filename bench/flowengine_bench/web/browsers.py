"""Browsers as far as the server can tell: `python -m flowengine_bench.web.browsers PORT COOKIE CSRF COUNT`.

Each opens the live stream, watches the flow and the debug stream, and counts what comes. One line on stdout says when
all are open; from then on one line a second says how many frames and bytes came.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import sys
import time
from typing import Any

FLOW = "values"


def say(**report: Any) -> None:
    """Write a report."""
    sys.stdout.write("@bench " + json.dumps(report) + "\n")
    sys.stdout.flush()


def open_stream(port: int, cookie: str, csrf: str) -> socket.socket:
    """Open one stream and say what it is to carry."""
    line = socket.create_connection(("127.0.0.1", port), 30)
    line.sendall(f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
    text = b""
    while b'"stream":"' not in text or not text.endswith(b"\n"):
        text += line.recv(65_536)
    stream = text.partition(b'"stream":"')[2].partition(b'"')[0].decode()
    body = json.dumps({"flows": [FLOW], "debug": True})
    request = (
        f"PUT /api/streams/{stream} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Cookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    with socket.create_connection(("127.0.0.1", port), 30) as other:
        other.sendall(request.encode())
        if b" 200 " not in other.recv(65_536):
            raise RuntimeError("the server did not take what is to be watched")
    line.setblocking(False)
    return line


def main(arguments: list[str]) -> None:
    """Read until killed, behind the engine: real browsers run on other computers and take no core from it."""
    os.nice(10)
    port, cookie, csrf, count = int(arguments[0]), arguments[1], arguments[2], int(arguments[3])
    selector = selectors.DefaultSelector()
    for _ in range(count):
        selector.register(open_stream(port, cookie, csrf), selectors.EVENT_READ)
    say(event="open")
    frames = size = 0
    began = time.monotonic()
    while True:
        for key, _ in selector.select(0.5):
            found = key.fileobj.recv(262_144)  # type: ignore[union-attr]  # all are sockets
            frames += found.count(b"event: ")
            size += len(found)
        now = time.monotonic()
        if now - began >= 1:
            say(event="read", frames=frames / (now - began) / count, size=size / (now - began))
            frames, size, began = 0, 0, now


if __name__ == "__main__":
    main(sys.argv[1:])
