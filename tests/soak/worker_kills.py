"""Kills the worker of a flow at random moments under load, and counts what came of it; the engine itself runs on.

The pause before a worker is started again doubles from kill to kill, so that a few of them tell all there is to tell.

    python -m tests.soak.worker_kills --kills 6 --rate 500
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.plants.mosquitto import Mosquitto
from tests.soak.kills import BROKER, Engine, Judge, Report, counted, flow, judge_all
from tests.soak.processes import children, until


def workers(engine: Engine) -> list[int]:
    """Return the workers of an engine: what has been forked by the zygote that it has started."""
    return [worker for zygote in children(engine.pid) for worker in children(zygote)]


def run(folder: Path, kills: int, rate: float, seed: int, apart: tuple[float, float] = (0.3, 1.5)) -> Report:
    """Kill the worker so many times under a load of `rate` messages a second."""
    chance, report = random.Random(seed), Report(seed, kills)
    (folder / "flows").mkdir()
    (folder / "broker").mkdir()
    with Mosquitto(folder / "broker", *BROKER) as broker:
        (folder / "flows" / "load.json").write_text(json.dumps(flow(broker.port)))
        engine, judge = Engine(folder), Judge(broker.port)
        engine.start()
        try:
            until(lambda: "Sending SUBACK to engine" in broker.log(), 30)
            judge.begin(rate)
            judge.wait_for_new(60, engine)
            marks = []
            for _ in range(kills):
                time.sleep(chance.uniform(*apart))
                (worker,) = workers(engine)
                os.kill(worker, signal.SIGKILL)
                begin = time.monotonic()
                marks.append(len(judge.got))
                until(partial(_another, engine, worker), 40)
                judge.wait_for_new(60, engine)
                report.recoveries.append(time.monotonic() - begin)
            judge.end()
            judge.wait_for_all()
            engine.stop()
            judge_all(report, judge, marks)
            report.counted = counted(folder)
        finally:
            engine.end()
            judge.close()
    return report


def _another(engine: Engine, before: int) -> bool:
    return any(worker != before for worker in workers(engine))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), given.kills, given.rate, given.seed)
    print(report)
    sys.exit(not report.good)


if __name__ == "__main__":
    main()
