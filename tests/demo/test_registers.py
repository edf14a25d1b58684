"""The register map, the tables behind it, and requests against them."""

import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_demo.plant.pdu import answer
from flowengine_demo.plant.registers import (
    BenchMap,
    Kind,
    OvenMap,
    PressMap,
    Register,
    RoomMap,
    Table,
    as_markdown,
    registers_of,
)
from flowengine_demo.plant.tables import IllegalAddressError, Tables


class Device:
    """A unit that only remembers which addresses were written."""

    def __init__(self) -> None:
        self.tables = Tables(registers_of(OvenMap))
        self.touched: list[tuple[Table, range]] = []
        self.identity: Mapping[int, str] = {0: "Acme", 1: "Oven", 2: "1.0"}

    def written(self, table: Table, addresses: range) -> None:
        self.touched.append((table, addresses))


def test_the_map_has_no_overlap_and_starts_with_its_stated_values() -> None:
    assert Tables(registers_of(OvenMap)).get(OvenMap.SETPOINT) == 180.0
    assert Tables(registers_of(PressMap)).get(PressMap.COUNTER) == 999_900


def test_all_readings_of_a_unit_can_be_read_in_one_request() -> None:
    assert len(Tables(registers_of(OvenMap)).read(Table.INPUT, 10, 12)) == 12
    assert len(Tables(registers_of(PressMap)).read(Table.INPUT, 10, 10)) == 10
    assert len(Tables(registers_of(RoomMap)).read(Table.INPUT, 10, 20)) == 20


def test_two_registers_at_one_address_are_refused() -> None:
    wide = Register(Table.INPUT, 10, Kind.FLOAT32, "", "")
    with pytest.raises(ValueError, match="share input register 11"):
        Tables([wide, Register(Table.INPUT, 11, Kind.UINT16, "", "")])


def test_the_documentation_lists_every_register() -> None:
    lines = as_markdown().splitlines()
    assert len(lines) == 2 + sum(len(registers_of(unit)) for unit in (OvenMap, PressMap, RoomMap, BenchMap))
    assert "| 1 | input register | 10 | float32 | degC | chamber temperature |" in lines


@given(st.floats(width=32, allow_nan=False), st.integers(0, 2**32 - 1))
def test_what_is_put_into_a_register_comes_out_again(real: float, count: int) -> None:
    oven, press = Tables(registers_of(OvenMap)), Tables(registers_of(PressMap))
    oven.put(OvenMap.CHAMBER_TEMPERATURE, real)
    press.put(PressMap.COUNTER, count)
    assert oven.get(OvenMap.CHAMBER_TEMPERATURE) == real
    assert press.get(PressMap.COUNTER) == count


def test_the_high_word_comes_first() -> None:
    tables = Tables(registers_of(OvenMap))
    tables.put(OvenMap.CHAMBER_TEMPERATURE, 180.0)
    assert tables.read(Table.INPUT, 10, 2) == [0x4334, 0x0000]


def test_a_write_past_the_end_changes_nothing() -> None:
    tables = Tables(registers_of(OvenMap))
    with pytest.raises(IllegalAddressError, match="holding register 24"):
        tables.write(Table.HOLDING, 23, [1, 2])
    assert tables.get(OvenMap.SETPOINT) == 180.0


@pytest.mark.parametrize(
    ("request_pdu", "response_pdu"),
    [
        pytest.param("0400140001", "0402 0000", id="read one input register"),
        pytest.param("0300160002", "0304 43340000", id="read a float from the holding registers"),
        pytest.param("02000e0001", "0201 00", id="read a discrete input"),
        pytest.param("05001eff00", "05001eff00", id="set a coil"),
        pytest.param("06001e0001", "06001e0001", id="write one register"),
        pytest.param("0f001e00010101", "0f001e0001", id="write coils"),
        pytest.param("10001400020442480000", "1000140002", id="write two registers"),
        pytest.param("2b0e0101", "2b0e 01 82 00 00 02 01 04 4f76656e 02 03 312e30", id="read the identification"),
        pytest.param("2b0d0100", "ab01", id="unknown function"),
        pytest.param("0400090001", "8402", id="address below the table"),
        pytest.param("0400150002", "8402", id="range past the table"),
        pytest.param("0600180001", "8602", id="write into a hole"),
        pytest.param("0400140000", "8403", id="read nothing"),
        pytest.param("040014007e", "8403", id="read more than a frame holds"),
        pytest.param("05001e1234", "8503", id="a coil value that is neither on nor off"),
        pytest.param("100014000204424800", "9003", id="fewer bytes than announced"),
        pytest.param("04", "8403", id="a truncated request"),
    ],
)
def test_a_request_gets_the_answer_that_the_specification_asks_for(request_pdu: str, response_pdu: str) -> None:
    assert answer(Device(), bytes.fromhex(request_pdu)) == bytes.fromhex(response_pdu)


def test_a_unit_that_is_not_there_is_answered_for_as_by_a_gateway() -> None:
    assert answer(None, bytes.fromhex("0400140001")) == bytes.fromhex("840b")


def test_a_refused_write_is_not_reported_to_the_unit_and_an_accepted_one_is() -> None:
    device = Device()
    answer(device, struct.pack(">BHH", 6, 24, 1))
    assert device.touched == []
    answer(device, struct.pack(">BHH", 6, 20, 1))
    assert device.touched == [(Table.HOLDING, range(20, 21))]


@given(st.binary(min_size=1, max_size=253))
def test_no_request_however_mangled_breaks_the_unit(pdu: bytes) -> None:
    response = answer(Device(), pdu)
    assert response[0] & 0x7F == pdu[0] & 0x7F
    assert len(response) <= 253


def test_the_page_about_the_demo_shows_the_map_as_it_is() -> None:
    page = Path(__file__).parents[2] / "docs" / "demo.md"
    assert page.read_text(encoding="utf-8").endswith(as_markdown())
