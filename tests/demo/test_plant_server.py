"""The plant over a real socket: pymodbus' client on one side, our server in its own process on the other."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator

import pytest
from pymodbus.client import AsyncModbusTcpClient

from flowengine_demo.child import ChildError
from flowengine_demo.plant.process import PlantProcess
from flowengine_demo.plant.registers import BenchMap, OvenAlarm, OvenMap, PressMap
from flowengine_demo.ports import accepts
from tests.fair import fairly
from tests.web.patience import until

PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def plant() -> Iterator[PlantProcess]:
    """One plant for the whole module, ten times as fast as life, with a nervous watchdog."""
    with PlantProcess(speed=10.0, watchdog_s=1.0) as running:
        yield running


class Client:
    """Typed access to one plant through pymodbus."""

    def __init__(self, modbus: AsyncModbusTcpClient) -> None:
        self.modbus = modbus

    async def float_at(self, address: int, unit: int = OvenMap.UNIT) -> float:
        response = await self.modbus.read_input_registers(address, count=2, device_id=unit)
        assert not response.isError()
        value = self.modbus.convert_from_registers(response.registers, self.modbus.DATATYPE.FLOAT32)
        assert isinstance(value, float)
        return value

    async def words_at(self, address: int, count: int, unit: int = OvenMap.UNIT) -> list[int]:
        response = await self.modbus.read_input_registers(address, count=count, device_id=unit)
        assert not response.isError()
        return list(response.registers)

    async def write_float(self, address: int, value: float, unit: int = OvenMap.UNIT) -> None:
        words = self.modbus.convert_to_registers(value, self.modbus.DATATYPE.FLOAT32)
        assert not (await self.modbus.write_registers(address, words, device_id=unit)).isError()

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Poll until it holds, or fail after the patience."""
        async with asyncio.timeout(PATIENCE_S):
            while not await holds():
                await asyncio.sleep(0.02)


def with_client(plant: PlantProcess, talk: Callable[[Client], Awaitable[None]]) -> None:
    async def session() -> None:
        modbus = AsyncModbusTcpClient(plant.host, port=plant.port, timeout=PATIENCE_S, retries=0)
        assert await modbus.connect()
        try:
            await talk(Client(modbus))
        finally:
            modbus.close()

    asyncio.run(session())


def ask(line: socket.socket, transaction: int, pdu: bytes, unit: int = OvenMap.UNIT) -> None:
    line.sendall(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu)


def receive(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := line.recv(size - len(data))):
        data += more
    return data


def test_the_heater_heats_the_chamber_and_counts_energy(plant: PlantProcess) -> None:
    async def talk(client: Client) -> None:
        start = await client.float_at(OvenMap.CHAMBER_TEMPERATURE.address)
        energy = await client.float_at(OvenMap.ENERGY.address)

        async def hotter() -> bool:
            await client.write_float(OvenMap.HEATER_COMMAND.address, 80.0)
            return await client.float_at(OvenMap.CHAMBER_TEMPERATURE.address) > start + 10.0

        await client.until(hotter)
        assert await client.float_at(OvenMap.HEATER_ACTUAL.address) == 80.0
        assert await client.float_at(OvenMap.ENERGY.address) > energy
        assert await client.float_at(OvenMap.PRODUCT_TEMPERATURE.address) < start + 10.0

    fairly(lambda number: with_client(plant, talk))


def test_the_heater_goes_off_by_itself_when_nobody_commands_it(plant: PlantProcess) -> None:
    async def talk(client: Client) -> None:
        await client.write_float(OvenMap.HEATER_COMMAND.address, 20.0)

        async def tripped() -> bool:
            (alarms,) = await client.words_at(OvenMap.ALARMS.address, 1)
            return OvenAlarm.WATCHDOG in OvenAlarm(alarms)

        await client.until(tripped)
        assert await client.float_at(OvenMap.HEATER_ACTUAL.address) == 0.0

    with_client(plant, talk)


def test_the_door_coil_opens_the_door(plant: PlantProcess) -> None:
    async def talk(client: Client) -> None:
        for wanted in (True, False):
            await client.modbus.write_coil(OvenMap.DOOR_COIL.address, wanted, device_id=OvenMap.UNIT)

            async def seen(wanted: bool = wanted) -> bool:
                bits = await client.modbus.read_discrete_inputs(OvenMap.DOOR.address, device_id=OvenMap.UNIT)
                return bits.bits[0] is wanted

            await client.until(seen)
            assert await client.words_at(OvenMap.DOOR_WORD.address, 1) == [int(wanted)]
            held = await client.modbus.read_holding_registers(OvenMap.DOOR_COMMAND.address, device_id=OvenMap.UNIT)
            assert held.registers == [int(wanted)]

    with_client(plant, talk)


def test_the_press_counts_and_is_serviced(plant: PlantProcess) -> None:
    async def talk(client: Client) -> None:
        async def count() -> int:
            high, low = await client.words_at(PressMap.COUNTER.address, 2, PressMap.UNIT)
            return high << 16 | low

        await client.write_float(PressMap.LINE_SPEED.address, 60.0, PressMap.UNIT)
        start = await count()

        async def counted() -> bool:
            return await count() != start

        await client.until(counted)
        cycle = await client.float_at(PressMap.CYCLE_TIME.address, PressMap.UNIT)
        assert 0.5 < cycle < 2.5
        assert await client.float_at(PressMap.VIBRATION.address, PressMap.UNIT) >= 0.0
        await client.modbus.write_register(PressMap.SERVICE_COMMAND.address, 1, device_id=PressMap.UNIT)

        async def taken() -> bool:
            held = await client.modbus.read_holding_registers(PressMap.SERVICE_COMMAND.address, device_id=PressMap.UNIT)
            return held.registers == [0]

        await client.until(taken)

    with_client(plant, talk)


def test_illegal_addresses_and_unknown_units_get_their_exception_code(plant: PlantProcess) -> None:
    async def talk(client: Client) -> None:
        outside = await client.modbus.read_input_registers(9, count=1, device_id=OvenMap.UNIT)
        assert (outside.isError(), outside.exception_code) == (True, 2)
        nobody = await client.modbus.read_input_registers(10, count=1, device_id=77)
        assert (nobody.isError(), nobody.exception_code) == (True, 11)

    with_client(plant, talk)


def test_many_clients_at_once_each_get_their_own_answers(plant: PlantProcess) -> None:
    async def one(client: AsyncModbusTcpClient, count: int) -> None:
        assert await client.connect()
        for _ in range(20):
            response = await client.read_input_registers(10, count=count, device_id=OvenMap.UNIT)
            assert len(response.registers) == count
        client.close()

    async def all_of_them() -> None:
        clients = [AsyncModbusTcpClient(plant.host, port=plant.port, timeout=PATIENCE_S, retries=0) for _ in range(12)]
        await asyncio.gather(*(one(client, count) for count, client in enumerate(clients, start=1)))

    asyncio.run(all_of_them())


def test_requests_sent_in_a_row_are_all_answered_in_order(plant: PlantProcess) -> None:
    with socket.create_connection((plant.host, plant.port), PATIENCE_S) as line:
        for transaction in range(5):
            ask(line, transaction, struct.pack(">BHH", 4, 10, 1))
        answers = receive(line, 5 * 11)
        assert [struct.unpack_from(">H", answers, 11 * at)[0] for at in range(5)] == list(range(5))


def test_a_frame_that_arrives_byte_by_byte_is_answered(plant: PlantProcess) -> None:
    with socket.create_connection((plant.host, plant.port), PATIENCE_S) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in struct.pack(">HHHBBHH", 7, 0, 6, OvenMap.UNIT, 3, 22, 2):
            line.sendall(bytes((byte,)))
        assert receive(line, 13) == struct.pack(">HHHBBBf", 7, 0, 7, OvenMap.UNIT, 3, 4, 180.0)


def test_garbage_closes_its_own_connection_and_disturbs_nobody(plant: PlantProcess) -> None:
    chance = random.Random(1)
    with socket.create_connection((plant.host, plant.port), PATIENCE_S) as good:
        for _ in range(50):
            with socket.create_connection((plant.host, plant.port), PATIENCE_S) as bad:
                bad.sendall(b"GET / HTTP/1.1\r\n\r\n" + chance.randbytes(chance.randrange(300)))
                with contextlib.suppress(ConnectionResetError):
                    assert bad.recv(100) == b"", "not Modbus: the line is closed without an answer"
            ask(good, 1, struct.pack(">BHH", 4, 10, 1))
            assert len(receive(good, 11)) == 11


def test_a_client_that_vanishes_in_the_middle_of_a_frame_disturbs_nobody(plant: PlantProcess) -> None:
    for cut in range(1, 12):
        line = socket.create_connection((plant.host, plant.port), PATIENCE_S)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a hard reset, not a goodbye
        line.sendall(struct.pack(">HHHBBHH", 7, 0, 6, OvenMap.UNIT, 4, 10, 2)[:cut])
        line.close()
    with socket.create_connection((plant.host, plant.port), PATIENCE_S) as line:
        ask(line, 1, struct.pack(">BHH", 4, 10, 1))
        assert len(receive(line, 11)) == 11


def test_the_door_opens_by_itself_on_schedule() -> None:
    with PlantProcess(speed=10.0, door_every_s=2.0, door_open_for_s=1.0) as plant:

        async def talk(client: Client) -> None:
            for wanted in (1, 0, 1):

                async def seen(wanted: int = wanted) -> bool:
                    return await client.words_at(OvenMap.DOOR_WORD.address, 1) == [wanted]

                await client.until(seen)

        with_client(plant, talk)


def test_a_restart_is_a_power_cycle_on_the_same_port() -> None:
    with PlantProcess() as plant:
        before = (plant.port, plant.pid)
        with socket.create_connection((plant.host, plant.port), PATIENCE_S) as line:
            plant.restart()
            assert receive(line, 1) == b""
        assert plant.port == before[0]
        assert plant.pid != before[1]
        assert accepts(plant.host, plant.port, PATIENCE_S)
        plant.kill()
        assert not plant.running
        plant.start()
        assert plant.port == before[0]
    assert not accepts(plant.host, plant.port, 1.0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    with PlantProcess() as plant, socket.create_connection((plant.host, plant.port), PATIENCE_S) as line:
        assert plant.pid is not None
        os.kill(plant.pid, number)
        assert receive(line, 1) == b""
        until(lambda: not plant.running)
        assert plant.exit_code == 0


def test_a_port_that_is_taken_is_a_clear_error(plant: PlantProcess) -> None:
    with pytest.raises(ChildError, match=r"the simulated plant ended at once.*in use"):
        PlantProcess(port=plant.port).start()


def test_a_plant_that_is_not_ready_in_time_is_a_clear_error_and_is_gone() -> None:
    slow = PlantProcess(ready_within_s=0.0)
    with pytest.raises(ChildError, match=r"not ready within 0 s"):
        slow.start()
    assert not slow.running


def test_the_bench_makes_one_unit_deaf_and_the_other_answers_on(plant: PlantProcess) -> None:
    oven, press = struct.pack(">BHH", 4, 10, 2), struct.pack(">BHH", 4, 10, 2)
    with socket.create_connection((plant.host, plant.port), PATIENCE_S) as line:
        for on in (0xFF00, 0):
            ask(line, 1, struct.pack(">BHH", 5, BenchMap.SILENCE_OVEN.address, on), unit=BenchMap.UNIT)
            assert len(receive(line, 12)) == 12
            ask(line, 2, oven)
            ask(line, 3, press, unit=PressMap.UNIT)
            answered = [receive(line, 13)[:2] for _ in range(1 if on else 2)]
            assert answered == ([b"\0\3"] if on else [b"\0\2", b"\0\3"])
