"""State money so that reports can add it up."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TypeAlias

from tallymark.errors import UsageError

Amount: TypeAlias = "Decimal | float | int | str"

_CURRENCY = re.compile(r"[A-Z]{3}")


def revenue(
    price: Amount, currency: str, *, quantity: int = 1, product: str | None = None
) -> dict[str, float | int | str]:
    """
    Return the properties of a sale: `price`, `quantity`, `revenue` (their product), `currency`.

    The product is computed in decimals, then given as a number: a `Decimal` as a property would
    arrive as text, which no report sums. A refund has a negative price. *currency* is ISO 4217's.

    >>> client.track("Order Completed", revenue("9.99", "EUR", quantity=3))  # doctest: +SKIP
    >>> revenue("9.99", "EUR", quantity=3)
    {'price': 9.99, 'quantity': 3, 'revenue': 29.97, 'currency': 'EUR'}

    :raises UsageError: if the price is no finite number, or the currency no code of three letters
    """
    try:
        exact = Decimal(str(price))
    except ArithmeticError as error:
        raise UsageError(f"price: {price!r} is no number") from error
    if not exact.is_finite() or isinstance(price, bool):
        raise UsageError(f"price: {price!r} must be a finite number")
    if type(quantity) is not int or quantity < 0:
        raise UsageError(f"quantity: {quantity!r} must be a whole number, at least 0")
    if not _CURRENCY.fullmatch(currency):
        raise UsageError(f"currency: {currency!r} must be three capitals, such as EUR")
    sale: dict[str, float | int | str] = {
        "price": float(exact),
        "quantity": quantity,
        "revenue": float(exact * quantity),
        "currency": currency,
    }
    return sale if product is None else {**sale, "product": product}
