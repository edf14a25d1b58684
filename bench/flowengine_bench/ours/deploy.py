"""`python -m flowengine_bench.ours.deploy FILE`: read, check, plan and start a flow in an engine that runs already.

Prints one report: the seconds from opening the file until every node has started. Ends when stdin closes.
"""

import asyncio
import gc
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from flowengine.cli.run import YOUNG
from flowengine.flow.file import read_flow
from flowengine.registry import Registry
from flowengine.service import Service
from flowengine_bench.ours import flows
from flowengine_bench.ours.server import BENCH_NODES
from flowengine_bench.reporting import MARK


async def deploy(file: Path) -> float:
    """Return the seconds."""
    with tempfile.TemporaryDirectory(prefix="flowengine-bench-") as folder:
        (Path(folder) / "idle.json").write_bytes(msgspec.json.encode({**flows.idle(), "name": "idle"}))
        gc.set_threshold(*YOUNG)
        service = Service(Path(folder), Registry.discover([BENCH_NODES]))
        await service.start()
        await asyncio.sleep(0.5)
        began = time.perf_counter()
        flow = read_flow(file).flow
        assert flow is not None
        await service.engine.deploy(service.plan(flow))
        seconds = time.perf_counter() - began
        await service.stop(0)
    return seconds


def main() -> None:
    """Deploy and say how long it took."""
    seconds = asyncio.run(deploy(Path(sys.argv[1])))
    sys.stdout.write(f'{MARK}{{"event": "deployed", "seconds": {seconds}}}\n')
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
