from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol import ranges

if TYPE_CHECKING:
    from tallymark_protocol.ranges import Ranges

NUMBERS = st.sets(st.integers(1, 40), max_size=20)
PAIRS = st.lists(st.tuples(st.integers(1, 40), st.integers(-2, 6)), max_size=8)


def of(numbers: set[int]) -> Ranges:
    """Build a set of ranges one number at a time."""
    return ranges.normalise((n, n) for n in numbers)


@given(PAIRS)
def test_normalise_keeps_the_numbers(pairs: list[tuple[int, int]]) -> None:
    """The normal form holds the same numbers, sorted, with gaps between the intervals."""
    given_ = [(low, low + length) for low, length in pairs]
    normal = ranges.normalise(given_)
    assert {n for low, high in given_ for n in range(low, high + 1)} == set(ranges.numbers(normal))
    assert all(one[1] + 1 < two[0] for one, two in itertools.pairwise(normal))
    assert all(low <= high for low, high in normal)


@given(NUMBERS, NUMBERS)
def test_operations_are_those_of_sets(a: set[int], b: set[int]) -> None:
    """Union, intersection and difference agree with sets of integers."""
    assert of(a | b) == ranges.union(of(a), of(b))
    assert of(a & b) == ranges.intersect(of(a), of(b))
    assert of(a - b) == ranges.subtract(of(a), of(b))


@given(NUMBERS, st.integers(0, 41))
def test_contains_and_count(a: set[int], n: int) -> None:
    """Membership and size agree with sets of integers."""
    assert (n in a) is ranges.contains(of(a), n)
    assert len(a) == ranges.count(of(a))


@given(NUMBERS, st.integers(1, 40), st.integers(-2, 6))
def test_add_is_union_with_one_interval(a: set[int], low: int, length: int) -> None:
    """Adding an interval adds its numbers; an empty one changes nothing."""
    added = set(range(low, low + length + 1))
    assert of(a | added) == ranges.add(of(a), low, low + length)


def test_huge_intervals_cost_nothing() -> None:
    """Intervals up to 2^53-1 are handled as intervals."""
    everything = ((1, 2**53 - 1),)
    assert ((1, 6), (8, 2**53 - 1)) == ranges.subtract(everything, ((7, 7),))
    assert 2**53 - 1 == ranges.count(everything)
