from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.modbus.registers import pack_bits
from flowengine_nodes.modbus.requests import Span, coalesce, cut_bits, cut_registers, split

spans = st.lists(st.builds(Span, st.integers(0, 400), st.integers(1, 125)), min_size=1, max_size=40)
few = st.lists(st.builds(Span, st.integers(0, 14), st.integers(1, 5)), min_size=1, max_size=5)


@given(spans, st.integers(125, 130), st.integers(0, 20))
def test_every_span_lies_whole_in_one_request_within_the_limit(wanted: list[Span], most: int, gap: int) -> None:
    groups = coalesce(wanted, most, gap)
    assert sorted(i for group in groups for i in group.members) == list(range(len(wanted)))
    for group in groups:
        assert group.span.size <= most
        for i in group.members:
            assert group.span.address <= wanted[i].address
            assert wanted[i].end <= group.span.end


@given(spans, st.integers(0, 20))
def test_no_hole_is_wider_than_the_gap(wanted: list[Span], gap: int) -> None:
    for group in coalesce(wanted, 125, gap):
        end = group.span.address
        for span in sorted(wanted[i] for i in group.members):
            assert span.address <= end + gap
            end = max(end, span.end)
        assert end == group.span.end


@given(few, st.integers(5, 8), st.integers(0, 2))
def test_there_is_no_way_with_fewer_requests(wanted: list[Span], most: int, gap: int) -> None:
    def fits(members: tuple[Span, ...]) -> bool:
        ordered = sorted(members)
        end = ordered[0].end
        for span in ordered[1:]:
            if span.address > end + gap:
                return False
            end = max(end, span.end)
        return end - ordered[0].address <= most

    def fewest(left: tuple[Span, ...]) -> int:
        if not left:
            return 0
        first, others = left[0], left[1:]
        return 1 + min(
            fewest(tuple(span for i, span in enumerate(others) if i not in chosen))
            for size in range(len(others) + 1)
            for chosen in itertools.combinations(range(len(others)), size)
            if fits((first, *(others[i] for i in chosen)))
        )

    assert len(coalesce(wanted, most, gap)) == fewest(tuple(wanted))


@given(st.integers(0, 1000), st.integers(1, 2000), st.integers(4, 125), st.sampled_from([1, 2, 4]))
def test_a_long_span_is_split_without_tearing_a_value(address: int, values: int, most: int, step: int) -> None:
    span = Span(address, values * step)
    pieces = split(span, most, step)
    assert all(piece.size <= most and (piece.address - address) % step == 0 for piece in pieces)
    assert [at for piece in pieces for at in range(piece.address, piece.end)] == list(range(span.address, span.end))
    assert len(pieces) == -(-span.size // (most // step * step))


def test_a_value_that_fits_no_request_is_refused() -> None:
    with pytest.raises(ValueError, match="a value of 8 registers does not fit a request of 4"):
        split(Span(0, 8), 4, 8)


@given(st.integers(0, 500), st.lists(st.booleans(), min_size=1, max_size=100), st.data())
def test_slices_are_what_stands_at_their_addresses(start: int, bits: list[bool], data: st.DataObject) -> None:
    outer = Span(start, len(bits))
    first = data.draw(st.integers(0, len(bits) - 1))
    size = data.draw(st.integers(1, len(bits) - first))
    inner = Span(start + first, size)
    wanted = bits[first : first + size]
    assert cut_bits(pack_bits(bits, len(bits)), outer, inner) == pack_bits(wanted, size)
    registers = b"".join(i.to_bytes(2, "big") for i in range(len(bits)))
    assert cut_registers(registers, outer, inner) == registers[2 * first : 2 * (first + size)]
