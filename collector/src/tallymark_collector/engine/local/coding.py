"""Codes for property values that hold over all segments: equal values, equal code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.query.values import UNDEFINED, Found, identity_of
from tallymark_collector.segments.column import Column, Numbers, Words

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy.typing as npt

    I64 = npt.NDArray[np.int64]


class Coding:
    """A number for each different value met; 0 is a property that an event does not have."""

    def __init__(self) -> None:
        """Begin with the undefined."""
        self.values: list[Found] = [UNDEFINED]
        self._codes: dict[Hashable, int] = {}

    def codes(self, column: Column, rows: npt.NDArray[np.intp] | slice) -> I64:
        """Return the codes of some rows of a column."""
        found: I64 | None = None
        for piece in column.pieces:
            own = (
                self._words(piece, rows) if isinstance(piece, Words) else self._numbers(piece, rows)
            )
            if piece.present is not None:
                own = np.where(piece.present[rows], own, 0)
            found = own if found is None else np.maximum(found, own)
        if found is None:
            return np.zeros(np.arange(column.size)[rows].size, np.int64)
        return found

    def _words(self, piece: Words, rows: npt.NDArray[np.intp] | slice) -> I64:
        codes = piece.codes[rows]
        if len(piece.words) <= len(codes):
            table = np.fromiter(map(self._code, piece.words), np.int64, len(piece.words))
            return table[codes]
        used, inverse = np.unique(codes, return_inverse=True)
        return self._of([piece.words[code] for code in used])[inverse]

    def _numbers(self, piece: Numbers, rows: npt.NDArray[np.intp] | slice) -> I64:
        different, inverse = np.unique(piece.values[rows], return_inverse=True)
        return self._of(different.tolist())[inverse]

    def _of(self, values: Sequence[Found]) -> I64:
        return np.fromiter(map(self._code, values), np.int64, len(values))

    def _code(self, value: Found) -> int:
        key = identity_of(value)
        known = self._codes.get(key)
        if known is None:
            known = self._codes[key] = len(self.values)
            self.values.append(value)
        return known
