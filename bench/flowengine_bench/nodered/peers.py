"""What stands at the other end of the wire: Modbus devices and the MQTT load, each in a process of its own."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

import flowengine_bench
from flowengine_bench.child import Child, ChildFailed, child

MQTT_TIMEOUT_S = 60.0


class Devices:
    """Running Modbus devices: one port each."""

    def __init__(self, running: Child, ports: tuple[int, ...]) -> None:
        self._child = running
        self.ports = ports

    def finish(self) -> "Served":
        """Stop them and hear what was asked of them."""
        self._child.close_stdin()
        return msgspec.json.decode(self._child.line(10.0)[1], type=Served)


class Served(msgspec.Struct, frozen=True):
    """What the devices saw; `loop_ms` is from a read answered to the next write, device by device in order of time."""

    reads: int
    writes: int
    loop_ms: tuple[float, ...]


class _Opened(msgspec.Struct, frozen=True):
    ports: tuple[int, ...]


class Through(msgspec.Struct, frozen=True):
    """What one MQTT load showed: messages a second, messages missing or double, ms there and back."""

    rate: float
    lost: int
    duplicates: int
    p50_ms: float
    p99_ms: float


@contextlib.contextmanager
def modbus_devices(count: int) -> Iterator[Devices]:
    """Modbus devices for the length of a block."""
    with child([sys.executable, "-m", "flowengine_bench.modbus_server", "--devices", str(count)], _env()) as running:
        yield Devices(running, msgspec.json.decode(running.line(10.0)[1], type=_Opened).ports)


def mqtt_load(
    port: int,
    qos: int,
    count: int,
    rate: float | None = None,
    topics: tuple[str, str] = ("bench/in", "bench/out"),
    size: int = 0,
) -> Through:
    """Run the load once: 1,000 in flight, or `rate` messages a second, of `size` bytes at least.

    Raises:
        ChildFailed: a message was lost.
    """
    command = [sys.executable, "-m", "flowengine_bench.mqtt_load", "--port", str(port), "--qos", str(qos)]
    command += ["--count", str(count), "--in-flight", "1000", "--warm-up", str(count // 10)]
    command += ["--in", topics[0], "--out", topics[1], "--size", str(size)]
    if rate is not None:
        command += ["--rate", str(rate)]
    with child(command, _env()) as running:
        line = running.line(MQTT_TIMEOUT_S)[1]
    if not line.startswith("{"):
        raise ChildFailed(f"the MQTT load failed: {line}")
    seen = msgspec.json.decode(line, type=Through)
    if seen.lost:
        raise ChildFailed(f"{seen.lost} of {count} messages were lost at QoS {qos}")
    return seen


def _env() -> dict[str, str]:
    """The environment in which a child finds this package too, wherever we were imported from."""
    parent = str(Path(flowengine_bench.__file__).parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [parent, os.environ.get("PYTHONPATH")]))}
