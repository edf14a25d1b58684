"""`python -m flowengine_bench.nodered [WORKLOAD...]`: measure Node-RED and print a JSON object by workload."""

import argparse
import json
import signal
import sys

import msgspec

from flowengine_bench.child import ChildFailed
from flowengine_bench.nodered.install import Unavailable, install
from flowengine_bench.nodered.measure import WORKLOADS, Settings, run


def main() -> int:
    """Measure what was asked for, all workloads by default. 1 when a workload failed, 2 when there is no Node-RED."""
    parser = argparse.ArgumentParser(prog="python -m flowengine_bench.nodered", description="Measure Node-RED.")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=", ".join(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=Settings().rounds, help="samples of each workload")
    parser.add_argument("--burst", type=int, default=Settings().burst, help="messages sent in one loop, then drained")
    asked = parser.parse_args()
    unknown = sorted(set(asked.workloads) - set(WORKLOADS))
    if unknown:
        parser.error(f"no such workload: {', '.join(unknown)}. There are {', '.join(WORKLOADS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that blocks end and take their children along
    found = install()
    if isinstance(found, Unavailable):
        sys.stderr.write(found.reason + "\n")
        return 2
    sys.stderr.write(json.dumps(found.versions) + "\n")
    results: dict[str, object] = {}
    failed = False
    for workload in asked.workloads or WORKLOADS:
        try:
            results[workload] = run(workload, found, Settings(rounds=asked.rounds, burst=asked.burst))
        except ChildFailed as error:
            sys.stderr.write(f"{workload}: {error}\n")
            failed = True
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
