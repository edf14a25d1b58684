"""The test bench as a Modbus unit: its coils cut the line to the other units."""

from __future__ import annotations

from collections.abc import Mapping

from flowengine_demo.plant.registers import BenchMap, Table, registers_of
from flowengine_demo.plant.tables import Tables


class Bench:
    """Each coil, by the number of a unit, makes that unit deaf: requests to it get no answer at all."""

    identity: Mapping[int, str] = {0: "flowengine", 1: "bench", 2: "1"}

    UNIT = BenchMap.UNIT

    def __init__(self) -> None:
        """Let every unit answer."""
        self.tables = Tables(registers_of(BenchMap))
        self._coils = {coil.address: coil for coil in registers_of(BenchMap)}

    def written(self, table: Table, addresses: range) -> None:
        """Nothing to do at once: the server asks with every request."""

    def silences(self, unit: int) -> bool:
        """Whether this unit is to give no answer."""
        coil = self._coils.get(unit)
        return coil is not None and bool(self.tables.get(coil))
