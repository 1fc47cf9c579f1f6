"""Equality and names of property values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.values import (
    UNDEFINED,
    Segment,
    identity_of,
    label_of,
    largest,
    number_of,
)

if TYPE_CHECKING:
    from tallymark_collector.query.values import Found

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, True), (0, False), ("1", 1), (None, UNDEFINED), (None, ""), ("", UNDEFINED), ([1], "[1]")],
)
def test_different_values_stay_different(left: Found, right: Found) -> None:
    """True is not 1, undefined is not null, null is not "": segments must keep them apart."""
    assert Segment((left,)) != Segment((right,))


def test_one_is_one_point_zero() -> None:
    """JSON has one kind of number: 1 and 1.0 must be the same segment."""
    assert {Segment((1,))} == {Segment((1.0,))}


@given(VALUES)
def test_every_value_can_be_a_segment(value: Found) -> None:
    """Any JSON value must hash, equal itself and have a name."""
    segment = Segment((value,))
    assert (hash(segment), identity_of(value)) == (hash(Segment((value,))), segment.key[0])
    assert label_of(value)


@pytest.mark.parametrize("value", [True, "1", None, UNDEFINED, [1], {}])
def test_what_is_no_number(value: Found) -> None:
    """Only numbers are numbers."""
    assert number_of(value) is None


def test_largest_breaks_ties_by_name() -> None:
    """Segments of one size must come in the order of their names, nulls last."""
    a, b, c, d = (Segment((name,)) for name in "abcd")
    assert [c, a, b] == largest({d: None, b: 1, a: 1, c: 2}, 3)
