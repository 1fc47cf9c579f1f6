from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol.bucket import BUCKETS, bucket, sampled

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS = st.text(st.characters(exclude_categories=["Cs"]))


def test_bucket_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every vector's unit falls into the vector's bucket (BKT-01)."""
    for vector in vectors("bucket"):
        assert vector["expect"] == bucket(**vector["input"]), vector["id"]


def test_sampling_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """A unit is kept exactly at the rates above its bucket (CTL-02)."""
    for vector in vectors("sampling"):
        assert vector["expect"] is sampled(**vector["input"]), vector["id"]


@given(UNITS, UNITS)
def test_bucket_is_in_range(seed: str, unit: str) -> None:
    """A bucket is one of 100,000 for any strings."""
    assert 0 <= bucket(seed, unit) < BUCKETS


@given(UNITS, st.floats(0.001, 1), st.floats(0.001, 1))
def test_a_unit_kept_at_a_rate_is_kept_at_higher_ones(unit: str, one: float, two: float) -> None:
    """Raising the rate never loses a unit that was kept (CTL-02)."""
    low, high = sorted((one, two))
    assert sampled(unit, high) or not sampled(unit, low)


def test_everything_is_kept_at_one() -> None:
    """A rate of 1 keeps every unit."""
    assert all(sampled(f"unit-{n}", 1) for n in range(500))


def test_buckets_are_even() -> None:
    """20,000 units fill ten equal parts within four standard deviations."""
    parts = [0] * 10
    for n in range(20_000):
        parts[bucket("even", str(n)) // 10_000] += 1
    assert max(abs(part - 2000) for part in parts) < 4 * 42.5
