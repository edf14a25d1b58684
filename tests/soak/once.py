"""Kills an engine that delivers effectively once, with a second one behind the broker that leaves out what is repeated.

python -m tests.soak.once --kills 100
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.plants.mosquitto import Mosquitto
from tests.soak import kills
from tests.soak.kills import Engine, Report
from tests.soak.processes import until

TOPICS = ("out", "sums")


def flow(port: int) -> dict[str, Any]:
    """Return the flow under test: as ever, but with keys, and to topics that the second engine reads."""
    found = kills.flow(port)
    found["delivery"] = "effectively-once"
    found["connections"]["broker"]["options"]["protocol"] = "5"
    for topic in TOPICS:
        found["nodes"][topic]["options"]["topic"] = f"load/keyed/{topic}"
    return found


def relay(port: int) -> dict[str, Any]:
    """Return the second engine's flow: from there to the judge, each message once."""
    broker = {"host": "127.0.0.1", "port": port, "protocol": "5", "client_id": "relay", "clean_start": False}
    found: dict[str, Any] = {
        "flowengine": 1,
        "connections": {"broker": {"type": "mqtt/broker", "options": {**broker, "session_expiry": 3600}}},
        "nodes": {},
        "wires": [],
    }
    for topic in TOPICS:
        options = {"topic": f"load/keyed/{topic}", "qos": 1, "data_type": "json", "drop_repeated": True}
        found["nodes"][f"in-{topic}"] = {"type": "mqtt/subscribe", "options": {"connection": "broker", **options}}
        options = {"topic": f"load/{topic}", "qos": 1}
        found["nodes"][f"to-{topic}"] = {"type": "mqtt/publish", "options": {"connection": "broker", **options}}
        found["wires"].append({"from": f"in-{topic}", "to": f"to-{topic}"})
    return found


def run(folder: Path, number: int, rate: float, seed: int) -> Report:
    """Kill the first engine so many times."""

    @contextlib.contextmanager
    def beside(broker: Mosquitto) -> Iterator[None]:
        place = folder / "second"
        (place / "flows").mkdir(parents=True)
        (place / "flows" / "relay.json").write_text(json.dumps(relay(broker.port)))
        engine = Engine(place)
        engine.start()
        try:
            until(lambda: broker.log().count("Sending SUBACK to relay") == len(TOPICS), 60)
            yield
        finally:
            engine.end()

    return kills.run(folder, number, rate, seed, build=flow, beside=beside)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), given.kills, given.rate, given.seed)
    print(report)
    sys.exit(not report.good or report.doubled > 0)


if __name__ == "__main__":
    main()
