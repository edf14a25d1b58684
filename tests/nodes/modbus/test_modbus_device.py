"""The connection: opening, losing and finding it again, and who shares it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import itertools
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from flowengine import Refused, Retryable
from flowengine_nodes.modbus import pdu as modbus_pdu
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.read import Read
from flowengine_nodes.modbus.requests import Span
from tests.plants.modbus_slave import Reply, Seen, Slave, slave_on_pty
from tests.steady import running, steadily


def holding(address: int, size: int = 1, unit: int = 1) -> modbus_pdu.Request:
    return modbus_pdu.read(unit, 3, Span(address, size))


async def until(condition: Callable[[], Any], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def reads_again(device: Device, seconds: float = 5) -> float:
    """Ask until there is an answer; return how long it took."""
    begin = asyncio.get_running_loop().time()
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(Retryable):
                await device.line.ask(holding(0))
                return asyncio.get_running_loop().time() - begin
            await asyncio.sleep(0.01)


def test_a_device_that_is_switched_on_later_is_found_within_two_seconds() -> None:
    async def main() -> None:
        slave = Slave()
        await slave.start()
        await slave.stop()
        device = Device(host="127.0.0.1", port=slave.port, timeout=0.15)
        async with running(device) as host:
            await until(lambda: host.statuses and host.statuses[-1].level == "error")
            assert "refused" in host.statuses[-1].text
            with pytest.raises(Retryable, match=r"is not connected: Connection refused; next try in 0\.\d s"):
                await device.line.ask(holding(0))
            await asyncio.sleep(1)
            await slave.start()
            assert await reads_again(device) < 2
            assert host.statuses[-1].level == "ok"
        await slave.stop()

    steadily(main())


def test_a_device_that_restarts_is_found_within_two_seconds_each_time(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            for _ in range(3):
                await device.line.ask(holding(0))
                await slave.stop()
                with pytest.raises(Retryable):
                    await device.line.ask(holding(0))
                await slave.start()
                assert await reads_again(device) < 2
            assert device.counts.lost == 3

    steadily(main())


def test_what_is_under_way_when_the_connection_breaks_fails_and_says_so(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.script = lambda seen: Reply(close=True)
            with pytest.raises(Retryable, match="broke before the answer: the device closed the connection"):
                await device.line.ask(holding(0))
            slave.script = lambda seen: Reply(cut=9, close=True)
            await until(lambda: device.line.down is None)
            with pytest.raises(Retryable, match="broke before the answer"):
                await device.line.ask(holding(0))

    steadily(main())


def test_an_outage_is_logged_once_and_its_end_once(plant: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def main() -> None:
        async with plant(reconnect_min=0.01, reconnect_max=0.02) as (slave, device, _):
            await device.line.ask(holding(0))
            await slave.stop()
            await asyncio.sleep(0.3)
            await slave.start()
            await reads_again(device)

    steadily(main())
    texts = [record.getMessage() for record in caplog.records if record.name == "flowengine.test"]
    assert [("not connected" in text, "again" in text) for text in texts] == [(True, True), (False, True)]


def test_a_peer_that_vanished_is_noticed_and_the_connection_opened_anew(plant: Any) -> None:
    async def main() -> None:
        async with plant(timeout=0.15) as (slave, device, _):
            await device.line.ask(holding(0))
            slave.script = lambda seen: Reply(silent=slave.connections < 2)
            assert await reads_again(device) < 2
            assert slave.connections == 2

    steadily(main())


def test_nothing_leaks_over_many_broken_connections(plant: Any) -> None:
    async def main() -> None:
        async with plant(reconnect_min=0.002, reconnect_max=0.002) as (slave, device, _):
            await device.line.ask(holding(0))

            def lost(number: int) -> bool:
                return bool(device.counts.lost == number)

            gc.collect()  # what earlier tests have left is not to be closed in between
            descriptors, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
            for number in range(1, 51):
                slave.hang_up()
                await until(functools.partial(lost, number))
                await reads_again(device)
            await asyncio.sleep(0.02)
            gc.collect()
            assert abs(len(os.listdir("/proc/self/fd")) - descriptors) <= 2
            assert len(asyncio.all_tasks()) <= tasks + 1

    steadily(main())


def test_a_hundred_nodes_share_one_connection_and_few_requests(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _), contextlib.AsyncExitStack() as stack:
            slave.bank.holding[:100] = list(range(100))
            nodes = [Read(connection=device, address=i, interval=0.1) for i in range(100)]
            got: dict[int, list[Any]] = {i: [] for i in range(100)}

            async def collect(number: int, node: Read) -> None:
                async for msg in node.run():
                    got[number].append(msg.payload)

            for node in nodes:
                await stack.enter_async_context(running(node))
            tasks = [asyncio.create_task(collect(i, node)) for i, node in enumerate(nodes)]
            await until(lambda: all(len(values) >= 6 for values in got.values()))
            for task in tasks:
                task.cancel()
            assert slave.connections == 1
            # The first round falls together by chance; each further one is a single request for registers 0 to 99.
            assert sum(seen.size == 100 for seen in slave.seen) >= 4
            assert len(slave.seen) <= 12
            assert all(set(values) == {number} for number, values in got.items())

    steadily(main())


def test_neighbouring_reads_are_joined_and_each_gets_its_own_part(plant: Any) -> None:
    async def main() -> None:
        async with plant(max_gap=2) as (slave, device, _):
            slave.bank.holding[:20] = list(range(20))
            slave.bank.coil[:20] = [i % 3 == 0 for i in range(20)]
            coils = [modbus_pdu.read(1, 1, Span(at, 5)) for at in (0, 5, 9)]
            wanted = [holding(0, 2), holding(4, 2), holding(4, 1), holding(9, 1), *coils]
            answers = [await future for future in device.line.ask_all(wanted)]
            assert answers[:4] == [b"\0\0\0\1", b"\0\4\0\5", b"\0\4", b"\0\x09"]
            assert [int.from_bytes(data) for data in answers[4:]] == [0b01001, 0b10010, 0b01001]
            assert sorted(slave.seen) == [(1, 1, 0, 14), (1, 3, 0, 6), (1, 3, 9, 1)]

    steadily(main())


def test_one_forbidden_register_does_not_spoil_the_reads_joined_with_it(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):

            def forbidden(seen: Seen) -> Reply:
                return Reply(exception=2 if seen.address <= 5 < seen.address + seen.size else 0)

            slave.script = forbidden
            wanted = [holding(at) for at in range(10)]
            for _ in range(2):
                found = await asyncio.gather(*device.line.ask_all(wanted), return_exceptions=True)
                assert [isinstance(data, Refused) for data in found] == [at == 5 for at in range(10)]
            # Once one by one to find the culprit, from then on it goes alone.
            assert len(slave.seen) == 11 + 3

    steadily(main())


def test_a_device_that_refuses_joined_reads_is_read_one_by_one_from_then_on(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.script = lambda seen: Reply(exception=3 if seen.size > 1 else 0)
            for _ in range(2):
                found = await asyncio.gather(*device.line.ask_all([holding(at) for at in range(4)]))
                assert found == [b"\0\0"] * 4
            assert [seen.size for seen in slave.seen] == [4, *[1] * 8]

    steadily(main())


def test_a_dead_unit_does_not_hold_up_the_others(plant: Any) -> None:
    async def main() -> None:
        async with plant(20, timeout=0.4) as (slave, device, host), contextlib.AsyncExitStack() as stack:
            slave.script = lambda seen: Reply(silent=seen.unit == 7)
            times: dict[int, list[float]] = {unit: [] for unit in range(1, 21)}
            reasons: list[str] = []

            async def collect(unit: int, node: Read) -> None:
                async for msg in node.run():
                    if msg.quality == "good":
                        times[unit].append(asyncio.get_running_loop().time())
                    else:
                        reasons.append(msg.properties["reason"])

            tasks = []
            for unit in range(1, 21):
                node = Read(connection=device, unit=unit, address=0, interval=0.05)
                await stack.enter_async_context(running(node))
                tasks.append(asyncio.create_task(collect(unit, node)))
            await asyncio.sleep(0.7)  # the first timeout of unit 7 may cost everyone once
            begin = asyncio.get_running_loop().time()
            await asyncio.sleep(2.2)
            alive = [[at for at in times[unit] if at > begin] for unit in range(1, 21) if unit != 7]
            gaps = [max(b - a for a, b in itertools.pairwise(polls)) for polls in alive]
            assert max(gaps) < 0.3, gaps  # at no time does anyone wait for unit 7 to time out
            assert times[7] == []
            assert any("unit 7 does not answer; next try in" in reason for reason in reasons)
            assert any(status.text == "unit 7 silent" for status in host.statuses)
            tries = sum(seen.unit == 7 for seen in slave.seen)
            assert 2 <= tries <= 5
            slave.script = lambda seen: Reply()
            await until(lambda: times[7], 2.5)
            for task in tasks:
                task.cancel()

    steadily(main())


def test_those_who_ask_while_a_silent_unit_is_tried_share_the_outcome(plant: Any) -> None:
    async def main() -> None:
        async with plant(unit_retry_max=0.05) as (slave, device, _):
            slave.script = lambda seen: Reply(silent=True)
            with pytest.raises(Retryable, match=r"unit 1 did not answer within 0\.3 s"):
                await device.line.ask(holding(0))
            with pytest.raises(Retryable, match=r"unit 1 does not answer; next try in"):
                await device.line.ask(holding(0))
            await asyncio.sleep(0.06)
            slave.script = lambda seen: Reply(delay=0.05)
            first, second, third = (device.line.ask(holding(at)) for at in (0, 1, 2))
            first.cancel()  # whoever tried has gone; the others must not wait for ever
            assert [await second, await third] == [b"\0\0"] * 2

    steadily(main())


def test_the_queue_is_bounded(plant: Any) -> None:
    async def main() -> None:
        async with plant(queue=3) as (slave, device, _):
            await device.line.ask(holding(0))
            slave.script = lambda seen: Reply(delay=0.05)
            asked = [device.line.ask(holding(at)) for at in range(0, 20, 4)]
            assert [future.done() for future in asked] == [False] * 4 + [True]
            with pytest.raises(Retryable, match="3 requests are waiting for this device already"):
                await asked[-1]
            await asyncio.gather(*asked[:-1])

    steadily(main())


def test_parallel_requests_share_one_connection(plant: Any) -> None:
    async def main() -> None:
        async with plant(parallel=8, timeout=1) as (slave, device, _):
            slave.bank.holding[:40] = list(range(40))
            await device.line.ask(holding(0))
            slave.script = lambda seen: Reply(delay=0.1 - 0.002 * seen.address)  # answers come in reverse order
            begin = asyncio.get_running_loop().time()
            found = await asyncio.gather(*(device.line.ask(holding(at)) for at in range(0, 40, 5)))
            assert asyncio.get_running_loop().time() - begin < 0.3
            assert [int.from_bytes(data) for data in found] == list(range(0, 40, 5))
            assert slave.connections == 1

    steadily(main())


def test_requests_keep_the_delay_between_them(plant: Any) -> None:
    async def main() -> None:
        async with plant(delay=0.05) as (_, device, _):
            begin = asyncio.get_running_loop().time()
            for at in (0, 10, 20):
                await device.line.ask(holding(at))
            assert asyncio.get_running_loop().time() - begin >= 0.1

    steadily(main())


def test_writes_and_reads_take_turns_when_both_wait(plant: Any) -> None:
    async def main() -> None:
        async with plant(timeout=1) as (slave, device, _):
            await device.line.ask(holding(0))
            slave.script = lambda seen: Reply(delay=0.01)
            reads = [device.line.ask(holding(at)) for at in (0, 10, 20, 30)]
            writes = [device.line.ask(modbus_pdu.write_registers(1, at, b"\0\1", single=True)) for at in (0, 1, 2)]
            await asyncio.gather(*reads, *writes)
            assert [seen.function for seen in slave.seen[1:]] == [3, 6, 3, 6, 3, 6, 3]

    steadily(main())


def test_an_rtu_device_on_a_serial_port_is_read_and_written() -> None:
    async def main() -> None:
        async with slave_on_pty(2) as (slave, port):
            slave.units[2].holding[5] = 4711
            device = Device(transport="rtu", serial_port=port, parity="none", timeout=0.3)
            async with running(device) as host:
                assert await device.line.ask(holding(5, unit=2)) == (4711).to_bytes(2, "big")
                await device.line.ask(modbus_pdu.write_registers(1, 7, b"\1\2\3\4", single=False))
                assert slave.bank.holding[7:9] == [0x0102, 0x0304]
                assert host.statuses[-1].text == f"connected to {port}"

    steadily(main())


def test_a_serial_port_that_is_not_there_is_named_and_tried_again() -> None:
    async def main() -> None:
        async with running(Device(transport="rtu", serial_port="/dev/no-such-port")) as host:
            await until(lambda: host.statuses and host.statuses[-1].level == "error")
            assert host.statuses[-1].text == "not connected: No such file or directory"

    steadily(main())


def test_requests_wait_for_the_first_connection_and_fail_when_it_fails() -> None:
    async def main() -> None:
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            device = Device(host="127.0.0.1", port=reserved.getsockname()[1])
            async with running(device):
                with pytest.raises(Retryable, match="is not connected: Connection refused"):
                    await device.line.ask(holding(0))

    steadily(main())


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "host is missing"),
        ({"transport": "rtu"}, "serial_port is missing"),
        ({"host": "a", "reconnect_min": 5, "reconnect_max": 1}, "reconnect_max must not be less"),
        ({"host": "a", "key_file": "k"}, "key_file needs certificate_file"),
    ],
)
def test_options_that_do_not_fit_together_are_named(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Device(**options)
