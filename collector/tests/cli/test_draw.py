"""Sparklines and bars."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.cli.draw import bar, sparkline


def test_a_sparkline_shows_its_values() -> None:
    """Zero must be the lowest block, the highest value the full one, null a blank."""
    assert sparkline([0, 1, 4, None, 8], 10) == "▁▂▅ █"


def test_all_zero_is_flat() -> None:
    """Nothing must look like nothing."""
    assert (sparkline([0, 0, 0], 10), sparkline([], 10)) == ("▁▁▁", "")


def test_many_values_are_averaged_in_runs() -> None:
    """More values than blocks must be averaged, none left out."""
    assert sparkline([0, 0, 8, 8], 2) == "▁█"


@given(st.lists(st.none() | st.integers(-100, 100), max_size=300), st.integers(1, 60))
def test_a_sparkline_fits(values: list[int | None], width: int) -> None:
    """A sparkline must have one block a value, and never more than the width."""
    assert min(len(values), width) == len(sparkline(values, width))


@given(st.floats(0, 1), st.integers(1, 60))
def test_a_bar_fits_and_grows(share: float, width: int) -> None:
    """A bar must fit its width; what is not nothing must be seen."""
    drawn = bar(share, width)
    assert len(drawn) <= width
    assert bool(drawn) == (share > 0)
    assert bar(1, width) == "█" * width
