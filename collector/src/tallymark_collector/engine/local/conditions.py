"""Filters over the columns of a part: a word is judged once, however many rows have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tallymark_collector.query.filters import NEGATED, Filter, holds
from tallymark_collector.query.values import number_of
from tallymark_collector.segments.column import Column, Numbers, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from tallymark_collector.query.filters import Operator

    Mask = npt.NDArray[np.bool_]
    Find = Callable[[str], Column]

EXACT: Final = 2**53
"""Whole numbers up to here are floating numbers too."""


def mask_of(condition: Filter, size: int, find: Find) -> Mask:
    """Return which of *size* rows satisfy a filter; *find* gives a property's column."""
    if condition.all_ is not None:
        found = np.ones(size, bool)
        for part in condition.all_:
            found &= mask_of(part, size, find)
        return found
    if condition.any_ is not None:
        found = np.zeros(size, bool)
        for part in condition.any_:
            found |= mask_of(part, size, find)
        return found
    if condition.not_ is not None:
        return ~mask_of(condition.not_, size, find)
    column = find(condition.property or "")
    positive = NEGATED.get(condition.op)
    if positive is not None:
        return ~_leaf(positive, column, condition)
    return _leaf(condition.op, column, condition)


def _leaf(op: Operator, column: Column, condition: Filter) -> Mask:
    if op == "set":
        return column.defined()
    found = np.zeros(column.size, bool)
    for piece in column.pieces:
        if isinstance(piece, Words):
            hits = _words(op, piece, condition)
        elif op != "contains":
            hits = _numbers(op, piece, condition)
        else:
            continue
        found |= hits if piece.present is None else hits & piece.present
    return found


def _words(op: Operator, piece: Words, condition: Filter) -> Mask:
    value = condition.value
    if len(piece.words) <= len(piece.codes):
        return np.array([holds(op, word, value) for word in piece.words], bool)[piece.codes]
    used, inverse = np.unique(piece.codes, return_inverse=True)
    return np.array([holds(op, piece.words[code], value) for code in used], bool)[inverse]


def _numbers(op: Operator, piece: Numbers, condition: Filter) -> Mask:
    """Compare numbers as they are where floating ones are exact, else each different one."""
    values, wanted = piece.values, condition.value
    asked = [number_of(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    bounds = [one for one in asked if one is not None]
    few = bool((values <= EXACT).all() and (values >= -EXACT).all())
    if few and all(abs(one) <= EXACT for one in bounds):
        whole = len(bounds) == len(asked) and (op == "between") == isinstance(wanted, list)
        if op == "is":
            return np.isin(values, bounds)
        return _COMPARE[op](values, bounds) if whole else np.zeros(len(values), bool)
    different, inverse = np.unique(values, return_inverse=True)
    return np.array([holds(op, one, wanted) for one in different.tolist()], bool)[inverse]


_COMPARE: Final[Mapping[str, Callable[[Any, list[int | float]], Mask]]] = {
    "gt": lambda values, bounds: values > bounds[0],
    "gte": lambda values, bounds: values >= bounds[0],
    "lt": lambda values, bounds: values < bounds[0],
    "lte": lambda values, bounds: values <= bounds[0],
    "between": lambda values, bounds: (values >= bounds[0]) & (values <= bounds[1]),
}
