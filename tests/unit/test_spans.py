from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from longflow.spans import Span, common, length_ms, merged, without

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 10)).map(lambda one: (one[0], one[0] + one[1]))
)


def instants(spans: list[Span]) -> set[int]:
    """Every instant of some spans, the plain way."""
    return {instant for start, end in spans for instant in range(start, end)}


@given(SPANS, SPANS)
def test_spans_are_sets_of_instants(one: list[Span], other: list[Span]) -> None:
    assert instants(merged(one)) == instants(one)
    assert instants(without(one, other)) == instants(one) - instants(other)
    assert instants(common(one, other)) == instants(one) & instants(other)
    assert length_ms(one) == len(instants(one))


@given(SPANS, SPANS)
def test_results_neither_touch_nor_overlap(one: list[Span], other: list[Span]) -> None:
    for result in (merged(one), without(one, other), common(one, other)):
        assert all(start < end for start, end in result)
        assert all(a[1] < b[0] for a, b in pairwise(result))
