"""The press as a Modbus unit: line speed and service from the holding registers, readings into the input registers."""

from __future__ import annotations

from collections.abc import Mapping

from flowengine_demo.plant.press import Press
from flowengine_demo.plant.registers import PressMap, Table, registers_of
from flowengine_demo.plant.tables import Tables


class PressUnit:
    """A press and its registers."""

    identity: Mapping[int, str] = {0: "Presta", 1: "PX-7", 2: "5.0.2", 4: "PX-7 press controller", 6: "press"}

    def __init__(self, press: Press) -> None:
        """Put the press behind registers."""
        self.tables = Tables(registers_of(PressMap))
        self.press = press

    def written(self, table: Table, addresses: range) -> None:
        """Nothing to do at once: the next step takes what was written."""

    def step(self, plant_dt: float, wall_dt: float) -> None:
        """Take the commands, let time pass, publish the readings."""
        if self.tables.get(PressMap.SERVICE_COMMAND):
            self.press.service()
            self.tables.put(PressMap.SERVICE_COMMAND, 0)
        self.press.pieces_per_min = self.tables.get(PressMap.LINE_SPEED)
        self.press.step(plant_dt)
        put = self.tables.put
        put(PressMap.COUNTER, self.press.counter)
        put(PressMap.REJECTS, self.press.rejects)
        put(PressMap.STATE, self.press.state)
        put(PressMap.CYCLE_TIME, self.press.cycle_time_s)
        put(PressMap.VIBRATION, self.press.vibration_mm_s)
        put(PressMap.SPINDLE_TEMPERATURE, self.press.spindle_degc)
