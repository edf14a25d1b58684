from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from flowengine import BadData, Message, Refused, Retryable
from flowengine.options import problems, schema_of
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.write import Write
from tests.plants.modbus_slave import Reply, Seen
from tests.steady import running, steadily

DEVICE = Device(host="never-started")


async def write(device: Device, value: Any, **options: Any) -> None:
    node = Write(connection=device, **{"address": 10, **options})
    async with running(node):
        await node.write(Message(value))


@pytest.mark.parametrize(
    ("options", "value", "seen", "registers"),
    [
        ({"data_type": "int16"}, -2, (1, 6, 10, 1), [0xFFFE]),
        ({"data_type": "int16", "function": "multiple"}, -2, (1, 16, 10, 1), [0xFFFE]),
        ({"data_type": "float32"}, 1.0, (1, 16, 10, 2), [0x3F80, 0]),
        ({"data_type": "float32", "order": "CDAB"}, 1.0, (1, 16, 10, 2), [0, 0x3F80]),
        ({"data_type": "int16", "scale": 0.1}, 21.5, (1, 6, 10, 1), [215]),
        ({"data_type": "uint16", "scale": 0.5, "offset": -10}, 40, (1, 6, 10, 1), [100]),
        ({"data_type": "uint16", "count": 3}, [1, 2, 3], (1, 16, 10, 3), [1, 2, 3]),
        ({"data_type": "string", "length": 4}, "AB", (1, 16, 10, 2), [0x4142, 0]),
        ({"data_type": "bool", "bit": 3}, True, (1, 22, 10, 1), [0x0008]),
        ({"address": 11, "address_base": 1}, 7, (1, 6, 10, 1), [7]),
    ],
)
def test_registers_get_what_the_payload_means(
    plant: Any, options: dict[str, Any], value: Any, seen: Any, registers: list[int]
) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            await write(device, value, **options)
            assert slave.seen == [seen]
            assert slave.bank.holding[10 : 10 + len(registers)] == registers

    steadily(main())


@pytest.mark.parametrize(
    ("options", "value", "seen"),
    [
        ({}, True, (1, 5, 10, 1)),
        ({"function": "multiple"}, 1, (1, 15, 10, 1)),
        ({"count": 10}, [True, False] * 5, (1, 15, 10, 10)),
    ],
)
def test_coils_get_what_the_payload_says(plant: Any, options: dict[str, Any], value: Any, seen: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            await write(device, value, table="coil", **options)
            wanted = value if isinstance(value, list) else [bool(value)]
            assert slave.seen == [seen]
            assert slave.bank.coil[10 : 10 + len(wanted)] == wanted
            assert not slave.bank.coil[10 + len(wanted)]

    steadily(main())


def test_a_bit_is_changed_in_the_device_and_its_neighbours_stay(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.bank.holding[10] = 0b1010_0000_0000_1010
            await write(device, True, data_type="bool", bit=2, read_back=True)
            await write(device, False, data_type="bool", bit=15)
            assert slave.bank.holding[10] == 0b0010_0000_0000_1110

    steadily(main())


@pytest.mark.parametrize(
    ("options", "value", "reason"),
    [
        ({"data_type": "int16"}, 40000, "does not fit int16"),
        ({"data_type": "int16", "scale": 0.1}, 4000, "4000 cannot be written: -3276.8 to 3276.7 fit"),
        ({"data_type": "int16", "scale": 0.1}, 10**400, "cannot be written"),
        ({"data_type": "float32"}, math.nan, "finite"),
        ({"data_type": "float32", "scale": 0.1}, math.inf, "finite"),
        ({"data_type": "int16"}, "5", "must be a number"),
        ({"data_type": "int16"}, True, "must be a number"),
        ({"data_type": "int16", "scale": 0.1}, None, "must be a number"),
        ({"table": "coil"}, 5, "must be true or false"),
        ({"table": "coil", "count": 2}, [True], "must be a list of 2 values"),
    ],
)
def test_a_payload_that_does_not_fit_is_refused_and_nothing_is_sent(
    plant: Any, options: dict[str, Any], value: Any, reason: str
) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            with pytest.raises(BadData) as caught:
                await write(device, value, **options)
            assert reason in str(caught.value)
            assert slave.seen == []

    steadily(main())


def test_a_refusal_names_unit_function_address_and_code(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.script = lambda seen: Reply(exception=3)
            with pytest.raises(
                Refused,
                match=r"unit 1 refused to write single register \(function 6\), address 10: exception code 3, illegal",
            ):
                await write(device, 1)

    steadily(main())


def test_a_write_without_an_answer_is_not_repeated_and_its_outcome_is_called_unknown(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.script = lambda seen: Reply(silent=True)
            with pytest.raises(Retryable, match="whether it took the value is not known"):
                await write(device, 1)
            await asyncio.sleep(0.3)
            assert len(slave.seen) == 1
            assert Write.retry.attempts == 1

    steadily(main())


def test_read_back_passes_when_the_device_shows_the_value_in_time(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            begin = asyncio.get_running_loop().time()

            def slow(seen: Seen) -> Reply:  # shows the value a while after it took it, and is busy at first
                if seen.function != 3:
                    return Reply()
                waited = asyncio.get_running_loop().time() - begin
                if waited < 0.1:
                    return Reply(exception=6)
                return Reply(data=b"\0\0" if waited < 0.2 else b"\0\x2a")

            slave.script = slow
            await write(device, 42, read_back=True, read_back_within=2)
            assert asyncio.get_running_loop().time() - begin >= 0.2

    steadily(main())


def test_read_back_of_another_value_is_refused_with_both(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.script = lambda seen: Reply(data=b"\1\x2c") if seen.function == 3 else Reply()
            options = {"data_type": "int16", "scale": 0.1, "read_back": True, "read_back_within": 0.1}
            with pytest.raises(
                Refused, match=r"25\.0 was written to holding 10 of unit 1, but after 0\.1 s it reads 30\.0"
            ):
                await write(device, 25, **options)
            await write(device, 25, tolerance=5, **options)

    steadily(main())


def test_read_back_compares_with_what_the_register_can_hold(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (_, device, _):
            await write(device, 0.1, data_type="float32", read_back=True, read_back_within=0)
            await write(device, 21.54, data_type="int16", scale=0.1, read_back=True, read_back_within=0)

    steadily(main())


def test_read_back_that_gets_no_answer_says_that_the_value_was_written(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.script = lambda seen: Reply(silent=seen.function == 3)
            with pytest.raises(
                Retryable, match=r"1 was written to holding 10 of unit 1, but after 0\.1 s it could not be"
            ):
                await write(device, 1, read_back=True, read_back_within=0.1)

    steadily(main())


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"unit": 0}, "unit 0 writes to all units at once"),
        ({"address": None}, "address is missing"),
        ({"data_type": "int32", "function": "single"}, "function single writes one holding"),
        ({"data_type": "raw", "count": 200}, "do not fit one write"),
        ({"data_type": "bool", "bit": 1, "function": "single"}, "leave function at auto"),
        ({"tolerance": 1}, "tolerance needs read_back"),
    ],
)
def test_options_that_do_not_fit_together_are_named(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Write(connection=DEVICE, **{"address": 0, **options})


def test_a_flow_file_cannot_name_a_table_that_is_read_only_or_all_units() -> None:
    schema = schema_of(Write)
    assert problems(schema, {"connection": "oven", "address": 1, "table": "input"})
    assert problems(schema, {"connection": "oven", "address": 1, "unit": 0})
    assert problems(schema, {"connection": "oven", "address": 1}) == []
