"""Any number of rows written or compared by one step of SQLite.

The sqlite3 module gives the interpreter's lock up for each row of an `executemany` and has to win
it back from the thread that serves HTTP: beside a busy thread that was measured as 372 rows a
second instead of 280,000. One statement that unpacks its rows itself gives the lock up once.

Packed rows are two values: `numbers`, fixed-width decimal fields (found by offset, read by CAST),
and `data`, the texts and blobs one after the other, whose lengths are the last fields of each row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

WIDTH = 18
"""Characters of a field: room for ±2^53, and whatever fits in is a 64-bit integer."""

_FIELD = f"%{WIDTH}d"


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a packed row: integers first, then texts and blobs.

    A name ending in `?` is NULL for 0 or for an empty value.
    """

    integers: tuple[str, ...]
    texts: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()

    def names(self) -> str:
        """Return the column list."""
        return ", ".join(name.rstrip("?") for name in (*self.integers, *self.texts, *self.blobs))

    def source(self) -> str:
        """Return the common table expression `packed(n, at)` that walks over the rows."""
        return (
            "WITH RECURSIVE packed (n, at) AS (SELECT 0, 1 UNION ALL"  # noqa: S608 - column names
            f" SELECT n + 1, at + {self._lengths()} FROM packed WHERE n + 1 < :count)"
        )

    def values(self) -> tuple[str, ...]:
        """Return one expression per column."""
        integers = (
            f"nullif({self._integer(i)}, 0)" if name.endswith("?") else self._integer(i)
            for i, name in enumerate(self.integers)
        )
        texts = (
            f"CAST(nullif({self._data(i)}, x'') AS TEXT)"
            if name.endswith("?")
            else f"CAST({self._data(i)} AS TEXT)"
            for i, name in enumerate(self.texts)
        )
        blobs = (
            f"nullif({self._data(i)}, x'')" if name.endswith("?") else self._data(i)
            for i, name in enumerate(self.blobs, len(self.texts))
        )
        return (*integers, *texts, *blobs)

    @property
    def width(self) -> int:
        """Return the characters of one row in `numbers`."""
        return WIDTH * (len(self.integers) + len(self.texts) + len(self.blobs))

    def _integer(self, index: int) -> str:
        at = index * WIDTH + 1
        return f"CAST(substr(:numbers, n * {self.width} + {at}, {WIDTH}) AS INTEGER)"

    def _length(self, index: int) -> str:
        return self._integer(len(self.integers) + index)

    def _lengths(self, stop: int | None = None) -> str:
        every = range(len(self.texts) + len(self.blobs) if stop is None else stop)
        return " + ".join(self._length(i) for i in every) or "0"

    def _data(self, index: int) -> str:
        return f"substr(:data, at + {self._lengths(index)}, {self._length(index)})"


class Statement:
    """The text of one statement over packed rows of one layout."""

    def __init__(self, layout: Layout, text: str) -> None:
        """Fill `{source}`, `{names}` and `{values}` of *text* in."""
        self.width = layout.width
        self.row = _FIELD * (layout.width // WIDTH)
        self.text = text.format(
            source=layout.source(), names=layout.names(), values=", ".join(layout.values())
        )


class Bulk:
    """Rows that wait for a statement."""

    __slots__ = ("_data", "_numbers", "_statement", "bytes", "count")

    def __init__(self, statement: Statement) -> None:
        """Collect rows for *statement*."""
        self._statement = statement
        self._numbers: list[str] = []
        self._data: list[bytes] = []
        self.count = 0
        self.bytes = 0

    def add(self, integers: Sequence[int], data: Sequence[bytes] = ()) -> None:
        """Add one row, its values in the layout's order."""
        self.add_packed(self._statement.row % (*integers, *map(len, data)), data, 1)

    def add_packed(self, numbers: str, data: Sequence[bytes], count: int) -> None:
        """Add *count* rows whose fields are already laid out."""
        if len(numbers) != count * self._statement.width:
            raise OverflowError("A number is too large to be stored.")
        self._numbers.append(numbers)
        self._data += data
        self.count += count
        self.bytes += sum(map(len, data)) + len(numbers)

    def execute(
        self, connection: sqlite3.Connection, parameters: dict[str, int] | None = None
    ) -> sqlite3.Cursor | None:
        """Run the statement over the waiting rows and forget them; None when there are none."""
        if not self.count:
            return None
        bound = {
            "numbers": "".join(self._numbers).encode("ascii"),
            # SQLite takes a part of an empty value for NULL, so the value is never empty.
            "data": b"".join((*self._data, b"\0")),
            "count": self.count,
            **(parameters or {}),
        }
        self._numbers, self._data, self.count, self.bytes = [], [], 0, 0
        return connection.execute(self._statement.text, bound)
