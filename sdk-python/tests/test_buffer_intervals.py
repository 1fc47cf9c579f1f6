"""Intervals behave like a set of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tallymark.intervals import Intervals

NUMBERS = st.integers(0, 40)
RANGE = st.tuples(NUMBERS, NUMBERS).map(lambda pair: (min(pair), max(pair)))
STEPS = st.lists(st.tuples(st.sampled_from(["add", "remove"]), RANGE), max_size=25)


def numbers(low: int, high: int) -> set[int]:
    """Spell a range out."""
    return set(range(low, high + 1))


def build(steps: list[tuple[str, tuple[int, int]]]) -> tuple[Intervals, set[int]]:
    """Apply the steps to intervals and to a set."""
    intervals, oracle = Intervals(), set[int]()
    for step, (low, high) in steps:
        if step == "add":
            intervals.add(low, high)
            oracle |= numbers(low, high)
        else:
            intervals.remove(low, high)
            oracle -= numbers(low, high)
    return intervals, oracle


@given(STEPS)
def test_like_a_set(steps: list[tuple[str, tuple[int, int]]]) -> None:
    """Any sequence of additions and removals leaves the numbers a set would hold."""
    intervals, oracle = build(steps)
    assert {n for low, high in intervals for n in numbers(low, high)} == oracle
    assert intervals.count == len(oracle)
    assert intervals.highest == max(oracle, default=0)
    assert bool(intervals) == bool(oracle)
    assert [n in intervals for n in range(42)] == [n in oracle for n in range(42)]


@given(STEPS)
def test_ranges_are_normal(steps: list[tuple[str, tuple[int, int]]]) -> None:
    """The intervals are sorted, disjoint and never touch: what the protocol calls ranges."""
    ranges = build(steps)[0].ranges()
    assert all(low <= high for low, high in ranges)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))


@given(STEPS, RANGE)
def test_within_and_without(
    steps: list[tuple[str, tuple[int, int]]], asked: tuple[int, int]
) -> None:
    """The held and the missing parts of a range are exactly its intersection and difference."""
    intervals, oracle = build(steps)
    within = {n for part in intervals.within(*asked) for n in numbers(*part)}
    without = {n for part in intervals.without(*asked) for n in numbers(*part)}
    assert (oracle & numbers(*asked), numbers(*asked) - oracle) == (within, without)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=30))
def test_extend_is_add(jumps: list[int]) -> None:
    """The short way at the upper end gives the same as the general one."""
    extended, added, number = Intervals(), Intervals(), 0
    for jump in jumps:
        number += jump
        extended.extend(number)
        added.add(number, number)
    assert (added.ranges(), added.count) == (extended.ranges(), extended.count)


def test_clear() -> None:
    """Nothing is left after clearing."""
    intervals = Intervals([(5, 9), (1, 3)])
    assert intervals.ranges() == ((1, 3), (5, 9))
    intervals.clear()
    assert (intervals.ranges(), intervals.count, intervals.highest) == ((), 0, 0)
