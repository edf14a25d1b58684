"""`flowengine top` at a running engine."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.plants.modbus_certificates import make_certificates
from tests.web.canvas.served import Served
from tests.web.patience import PATIENCE, until

TOP = [sys.executable, "-m", "flowengine", "top"]


def asked(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80", **environment}
    return subprocess.run([*TOP, *arguments], capture_output=True, text=True, timeout=60, env=environment, check=False)


def test_it_gets_in_at_the_engine_of_a_folder_by_itself(served: Served) -> None:
    done = asked(str(served.folder), "--once")
    assert done.returncode == 0, done.stderr
    assert "line" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_it_tells_scripts_the_same_as_json(served: Served) -> None:

    def told() -> dict[str, Any] | None:
        found: dict[str, Any] = json.loads(asked(str(served.folder), "--json", "--sort", "rate").stdout)
        (line,) = found["flows"]
        assert line["flow"] == "line"
        return found if 5 < line["received"] < 40 else None  # 20 a second, but for a moment in which something stalls

    found = until(told)
    assert {row["node"] for row in found["nodes"]} == {"tick", "double", "log", "button"}


def test_elsewhere_it_needs_an_address_and_a_token(served: Served, tmp_path: Path) -> None:
    refused = asked(served.url, "--once", FLOWENGINE_TOKEN="")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "needs a token" in refused.stderr
    token = served.site.access.tokens.make("screen", "viewer")
    assert asked(served.url, "--once", FLOWENGINE_TOKEN=token).returncode == 0
    (tmp_path / "token").write_text(token + "\n")
    assert asked(served.url, "--once", "--token-file", str(tmp_path / "token")).returncode == 0
    weak = asked(served.url, "--once", FLOWENGINE_TOKEN=served.site.access.tokens.make("m", "metrics"))
    assert weak.returncode == 2
    assert "this needs the role viewer" in weak.stderr


def test_who_does_not_answer_is_named_with_what_to_do(tmp_path: Path) -> None:
    nobody = asked(str(tmp_path))
    assert nobody.returncode == 2
    assert f"no engine serves {tmp_path}: start it by `flowengine run {tmp_path}`" in nobody.stderr
    away = asked("http://127.0.0.1:9", FLOWENGINE_TOKEN="fe_x")
    assert away.returncode == 2
    assert "http://127.0.0.1:9 does not answer" in away.stderr
    assert "there is no folder" in asked(str(tmp_path / "nowhere")).stderr


def test_in_a_terminal_it_draws_again_and_again_and_ends_by_q(served: Served) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    command = [*TOP, str(served.folder), "--every", "0.5"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment)
    os.close(theirs)
    text = b""
    try:
        for wanted, key in ((b"q: quit", b"n"), (b"line/double", b"q")):
            while wanted not in text:
                assert select.select([ours], [], [], PATIENCE)[0], text
                text += os.read(ours, 65536)
            os.write(ours, key)
        while process.poll() is None and select.select([ours], [], [], PATIENCE)[0]:
            try:
                os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()
        os.close(ours)


def test_over_tls_it_trusts_the_servers_own_certificate_whatever_its_name(folder: Path, tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    command = [sys.executable, "-m", "flowengine", "run", str(folder), "--port", "0", "--log-level", "error"]
    command += ["--tls-cert", str(made.device), "--tls-key", str(made.device_key)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        while "canvas" not in (line := process.stderr.readline()):
            assert line, "it ended without a word of the canvas"
        done = asked(str(folder), "--once")
        assert done.returncode == 0, done.stderr
        assert "https://127.0.0.1:" in done.stdout
        token = json.loads((folder / ".flowengine" / "local.json").read_bytes())
        strange = asked(token["address"], "--once", FLOWENGINE_TOKEN=token["token"])
        assert strange.returncode == 2
        assert "certificate" in strange.stderr.lower()
    finally:
        process.kill()
        process.communicate()


def test_a_headless_engine_with_a_port_for_metrics_can_be_watched_too(folder: Path) -> None:
    command = [sys.executable, "-m", "flowengine", "run", str(folder), "--headless", "--metrics-port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        while "metrics: " not in (line := process.stderr.readline()):
            assert line, "it ended without a word of the metrics"
        assert asked(str(folder), "--once").returncode == 0
    finally:
        process.kill()
        process.communicate()
