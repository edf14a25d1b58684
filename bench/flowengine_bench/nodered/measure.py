"""Run one workload on Node-RED and give its figure: the median of the rounds, with every round beside it."""

import statistics
import time
from collections.abc import Callable

import msgspec

from flowengine_bench.nodered import flows, modbus_flows
from flowengine_bench.nodered.broker import broker
from flowengine_bench.nodered.install import Installation
from flowengine_bench.nodered.peers import modbus_devices, mqtt_load
from flowengine_bench.nodered.ports import free_port
from flowengine_bench.nodered.server import deploy, node_red

BURST = 20_000
SAMPLE = 20_000
WARM_UP_SAMPLES = 3
MAX_DEPLOYS = 3
FANOUT = 10
SAMPLE_TIMEOUT_S = 60.0
MQTT_COUNT = {0: 25_000, 1: 12_000}
MQTT_RATE = 1000.0
MODBUS_WARM_UP_S = 3
IDLE_S = 1.0


class Measurement(msgspec.Struct, frozen=True):
    """One figure: `value` is the median of `samples` (one a round), in `unit`: msg/s, poll/s, s, ms or MB."""

    name: str
    unit: str
    value: float
    samples: tuple[float, ...]


class Settings(msgspec.Struct, frozen=True):
    """What a run may vary. A burst is sent in one loop; the next goes out when it has drained.

    Node-RED slows down with the size of the burst: chain5 made about 30,000 msg/s in bursts of 20,000 and 50,000 to
    85,000 in bursts of 2,000 (Node-RED 5.0.7, two shared cores). Give it the size it likes best before boasting.
    """

    rounds: int = 5
    burst: int = BURST


Measure = Callable[[Installation, Settings], list[float]]


def run(workload: str, installation: Installation, settings: Settings = Settings()) -> Measurement:  # noqa: B008 frozen
    """Measure one of WORKLOADS. Raises KeyError for another name, ChildFailed when Node-RED or a peer fails."""
    unit, measure = _TABLE[workload]
    samples = tuple(measure(installation, settings))
    return Measurement(workload, unit, statistics.median(samples), samples)


def _in_bursts(flow: Callable[[flows.Bursts], flows.FlowFile], warm_up: int = WARM_UP_SAMPLES) -> Measure:
    """Messages a second from source to counter, each round over 20,000 messages or one burst if that is more."""

    def measure(installation: Installation, settings: Settings) -> list[float]:
        count = settings.rounds + warm_up
        bursts = flows.Bursts(count, max(SAMPLE, settings.burst), settings.burst)
        with node_red(installation, flow(bursts)) as red:
            return [red.wait_for("sample", SAMPLE_TIMEOUT_S).rate for _ in range(count)][warm_up:]

    return measure


def _mqtt(qos: int) -> Measure:
    """Messages a second through the broker, Node-RED and the broker again, 1,000 in flight, none lost."""

    def measure(installation: Installation, settings: Settings) -> list[float]:
        count = MQTT_COUNT[qos]
        with broker() as port, node_red(installation, flows.mqtt(port, qos)) as red:
            red.wait_for("started")
            mqtt_load(port, qos, count)  # warm-up
            return [mqtt_load(port, qos, count).rate for _ in range(settings.rounds)]

    return measure


def _mqtt_latency(installation: Installation, settings: Settings) -> list[float]:
    """Median ms there and back at 1,000 messages a second, QoS 0, of about a second in each round."""
    with broker(no_delay=True) as port, node_red(installation, flows.mqtt(port, 0)) as red:
        red.wait_for("started")
        mqtt_load(port, 0, MQTT_COUNT[0])  # warm-up, as fast as it goes
        return [mqtt_load(port, 0, 1200, MQTT_RATE).p50_ms for _ in range(settings.rounds)]


def _modbus(devices: int, *, buffering: bool) -> Measure:
    """Polls a second over all devices, each asked again when it has answered; one round is one second."""

    def measure(installation: Installation, settings: Settings) -> list[float]:
        with modbus_devices(devices) as server:
            flow = modbus_flows.poll(server.ports, buffering=buffering)
            with node_red(installation, flow, palette=True) as red:
                count = settings.rounds + MODBUS_WARM_UP_S
                return [red.wait_for("rate").rate for _ in range(count)][MODBUS_WARM_UP_S:]

    return measure


def _modbus_loop(*, buffering: bool) -> Measure:
    """Median ms from a read answered to its write arriving, seen at the device; one round is one second."""

    def measure(installation: Installation, settings: Settings) -> list[float]:
        with modbus_devices(1) as server:
            flow = modbus_flows.loop(server.ports[0], buffering=buffering)
            with node_red(installation, flow, palette=True) as red:
                for _ in range(settings.rounds + MODBUS_WARM_UP_S):
                    red.wait_for("rate")
            seen = server.finish().loop_ms
            size = 1000 // modbus_flows.LOOP_PERIOD_MS
            pieces = [seen[start : start + size] for start in range(0, len(seen), size)]
            return [statistics.median(piece) for piece in pieces[-settings.rounds - 1 : -1]]

    return measure


def _start(installation: Installation, settings: Settings) -> list[float]:
    """Seconds from starting the process to the first message of an inject node."""

    def once() -> float:
        with node_red(installation, flows.idle()) as red:
            return red.wait_for("first").at - red.began

    once()  # the files come into the page cache
    return [once() for _ in range(settings.rounds)]


def _memory(installation: Installation, settings: Settings) -> list[float]:
    """Resident MB of an idle Node-RED, 1 s after its first message."""

    def once() -> float:
        with node_red(installation, flows.idle()) as red:
            red.wait_for("first")
            time.sleep(IDLE_S)
            return red.resident_mb()

    return [once() for _ in range(settings.rounds)]


def _deploy(nodes: int) -> Measure:
    """Seconds from sending a flow of so many nodes to the admin API of a running Node-RED until all have started."""

    def measure(installation: Installation, settings: Settings) -> list[float]:
        def once() -> float:
            port = free_port()
            with node_red(installation, flows.idle(), admin_port=port) as red:
                red.wait_for("first")
                return deploy(red, port, flows.large(nodes), nodes)

        return [once() for _ in range(min(settings.rounds, MAX_DEPLOYS))]

    return measure


_TABLE: dict[str, tuple[str, Measure]] = {
    "chain1": ("msg/s", _in_bursts(lambda size: flows.chain(1, size))),
    "chain5": ("msg/s", _in_bursts(lambda size: flows.chain(5, size))),
    "chain20": ("msg/s", _in_bursts(lambda size: flows.chain(20, size))),
    "function": ("msg/s", _in_bursts(flows.function)),
    "fanout10": ("msg/s", _in_bursts(lambda size: flows.fanout(FANOUT, size), warm_up=1)),
    "expression": ("msg/s", _in_bursts(flows.expression)),
    "condition": ("msg/s", _in_bursts(flows.condition)),
    "mqtt_qos0": ("msg/s", _mqtt(0)),
    "mqtt_qos1": ("msg/s", _mqtt(1)),
    "mqtt_latency": ("ms", _mqtt_latency),
    "modbus_1": ("poll/s", _modbus(1, buffering=True)),
    "modbus_1_unbuffered": ("poll/s", _modbus(1, buffering=False)),
    "modbus_50": ("poll/s", _modbus(50, buffering=True)),
    "modbus_50_unbuffered": ("poll/s", _modbus(50, buffering=False)),
    "modbus_loop": ("ms", _modbus_loop(buffering=True)),
    "modbus_loop_unbuffered": ("ms", _modbus_loop(buffering=False)),
    "start": ("s", _start),
    "memory": ("MB", _memory),
    "deploy_1000": ("s", _deploy(1000)),
    "deploy_10000": ("s", _deploy(10_000)),
}
WORKLOADS = tuple(_TABLE)
