from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.intervals import members, pairs, settled

NUMBERS = st.sets(st.integers(1, 60), max_size=40)


@given(NUMBERS)
def test_pairs_hold_exactly_their_numbers(numbers: set[int]) -> None:
    """A set becomes intervals and comes back the same."""
    assert numbers == set(members(pairs(numbers)))


@given(NUMBERS)
def test_pairs_are_as_few_as_can_be(numbers: set[int]) -> None:
    """Sorted, and with a gap between each two."""
    found = pairs(numbers)
    assert all(first <= last for first, last in found)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(found))


@given(st.integers(0, 20), NUMBERS)
def test_an_ack_settles_up_to_and_above(upto: int, above: set[int]) -> None:
    """Everything up to `upto`, and the intervals named beyond it (TM-LED-05)."""
    assert set(range(1, upto + 1)) | above == settled(upto, pairs(above))
