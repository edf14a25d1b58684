"""`flowengine run` with the canvas, `flowengine users`: as their user starts them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.plants.modbus_certificates import make_certificates
from tests.web.api.client import Client
from tests.web.api.conftest import FLOW, PASSWORD
from tests.web.patience import PATIENCE, until

FLOWENGINE = [sys.executable, "-m", "flowengine"]


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "line.json").write_text(json.dumps(FLOW))
    return tmp_path / "flows"


@contextlib.contextmanager
def running(flows: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start it; gives the address that it prints."""
    command = [*FLOWENGINE, "run", str(flows), "--port", "0", "--log-level", "error", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        while "canvas" not in (line := process.stderr.readline()):
            assert line, "it ended without a word of the canvas"
        yield process, line.rpartition(" ")[2].strip()
    finally:
        process.kill()
        process.communicate()


def ended(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run([*FLOWENGINE, *arguments], capture_output=True, text=True, timeout=60, env=env)


def test_from_the_first_link_to_a_forgotten_password(flows: Path) -> None:
    with running(flows) as (process, link):
        address = urlsplit(link)
        assert address.hostname == "127.0.0.1"
        assert address.port is not None
        token = parse_qs(address.query)["token"][0]
        with Client(address.port) as client:
            client.do("POST", "/api/setup", {"token": token, "name": "ada", "password": PASSWORD})
            assert client.get("/api/project")["flows"][0]["state"] == "running"

        assert ended("users", str(flows)).stdout == "admin     ada\n"
        reset = ended("users", str(flows), "reset", "Ada").stdout.strip()
        assert reset.startswith(f"http://127.0.0.1:{address.port}/setup?")
        query = parse_qs(urlsplit(reset).query)
        body = {"token": query["token"][0], "name": query["name"][0], "password": "another horse"}
        with Client(address.port) as client:
            client.do("POST", "/api/setup", body)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    with running(flows) as (_, again):
        assert "token" not in again


def test_a_forgotten_name_is_said_in_one_line(flows: Path) -> None:
    done = ended("users", str(flows))
    assert done.returncode == 2
    assert "no user exists yet" in done.stderr
    with running(flows):
        done = ended("users", str(flows), "reset", "bob")
    assert (done.returncode, done.stderr) == (2, "flowengine: there is no user 'bob'\n")


def test_a_port_that_is_taken_names_the_option_before_a_flow_runs(flows: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = ended("run", str(flows), "--port", str(port))
    assert done.returncode == 2
    assert f"port {port}: Address already in use" in done.stderr
    assert "--port" in done.stderr
    assert "running" not in done.stderr
    assert "Traceback" not in done.stderr


def test_another_address_needs_tls_or_a_word_that_it_is_meant(flows: Path) -> None:
    done = ended("run", str(flows), "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2
    assert "--tls-cert" in done.stderr
    assert "--insecure-network" in done.stderr
    with running(flows, "--host", "0.0.0.0", "--insecure-network") as (_, link):
        port = urlsplit(link).port
        assert port is not None
        with Client(port) as client:
            host = socket.gethostname()
            assert client.ask("GET", "/api/session", headers={"Host": f"{host}:{port}"}).status == 200


def test_over_tls_the_cookie_is_for_tls_alone(flows: Path, tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    with running(flows, "--tls-cert", str(made.device), "--tls-key", str(made.device_key)) as (_, link):
        assert link.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(made.ca))
        origin = link.partition("/setup")[0]
        token = parse_qs(urlsplit(link).query)["token"][0]
        body = json.dumps({"token": token, "name": "ada", "password": PASSWORD}).encode()
        headers = {"Origin": origin, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{origin}/api/setup", body, headers)
        with urllib.request.urlopen(request, context=trusting, timeout=PATIENCE) as answer:
            cookie = answer.headers["Set-Cookie"]
            assert cookie.startswith("__Host-flowengine=")
            assert "Secure" in cookie
            assert answer.headers["Strict-Transport-Security"]

        def warned() -> list[str]:
            try:
                with urllib.request.urlopen(f"{origin}/health", context=trusting, timeout=PATIENCE) as answer:
                    return list(json.load(answer)["warnings"])
            except urllib.error.HTTPError as busy:  # for the second that it waits
                busy.close()
                return []

        (warning,) = until(warned)
        assert warning.startswith("the certificate of the canvas ends on ")
        stream = urllib.request.Request(f"{origin}/api/stream", headers={"Cookie": cookie.partition(";")[0]})
        with urllib.request.urlopen(stream, context=trusting, timeout=PATIENCE) as answer:
            assert answer.readline() == b"retry: 2000\n"


def test_a_certificate_that_cannot_be_used_is_said_before_a_flow_runs(flows: Path, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    pem = str(tmp_path / "no.pem")
    done = ended("run", str(flows), "--port", "0", "--tls-cert", pem, "--tls-key", pem)
    assert done.returncode == 2
    assert "no.pem cannot be used" in done.stderr
    assert "running" not in done.stderr
    done = ended("run", str(flows), "--port", "0", "--tls-cert", pem)
    assert "belong together" in done.stderr


def test_headless_loads_nothing_of_the_web(flows: Path) -> None:
    code = (
        "import sys; from flowengine.cli import cli\n"
        f"cli(['run', {str(flows)!r}, '--headless', '--seconds', '0.1'], standalone_mode=False)\n"
        "print([name for name in ('flask', 'waitress', 'argon2', 'flowengine_web') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


def test_headless_with_a_port_serves_what_is_there_to_watch_it_and_nothing_else(flows: Path) -> None:
    token = ended("users", str(flows), "token", "prometheus", "--role", "metrics").stdout.strip()
    command = [*FLOWENGINE, "run", str(flows), "--headless", "--metrics-port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        while "metrics: " not in (line := process.stderr.readline()):
            assert line, "it ended without a word of the metrics"
        address = urlsplit(line.rpartition(" ")[2].strip())
        assert address.port is not None
        with Client(address.port) as client:
            until(lambda: client.ask("GET", "/ready").json == {"status": "ready"})
            reply = client.ask("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
            assert b'flowengine_flow_running{flow="line"} 1.0' in reply.raw
            assert client.ask("GET", "/").status == 404
            assert client.ask("GET", "/api/session").status == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()


def test_the_port_of_the_metrics_belongs_to_headless(flows: Path) -> None:
    refused = ended("run", str(flows), "--metrics-port", "0")
    assert refused.returncode == 2
    assert "the canvas has /metrics at its own port" in refused.stderr


def test_a_broken_flow_keeps_the_canvas_from_nothing(flows: Path) -> None:
    (flows / "broken.json").write_text('{"flowengine": 1, "name": "broken", "nodes": {"a": {"type": "no/such"}}}')
    with running(flows) as (_, link):
        port = urlsplit(link).port
        assert port is not None
        token = parse_qs(urlsplit(link).query)["token"][0]
        with Client(port) as client:
            client.do("POST", "/api/setup", {"token": token, "name": "ada", "password": PASSWORD})
            states = {flow["name"]: flow["state"] for flow in client.get("/api/project")["flows"]}
    assert states["line"] == "running"
    assert states["broken"] in ("failed", "broken")


def test_the_description_is_the_servers_own() -> None:
    assert json.loads(ended("openapi").stdout)["info"]["title"] == "flowengine"
