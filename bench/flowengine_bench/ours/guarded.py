"""`python -m flowengine_bench.ours.guarded PORT SECONDS [--bare]`: the loop of `flows.loop` behind the guard, armed.

The guard lives in the field process, as by default; with `--bare` there is no envelope. Says when it is over.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from flowengine.access.keys import Signer, new_key, to_text
from flowengine.access.trust import Trust, TrustedKey, trust_file, write_trust
from flowengine.flow.canonical import format_envelope
from flowengine.flow.strict_json import read_json
from flowengine.registry import Registry
from flowengine.runtime import loop
from flowengine.runtime.guard.desk import Act
from flowengine.safety import signature
from flowengine.service import Service
from flowengine.workers.settings import Workers
from flowengine_bench.ours import flows
from flowengine_bench.ours.server import BENCH_NODES
from flowengine_bench.reporting import MARK

PASSPHRASE = "only for the bench"


def envelope(flow: flows.FlowFile) -> dict[str, Any]:
    """Return limits of the loop's output: range, rate, an interlock, a watchdog."""
    options = flow["nodes"]["write"]["options"]
    reads = {"connection": "device", "address": 0, "interval": 0.1}
    return {
        "flowengine": 1,
        "version": 1,
        "connections": flow["connections"],
        "inputs": {"level": {"type": "modbus/read", "options": reads}},
        "outputs": {
            "valve": {
                "type": "modbus/write",
                "options": options,
                "range": [0, 65535],
                "rate": 65535,
                "writers": ["bench/write"],
                "interlocks": [{"when": "level > 65000", "text": "overflow"}],
                "safe": 0,
                "watchdog": 5,
            }
        },
    }


def sign(folder: Path, data: dict[str, Any]) -> None:
    """Write an envelope, with a key made for it alone."""
    file, key = folder / "envelope.json", folder / "bench.key"
    file.write_text(format_envelope(data), encoding="utf-8")
    public = TrustedKey(name="bench", side="ot", public=to_text(new_key(key, PASSPHRASE)))
    write_trust(trust_file(folder), Trust([public]))
    made = signature.sign(read_json(file), Signer(key, PASSPHRASE), "")
    signature.signature_file(file).write_bytes(msgspec.json.encode(made))


async def run(port: int, seconds: float, guarded: bool) -> None:
    """Run the loop for so long."""
    with tempfile.TemporaryDirectory(prefix="flowengine-bench-") as name:
        folder, flow = Path(name), {**flows.loop(port), "name": "bench"}
        (folder / "bench.json").write_bytes(msgspec.json.encode(flow))
        if guarded:
            sign(folder, envelope(flow))
        service = Service(folder, Registry.discover([BENCH_NODES]), workers=Workers(most=1))
        await service.start()
        if guarded:
            await service.machines.act(Act(what="arm", by="the bench"))
        await asyncio.sleep(seconds)
        await service.stop(0)


def main() -> None:
    """Run, then say so."""
    loop.run(run(int(sys.argv[1]), float(sys.argv[2]), "--bare" not in sys.argv))
    sys.stdout.write(f'{MARK}{{"event": "over"}}\n')
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
