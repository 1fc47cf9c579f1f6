"""Results as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.cli.sheet import inert

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            ["trends", "View", "Buy"],
            [["day", "View", "Buy"], ["2026-03-02", "3", "1"], ["whole range", "3", "1"]],
        ),
        (
            ["trends", "View", "--by", "os", "--limit", "2"],
            [
                ["day", "View · [red]x", "View · mac", "View · $other"],
                ["2026-03-02", "1", "1", "1"],
                ["whole range", "1", "1", "1"],
            ],
        ),
        (
            ["retention", "View", "Buy", "--bracket", "0-0", "--bracket", "1-2"],
            [["cohort (day)", "users", "0", "1 to 2"], ["2026-03-02", "2", "0.5", "0.0"]],
        ),
    ],
)
def test_a_result_is_a_sheet(
    tallymark: Callable[..., Ran], folder: Path, command: list[str], expected: list[list[str]]
) -> None:
    """A header and the numbers must be what CSV holds, and nothing else be printed."""
    ran = tallymark("query", *command, "--csv", "--data", folder)
    assert (0, "", expected) == (ran.code, ran.err, list(csv.reader(io.StringIO(ran.out))))


def test_steps_are_rows(tallymark: Callable[..., Ran], folder: Path) -> None:
    """Each step of each segment must be a row with its numbers."""
    command = ("query", "funnel", "View", "Buy", "--by", "os", "--csv", "--data", folder)
    rows = list(csv.DictReader(io.StringIO(tallymark(*command).out)))
    assert [("mac", "1", "View", "1"), ("mac", "2", "Buy", "1"), ("win", "1", "View", "1")] == [
        (row["os"], row["step"], row["event"], row["count"]) for row in rows[:3]
    ]


def test_periods_are_rows(tallymark: Callable[..., Ran], folder: Path) -> None:
    """Each period must be a row of how often."""
    ran = tallymark("query", "frequency", "--csv", "--data", folder)
    header, row = list(csv.reader(io.StringIO(ran.out)))
    assert (["day", "at least 1"], ["2026-03-02", "2", "2"]) == (header[:2], row[:3])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"), (" @SUM(1)", "' @SUM(1)"), ("\t=1", "\\u{9}=1"), ("a=1", "a=1"),
        ("-5", "'-5"), (-5, -5), (0.5, 0.5), (None, None), ("a\nb", "a\\u{a}b"), ("", ""),
        ("\uff1d1", "'\uff1d1"), ("\u202ex", "\\u{202e}x"), (True, True), ([1], "[1]"),
    ],
)  # fmt: skip
def test_cells(cell: object, expected: object) -> None:
    """Numbers must stay numbers; text must not begin a formula, break a line or hide anything."""
    assert expected == inert(cell)


@given(st.text())
def test_no_text_is_a_formula(text: str) -> None:
    """No text may come out as something a spreadsheet would calculate."""
    cell = inert(text)
    assert isinstance(cell, str)
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
