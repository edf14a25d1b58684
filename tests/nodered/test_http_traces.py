"""A trace goes on through HTTP: taken from a request that comes in, given to the server that is asked."""

from __future__ import annotations

import asyncio
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flowengine.runtime.engine import Engine
from flowengine_nodes.nodered.http import HttpIn, HttpResponse
from flowengine_nodes.nodered.http_request import HttpRequest
from tests.engine.runtime.small_nodes import plan
from tests.engine.telemetry.collector import Collector
from tests.plants.mosquitto import free_port

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Asked(BaseHTTPRequestHandler):
    """Answers, and keeps the header."""

    heard: list[str] = []

    def do_GET(self) -> None:
        Asked.heard.append(self.headers.get("traceparent", ""))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[int]:
    Asked.heard.clear()
    with HTTPServer(("127.0.0.1", 0), Asked) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found.server_address[1]
        found.shutdown()
        thread.join()


def through(server: int, variables: dict[str, str]) -> None:
    """Send a request with a trace through a flow that asks the server."""
    port = free_port()

    async def main() -> None:
        engine = Engine(environment={"NODE_RED_HTTP_PORT": str(port)})
        await engine.start()
        nodes = {
            "in": (HttpIn, {"url": "/traced", "method": "get"}),
            "ask": (HttpRequest, {"url": f"http://127.0.0.1:{server}/"}),
            "out": HttpResponse,
        }
        await engine.deploy(plan(nodes, ["in ask", "ask out"]))
        request = urllib.request.Request(f"http://127.0.0.1:{port}/traced", headers={"Traceparent": PARENT})
        with await asyncio.to_thread(urllib.request.urlopen, request, timeout=60):
            pass
        await engine.stop(5)

    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        asyncio.run(main())


def test_the_server_that_is_asked_hears_of_our_span_in_the_trace_of_the_request(server: int) -> None:
    collector = Collector()
    try:
        through(server, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
        (root,) = [span for span in collector.until(4) if span.name == "test"]
    finally:
        collector.close()
    assert root.trace_id.hex() == PARENT[3:35]
    assert root.parent_span_id.hex() == PARENT[36:52]
    assert Asked.heard == [f"00-{PARENT[3:35]}-{root.span_id.hex()}-01"]


def test_where_nothing_is_traced_no_header_is_added(server: int) -> None:
    through(server, {})
    assert Asked.heard == [""]
