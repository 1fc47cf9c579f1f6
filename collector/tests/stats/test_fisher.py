"""Fisher's exact test."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.stats.fisher import fisher_exact

COUNTS = st.integers(0, 25)


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((3, 1, 1, 3), 0.4857142857142857),
        ((8, 2, 1, 5), 0.034965034965034965),
        ((1, 9, 11, 3), 0.002759456185220083),
        ((0, 0, 5, 7), 1.0),
    ],
)
def test_published_tables(table: tuple[int, int, int, int], p: float) -> None:
    """The tea tasting and other published tables must have their p-values."""
    assert p == pytest.approx(fisher_exact(*table), rel=1e-9)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_equals_exact_fractions(a: int, b: int, c: int, d: int) -> None:
    """The p-value must be the one exact arithmetic gives."""
    first, second, hits = a + b, c + d, a + c

    def chance(k: int) -> Fraction:
        return Fraction(comb(first, k) * comb(second, hits - k), comb(first + second, hits))

    tables = [chance(k) for k in range(max(0, hits - second), min(first, hits) + 1)]
    expected = float(sum(one for one in tables if one <= chance(a)))
    assert expected == pytest.approx(fisher_exact(a, b, c, d), rel=1e-9)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_rows_and_columns_may_change_places(a: int, b: int, c: int, d: int) -> None:
    """Swapping rows, or columns, must not change the p-value."""
    expected = pytest.approx(fisher_exact(a, b, c, d), rel=1e-9)
    assert fisher_exact(c, d, a, b) == expected
    assert fisher_exact(b, a, d, c) == expected
