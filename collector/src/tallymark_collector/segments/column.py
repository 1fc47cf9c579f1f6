"""One property of the rows of a part: what a question reads of it, whatever its types.

A row has its value in at most one of the pieces, one for each type; in none, it is undefined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tallymark_collector.query.values import Value

    Mask = npt.NDArray[np.bool_]
    Codes = npt.NDArray[np.integer]

Kind = Literal["string", "json", "int", "float"]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Values of few different words: `codes` are places among them, where `present`.

    Without `present`, every row has one.
    """

    codes: Codes
    words: Sequence[Value]
    present: Mask | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Whole or floating numbers, where `present`; without it, every row has one."""

    values: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    present: Mask | None = None

    @property
    def whole(self) -> bool:
        """Whether the numbers are whole ones."""
        return self.values.dtype == np.int64


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The pieces of a property over *size* rows; none of them: undefined everywhere."""

    size: int
    pieces: tuple[Words | Numbers, ...]

    def defined(self) -> Mask:
        """Return where the property exists; null exists."""
        found = np.zeros(self.size, bool)
        for piece in self.pieces:
            if piece.present is None:
                return np.ones(self.size, bool)
            found |= piece.present
        return found
