"""The four tables of one Modbus unit, as plain 16-bit words, with typed access by the register map."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from flowengine_demo.plant.registers import Kind, Register, Table

_FORMATS = {Kind.UINT16: ">H", Kind.UINT32: ">I", Kind.FLOAT32: ">f"}


class IllegalAddressError(Exception):
    """A request touches an address that the unit does not have."""


class Tables:
    """The words behind one unit; an address exists only if the map names it."""

    def __init__(self, registers: Iterable[Register]) -> None:
        """Lay out the registers with the values they have at power-on."""
        self._words: dict[Table, dict[int, int]] = {table: {} for table in Table}
        for register in registers:
            if self._words[register.table].keys() & set(register.addresses):
                raise ValueError(f"two registers share {register.table.value} {register.address}")
            self.put(register, register.start)

    def read(self, table: Table, address: int, count: int) -> list[int]:
        """The words of `count` neighbouring addresses; bits are 0 or 1."""
        words = self._words[table]
        try:
            return [words[at] for at in range(address, address + count)]
        except KeyError as missing:
            raise IllegalAddressError(f"no {table.value} {missing.args[0]}") from None

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Set neighbouring addresses: all of them, or none if one does not exist."""
        self.read(table, address, len(values))
        self._words[table].update(enumerate(values, start=address))

    def get(self, register: Register) -> float:
        """The value of a register in its own type (a bit is 0 or 1)."""
        words = self.read(register.table, register.address, register.kind.words)
        if register.kind is Kind.BIT:
            return words[0]
        packed = struct.pack(f">{len(words)}H", *words)
        value: float = struct.unpack(_FORMATS[register.kind], packed)[0]
        return value

    def put(self, register: Register, value: float) -> None:
        """Set a register, from the plant's side."""
        if register.kind is Kind.BIT:
            words: tuple[int, ...] = (int(bool(value)),)
        else:
            number = value if register.kind is Kind.FLOAT32 else int(value)
            words = struct.unpack(f">{register.kind.words}H", struct.pack(_FORMATS[register.kind], number))
        self._words[register.table].update(enumerate(words, start=register.address))
