"""Takes the broker away for a while from a flow whose source cannot wait, and counts what came of it.

python -m tests.soak.away --seconds 600 --rate 1000
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.plants.mosquitto import Mosquitto
from tests.soak.kills import BROKER, Engine, Judge

FRESH_S = 1.0
"""As old as this may be what comes when all has been caught up with."""


def flow(port: int, rate: float) -> dict[str, Any]:
    """Return a flow that counts, at a rate, and publishes the count."""
    broker = {"host": "127.0.0.1", "port": port, "client_id": "engine"}
    queue = {"size": 250, "full": "spill"}
    return {
        "flowengine": 1,
        "connections": {"broker": {"type": "mqtt/broker", "options": broker}},
        "nodes": {
            "tick": {"type": "timing/every", "options": {"interval": 1 / rate}},
            "count": {"type": "debug/counter", "options": {"property": "payload.n"}},
            "out": {"type": "mqtt/publish", "options": {"connection": "broker", "topic": "load/out", "qos": 1}},
            "made": {
                "type": "values/change",
                "options": {
                    "rules": [
                        {"property": "payload", "to": {}, "to_type": "json"},
                        {"property": "payload.made", "to_type": "date"},
                    ]
                },
            },
        },
        "wires": [
            {"from": "tick", "to": "made"},
            {"from": "made", "to": "count"},
            {"from": "count", "to": "out", "queue": queue},
        ],
    }


@dataclass
class Report:
    """What came of it."""

    away: float
    got: int
    lost: int
    doubled: int
    reordered: int
    grown_mb: float
    made: int
    """Messages made until all was caught up with."""
    caught_up_s: float
    """Seconds from the broker's return until what came was no older than a second: under new messages all along."""

    def __str__(self) -> str:
        return (
            f"broker away {self.away:g} s: {self.got} messages, {self.lost} lost, {self.reordered} reordered, "
            f"{self.doubled} doubled, memory grown by {self.grown_mb:.0f} MB, caught up after {self.caught_up_s:.1f} s "
            f"({self.made / (self.away + self.caught_up_s):.0f} made a second)"
        )


def run(folder: Path, seconds: float, rate: float) -> Report:
    """Take the broker away for so many seconds while `rate` messages a second are made."""
    (folder / "flows").mkdir()
    (folder / "broker").mkdir()
    with Mosquitto(folder / "broker", *BROKER) as broker:
        (folder / "flows" / "load.json").write_text(json.dumps(flow(broker.port, rate)))
        engine, judge = Engine(folder), Judge(broker.port)
        engine.start()
        try:
            judge.wait_for_new(60, engine)
            time.sleep(1)
            before, most = engine.resident_mb(), 0.0
            broker.stop()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                time.sleep(0.2)
                most = max(most, engine.resident_mb())
            broker.start()
            back = time.monotonic()
            while time.time() - judge.newest_made > FRESH_S and time.monotonic() - back < 60 + seconds:
                time.sleep(0.05)
                most = max(most, engine.resident_mb())
            caught_up, made = time.monotonic() - back, max(judge.got)
            time.sleep(1)
            assert engine.stop() == 0
            time.sleep(1)
            got = list(judge.got)
        finally:
            engine.end()
            judge.close()
    first = list(dict.fromkeys(got))
    lost = max(first) - min(first) + 1 - len(first)
    reordered = sum(later < earlier for earlier, later in itertools.pairwise(first))
    return Report(seconds, len(got), lost, len(got) - len(first), reordered, most - before, made, caught_up)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=1000.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), given.seconds, given.rate)
    print(report)
    sys.exit(report.lost > 0 or report.reordered > 0 or report.grown_mb > 100 or report.caught_up_s > given.seconds)


if __name__ == "__main__":
    main()
