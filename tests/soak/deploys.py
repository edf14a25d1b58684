"""Deploys into an engine under load, and kills of an engine that is always just deploying or saving.

python -m tests.soak.deploys --deploys 500 --rate 500
python -m tests.soak.deploys --kills 50
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from flowengine.flow.canonical import format_flow
from tests.plants.mosquitto import Mosquitto
from tests.soak import kills
from tests.soak.deploying import variant
from tests.soak.kills import BROKER, Engine, Judge, Report, counted, flow
from tests.soak.processes import until

CHILD = ("tests.soak.deploying",)


def under_load(folder: Path, deploys: int, rate: float) -> Report:
    """Deploy so many times while messages come, and count them."""
    report = Report(0, 0)
    (folder / "flows").mkdir()
    (folder / "broker").mkdir()
    with Mosquitto(folder / "broker", *BROKER) as broker:
        (folder / "flows" / "load.json").write_text(json.dumps(flow(broker.port)))
        engine, judge = Engine(folder, "--most", str(deploys), program=CHILD), Judge(broker.port)
        engine.start()
        try:
            until(lambda: "Sending SUBACK to engine" in broker.log(), 60)
            judge.begin(rate)
            deadline = time.monotonic() + 60 + deploys
            while engine.log().count("deployed") < deploys:
                engine.must_run()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"only {engine.log().count('deployed')} deploys: {engine.log()[-1000:]}")
                time.sleep(0.1)
            judge.end()
            judge.wait_for_all()
            engine.stop()
            kills.judge_all(report, judge, [])
            report.counted = counted(folder)
        finally:
            engine.end()
            judge.close()
    return report


def while_deploying(folder: Path, number: int, rate: float, seed: int) -> Report:
    """Kill an engine so many times that is deploying all the time; its file must always be one revision, whole."""
    file = folder / "flows" / "load.json"

    def sound() -> None:
        text = file.read_text(encoding="utf-8")
        data = json.loads(text)
        if "note" not in data:  # none has been saved yet
            return
        whole = format_flow({**variant(data, int(data["note"].split()[1])), "name": "load"})
        if whole != text:
            raise RuntimeError(f"a file is neither the old revision nor the new one: {text}")

    return kills.run(folder, number, rate, seed, program=CHILD, sound=sound)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deploys", type=int, default=500)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.kills:
            report = while_deploying(Path(folder), given.kills, given.rate, given.seed)
        else:
            report = under_load(Path(folder), given.deploys, given.rate)
    print(report)
    sys.exit(not report.good or (not given.kills and report.doubled > 0))


if __name__ == "__main__":
    main()
