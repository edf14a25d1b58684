"""Late answers and garbage: nothing wrong is ever believed, on TCP and on RTU."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from flowengine import Refused, Retryable
from flowengine_nodes.modbus import pdu as modbus_pdu
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.requests import Span
from flowengine_nodes.modbus.rtu import crc, frame
from tests.plants.modbus_slave import Reply, Seen, slave_on_pty
from tests.steady import running, steadily

RTU = "rtu-over-tcp"


def holding(address: int, size: int = 1, unit: int = 1) -> modbus_pdu.Request:
    return modbus_pdu.read(unit, 3, Span(address, size))


async def ask(device: Device, *requests: modbus_pdu.Request) -> list[int | None]:
    """Ask one after the other; None where there is no answer."""
    found: list[int | None] = []
    for request in requests:
        try:
            found.append(int.from_bytes(await device.line.ask(request), "big"))
        except (Retryable, Refused):
            found.append(None)
    return found


@pytest.mark.parametrize("transport", ["tcp", RTU])
def test_an_answer_that_comes_late_is_never_taken_for_another(plant: Any, transport: str) -> None:
    async def main() -> None:
        async with plant(2, transport=transport, timeout=0.15, unit_retry_max=0.001) as (slave, device, _):
            for bank in slave.units.values():
                bank.holding[:60] = [100 + i for i in range(60)]
            # Each second request is answered 75 ms after the timeout of 150 ms.
            slave.script = lambda seen: Reply(delay=0.225 if seen.address % 20 else 0)
            for at in (10, 20, 30, 40, 50, 0):
                assert await ask(device, holding(at)) == [None if at % 20 else 100 + at]
                await asyncio.sleep(0.002)
            assert device.counts.timeouts == 3
            await asyncio.sleep(0.1)
            assert device.counts.stray == 3

    steadily(main())


def test_a_late_answer_on_a_serial_line_is_never_taken_for_another() -> None:
    async def main() -> None:
        async with slave_on_pty() as (slave, port):
            slave.bank.holding[:30] = [100 + i for i in range(30)]
            device = Device(transport="rtu", serial_port=port, parity="none", timeout=0.15, unit_retry_max=0.001)
            async with running(device):
                slave.script = lambda seen: Reply(delay=0.22 if seen.address == 10 else 0)
                assert await ask(device, holding(10)) == [None]
                await asyncio.sleep(0.002)
                assert await ask(device, holding(20), holding(10), holding(0)) == [120, None, None]
                await asyncio.sleep(0.002)
                assert await ask(device, holding(0)) == [100]

    steadily(main())


def test_an_answer_with_another_transaction_id_is_not_believed(plant: Any) -> None:
    async def main() -> None:
        async with plant(unit_retry_max=0.001) as (slave, device, _):
            slave.bank.holding[:3] = [100, 110, 120]
            slave.script = lambda seen: Reply(number=-1 if seen.address == 1 else 0)
            assert await ask(device, holding(0), holding(1)) == [100, None]
            assert device.counts.stray == 1
            await asyncio.sleep(0.002)
            assert await ask(device, holding(2)) == [120]

    steadily(main())


@pytest.mark.parametrize("transport", ["tcp", RTU])
def test_doubled_answers_are_taken_once(plant: Any, transport: str) -> None:
    async def main() -> None:
        async with plant(transport=transport) as (slave, device, _):
            slave.bank.holding[:4] = [7, 8, 9, 10]
            slave.script = lambda seen: Reply(times=2)
            assert await ask(device, *(holding(at) for at in range(4))) == [7, 8, 9, 10]

    steadily(main())


@pytest.mark.parametrize("transport", ["tcp", RTU])
def test_an_answer_in_pieces_is_put_together(plant: Any, transport: str) -> None:
    async def main() -> None:
        async with plant(transport=transport) as (slave, device, _):
            slave.bank.holding[:2] = [7, 8]
            slave.script = lambda seen: Reply(pieces=True)
            assert await ask(device, holding(0), holding(1)) == [7, 8]

    steadily(main())


@pytest.mark.parametrize(
    "reply",
    [
        Reply(unit=9),
        Reply(function=4),
        Reply(data=b"\0\1\0\2"),
        Reply(data=b"\0"),
        Reply(data=b""),
        Reply(data=bytes(252)),
        Reply(raw=b"\0\0\0\0\0\0\0\0\0\0\0\0"),
        Reply(raw=b"GET / HTTP/1.1\r\n\r\n"),
        Reply(cut=5),
        Reply(cut=6),
    ],
    ids=str,
)
@pytest.mark.parametrize("transport", ["tcp", RTU])
def test_an_answer_that_does_not_fit_its_request_is_an_error(plant: Any, transport: str, reply: Reply) -> None:
    async def main() -> None:
        async with plant(transport=transport, unit_retry_max=0.001, reconnect_min=0.001) as (slave, device, _):
            slave.bank.holding[0] = 77
            slave.script = lambda seen: reply
            assert await ask(device, holding(0)) == [None]
            slave.script = lambda seen: Reply()
            for _ in range(20):
                await asyncio.sleep(0.01)
                if await ask(device, holding(0)) == [77]:
                    return
            raise AssertionError("the device was not read again")

    steadily(main())


def test_a_frame_with_a_changed_bit_is_not_believed_on_a_serial_line(plant: Any) -> None:
    async def main() -> None:
        async with plant(transport=RTU, timeout=0.02, unit_retry_max=0.001) as (slave, device, _):
            slave.bank.holding[0] = 77
            for at in range(7):
                slave.script = lambda seen, at=at: Reply(damage=at)
                assert await ask(device, holding(0)) == [None]
                await asyncio.sleep(0.002)
            assert device.counts.garbage == 7

    steadily(main())


def test_stray_bytes_in_front_of_a_serial_answer_do_no_harm(plant: Any) -> None:
    async def main() -> None:
        async with plant(transport=RTU) as (slave, device, _):
            slave.bank.holding[0] = 77
            slave.script = lambda seen: Reply(before=b"\0\1\xff\1\3\2")
            assert await ask(device, holding(0)) == [77]

    steadily(main())


def test_mutated_answers_never_become_a_wrong_value(plant: Any) -> None:
    chance = random.Random(20260101)

    def mutate(data: bytes) -> bytes:
        kind = chance.randrange(4)
        at = chance.randrange(len(data))
        if kind == 0:
            return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        if kind == 1:
            return data[:at]
        if kind == 2:
            return data[:at] + chance.randbytes(chance.randrange(1, 300))
        return chance.randbytes(chance.randrange(1, 300))

    async def main() -> None:
        options = {"transport": RTU, "timeout": 0.002, "unit_retry_max": 0.0001, "reconnect_min": 0.001}
        async with plant(**options) as (slave, device, _):
            slave.bank.holding[0] = 77
            slave.script = lambda seen: Reply(raw=mutate(frame(1, b"\3\2\0\x4d")))
            found = []
            for _ in range(300):
                found += await ask(device, holding(0))
            assert set(found) <= {None, 77}
            slave.script = lambda seen: Reply()
            async with asyncio.timeout(2):
                while await ask(device, holding(0)) != [77]:
                    await asyncio.sleep(0.005)

    steadily(main())


def test_the_mbap_parser_survives_noise_and_believes_only_whole_answers_to_its_own_requests() -> None:
    """Ten thousand mutated answers, given straight to the protocol."""
    from flowengine import Clock
    from flowengine_nodes.modbus.line import Line
    from flowengine_nodes.modbus.mbap import Mbap
    from flowengine_nodes.modbus.turns import Turns

    chance = random.Random(7)

    class Pipe(asyncio.Transport):
        def __init__(self) -> None:
            super().__init__()
            self.sent = b""

        def write(self, data: Any) -> None:
            self.sent = bytes(data)

        def abort(self) -> None:
            pass

    async def main() -> None:
        turns = Turns(most=10, registers=125, gap=0)
        line = Line(
            Clock(), turns, name="x", timeout=60, delay=0, parallel=1, retry_most=1, reopen=True, changed=lambda: None
        )
        for _ in range(10_000):
            wire, pipe = Mbap(line), Pipe()
            wire.connection_made(pipe)
            asked = line.ask(holding(0))
            good = pipe.sent[:2] + b"\0\0\0\5\1\3\2\0\x4d"
            data = bytearray(good)
            for _ in range(chance.randrange(3)):
                # The value itself has no check in Modbus TCP; everything in front of it must be right.
                data[chance.randrange(9)] ^= 1 << chance.randrange(8)
            cut = chance.randrange(12)
            for piece in (data[:cut], data[cut:], chance.randbytes(chance.randrange(300))):
                if line.down is None and not asked.done():
                    wire.data_received(bytes(piece))
            believed = asked.done() and asked.exception() is None
            assert believed == (data == good)
            assert not believed or asked.result() == b"\0\x4d"
            line.close()
            line.down = None
            if asked.done():
                asked.exception()
        assert line.counts.garbage > 100

    steadily(main())


@pytest.mark.parametrize("function", [1, 2, 3, 4, 5, 6, 15, 16, 22])
def test_every_exception_code_is_named_with_unit_function_and_address(plant: Any, function: int) -> None:
    requests = {
        5: modbus_pdu.write_coils(1, 40, b"\1", 1, single=True),
        6: modbus_pdu.write_registers(1, 40, b"\0\1", single=True),
        15: modbus_pdu.write_coils(1, 40, b"\1", 1, single=False),
        16: modbus_pdu.write_registers(1, 40, b"\0\1", single=False),
        22: modbus_pdu.mask_register(1, 40, 0, 1),
    }
    request = requests.get(function) or modbus_pdu.read(1, function, Span(40, 1))

    async def main() -> None:
        async with plant(unit_retry_max=0.001) as (slave, device, _):
            for code in (*range(1, 12), 99):
                slave.script = lambda seen, code=code: Reply(exception=code)
                with pytest.raises((Refused, Retryable)) as caught:
                    await device.line.ask(request)
                text = str(caught.value)
                assert text.startswith("unit 1 refused to ")
                assert f"(function {function}), address 40: exception code {code}, " in text
                assert isinstance(caught.value, Retryable) == (code in (5, 6, 10, 11))
                assert ("not in the standard" in text) == (code in (9, 99))
                await asyncio.sleep(0.002)

    steadily(main())


def test_crc_is_that_of_the_standard() -> None:
    # The example of MODBUS over Serial Line V1.02, 6.2.2: unit 2, function 7.
    assert crc(b"\2\7").hex() == "4112"


def test_reads_of_unit_seven_are_not_answered_by_unit_eight(plant: Any) -> None:
    async def main() -> None:
        async with plant(8, transport=RTU, unit_retry_max=0.001) as (slave, device, _):
            slave.units[7].holding[0], slave.units[8].holding[0] = 7, 8

            def swapped(seen: Seen) -> Reply:
                return Reply(unit=8) if seen.unit == 7 else Reply()

            slave.script = swapped
            assert await ask(device, holding(0, unit=7), holding(0, unit=8)) == [None, 8]

    steadily(main())
