"""Durations as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.durations import DAY, HOUR, in_words, parse_duration

UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": HOUR, "d": DAY, "w": 7 * DAY}


@given(st.integers(0, 999_999_999), st.sampled_from(sorted(UNITS)))
def test_number_and_unit(count: int, unit: str) -> None:
    """A whole number and a unit must be that many milliseconds."""
    assert count * UNITS[unit] == parse_duration(f"{count}{unit}")


@pytest.mark.parametrize("wrong", ["", "7", "d", "7 days", "-1d", "1.5h", 7, None, "7x"])
def test_wrong_durations_say_what_to_write(wrong: object) -> None:
    """Anything else must be refused with an example of what would do."""
    with pytest.raises(ValueError, match="for example 7d"):
        parse_duration(wrong)


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (7 * DAY, "7 days"),
        (DAY, "1 day"),
        (90 * 60_000, "90 minutes"),
        (36 * HOUR, "36 hours"),
        (2_000, "2 seconds"),
        (1_500, "1500 ms"),
        (0, "0 ms"),
    ],
)
def test_words(milliseconds: int, words: str) -> None:
    """A duration must be named in the largest unit that divides it."""
    assert words == in_words(milliseconds)
