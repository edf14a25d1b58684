"""A session of the real command, in a process of its own."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class Session:
    """Speaks with one testbench; waits for events, never for time."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flowengine.testbench", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.errors: list[bytes] = []
        self.readers = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for reader in self.readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors += list(self.process.stderr)

    def write(self, text: bytes) -> None:
        """Write a line that may be anything."""
        assert self.process.stdin is not None
        self.process.stdin.write(text + b"\n")
        self.process.stdin.flush()

    def send(self, op: str, **fields: Any) -> None:
        """Send a command."""
        self.write(json.dumps({"op": op, **fields}).encode())

    def next(self, *kinds: str) -> dict[str, Any]:
        """Return the next event of these kinds (none named: of any kind but log and status)."""
        while True:
            event = self.events.get(timeout=60)
            assert event is not None, b"".join(self.errors).decode()
            if event["event"] in kinds if kinds else event["event"] not in ("log", "status"):
                return event

    def load(self, flow: Any, **fields: Any) -> dict[str, Any]:
        """Load a flow and return the answer."""
        self.send("load", flow=flow, **fields)
        return self.next("loaded", "error")

    def messages(self, number: int) -> list[tuple[str, Any]]:
        """Return the next `msg` events: node and payload."""
        return [(event["node"], event["msg"].get("payload")) for event in (self.next("msg") for _ in range(number))]

    def close(self) -> int:
        """End the session and return the exit code."""
        assert self.process.stdin is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        for reader in self.readers:
            reader.join()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@pytest.fixture(scope="module")
def nodes_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nodes")
    shutil.copy(Path(__file__).with_name("bench_nodes.py"), folder)
    return folder


@pytest.fixture
def fresh(nodes_dir: Path) -> Iterator[Session]:
    """A session of the test's own, which it may end."""
    session = Session("--nodes-dir", str(nodes_dir))
    yield session
    session.close()


@pytest.fixture(scope="module")
def _shared(nodes_dir: Path) -> Iterator[Session]:
    session = Session("--nodes-dir", str(nodes_dir))
    assert session.next()["event"] == "ready"
    yield session
    session.close()


@pytest.fixture
def session(_shared: Session) -> Iterator[Session]:
    """One session for all tests: each of them loads a flow of its own, and none can tell."""
    yield _shared
    _shared.send("unload")
    _shared.send("ping", req="over")
    while _shared.next().get("req") != "over":
        pass
