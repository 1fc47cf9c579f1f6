"""Means and percentiles."""

from __future__ import annotations

import math
import statistics

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query import numbers

VALUES = st.lists(st.integers(-1_000, 1_000) | st.floats(-1e6, 1e6), min_size=1, max_size=30)


def test_times_of_the_definition() -> None:
    """Conversions of 5, 10 and 60 minutes must have mean 25, median 10 and p90 50."""
    times = [5, 10, 60]
    found = [numbers.mean(times), numbers.percentile(times, 50), numbers.percentile(times, 90)]
    assert found == [25, 10, 50]


@given(VALUES, st.integers(0, 100))
def test_percentiles_equal_numpy(values: list[float], percent: int) -> None:
    """A percentile must be NumPy's default one."""
    expected = float(np.percentile(values, percent))
    assert expected == pytest.approx(numbers.percentile(values, percent), rel=1e-9, abs=1e-9)


@given(VALUES)
def test_mean_and_total_do_not_depend_on_order(values: list[float]) -> None:
    """Any order of the same values must give the same sum and mean, to the last bit."""
    assert numbers.total(values) == numbers.total(values[::-1])
    assert numbers.mean(values) == numbers.mean(sorted(values))
    assert statistics.fmean(values) == pytest.approx(numbers.mean(values), rel=1e-12)


def test_of_nothing() -> None:
    """The sum of nothing is 0; its mean, percentile and share are undefined."""
    assert (
        numbers.total([]),
        numbers.mean([]),
        numbers.percentile([], 50),
        numbers.ratio(1, 0),
    ) == (0, None, None, None)


@pytest.mark.parametrize(
    ("values", "total", "mean"),
    [
        ([2**53 - 1] * 2_000, float(2_000 * (2**53 - 1)), float(2**53 - 1)),
        ([2**62, 2**62 - 1], 2**63 - 1, float(2**62)),
        ([-(2**62), -(2**62)], -(2**63), float(-(2**62))),
        ([1.7e308, 1.7e308, -1.7e308], 1.7e308, 1.7e308 / 3),
        ([1.5e308] * 3, math.inf, 1.5e308),
        ([-1.5e308, -1.5e308, 1], -math.inf, -1e308),
        ([10**400], math.inf, math.inf),
    ],
)
def test_of_the_very_large(values: list[float], total: float, mean: float) -> None:
    """A sum must be exact, or the nearest number JSON can carry; no value may make it fail."""
    assert (total, type(total)) == (numbers.total(values), type(numbers.total(values)))
    assert mean == numbers.mean(values)
    assert orjson.loads(orjson.dumps(numbers.total(values))) in (numbers.total(values), None)
