"""Several tests at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.stats.adjust import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Sequence


def stepwise(values: Sequence[float], level: float) -> set[int]:
    """Return what the published step-up procedure rejects at a level."""
    order = sorted(range(len(values)), key=values.__getitem__)
    passed = [k for k, i in enumerate(order, 1) if values[i] * len(values) <= k * level]
    return set(order[: max(passed, default=0)])


def test_x5() -> None:
    """Of 0.003, 0.012, 0.018, 0.041 and 0.062 three must be significant at 5 % (X5)."""
    adjusted = benjamini_hochberg([0.003, 0.012, 0.018, 0.041, 0.062])
    assert [0.015, 0.03, 0.03, 0.05125, 0.062] == pytest.approx(adjusted)
    assert sum(value <= 0.05 for value in adjusted) == 3


@given(
    st.lists(st.integers(0, 1_000).map(lambda n: n / 1_000), max_size=12),
    st.sampled_from([0.0117, 0.0531, 0.1003]),
)
def test_rejects_what_the_procedure_rejects(values: list[float], level: float) -> None:
    """The adjusted values below a level must be those the step-up procedure rejects."""
    adjusted = benjamini_hochberg(values)
    assert stepwise(values, level) == {i for i, value in enumerate(adjusted) if value <= level}
