from __future__ import annotations

import math
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine_nodes.history.block import FURTHEST, Block, Damaged, pack, unpack

TIMES = st.integers(-FURTHEST, FURTHEST)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    times = draw(st.lists(TIMES, max_size=30))
    rows = len(times)
    columns = draw(st.lists(st.lists(st.floats(), min_size=rows, max_size=rows), max_size=3))
    return Block(times, columns, draw(st.binary(min_size=rows, max_size=rows)))


def bits(column: list[float]) -> list[bytes]:
    return [struct.pack("<d", value) for value in column]


@settings(max_examples=60)
@given(blocks())
def test_a_block_comes_back_to_the_last_bit_nan_and_minus_zero_included(block: Block) -> None:
    back = unpack(pack(block))
    assert list(back.times) == list(block.times)
    assert [bits(list(column)) for column in back.columns] == [bits(list(column)) for column in block.columns]
    assert back.quality == block.quality


@settings(max_examples=60)
@given(blocks(), st.data())
def test_a_block_with_one_changed_byte_is_damaged_and_never_read_as_something_else(
    block: Block, data: st.DataObject
) -> None:
    packed = bytearray(pack(block))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Damaged):
        unpack(bytes(packed))


@settings(max_examples=60)
@given(blocks(), st.data())
def test_a_block_that_is_cut_short_is_damaged(block: Block, data: st.DataObject) -> None:
    packed = pack(block)
    with pytest.raises(Damaged):
        unpack(packed[: data.draw(st.integers(0, len(packed) - 1))])


@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_block_or_damaged(data: bytes) -> None:
    with pytest.raises(Damaged):
        unpack(data)


def test_a_time_too_far_away_is_an_error_and_not_another_time() -> None:
    with pytest.raises(OverflowError):
        pack(Block([0, 2**63], [[1.0, 2.0]], bytes(2)))


def test_a_steady_tag_takes_next_to_nothing_and_a_noisy_one_a_third_of_its_plain_form() -> None:
    times = [1_767_225_600_000_000 + n * 1_000_000 for n in range(1000)]
    still = pack(Block(times, [[21.5] * 1000], bytes(1000)))
    assert len(still) < 200
    chance = random.Random(1)
    readings = [round(180 + 5 * math.sin(n / 50) + chance.gauss(0, 0.05), 1) for n in range(1000)]
    assert len(pack(Block(times, [readings], bytes(1000)))) < 17 * 1000 / 3
