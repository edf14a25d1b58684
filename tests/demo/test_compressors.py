"""The compressor room: physics and unit, without a socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flowengine_demo.plant.compressors import CompressorRoom, RoomParameters
from flowengine_demo.plant.registers import CompressorState, RoomMap, Table
from flowengine_demo.plant.room_unit import RoomUnit
from flowengine_demo.plant.watchdog import Watchdog
from flowengine_demo.plant.works import AirDemand


def after(room: CompressorRoom, seconds: float, each: Callable[[], None] = lambda: None) -> CompressorRoom:
    for _ in range(round(seconds / 0.1)):
        each()
        room.step(0.1)
    return room


def test_without_machines_and_consumers_the_pressure_falls_by_the_leak_alone() -> None:
    room = CompressorRoom()
    leak, volume = room.leak_m3_per_min, room.parameters.receiver_m3
    assert after(room, 6).bar == pytest.approx(6.8 - leak * 1.013 / volume * 0.1, abs=0.001)
    room.drain_open = True
    assert room.leak_m3_per_min == pytest.approx(3 * leak, rel=0.01)


def test_a_machine_delivers_a_cubic_metre_for_a_tenth_of_a_kwh_and_a_clogged_one_for_more() -> None:
    room = CompressorRoom(RoomParameters(start_s=0))
    room.demand_m3_per_min = 2.5
    room.machines[0].wanted = True
    after(room, 10)
    assert room.energy_kwh / room.volume_m3 == pytest.approx(0.1, rel=0.01)
    after(room, 1800)
    energy, volume = room.energy_kwh, room.volume_m3
    after(room, 10)
    assert (room.energy_kwh - energy) / (room.volume_m3 - volume) == pytest.approx(0.131, abs=0.002)
    room.fit_filters()
    assert room.machines[0].m3_per_min == 3.0


def test_a_machine_that_is_let_go_idles_for_a_while_and_stops() -> None:
    room = CompressorRoom()
    machine = room.machines[0]
    machine.wanted = True
    after(room, 5)
    assert machine.state == CompressorState.RUNNING | CompressorState.LOADED
    machine.wanted = False
    after(room, 5)
    assert machine.state == CompressorState.RUNNING
    assert machine.kw == pytest.approx(18 * 0.28)
    after(room, 20)
    assert (machine.state, machine.kw) == (CompressorState(0), 0.0)


def test_one_that_gets_too_hot_trips_until_it_has_cooled() -> None:
    room = CompressorRoom(RoomParameters(ambient_degc=60))
    machine = room.machines[0]
    machine.wanted = True
    after(room, 300)
    assert CompressorState.FAULT in machine.state
    assert not machine.loaded


def test_the_safety_valve_blows_off_whatever_is_commanded() -> None:
    room = CompressorRoom()
    for machine in room.machines:
        machine.wanted = True
    assert after(room, 300).bar == 9.0
    with pytest.raises(ValueError, match="takes time"):
        room.step(0)


def test_the_works_draw_and_rest() -> None:
    demand = AirDemand()
    drawn = [demand.at(second) for second in range(420)]
    assert drawn[:60] == [0.0] * 60
    assert all(2.0 <= one <= 5.0 for one in drawn[60:210])


def test_the_unit_takes_commands_shows_readings_and_lets_go_when_nobody_commands() -> None:
    unit = RoomUnit(CompressorRoom(), Watchdog(1.0), None)
    unit.tables.write(Table.COIL, 20, [1, 1, 0])
    unit.written(Table.COIL, range(20, 23))
    for _ in range(60):
        unit.written(Table.COIL, range(20, 21))
        unit.step(0.05, 0.05)
    states = [unit.tables.get(register) for register in RoomMap.STATE]
    assert states == [3, 3, 0]
    assert unit.tables.get(RoomMap.FLOW) == pytest.approx(6, rel=0.05)
    unit.tables.put(RoomMap.FILTERS_COMMAND, 1)
    unit.tables.put(RoomMap.DRAIN, 1)
    unit.step(0.05, 0.05)
    assert unit.tables.get(RoomMap.FILTERS_COMMAND) == 0
    assert unit.room.drain_open
    for _ in range(25):
        unit.step(0.05, 0.05)
    assert [unit.tables.get(register) for register in RoomMap.LOAD] == [0, 0, 0]
