"""Money that reports can add up."""

from __future__ import annotations

import doctest
from decimal import Decimal

import pytest
from tallymark import UsageError
from tallymark import revenue as module
from tallymark.revenue import revenue


def test_example() -> None:
    """The example of the docstring holds."""
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("price", ["0.1", 0.1, Decimal("0.1")])
def test_product_is_exact(price: Decimal | float | str) -> None:
    """Three times a tenth is three tenths, whatever the price is given as."""
    assert revenue(price, "EUR", quantity=3)["revenue"] == 0.3
    assert revenue(-1, "JPY", product="Ticket") == {
        "price": -1.0,
        "quantity": 1,
        "revenue": -1.0,
        "currency": "JPY",
        "product": "Ticket",
    }


@pytest.mark.parametrize(
    ("price", "currency", "quantity", "named"),
    [
        ("a lot", "EUR", 1, "price"),
        (float("nan"), "EUR", 1, "price"),
        (True, "EUR", 1, "price"),
        (1, "euro", 1, "currency"),
        (1, "EUR", -1, "quantity"),
        (1, "EUR", 1.5, "quantity"),
    ],
)
def test_wrong_values_are_named(price: float, currency: str, quantity: int, named: str) -> None:
    """What cannot be money is refused, before an event says so."""
    with pytest.raises(UsageError, match=named):
        revenue(price, currency, quantity=quantity)
