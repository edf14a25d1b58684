"""The oven as a Modbus unit: commands from the holding registers, readings into the input registers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from flowengine_demo.plant.door import DoorSchedule
from flowengine_demo.plant.oven import Oven
from flowengine_demo.plant.registers import OvenAlarm, OvenMap, Table, registers_of
from flowengine_demo.plant.tables import Tables
from flowengine_demo.plant.watchdog import Watchdog


class OvenUnit:
    """An oven, its drive's watchdog, its door, and their registers."""

    identity: Mapping[int, str] = {0: "Calor", 1: "CT-40", 2: "2.1.4", 4: "CT-40 oven controller", 6: "oven"}

    def __init__(self, oven: Oven, watchdog: Watchdog, schedule: DoorSchedule | None) -> None:
        """Put the oven behind registers; without a schedule only the door command opens the door."""
        self.tables = Tables(registers_of(OvenMap))
        self.oven = oven
        self.watchdog = watchdog
        self.schedule = schedule
        self._plant_s = 0.0
        self._steps = 0

    def written(self, table: Table, addresses: range) -> None:
        """Feed the watchdog by heater commands only: a client that just opens doors does not control the heater."""
        if table is Table.HOLDING and set(addresses) & set(OvenMap.HEATER_COMMAND.addresses):
            self.watchdog.fed()
        # One door, two names for it: the last one written wins.
        if table is Table.HOLDING and OvenMap.DOOR_COMMAND.address in addresses:
            self.tables.put(OvenMap.DOOR_COIL, self.tables.get(OvenMap.DOOR_COMMAND))
        if table is Table.COIL and OvenMap.DOOR_COIL.address in addresses:
            self.tables.put(OvenMap.DOOR_COMMAND, self.tables.get(OvenMap.DOOR_COIL))

    def step(self, plant_dt: float, wall_dt: float) -> None:
        """Take the commands, let time pass, publish the readings."""
        self._steps += 1
        self._plant_s += plant_dt
        self.watchdog.step(wall_dt)
        if self.watchdog.tripped:
            # The register falls with the drive, so that reading it back never shows a command that is not obeyed.
            self.tables.put(OvenMap.HEATER_COMMAND, 0.0)
        scheduled = self.schedule is not None and self.schedule.is_open(self._plant_s)
        self.oven.door_open = scheduled or bool(self.tables.get(OvenMap.DOOR_COIL))
        self.oven.command_percent = self.tables.get(OvenMap.HEATER_COMMAND)
        self.oven.step(plant_dt)
        self._publish()

    def _publish(self) -> None:
        put = self.tables.put
        put(OvenMap.CHAMBER_TEMPERATURE, self.oven.chamber_reading_degc)
        put(OvenMap.PRODUCT_TEMPERATURE, self.oven.product_reading_degc)
        put(OvenMap.DOOR_WORD, self.oven.door_open)
        put(OvenMap.DOOR, self.oven.door_open)
        put(OvenMap.ENERGY, self.oven.energy_kwh)
        put(OvenMap.HEATER_ACTUAL, self.oven.actual_percent)
        put(OvenMap.ALARMS, self._alarms())
        put(OvenMap.HEARTBEAT, self._steps % 65536)

    def _alarms(self) -> OvenAlarm:
        command = self.oven.command_percent
        alarms = OvenAlarm(0)
        if self.oven.limiter_tripped:
            alarms |= OvenAlarm.OVER_TEMPERATURE
        if self.watchdog.tripped:
            alarms |= OvenAlarm.WATCHDOG
        if self.oven.door_open:
            alarms |= OvenAlarm.DOOR_OPEN
        if not math.isfinite(command) or not 0 <= command <= 100:
            alarms |= OvenAlarm.BAD_COMMAND
        return alarms
