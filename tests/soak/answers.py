"""Kills an engine whose source answers "stored", again and again, and looks for what was answered and is nowhere.

python -m tests.soak.answers --kills 100
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.plants.mosquitto import free_port
from tests.soak.kills import Engine

NODES = Path(__file__).parent / "nodes"
CLIENTS = 8
DELAY_S = 0.1


def flow(port: int, sink: Path) -> dict[str, Any]:
    """Return a flow that takes numbers by HTTP, holds them for a while and appends them to a file."""
    nodes = {
        "in": {"type": "soak/answering", "options": {"port": port}},
        "hold": {"type": "timing/delay", "options": {"delay": DELAY_S}},
        "out": {"type": "files/append", "options": {"file": str(sink)}},
    }
    wires = [{"from": "in", "to": "hold"}, {"from": "hold", "to": "out"}]
    return {"flowengine": 1, "delivery": "at-least-once", "nodes": nodes, "wires": wires}


@dataclass
class Report:
    """What came of it."""

    seed: int
    kills: int
    answered: int = 0
    lost: int = 0
    doubled: int = 0

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.kills} kills, {self.answered} answered as stored, {self.lost} of them lost, "
            f"{self.doubled} doubled"
        )


class Clients:
    """Several who post numbers, one after the other; what is not answered is posted again, and may be there already."""

    def __init__(self, port: int) -> None:
        self.answered: list[int] = []
        self._port = port
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._post, args=(first,)) for first in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Post no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _post(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        with contextlib.closing(connection):
            while not self._stop.is_set():
                try:
                    connection.request("POST", "/", str(number))
                    with connection.getresponse() as answer:
                        answer.read()
                except (OSError, http.client.HTTPException):
                    connection.close()
                    time.sleep(0.01)
                    continue
                if answer.status == http.HTTPStatus.ACCEPTED:
                    self.answered.append(number)
                number += CLIENTS


def run(folder: Path, kills: int, seed: int, apart: tuple[float, float] = (0.1, 0.6)) -> Report:
    """Kill an engine so many times while numbers are posted to it."""
    chance, report = random.Random(seed), Report(seed, kills)
    port, sink = free_port(), folder / "sink"
    (folder / "flows").mkdir()
    (folder / "flows" / "load.json").write_text(json.dumps(flow(port, sink)))
    engine = Engine(folder, "--nodes-dir", str(NODES), program=("flowengine", "run", "--headless"))
    clients = Clients(port)
    try:
        engine.start()
        for _ in range(kills):
            _answers(engine, clients)
            time.sleep(chance.uniform(*apart))
            engine.kill()
            engine.start()
        _answers(engine, clients)
        clients.end()
        until = time.monotonic() + 60
        while time.monotonic() < until and set(clients.answered) - _numbers(sink).keys():
            time.sleep(0.2)
        engine.stop()
    finally:
        clients.end()
        engine.end()
    found = _numbers(sink)
    report.answered = len(clients.answered)
    report.lost = len(set(clients.answered) - found.keys())
    report.doubled = sum(times - 1 for times in found.values())
    return report


def _answers(engine: Engine, clients: Clients) -> None:
    """Wait until the engine answers, for 60 s at most."""
    before, until = len(clients.answered), time.monotonic() + 60
    while len(clients.answered) == before and time.monotonic() < until:
        engine.must_run()
        time.sleep(0.01)


def _numbers(sink: Path) -> dict[int, int]:
    """Return each number in the file and how often it is there; the last line may be just being written."""
    found: dict[int, int] = {}
    if sink.exists():
        for line in sink.read_text(encoding="utf-8").splitlines():
            found[int(line)] = found.get(int(line), 0) + 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), given.kills, given.seed)
    print(report)
    sys.exit(report.lost > 0)


if __name__ == "__main__":
    main()
