"""The baselines that need no Node-RED: a bare pymodbus loop, and the broker without anything behind it."""

import asyncio
import json
import sys
import time

from flowengine_bench.nodered.broker import broker
from flowengine_bench.nodered.peers import modbus_devices, mqtt_load
from flowengine_bench.ours.flows import REGISTERS
from flowengine_bench.ours.measure import STORED_S, STORED_SIZE
from flowengine_bench.ours.server import module
from flowengine_bench.reporting import MARK

POLL_S = 2.0
MQTT_COUNT = 50_000
TOPIC = "bench/in"


def broker_alone(qos: int, rate: float | None = None) -> float:
    """Messages a second through the broker and back, or with a `rate` the median ms there and back."""
    with broker(no_delay=rate is not None) as port:
        through = mqtt_load(port, qos, MQTT_COUNT if rate is None else 1200, rate, topics=(TOPIC, TOPIC))
    return through.rate if rate is None else through.p50_ms


def broker_alone_with_large(rate: float | None = None) -> float:
    """Messages of 1 kB a second through the broker at QoS 1 and back, or with a `rate` the 99th percentile in ms."""
    with broker(no_delay=rate is not None) as port:
        count = MQTT_COUNT // 2 if rate is None else round(STORED_S * rate)
        through = mqtt_load(port, 1, count, rate, topics=(TOPIC, TOPIC), size=STORED_SIZE)
    return through.rate if rate is None else through.p99_ms


def pymodbus_polls(devices: int) -> float:
    """Polls a second of a loop that does nothing but read with pymodbus, one request at a time for each device."""
    with modbus_devices(devices) as server, module("flowengine_bench.bare", *map(str, server.ports)) as running:
        return running.wait_for("rate").rate


async def _polls(ports: list[int]) -> None:
    from pymodbus.client import AsyncModbusTcpClient

    answers = 0

    async def poll(port: int) -> None:
        nonlocal answers
        client = AsyncModbusTcpClient("127.0.0.1", port=port)
        await client.connect()
        while True:
            answer = await client.read_holding_registers(0, count=REGISTERS, device_id=1)
            answers += not answer.isError()

    tasks = [asyncio.create_task(poll(port)) for port in ports]
    await asyncio.sleep(POLL_S / 4)
    began, before = time.perf_counter(), answers
    await asyncio.sleep(POLL_S)
    report = {"event": "rate", "rate": (answers - before) / (time.perf_counter() - began)}
    sys.stdout.write(f"{MARK}{json.dumps(report)}\n")
    sys.stdout.flush()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(_polls([int(port) for port in sys.argv[1:]]))
