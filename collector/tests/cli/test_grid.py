"""Tests for cli/grid.py."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tallymark_collector.cli.grid import LEAST_DRAWN, Drawing, Grid

GRID = Grid("Day", ["a", "b", "c"], [("Mon", ["1", "20", "300"])], [("all", ["1", "20", "300"])])


def printed(grid: Grid, width: int) -> list[str]:
    """Return the lines of a grid on a terminal of so many columns."""
    out = Console(file=io.StringIO(), width=width)
    for table in grid.tables(width):
        out.print(table)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue().splitlines()


def test_one_table_where_there_is_room() -> None:
    """Its columns must stand as far apart as the grid says."""
    assert "Day   a    b     c" == printed(GRID, 18)[0]
    assert "Mon   1   20   300" == printed(GRID, 18)[2]


def test_columns_without_room_go_below() -> None:
    """With the names again, and as evenly as they fit."""
    lines = [line.rstrip() for line in printed(GRID, 16)]
    assert ["Day   a    b", "Mon   1   20", "all   1   20"] == [lines[0], lines[2], lines[4]]
    assert ["Day     c", "Mon   300", "all   300"] == [lines[5], lines[7], lines[9]]


def test_names_give_way_to_numbers() -> None:
    """A name that leaves no room for a number must be cut, and show that it is."""
    grid = Grid("", ["n"], [("x" * 40, ["1,234,567"])])
    (*_, row) = printed(grid, 24)
    assert f"{'x' * 11}…   1,234,567" == row


def test_a_drawing_takes_what_is_left_or_goes() -> None:
    """As wide as there is room, no wider than it may be, and not at all below the least."""
    rooms: list[int] = []

    def draw(room: int) -> list[str]:
        rooms.append(room)
        return ["#" * room]

    grid = Grid("", ["n"], [("x", ["1"])], drawing=Drawing("d", draw, 20))
    least = len("x") + len("1") + 2 * grid.gap + LEAST_DRAWN
    assert f"x   {'#' * LEAST_DRAWN}   1" == printed(grid, least)[-1]
    assert f"x   {'#' * 20}   1" == printed(grid, 100)[-1]
    assert "x   1" == printed(grid, least - 1)[-1]
    assert [LEAST_DRAWN, 20] == rooms


@given(
    st.integers(20, 100),
    st.lists(st.integers(0, 10**12), min_size=1, max_size=12),
    st.text("abc", min_size=1, max_size=40),
    st.sampled_from([1, 2, 3]),
)
def test_no_number_is_ever_cut(width: int, numbers: list[int], name: str, gap: int) -> None:
    """Each number must be there as a whole, in order, within the width."""
    grid = Grid("Name", ["" for _ in numbers], [(name, [f"{n:,}" for n in numbers])], gap=gap)
    lines = printed(grid, width)
    assert max(map(len, lines)) <= width
    words = [word for line in lines for word in line.split() if word[0].isdigit()]
    assert [f"{n:,}" for n in numbers] == words
