"""Formulas over series."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.formula import Formula

VALUES = {"A": 6, "B": 4, "C": 0, "D": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A / B", 1.5),
        ("A ÷ B \N{MULTIPLICATION SIGN} 100", 150),
        ("(A + B) * 2 - C", 20),
        ("-A", -6),
        ("A / C", None),
        ("A + D", None),
        ("1 / 4", 0.25),
    ],
)
def test_values(text: str, expected: float | None) -> None:
    """A formula must calculate; division by 0 and null operands give null."""
    assert expected == Formula(text).value(VALUES)


@pytest.mark.parametrize(
    "wrong",
    ["", "A +", "A ** B", "a", "AB", "f(A)", "A[0]", "A.x", "'x'", "True", "A if B else C", "A; B"],
)
def test_nothing_else_is_a_formula(wrong: str) -> None:
    """Calls, names, attributes and every other expression must be refused."""
    with pytest.raises(ValueError, match="may"):
        Formula(wrong)


@given(st.text(max_size=40))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    """No text may do anything but give a formula of letters, or a ValueError."""
    try:
        letters = Formula(text).letters
    except ValueError:
        return
    assert all(len(letter) == 1 and letter.isupper() for letter in letters)


def test_letters() -> None:
    """A formula must name the series it needs."""
    assert {"A", "C"} == Formula("A / (C + 1)").letters


@pytest.mark.parametrize(
    "text",
    [
        "9" * 150,
        "A * " + "9" * 150,
        "9" * 90 + " * " + "9" * 90,
        "A * 1e308 * 1e308",
        "-" + "9" * 99,
    ],
)
def test_any_result_can_be_written(text: str) -> None:
    """However large a number is written or becomes, JSON must carry it."""
    assert orjson.dumps(Formula(text).value({"A": 7}))
