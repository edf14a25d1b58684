"""The compressor room as a Modbus unit: load commands from coils, readings into the input registers."""

from __future__ import annotations

from collections.abc import Mapping

from flowengine_demo.plant.compressors import CompressorRoom
from flowengine_demo.plant.registers import RoomMap, Table, registers_of
from flowengine_demo.plant.tables import Tables
from flowengine_demo.plant.watchdog import Watchdog
from flowengine_demo.plant.works import AirDemand


class RoomUnit:
    """The room, the watchdog of its starters, what the works draw, and their registers."""

    identity: Mapping[int, str] = {0: "Pneuma", 1: "RC-3", 2: "1.4.0", 4: "RC-3 compressor room station", 6: "air"}

    def __init__(self, room: CompressorRoom, watchdog: Watchdog, demand: AirDemand | None) -> None:
        """Put the room behind registers; without a demand nobody draws air."""
        self.tables = Tables(registers_of(RoomMap))
        self.room = room
        self.watchdog = watchdog
        self.demand = demand
        self._plant_s = 0.0

    def written(self, table: Table, addresses: range) -> None:
        """Feed the watchdog by load commands only."""
        commands = {register.address for register in RoomMap.LOAD}
        if table is Table.COIL and set(addresses) & commands:
            self.watchdog.fed()

    def step(self, plant_dt: float, wall_dt: float) -> None:
        """Take the commands, let time pass, publish the readings."""
        tables, room = self.tables, self.room
        self._plant_s += plant_dt
        self.watchdog.step(wall_dt)
        if tables.get(RoomMap.FILTERS_COMMAND):
            room.fit_filters()
            tables.put(RoomMap.FILTERS_COMMAND, 0)
        for machine, load in zip(room.machines, RoomMap.LOAD, strict=True):
            if self.watchdog.tripped:
                tables.put(load, 0)
            machine.wanted = bool(tables.get(load))
        room.drain_open = bool(tables.get(RoomMap.DRAIN))
        room.demand_m3_per_min = self.demand.at(self._plant_s) if self.demand else 0.0
        room.step(plant_dt)
        self._publish()

    def _publish(self) -> None:
        put, room = self.tables.put, self.room
        put(RoomMap.PRESSURE, room.pressure_reading_bar)
        put(RoomMap.FLOW, room.flow_reading_m3_per_min)
        put(RoomMap.POWER, room.power_reading_kw)
        put(RoomMap.VOLUME, room.volume_m3)
        put(RoomMap.ENERGY, room.energy_kwh)
        put(RoomMap.WORKING, self.demand is not None and self.demand.working(self._plant_s))
        for machine, state, temperature in zip(room.machines, RoomMap.STATE, RoomMap.TEMPERATURE, strict=True):
            put(state, machine.state)
            put(temperature, machine.degc)
