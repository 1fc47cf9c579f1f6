"""Numbers and times in words."""

from __future__ import annotations

import pytest
from tallymark_collector.cli import words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (31_106, "31,106"), (2.0, "2"), (1.5, "1.50"), (1234.56, "1,234.6"), (None, "-")],
)
def test_numbers(value: object, text: str) -> None:
    """Numbers must have separators and at most two places."""
    assert text == words.number(value)


@pytest.mark.parametrize(("value", "text"), [(0.3244, "32.4 %"), (1, "100.0 %"), (None, "-")])
def test_percentages(value: object, text: str) -> None:
    """Shares must be percentages with one place."""
    assert text == words.percent(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0.0 s"), (59, "59.0 s"), (90, "1.5 min"), (7_200, "2.0 h"), (-1.5, "-1.5 s"),
     (172_800, "2.0 d"), (None, "-")],
)  # fmt: skip
def test_durations(seconds: object, text: str) -> None:
    """Durations must be in their largest fitting unit."""
    assert text == words.duration(seconds)


def test_moments() -> None:
    """Moments must be in UTC, to the second."""
    assert words.day_and_time(1_772_409_600_000) == "2026-03-02 00:00:00"
