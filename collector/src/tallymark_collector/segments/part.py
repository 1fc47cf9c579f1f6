"""The rows of one event, or of several rare ones, in one segment: a record batch and its reading.

Rows are sorted by actor as stored, then time, then position in the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tallymark_collector.segments.column import Column, Numbers, Words

if TYPE_CHECKING:
    import numpy.typing as npt

    from tallymark_collector.query.values import Value
    from tallymark_collector.segments.column import Kind, Mask

    U32 = npt.NDArray[np.uint32]
    I64 = npt.NDArray[np.int64]
    Ints = npt.NDArray[np.integer]

META: Final = b"tallymark"
FIXED: Final = ("$actor", "$ts", "$pos", "$rank", "$event", "$rest")


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a part without its columns.

    `columns` are property and kind of each column after the fixed ones. `base` is what the stored
    positions are counted from. `objects` are names at which some row's context has an object,
    which no column holds.
    """

    names: tuple[str, ...]
    rows: int
    first: int
    last: int
    base: int
    columns: tuple[tuple[str, Kind], ...]
    objects: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the head as the file carries it."""
        return orjson.dumps({name: getattr(self, name) for name in self.__slots__})

    @staticmethod
    def read(raw: bytes) -> Head:
        """Read a head back."""
        found = orjson.loads(raw)
        return Head(
            names=tuple(found["names"]),
            rows=found["rows"],
            first=found["first"],
            last=found["last"],
            base=found["base"],
            columns=tuple((name, kind) for name, kind in found["columns"]),
            objects=tuple(found["objects"]),
        )


class Part:
    """The columns of a part, each read when it is first asked for."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        """Read *batch*, in memory or mapped from a file."""
        self._batch = batch
        self.head = Head.read((batch.schema.metadata or {})[META])
        self._known: dict[str, Column] = {}
        self._rest: dict[str, Column] | None = None
        self.actor: U32 = self._fixed("$actor").astype(np.uint32, copy=False)
        self.ts: I64 = self._fixed("$ts").astype(np.int64, copy=False)
        self.rank: Ints = self._fixed("$rank")
        self.event: Ints | None = self._fixed("$event") if len(self.head.names) > 1 else None

    @property
    def batch(self) -> pa.RecordBatch:
        """The record batch itself."""
        return self._batch

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.head.rows

    @property
    def pos(self) -> I64:
        """The position of each row in the log."""
        found: I64 = self._fixed("$pos").astype(np.int64) + self.head.base
        return found

    def column(self, name: str) -> Column | None:
        """Return a property as events know it, None when it cannot be told from columns.

        `$user_id` and `$event` are not among them, unless events have a property so named.
        """
        if name in self.head.objects:
            return None
        known = self._known.get(name)
        if known is None:
            known = self._read(name)
            self._known[name] = known
        return known

    def _read(self, name: str) -> Column:
        pieces: list[Words | Numbers] = []
        for place, (named, kind) in enumerate(self.head.columns):
            if named == name:
                pieces.append(_piece(self._batch.column(len(FIXED) + place), kind))
        if not pieces and self._batch.column(FIXED.index("$rest")).null_count < self.rows:
            return self._from_rest(name)
        return Column(self.rows, tuple(pieces))

    def _from_rest(self, name: str) -> Column:
        texts = self._batch.column(FIXED.index("$rest")).to_pylist()
        words: list[Value] = []
        codes, present = np.zeros(self.rows, np.int32), np.zeros(self.rows, bool)
        for row, text in enumerate(texts):
            found = {} if text is None else orjson.loads(text)
            if name in found:
                codes[row], present[row] = len(words), True
                words.append(found[name])
        return Column(self.rows, (Words(codes, words, present),) if words else ())

    def _fixed(self, name: str) -> Ints:
        return _buffer(self._batch.column(FIXED.index(name)))


def _piece(array: pa.Array, kind: Kind) -> Words | Numbers:
    present = _present(array)
    if kind in ("int", "float"):
        return Numbers(_buffer(array), present)
    if not pa.types.is_dictionary(array.type):
        array = pc.dictionary_encode(array)
    words = array.dictionary.to_pylist()
    if kind == "json":
        words = [orjson.loads(word) for word in words]
    return Words(_buffer(array.indices), words, present)


def _buffer(array: pa.Array) -> npt.NDArray[Any]:
    """Return the values of an array of fixed width without a copy, whatever is null among them."""
    dtype = array.type.to_pandas_dtype()
    width = array.type.bit_width // 8
    data = array.buffers()[1]
    if data is None:
        return np.zeros(len(array), dtype)
    return np.frombuffer(data, dtype, len(array), array.offset * width)


def _present(array: pa.Array) -> Mask | None:
    if array.null_count == 0:
        return None
    bits = np.frombuffer(array.buffers()[0], np.uint8)
    found = np.unpackbits(bits, count=array.offset + len(array), bitorder="little")
    return found[array.offset :].view(bool)
