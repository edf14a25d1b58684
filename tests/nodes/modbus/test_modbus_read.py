from __future__ import annotations

import asyncio
import itertools
import math
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest

from flowengine import Message
from flowengine.options import build, problems, schema_of
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.point import Place, Point
from flowengine_nodes.modbus.read import Read
from flowengine_nodes.modbus.registers import codec
from tests.plants.modbus_slave import Reply, Seen
from tests.steady import running, steadily

DEVICE = Device(host="never-started")


async def some(node: Read, number: int, seconds: float = 5) -> list[Message]:
    """Run a source until it has brought so many messages."""
    found: list[Message] = []
    run: Any = node.run()
    async with asyncio.timeout(seconds):
        async for msg in run:
            found.append(msg)
            if len(found) == number:
                break
    await run.aclose()
    return found


async def following(node: Read) -> AsyncIterator[Message]:
    async with running(node):
        run: Any = node.run()
        async for msg in run:
            yield msg


VALUES: list[tuple[str, Any, dict[str, Any]]] = [
    ("bool", True, {}),
    ("bool", True, {"bit": 9}),
    ("int16", -12345, {}),
    ("uint16", 54321, {}),
    ("int32", -123456789, {}),
    ("uint32", 4123456789, {}),
    ("int64", -(2**62) - 1, {}),
    ("uint64", 2**63 + 5, {}),
    ("float32", 21.5, {}),
    ("float64", math.pi, {}),
    ("string", "PUMP-01A", {"length": 10}),
    ("bits", [True, False] * 16, {"count": 2}),
    ("bcd16", 1234, {}),
    ("bcd32", 12345678, {}),
    ("raw", [1, 2, 65535], {"count": 3}),
    ("float32", [1.5, -2.25, 1e9], {"count": 3}),
    ("int16", list(range(-150, 150)), {"count": 300}),
]


@pytest.mark.parametrize("order", ["ABCD", "CDAB", "BADC", "DCBA"])
def test_every_data_type_arrives_as_what_the_device_holds(plant: Any, order: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            for table in ("holding", "input"):
                for data_type, value, more in VALUES:
                    made = codec(data_type, order, more.get("count", 1), more.get("length", 16), more.get("bit"))  # type: ignore[arg-type]
                    words = struct.unpack(f">{made.words}H", made.encode(value))
                    getattr(slave.bank, table)[50 : 50 + made.words] = words
                    options = {"table": table, "data_type": data_type, "order": order, "interval": 0, **more}
                    node = Read(connection=device, address=50, **options)
                    async with running(node):
                        (msg,) = await some(node, 1)
                    assert (msg.payload, msg.quality) == (value, "good")

    steadily(main())


def test_pymodbus_server_is_read_and_written_in_every_table() -> None:
    """A second opinion: the slave of the other tests is ours, this one is not."""
    from pymodbus import pymodbus_apply_logging_config
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    from flowengine_nodes.modbus.write import Write

    pymodbus_apply_logging_config("CRITICAL")

    async def main() -> None:
        tables = (
            [SimData(0, values=[True, False, True] + [False] * 13, datatype=DataType.BITS)],
            [SimData(0, values=[False, True] + [False] * 14, datatype=DataType.BITS)],
            [SimData(0, values=[0] * 20, datatype=DataType.REGISTERS)],
            [SimData(0, values=[21.5, -3.25], datatype=DataType.FLOAT32)],
        )
        server = ModbusTcpServer(SimDevice(1, simdata=tables), address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        assert server.transport is not None
        port = server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        device = Device(host="127.0.0.1", port=port)
        async with running(device):
            reads: list[tuple[dict[str, Any], Any]] = [
                ({"table": "coil", "count": 3}, [True, False, True]),
                ({"table": "discrete", "count": 2}, [False, True]),
                ({"table": "input", "data_type": "float32", "count": 2}, [21.5, -3.25]),
            ]
            for options, wanted in reads:
                node = Read(connection=device, address=0, interval=0, **options)
                async with running(node):
                    assert (await some(node, 1))[0].payload == wanted
            writes: list[tuple[dict[str, Any], Any]] = [
                ({"table": "coil"}, True),
                ({"data_type": "int16"}, -5),
                ({"data_type": "float64"}, math.e),
            ]
            for options, value in writes:
                write = Write(connection=device, address=4, read_back=True, **options)
                async with running(write):
                    await write.write(Message(value))
        await server.shutdown()  # type: ignore[no-untyped-call]

    steadily(main())


def test_a_reading_carries_topic_time_and_engineering_unit(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.bank.holding[10] = 215
            node = Read(
                connection=device, address=10, scale=0.1, engineering_unit="degC", topic="plant/oven", interval=0
            )
            async with running(node) as host:
                before = host.clock.now()
                (msg,) = await some(node, 1)
                assert before <= msg.time <= host.clock.now()
            assert (msg.payload, msg.topic, msg.properties) == (21.5, "plant/oven", {"unit": "degC"})

    steadily(main())


def test_coils_are_booleans_and_addresses_may_count_from_one(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.bank.coil[10:13] = [True, False, True]
            node = Read(connection=device, table="coil", address=11, address_base=1, count=3, interval=0)
            async with running(node):
                assert (await some(node, 1))[0].payload == [True, False, True]

    steadily(main())


def test_a_failure_is_a_message_with_the_last_value_and_the_reason_and_then_it_is_good_again(plant: Any) -> None:
    async def main() -> None:
        async with plant(reconnect_min=0.05, reconnect_max=0.05) as (slave, device, _):
            slave.bank.holding[10] = 5
            node = Read(connection=device, address=10, interval=0.05)
            async with running(node) as host:
                run: Any = node.run()
                async with asyncio.timeout(5):
                    first = await anext(run)
                    await slave.stop()
                    bad = await anext(run)
                    again = await anext(run)
                    assert (first.payload, first.quality) == (5, "good")
                    assert (bad.payload, bad.quality, again.quality) == (5, "bad", "bad")
                    assert f"127.0.0.1:{slave.port}" in bad.properties["reason"]
                    assert again.time - bad.time > 0.02
                    assert [status.level for status in host.statuses] == ["error"]
                    slave.bank.holding[10] = 6
                    await slave.start()
                    async for msg in run:
                        if msg.quality == "good":
                            assert (msg.payload, msg.properties) == (6, {})
                            break
                    assert [status.level for status in host.statuses] == ["error", "ok"]
                await run.aclose()

    steadily(main())


def test_before_the_first_reading_a_bad_message_has_no_value(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.script = lambda seen: Reply(exception=2)
            node = Read(connection=device, address=10, interval=0)
            async with running(node):
                (msg,) = await some(node, 1)
            assert (msg.payload, msg.quality) == (None, "bad")
            assert msg.properties["reason"] == (
                "unit 1 refused to read holding registers (function 3), address 10: "
                "exception code 2, illegal data address: the device has nothing there"
            )

    steadily(main())


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_float_that_is_no_number_is_a_bad_reading(plant: Any, value: float) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.bank.holding[0:2] = struct.unpack(">2H", struct.pack(">f", value))
            node = Read(connection=device, address=0, data_type="float32", interval=0)
            async with running(node):
                (msg,) = await some(node, 1)
            assert (msg.payload, msg.quality) == (None, "bad")
            assert "is no number" in msg.properties["reason"]

    steadily(main())


def test_a_source_that_is_not_resumed_does_not_poll(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            node = Read(connection=device, address=0, interval=0)
            async with running(node):
                run: Any = node.run()
                await anext(run)
                await asyncio.sleep(0.05)
                assert len(slave.seen) == 1
                await anext(run)
                assert len(slave.seen) == 2
                await run.aclose()

    steadily(main())


def test_polls_keep_to_the_grid_of_their_interval(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (_, device, _):
            node = Read(connection=device, address=0, interval=0.5)
            times = []
            async with running(node):
                run: Any = node.run()
                async for _ in run:
                    times.append(device.clock.monotonic())
                    await asyncio.sleep(0.03)  # a slow flow behind it
                    if len(times) == 5:
                        break
                await run.aclose()
            late = [at % 0.5 for at in times[1:]]
            assert all(at < 0.4 for at in late), late
            assert [round((b - a) / 0.5) for a, b in itertools.pairwise(times[1:])] == [1] * 3

    steadily(main())


def test_on_change_sends_only_what_is_new(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            values = iter([1, 1, 1, 2, 2, 3, *[3] * 100])

            def script(seen: Seen) -> Reply:
                slave.bank.holding[0] = next(values)
                return Reply()

            slave.script = script
            node = Read(connection=device, address=0, interval=0, on_change=True)
            async with running(node):
                assert [msg.payload for msg in await some(node, 3)] == [1, 2, 3]

    steadily(main())


POINTS = {
    "temperature": Point(address=0, data_type="float32", engineering_unit="degC"),
    "level": Point(address=2, data_type="uint16", scale=0.5, offset=-10),
    "pump": Point(table="coil", address=3),
    "name": Point(address=3, data_type="string", length=4),
}


def test_several_points_come_as_one_object_by_the_fewest_requests(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.bank.holding[:5] = [*struct.unpack(">2H", struct.pack(">f", 181.5)), 100, 0x4142, 0x4344]
            slave.bank.coil[3] = True
            node = Read(connection=device, points=POINTS, interval=0)
            async with running(node):
                (msg,) = await some(node, 1)
            assert msg.payload == {"temperature": 181.5, "level": 40.0, "pump": True, "name": "ABCD"}
            assert (msg.quality, msg.properties) == ("good", {"units": {"temperature": "degC"}})
            assert sorted(slave.seen) == [(1, 1, 3, 1), (1, 3, 0, 5)]

    steadily(main())


def test_a_point_that_fails_is_null_and_named_and_the_others_arrive(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.script = lambda seen: Reply(exception=2 if seen.function == 1 else 0)
            node = Read(connection=device, points=POINTS, interval=0)
            async with running(node):
                (msg,) = await some(node, 1)
            assert msg.payload == {"temperature": 0.0, "level": -10.0, "pump": None, "name": ""}
            assert msg.quality == "uncertain"
            assert list(msg.properties["failed"]) == ["pump"]
            assert "illegal data address" in msg.properties["failed"]["pump"]
            assert msg.properties["reason"].startswith("pump: unit 1 refused")

    steadily(main())


def test_when_all_points_fail_the_last_object_comes_with_quality_bad(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            node = Read(connection=device, points={"a": Point(address=0), "b": Point(address=9)}, interval=0)
            async with running(node):
                run: Any = node.run()
                good = await anext(run)
                slave.script = lambda seen: Reply(silent=True)
                bad = await anext(run)
                assert (good.payload, bad.payload) == ({"a": 0, "b": 0}, {"a": 0, "b": 0})
                assert (bad.quality, "did not answer" in bad.properties["reason"]) == ("bad", True)
                await run.aclose()

    steadily(main())


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "address is missing"),
        ({"address": 1, "points": {"a": Point(address=1)}}, "either address or points"),
        ({"points": {"a": Point(address=None)}}, "point 'a': address is missing"),
        ({"address": 0, "address_base": 1}, "address 0 does not exist"),
        ({"address": 65535, "data_type": "int32"}, "would end at address 65536"),
        ({"address": 0, "table": "coil", "data_type": "int16"}, "does not fit table coil"),
        ({"address": 0, "bit": 3}, "bit is for data_type bool"),
        ({"address": 0, "data_type": "string", "count": 2}, "use several points"),
        ({"address": 0, "data_type": "bool", "count": 2}, "use bits"),
        ({"address": 0, "data_type": "bits", "scale": 2}, "scale and offset are for numbers"),
        ({"address": 0, "scale": 0}, "scale must not be 0"),
    ],
)
def test_options_that_do_not_fit_together_are_named(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Read(connection=DEVICE, **options)


def test_unit_zero_of_a_serial_line_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="unit 0 means all units"):
        Read(connection=Device(transport="rtu", serial_port="x"), unit=0, address=0)


def test_a_flow_file_can_say_all_this() -> None:
    options = {
        "connection": "oven",
        "points": {"t": {"address": 3, "data_type": "int16", "order": "CDAB", "scale": 0.1}},
    }
    assert problems(schema_of(Read), options) == []
    node = build(Read, options, connect=lambda name: DEVICE)
    assert node.points["t"].scale == 0.1
    assert problems(schema_of(Read), {"connection": "oven", "points": {"t": {"adress": 3}}})


def test_scaled_whole_numbers_have_no_more_decimals_than_their_scale() -> None:
    place = Place(Point(address=0, data_type="int16", scale=0.1, offset=-0.25), 0)
    assert place.decode((3).to_bytes(2, "big")) == 0.05
    assert [Place(Point(address=0, scale=0.01), 0).decode(n.to_bytes(2, "big")) for n in (29, 57, 113)] == [
        0.29,
        0.57,
        1.13,
    ]
