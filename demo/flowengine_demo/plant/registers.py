"""The plant's register map, written down once: the server serves it, the tests read by it, the docs print it.

Addresses count from 0, as they go over the wire. Types of more than 16 bits are big endian, high word first (ABCD).
A whole table of readings may be read in one request: 10..21 of the oven, 10..19 of the press,
10..29 of the compressor room.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntFlag


class Table(Enum):
    """The four tables of a Modbus device."""

    COIL = "coil"
    DISCRETE = "discrete input"
    HOLDING = "holding register"
    INPUT = "input register"


class Kind(Enum):
    """How a value lies in its registers; the value is the number of 16-bit registers (a bit takes one address)."""

    BIT = "bit"
    UINT16 = "uint16"
    UINT32 = "uint32"
    FLOAT32 = "float32"

    @property
    def words(self) -> int:
        """How many addresses it takes."""
        return 2 if self in (Kind.UINT32, Kind.FLOAT32) else 1


class OvenAlarm(IntFlag):
    """Bits of the oven's alarm word."""

    OVER_TEMPERATURE = 1
    """The independent limiter has cut the heater (trips at 260 degC, resets at 240 degC)."""
    WATCHDOG = 2
    """No heater command for the watchdog's time: the drive went to 0 % by itself, until the next command."""
    DOOR_OPEN = 4
    BAD_COMMAND = 8
    """The heater command is no number or outside 0..100 %: it is clamped, or taken as 0 %."""


class PressState(IntFlag):
    """Bits of the press' state word."""

    RUNNING = 1
    IDLE = 2
    FAULT = 4
    SERVICE_DUE = 8


class CompressorState(IntFlag):
    """Bits of a compressor's state word."""

    RUNNING = 1
    LOADED = 2
    FAULT = 4


@dataclass(frozen=True, slots=True)
class Register:
    """One line of the map. `start` is the value at power-on."""

    table: Table
    address: int
    kind: Kind
    unit: str
    meaning: str
    start: float = 0

    @property
    def addresses(self) -> range:
        """The addresses it covers."""
        return range(self.address, self.address + self.kind.words)


class OvenMap:
    """Unit 1, the oven."""

    UNIT = 1
    CHAMBER_TEMPERATURE = Register(Table.INPUT, 10, Kind.FLOAT32, "degC", "chamber temperature", 20.0)
    PRODUCT_TEMPERATURE = Register(Table.INPUT, 12, Kind.FLOAT32, "degC", "product temperature", 20.0)
    DOOR_WORD = Register(Table.INPUT, 14, Kind.UINT16, "0/1", "door is open")
    RESERVED = Register(Table.INPUT, 15, Kind.UINT16, "", "reserved, reads 0")
    ENERGY = Register(Table.INPUT, 16, Kind.FLOAT32, "kWh", "electrical energy since power-on, never falls")
    HEATER_ACTUAL = Register(Table.INPUT, 18, Kind.FLOAT32, "%", "heater power really put out, of 6 kW")
    ALARMS = Register(
        Table.INPUT, 20, Kind.UINT16, "bits", "1 over-temperature, 2 watchdog, 4 door open, 8 bad command"
    )
    HEARTBEAT = Register(Table.INPUT, 21, Kind.UINT16, "steps", "counts simulation steps, rolls over at 65536")
    DOOR = Register(Table.DISCRETE, 14, Kind.BIT, "0/1", "door is open")
    HEATER_COMMAND = Register(Table.HOLDING, 20, Kind.FLOAT32, "%", "heater power wanted, 0..100; feeds the watchdog")
    SETPOINT = Register(
        Table.HOLDING, 22, Kind.FLOAT32, "degC", "setpoint shown on the panel; the plant only keeps it", 180.0
    )
    DOOR_COMMAND = Register(Table.HOLDING, 30, Kind.UINT16, "0/1", "1 holds the door open; same as coil 30")
    DOOR_COIL = Register(Table.COIL, 30, Kind.BIT, "0/1", "1 holds the door open; same as holding register 30")


class PressMap:
    """Unit 2, the press."""

    UNIT = 2
    COUNTER = Register(
        Table.INPUT, 10, Kind.UINT32, "pieces", "pieces made, rolls over at 1000000 (999999, then 0)", 999_900
    )
    REJECTS = Register(Table.INPUT, 12, Kind.UINT16, "pieces", "bad pieces among them, rolls over at 65536")
    STATE = Register(Table.INPUT, 13, Kind.UINT16, "bits", "1 running, 2 idle, 4 fault, 8 service due")
    CYCLE_TIME = Register(Table.INPUT, 14, Kind.FLOAT32, "s", "time the last piece took")
    VIBRATION = Register(Table.INPUT, 16, Kind.FLOAT32, "mm/s", "RMS vibration velocity at the bearing")
    SPINDLE_TEMPERATURE = Register(Table.INPUT, 18, Kind.FLOAT32, "degC", "spindle temperature", 20.0)
    LINE_SPEED = Register(Table.HOLDING, 20, Kind.FLOAT32, "pieces/min", "line speed wanted, 0..60; 0 is idle", 30.0)
    SERVICE_COMMAND = Register(Table.HOLDING, 30, Kind.UINT16, "0/1", "write 1 to fit a new bearing; falls back to 0")


class RoomMap:
    """Unit 3, the compressor room: the net, and three machines in a row."""

    UNIT = 3
    PRESSURE = Register(Table.INPUT, 10, Kind.FLOAT32, "bar", "pressure of the net", 6.8)
    FLOW = Register(Table.INPUT, 12, Kind.FLOAT32, "m3/min", "free air delivered by all machines")
    POWER = Register(Table.INPUT, 14, Kind.FLOAT32, "kW", "electrical power of all machines")
    VOLUME = Register(Table.INPUT, 16, Kind.FLOAT32, "m3", "free air delivered since power-on, never falls")
    ENERGY = Register(Table.INPUT, 18, Kind.FLOAT32, "kWh", "electrical energy since power-on, never falls")
    WORKING = Register(Table.INPUT, 20, Kind.UINT16, "0/1", "the works draw air; 0: they rest, and what flows leaks")
    STATE = tuple(
        Register(Table.INPUT, 21 + n, Kind.UINT16, "bits", f"compressor {n + 1}: 1 running, 2 loaded, 4 fault")
        for n in range(3)
    )
    TEMPERATURE = tuple(
        Register(Table.INPUT, 24 + 2 * n, Kind.FLOAT32, "degC", f"compressor {n + 1}: end temperature of its air", 20.0)
        for n in range(3)
    )
    LOAD = tuple(
        Register(Table.COIL, 20 + n, Kind.BIT, "0/1", f"1 loads compressor {n + 1}; feeds the watchdog")
        for n in range(3)
    )
    DRAIN = Register(Table.COIL, 30, Kind.BIT, "0/1", "1 leaves a drain open: the net leaks three times as much")
    FILTERS_COMMAND = Register(
        Table.HOLDING, 30, Kind.UINT16, "0/1", "write 1 to fit new intake filters; falls back to 0"
    )


class BenchMap:
    """Unit 247, the test bench: makes faults, as someone who pulls a cable does."""

    UNIT = 247
    SILENCE_OVEN = Register(Table.COIL, OvenMap.UNIT, Kind.BIT, "0/1", "1 makes unit 1 deaf: it answers nothing")
    SILENCE_PRESS = Register(Table.COIL, PressMap.UNIT, Kind.BIT, "0/1", "1 makes unit 2 deaf: it answers nothing")
    SILENCE_ROOM = Register(Table.COIL, RoomMap.UNIT, Kind.BIT, "0/1", "1 makes unit 3 deaf: it answers nothing")


UnitMap = type[OvenMap] | type[PressMap] | type[RoomMap] | type[BenchMap]


def registers_of(unit_map: UnitMap) -> tuple[Register, ...]:
    """Every register of one unit, in the order written down."""
    found: list[Register] = []
    for value in vars(unit_map).values():
        if isinstance(value, Register):
            found.append(value)
        elif isinstance(value, tuple):
            found += value
    return tuple(found)


def as_markdown() -> str:
    """The whole map as a Markdown table, for the documentation."""
    lines = ["| unit | table | address | type | unit of measure | meaning |", "| --- | --- | --- | --- | --- | --- |"]
    for unit_map in (OvenMap, PressMap, RoomMap, BenchMap):
        lines += [
            f"| {unit_map.UNIT} | {r.table.value} | {r.address} | {r.kind.value} | {r.unit} | {r.meaning} |"
            for r in registers_of(unit_map)
        ]
    return "\n".join(lines) + "\n"
