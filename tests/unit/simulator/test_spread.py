"""docs/method.md, rule 2, as the simulator has it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from longflow.simulator.spread import cut

WIDEST_MS = 30 * 86_400_000
EDGES = np.array([1_000, 2_000, 2_500, 4_000])

spans = st.tuples(
    st.integers(0, 5_000), st.integers(0, WIDEST_MS), st.integers(0, 2**62)
)  # first, length, bytes


def parts_of(first: int, last: int, amount: int) -> dict[int, int]:
    pieces = cut(np.array([first]), np.array([last]), EDGES)
    return dict(zip(pieces.bin.tolist(), pieces.parts(np.array([amount])).tolist(), strict=True))


@given(spans)
def test_parts_add_up(span: tuple[int, int, int]) -> None:
    first, length, amount = span
    assert sum(parts_of(first, first + length, amount).values()) == amount


@given(spans)
def test_a_part_is_the_difference_of_floors_in_exact_arithmetic(span: tuple[int, int, int]) -> None:
    first, length, amount = span
    last = first + max(length, 1)

    def up_to(edge: int) -> int:
        return amount * (min(max(edge, first), last) - first) // (last - first)

    parts = parts_of(first, last, amount)
    edges = EDGES.tolist()
    expected = [up_to(high) - up_to(low) for low, high in pairwise(edges)]
    assert [parts.get(index, 0) for index in range(3)] == expected


def test_a_span_of_no_length_lies_in_the_bin_it_starts() -> None:
    assert parts_of(2_000, 2_000, 7) == {1: 7}


def test_a_span_that_ends_at_an_edge_has_nothing_after_it() -> None:
    assert parts_of(1_500, 2_000, 7) == {0: 7}


def test_what_lies_outside_the_edges_is_kept_apart_from_what_lies_inside() -> None:
    pieces = cut(np.array([0]), np.array([5_000]), EDGES)
    assert pieces.bin.tolist() == [-1, 0, 1, 2, 3]
    assert pieces.inside().tolist() == [False, True, True, True, False]
