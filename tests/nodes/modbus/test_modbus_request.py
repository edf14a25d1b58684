from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message, Refused, Retryable
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.request import Request
from tests.plants.modbus_slave import Reply
from tests.steady import running, steadily


async def ask(device: Device, msg: Message, **options: Any) -> Message:
    node = Request(connection=device, **options)
    async with running(node):
        found = await node.process(msg)
    assert isinstance(found, Message)
    return found


def test_a_message_is_answered_with_the_value_and_keeps_the_rest(plant: Any) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.bank.holding[10] = 215
            msg = Message("go", topic="t", properties={"request": 7})
            found = await ask(device, msg, address=10, scale=0.1, engineering_unit="degC")
            assert (found.payload, found.topic, found.quality) == (21.5, "t", "good")
            assert found.properties == {"request": 7, "unit": "degC"}
            assert found.time > 0

    steadily(main())


def test_a_message_may_say_what_to_read(plant: Any) -> None:
    async def main() -> None:
        async with plant(3) as (slave, device, _):
            slave.units[3].coil[40:42] = [True, True]
            wanted = {"unit": 3, "table": "coil", "address": 41, "count": 2}
            found = await ask(device, Message(properties={"modbus": wanted}), address_base=1)
            assert found.payload == [True, True]
            slave.units[2].holding[:300] = list(range(300))
            found = await ask(device, Message(properties={"modbus": {"unit": 2, "count": 300}}))
            assert found.payload == list(range(300))

    steadily(main())


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"adress": 1}, "must be an object with some of unit, table, address"),
        (5, "must be an object"),
        ({"unit": 300}, "unit must be a number from 0 to 255, not 300"),
        ({"address": -1}, "Expected `int` >= 0"),
        ({"data_type": "int8"}, "Invalid enum value 'int8'"),
        ({"table": "coil", "data_type": "int16"}, "does not fit table coil"),
    ],
)
def test_a_message_that_asks_for_nonsense_is_bad_data_and_nothing_is_sent(plant: Any, wanted: Any, reason: str) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            with pytest.raises(BadData) as caught:
                await ask(device, Message(properties={"modbus": wanted}))
            assert reason in str(caught.value)
            assert slave.seen == []

    steadily(main())


@pytest.mark.parametrize(("reply", "error"), [(Reply(exception=2), Refused), (Reply(silent=True), Retryable)])
def test_a_device_that_fails_makes_the_message_fail(plant: Any, reply: Reply, error: type[Exception]) -> None:
    async def main() -> None:
        async with plant() as (slave, device, _):
            slave.script = lambda seen: reply
            with pytest.raises(error):
                await ask(device, Message(), count=200)

    steadily(main())
