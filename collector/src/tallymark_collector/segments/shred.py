"""From decoded events to typed columns: what a segment is made of."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pyarrow as pa

from tallymark_collector.segments.flatten import flatten
from tallymark_collector.segments.part import FIXED, META, Head, Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from tallymark_collector.query.event import Event
    from tallymark_collector.query.values import Value
    from tallymark_collector.segments.column import Kind

    Ints = npt.NDArray[np.integer]

RARE: Final = 1_000
"""Events with fewer rows in a segment share one part."""
MAX_COLUMNS: Final = 512
"""Columns of a part; the properties of the fewest rows stay JSON beyond it."""
_PLAIN_SHARE: Final = 0.5
"""Of the rows: with more different words, a dictionary saves nothing."""
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


@dataclass(slots=True)
class _Sparse:
    """The values of one property of one type: in which rows, and what; strings as codes."""

    kind: Kind
    rows: array[int] = field(default_factory=lambda: array("I"))
    values: array[int] | array[float] = field(default_factory=lambda: array("q"))
    words: dict[str, int] = field(default_factory=dict)

    def take(self, row: int, value: object) -> None:
        self.rows.append(row)
        if self.kind in ("string", "json"):
            word = value if self.kind == "string" else orjson.dumps(value).decode()
            code = self.words.setdefault(word, len(self.words))  # type: ignore[arg-type]
            self.values.append(code)
        else:
            self.values.append(value)  # type: ignore[arg-type]

    def array(self) -> npt.NDArray[Any]:
        """Return the values as they are stored."""
        return np.frombuffer(self.values, np.float64 if self.kind == "float" else np.int64)


class Shredder:
    """Takes events in order of position, and gives the parts they make."""

    def __init__(self, rare: int = RARE, max_columns: int = MAX_COLUMNS) -> None:
        """Begin without any."""
        self._rare, self._max_columns = rare, max_columns
        self._actor, self._event = array("I"), array("I")
        self._ts, self._pos = array("q"), array("q")
        self._names: dict[str, int] = {}
        self._columns: dict[tuple[str, Kind], _Sparse] = {}
        self._objects: dict[str, set[int]] = defaultdict(set)

    def __len__(self) -> int:
        """Return how many events were taken."""
        return len(self._ts)

    def take(self, event: Event, actor: int) -> None:
        """Take the next event, done by *actor*."""
        row = len(self._ts)
        code = self._names.setdefault(event.name, len(self._names))
        self._actor.append(actor)
        self._event.append(code)
        self._ts.append(event.ts)
        self._pos.append(event.pos)
        values, objects = flatten(event)
        for name in objects:
            self._objects[name].add(code)
        for name, value in values.items():
            kind = kind_of(value)
            column = self._columns.get((name, kind))
            if column is None:
                kept = array("d") if kind == "float" else array("q")
                column = self._columns[name, kind] = _Sparse(kind, values=kept)
            column.take(row, value)

    def parts(self) -> list[Part]:
        """Return the parts of all events taken."""
        if not len(self):
            return []
        ts, pos = np.frombuffer(self._ts, np.int64), np.frombuffer(self._pos, np.int64)
        actor, event = np.frombuffer(self._actor, np.uint32), np.frombuffer(self._event, np.uint32)
        group = self._groups(event)
        order = np.lexsort((pos, ts, actor, group))
        ends = np.cumsum(np.bincount(group[order]))
        rank = narrow(_ranks(ts, pos))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        drafts = [
            _Draft(rows, [actor[rows], ts[rows], pos[rows], rank[rows], event[rows]])
            for rows in np.split(order, ends[:-1])
        ]
        for (name, _), column in self._columns.items():
            where = place[np.frombuffer(column.rows, np.uint32)]
            by_place = np.argsort(where, kind="stable")
            where = where[by_place]
            values = column.array()[by_place]
            words = list(column.words)
            cuts = np.searchsorted(where, ends)
            for draft, end, low, high in zip(
                drafts, ends, np.concatenate(([0], cuts[:-1])), cuts, strict=True
            ):
                if low < high:
                    local = where[low:high] - (end - len(draft.rows))
                    draft.columns.append(_Filled(name, column.kind, local, values[low:high], words))
        names = list(self._names)
        return [draft.part(names, self._objects, self._max_columns) for draft in drafts]

    def _groups(self, event: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """Return the number of the part each row goes to: one for each frequent event."""
        counts = np.bincount(event)
        rare = counts < self._rare
        if rare.sum() == 1:
            rare[:] = False
        number = np.cumsum(~rare) - (0 if rare.any() else 1)
        number[rare] = 0
        found: npt.NDArray[np.int64] = number[event]
        return found


@dataclass(frozen=True, slots=True)
class _Filled:
    name: str
    kind: Kind
    rows: npt.NDArray[np.int64]
    values: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    words: list[str]

    def value(self, place: int) -> Value:
        """Return one value as the event had it."""
        if self.kind == "string":
            return self.words[int(self.values[place])]
        if self.kind == "json":
            found: Value = orjson.loads(self.words[int(self.values[place])])
            return found
        number: int | float = self.values[place].item()
        return number


@dataclass(slots=True)
class _Draft:
    """A part in the making: its rows by number, what every part has, and its properties."""

    rows: npt.NDArray[np.int64]
    fixed: list[Ints]
    columns: list[_Filled] = field(default_factory=list)

    def part(self, names: list[str], objects: dict[str, set[int]], most: int) -> Part:
        actor, ts, pos, rank, event = self.fixed
        used, codes = np.unique(event, return_inverse=True)
        own = {int(code) for code in used}
        base = int(pos.min())
        self.columns.sort(key=lambda column: (column.name, column.kind))
        kept, left = self._split(most)
        head = Head(
            names=tuple(names[code] for code in used),
            rows=len(ts),
            first=int(ts.min()),
            last=int(ts.max()),
            base=base,
            columns=tuple((column.name, column.kind) for column in kept),
            objects=tuple(sorted(name for name, where in objects.items() if where & own)),
        )
        arrays = [
            pa.array(actor),
            pa.array(ts),
            pa.array(narrow(pos - base)),
            pa.array(rank),
            pa.array(narrow(codes)) if len(used) > 1 else pa.nulls(len(ts), pa.int8()),
            _rest(left, len(ts)),
            *(_array(column, len(ts)) for column in kept),
        ]
        titles = [f"{name}:{kind}" if kind != "string" else name for name, kind in head.columns]
        schema = pa.schema(
            [
                pa.field(title, one.type)
                for title, one in zip([*FIXED, *titles], arrays, strict=True)
            ],
            metadata={META: head.to_bytes()},
        )
        return Part(pa.RecordBatch.from_arrays(arrays, schema=schema))

    def _split(self, most: int) -> tuple[list[_Filled], list[_Filled]]:
        """Return the columns that are kept, and those left as JSON: names never stand in both."""
        rows: dict[str, int] = defaultdict(int)
        for column in self.columns:
            rows[column.name] += len(column.rows)
        order = sorted(rows, key=lambda name: (-rows[name], name))
        few = set(order[most:])
        kept = [column for column in self.columns if column.name not in few]
        return kept, [column for column in self.columns if column.name in few]


def kind_of(value: Value) -> Kind:
    """Return the type of column a value goes to."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool) or value is None:
        return "json"
    if isinstance(value, int):
        return "int" if _LOWEST <= value <= _HIGHEST else "json"
    return "float" if isinstance(value, float) else "json"


def narrow(values: Ints) -> Ints:
    """Return non-negative numbers in the narrowest signed type that holds them."""
    highest = int(values.max(initial=0))
    for dtype in (np.int8, np.int16, np.int32):
        if highest <= np.iinfo(dtype).max:
            return values.astype(dtype)
    return values.astype(np.int64)


def _ranks(ts: npt.NDArray[np.int64], pos: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the place of each row among those of the same ms, by position.

    It counts over all actors, so it orders the rows of merged ones too.
    """
    order = np.lexsort((pos, ts))
    index = np.arange(len(ts))
    fresh = np.concatenate(([True], np.diff(ts[order]) != 0))
    found = np.empty(len(ts), np.int64)
    found[order] = index - np.maximum.accumulate(np.where(fresh, index, 0))
    return found


def _array(column: _Filled, size: int) -> pa.Array:
    absent = np.ones(size, bool)
    absent[column.rows] = False
    if column.kind in ("int", "float"):
        dense = np.zeros(size, column.values.dtype)
        dense[column.rows] = column.values
        return pa.array(dense, mask=absent)
    used, inverse = np.unique(column.values, return_inverse=True)
    words = [column.words[code] for code in used]
    if len(used) > max(_PLAIN_SHARE * size, RARE):
        texts = np.full(size, None, object)
        texts[column.rows] = [words[code] for code in inverse]
        return pa.array(texts, pa.large_string())
    codes = np.zeros(size, narrow(inverse).dtype)
    codes[column.rows] = inverse
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, mask=absent), pa.array(words, pa.large_string())
    )


def _rest(columns: list[_Filled], size: int) -> pa.Array:
    left: dict[int, dict[str, Value]] = defaultdict(dict)
    for column in columns:
        for place, row in enumerate(column.rows):
            left[int(row)][column.name] = column.value(place)
    return pa.array(list(_texts(left, size)), pa.large_string())


def _texts(left: dict[int, dict[str, Value]], size: int) -> Iterator[str | None]:
    for row in range(size):
        yield orjson.dumps(left[row]).decode() if row in left else None
