"""Run one workload on flowengine once, in a fresh process, and give its figure."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from flowengine_bench.nodered import flows as node_red
from flowengine_bench.nodered.broker import broker
from flowengine_bench.nodered.peers import modbus_devices, mqtt_load
from flowengine_bench.ours import expressions, flows
from flowengine_bench.ours.server import flowengine, module

BURST = 20_000
SAMPLE = 600_000
SAMPLES = 3
WARM_UP_SAMPLES = 1
FANOUT = 10
SAMPLE_TIMEOUT_S = 60.0
MQTT_COUNT = {0: 50_000, 1: 25_000}
MQTT_RATE = 1000.0
STORED_SIZE = 1000
"""Bytes of a message that is stored."""
STORED_S = 8.0
MODBUS_WARM_UP_S = 1
MODBUS_SAMPLES = 2
IDLE_S = 1.0
GUARDED_S = 6


class Settings(msgspec.Struct, frozen=True):
    """What a run may vary: messages in a burst, and in a sample at least."""

    burst: int = BURST
    sample: int = SAMPLE


Measure = Callable[[Settings], float]


def run(workload: str, settings: Settings = Settings()) -> float:  # noqa: B008 - frozen
    """Measure one of WORKLOADS once. Raises KeyError for another name, ChildFailed when a process fails."""
    return _TABLE[workload](settings)


def _in_bursts(flow: Callable[[flows.Bursts], flows.FlowFile], share: float = 1.0) -> Measure:
    """Messages a second from source to counter, acknowledged: the median of a few samples after a warm-up.

    `share` makes the samples of a slow flow smaller.
    """

    def measure(settings: Settings) -> float:
        count = SAMPLES + WARM_UP_SAMPLES
        bursts = max(1, round(settings.sample * share / settings.burst))
        with flowengine(flow(flows.Bursts(count, bursts, settings.burst))) as running:
            rates = [running.wait_for("sample", SAMPLE_TIMEOUT_S).rate for _ in range(count)]
        return statistics.median(rates[WARM_UP_SAMPLES:])

    return measure


def _mqtt(qos: int) -> Measure:
    """Messages a second through the broker, the flow and the broker again, 1,000 in flight, none lost."""

    def measure(settings: Settings) -> float:
        with broker() as port, flowengine(flows.mqtt(port, qos)):
            mqtt_load(port, qos, MQTT_COUNT[qos] // 4)  # warm-up
            return mqtt_load(port, qos, MQTT_COUNT[qos]).rate

    return measure


def _mqtt_latency(settings: Settings) -> float:
    """Median ms there and back at 1,000 messages a second, QoS 0, of about a second."""
    with broker(no_delay=True) as port, flowengine(flows.mqtt(port, 0)):
        mqtt_load(port, 0, MQTT_COUNT[0] // 4)  # warm-up, as fast as it goes
        return mqtt_load(port, 0, 1200, MQTT_RATE).p50_ms


def _stored(settings: Settings) -> float:
    """Messages of 1 kB a second through broker, a flow that is checkpointed and the broker again, 1,000 in flight."""
    with broker() as port, flowengine(flows.stored(port)):
        mqtt_load(port, 1, MQTT_COUNT[1] // 4, size=STORED_SIZE)  # warm-up
        return mqtt_load(port, 1, MQTT_COUNT[1], size=STORED_SIZE).rate


def _stored_latency(settings: Settings) -> float:
    """The 99th percentile in ms of the same way at 1,000 messages a second."""
    with broker(no_delay=True) as port, flowengine(flows.stored(port)):
        mqtt_load(port, 1, MQTT_COUNT[1] // 4, size=STORED_SIZE)  # warm-up
        return mqtt_load(port, 1, round(STORED_S * MQTT_RATE), MQTT_RATE, size=STORED_SIZE).p99_ms


def _modbus(devices: int) -> Measure:
    """Polls a second over all devices, each asked again when it has answered."""

    def measure(settings: Settings) -> float:
        with modbus_devices(devices) as server, flowengine(flows.poll(server.ports)) as running:
            count = MODBUS_SAMPLES + MODBUS_WARM_UP_S
            rates = [running.wait_for("rate").rate for _ in range(count)]
        return statistics.median(rates[MODBUS_WARM_UP_S:])

    return measure


def _modbus_loop(settings: Settings) -> float:
    """Median ms from a read answered to its write arriving, seen at the device."""
    with modbus_devices(1) as server:
        with flowengine(flows.loop(server.ports[0])) as running:
            for _ in range(MODBUS_SAMPLES + MODBUS_WARM_UP_S):
                running.wait_for("rate")
        seen = server.finish().loop_ms
    warm_up = round(MODBUS_WARM_UP_S / flows.LOOP_PERIOD_S)
    return statistics.median(seen[warm_up:])


def guarded_loop(guarded: bool = True) -> float:
    """Median ms of the same loop behind the guard, or for comparison without an envelope; both in a field process."""
    with modbus_devices(1) as server:
        arguments = [str(server.ports[0]), str(GUARDED_S), *([] if guarded else ["--bare"])]
        with module("flowengine_bench.ours.guarded", *arguments) as running:
            running.wait_for("over")
        seen = server.finish().loop_ms
    return statistics.median(seen[round(MODBUS_WARM_UP_S / flows.LOOP_PERIOD_S) :])


def _start(settings: Settings) -> float:
    """Seconds from starting the process to the first message of an inject node."""
    with flowengine(flows.idle()) as running:
        return running.wait_for("first").at - running.began


def _memory(settings: Settings) -> float:
    """Resident MB of an idle flowengine, 1 s after its first message."""
    with flowengine(flows.idle()) as running:
        running.wait_for("first")
        time.sleep(IDLE_S)
        return running.resident_mb()


def _deploy(nodes: int) -> Measure:
    """Seconds from opening the file of a flow of so many nodes until all have started in a running engine."""

    def measure(settings: Settings) -> float:
        with tempfile.TemporaryDirectory(prefix="flowengine-bench-") as folder:
            file = Path(folder) / "large.json"
            file.write_text(json.dumps(flows.large(nodes), indent=2), encoding="utf-8")
            with module("flowengine_bench.ours.deploy", str(file)) as running:
                return running.wait_for("deployed").seconds

    return measure


_THEIR_BURSTS = node_red.Bursts(1, 1, 1)
"""What the source of a Node-RED flow says that is imported: ours takes its place."""

_TABLE: dict[str, Measure] = {
    "chain1": _in_bursts(lambda size: flows.chain(1, size)),
    "chain5": _in_bursts(lambda size: flows.chain(5, size)),
    "imported5": _in_bursts(lambda size: flows.brought_over(node_red.chain(5, _THEIR_BURSTS), size)),
    "javascript": _in_bursts(lambda size: flows.brought_over(node_red.function(_THEIR_BURSTS), size), share=0.1),
    "jsonata_change": _in_bursts(lambda size: flows.brought_over(node_red.expression(_THEIR_BURSTS), size), share=0.1),
    "jsonata_switch": _in_bursts(lambda size: flows.brought_over(node_red.condition(_THEIR_BURSTS), size), share=0.1),
    "jsonata": lambda settings: expressions.evaluations(),
    "chain20": _in_bursts(lambda size: flows.chain(20, size)),
    "function": _in_bursts(flows.function),
    "fanout10": _in_bursts(lambda size: flows.fanout(FANOUT, size), share=0.2),
    "expression": _in_bursts(flows.expression),
    "mqtt_qos0": _mqtt(0),
    "mqtt_qos1": _mqtt(1),
    "mqtt_latency": _mqtt_latency,
    "stored": _stored,
    "stored_p99": _stored_latency,
    "modbus_1": _modbus(1),
    "modbus_50": _modbus(50),
    "modbus_loop": _modbus_loop,
    "guarded_loop": lambda settings: guarded_loop(),
    "start": _start,
    "memory": _memory,
    "deploy_1000": _deploy(1000),
    "deploy_10000": _deploy(10_000),
}
WORKLOADS = tuple(_TABLE)
