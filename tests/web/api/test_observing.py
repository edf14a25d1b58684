"""Metrics, health and readiness of a running installation."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.web.api.client import Client, Reply
from tests.web.api.test_tokens import bearer
from tests.web.canvas.served import Served
from tests.web.patience import PATIENCE, until


def scraped(client: Client, token: str) -> dict[tuple[str, ...], float]:
    reply = client.ask("GET", "/metrics", headers=bearer(token))
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = text_string_to_metric_families(reply.raw.decode())
    return {(s.name, *(s.labels[key] for key in sorted(s.labels))): s.value for f in families for s in f.samples}


HEALTHY = {"status": "ok", "restarting": [], "warnings": []}
READY = {"status": "ready"}


def asked_when_free(client: Client, path: str, headers: dict[str, str] | None = None) -> Reply | None:
    """Return an answer; None where the engine did not come to it in time."""
    reply = client.ask("GET", path, headers=headers)
    return None if reply.json.get("error") == "busy" else reply


def test_a_token_with_the_right_metrics_reads_them_and_nothing_else(served: Served, nobody: Client) -> None:
    token = served.site.access.tokens.make("prometheus", "metrics")
    until(lambda: scraped(nobody, token)["flowengine_messages_total", "out", "line", "tick"] >= 3)
    found = scraped(nobody, token)
    assert found["flowengine_flow_running", "line"] == 1
    assert found["flowengine_latency_seconds_count", "line"] >= 1
    assert found["flowengine_node_status", "line", "ok", "tick"] in (0, 1)
    until(lambda: scraped(nobody, token).get(("flowengine_web_requests_total", "/metrics", "2xx"), 0) >= 1)
    assert 0 <= found["flowengine_event_loop_lag_seconds",] < PATIENCE
    assert nobody.refused("GET", "/api/figures", headers=bearer(token)) == (403, "forbidden")
    assert nobody.refused("GET", "/metrics") == (401, "not-signed-in")


def test_openmetrics_is_given_to_who_asks_for_it(served: Served, nobody: Client) -> None:
    token = served.site.access.tokens.make("prometheus", "metrics")
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5", **bearer(token)}
    reply = nobody.ask("GET", "/metrics", headers=accept)
    assert reply.headers["content-type"].startswith("application/openmetrics-text")
    assert reply.raw.endswith(b"# EOF\n")


def test_whatever_strangers_ask_for_adds_no_series(served: Served, nobody: Client) -> None:
    for number in range(30):
        nobody.ask("GET", f"/stranger/{number}")
        nobody.ask("GET", f"/api/flows/stranger-{number}")
    nobody.ask("POST", "/nowhere")
    found = scraped(nobody, served.site.access.tokens.make("p", "metrics"))
    routes = {key[1] for key in found if key[0] == "flowengine_web_requests_total"}
    assert routes <= {"pages", "unknown", "/api/flows/{flow}"}


def test_a_healthy_engine_says_so_to_anybody_and_tells_nothing(nobody: Client) -> None:
    until(lambda: nobody.ask("GET", "/health").json == HEALTHY)  # it waits a second for a busy engine
    until(lambda: nobody.ask("GET", "/ready").json == READY)


def test_a_loop_that_does_not_answer_within_a_second_is_not_healthy(served: Served, nobody: Client) -> None:
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        let_go.wait(PATIENCE)

    holding = threading.Thread(target=served.do, args=(hold,))
    holding.start()
    assert held.wait(PATIENCE)
    try:
        reply = nobody.ask("GET", "/health")
        assert (reply.status, reply.json["error"]) == (503, "busy")
    finally:
        let_go.set()
        holding.join()
    until(lambda: nobody.ask("GET", "/health").json == HEALTHY)
    token = served.site.access.tokens.make("p", "metrics")
    assert scraped(nobody, token)["flowengine_event_loop_lag_seconds",] > 0.7  # measured four times a second


def test_a_flow_that_should_run_and_does_not_is_not_ready_and_only_who_may_learns_which(
    folder: Path, registry: Any
) -> None:
    (folder / "broken.json").write_text('{"flowengine": 1, "name": "broken", "nodes": {"a": {"type": "no/such"}}}')
    served = Served(folder, registry)
    served.start()
    try:
        with Client(served.port) as client:
            reply = until(lambda: asked_when_free(client, "/ready"))
            assert (reply.status, reply.json["error"]) == (503, "not-ready")
            assert reply.json["message"] == "flows that should run do not"
            viewer = bearer(served.site.access.tokens.make("v", "viewer"))
            assert "broken: " in until(lambda: asked_when_free(client, "/ready", viewer)).json["message"]
            metrics = served.site.access.tokens.make("m", "metrics")
            found = until(lambda: asked_when_free(client, "/ready", bearer(metrics))).json["message"]
            assert "broken: " not in found
            assert scraped(client, metrics)["flowengine_flow_running", "broken"] == 0
            assert client.get("/api/figures", **viewer)["flows"]["broken"]["problem"]
    finally:
        served.stop()


def test_a_flow_that_somebody_stopped_is_none_that_should_run(served: Served, nobody: Client) -> None:
    operator = bearer(served.site.access.tokens.make("o", "operator"))
    nobody.do("POST", "/api/flows/line/run", {"run": False}, **operator)
    until(lambda: nobody.ask("GET", "/ready").json == READY)
