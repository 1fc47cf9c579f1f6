"""The rows of a set of events, from all segments and the tail: the only reader of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.engine.local.beyond import Beyond
from tallymark_collector.engine.local.conditions import mask_of
from tallymark_collector.query.question import ANY_EVENT, EventSet
from tallymark_collector.segments.column import Column, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from tallymark_collector.engine.local.coding import Coding
    from tallymark_collector.query.buckets import Span
    from tallymark_collector.query.filters import Filter
    from tallymark_collector.segments.columns import Columns
    from tallymark_collector.segments.part import Part

    Mask = npt.NDArray[np.bool_]
    I64 = npt.NDArray[np.int64]
    U32 = npt.NDArray[np.uint32]
    Chosen = npt.NDArray[np.intp] | slice


@dataclass(frozen=True, slots=True)
class Piece:
    """The chosen rows of one part, which is of the segment of that number."""

    number: int
    part: Part
    chosen: Chosen
    users: U32


@dataclass(frozen=True, slots=True)
class Values:
    """Which rows have a number, and which: as a whole one where `whole`, else as a floating one."""

    numeric: Mask
    whole: Mask
    ints: I64
    floats: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Selected rows, part after part; `users` are canonical numbers, 0 for nobody."""

    pieces: tuple[Piece, ...]
    columns: Columns
    users: U32
    ts: I64

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.ts)

    def ranks(self) -> tuple[I64, int]:
        """Return numbers that order rows of one ms as they arrived, and the bits they take."""
        highest = max((int(p.part.rank[p.chosen].max(initial=0)) for p in self.pieces), default=0)
        bits = highest.bit_length()
        found = [
            (piece.number << bits) | piece.part.rank[piece.chosen].astype(np.int64)
            for piece in self.pieces
        ]
        return joined(found, np.int64), bits

    def codes(self, name: str, coding: Coding) -> I64:
        """Return the codes of a property."""
        found = [
            coding.codes(column_of(name, piece.part, self.columns), piece.chosen)
            for piece in self.pieces
        ]
        return joined(found, np.int64)

    def numbers(self, name: str) -> Values:
        """Return the numbers of a property."""
        found = [
            _numbers(column_of(name, piece.part, self.columns), piece.chosen)
            for piece in self.pieces
        ]
        return Values(
            joined([one.numeric for one in found], np.bool_),
            joined([one.whole for one in found], np.bool_),
            joined([one.ints for one in found], np.int64),
            joined([one.floats for one in found], np.float64),
        )


def select(
    columns: Columns,
    events: EventSet,
    where: Filter | None,
    span: Span | None = None,
    *,
    somebody: bool = False,
) -> Rows:
    """Return the rows of a set of events that satisfy a filter, within a span of time.

    With *somebody*, rows of nobody are left out.
    """
    pieces: list[Piece] = []
    for number, part in columns.parts():
        chosen = _chosen(columns, part, events, where, span)
        if somebody and chosen is not None and part.actor[0] == 0:
            rows = np.arange(part.rows)[chosen]
            chosen = rows[part.actor[rows] != 0]
        if chosen is not None:
            users = columns.identity.users(part.actor[chosen], part.ts[chosen])
            pieces.append(Piece(number, part, chosen, users))
    return Rows(
        tuple(pieces),
        columns,
        joined([piece.users for piece in pieces], np.uint32),
        joined([piece.part.ts[piece.chosen] for piece in pieces], np.int64),
    )


def column_of(name: str, part: Part, columns: Columns) -> Column:
    """Return a property of a part as rows give it, with `$user_id` as who they belong to."""
    found = part.column(name)
    if found is None:
        raise Beyond(f"{name} is an object in some event's context")
    if name not in ("$user_id", "$event"):
        return found
    if found.pieces:
        raise Beyond(f"some event has a property {name}")
    if name == "$event":
        one = np.zeros(part.rows, np.int8)
        return Column(
            part.rows, (Words(one if part.event is None else part.event, part.head.names),)
        )
    users = columns.identity.users(part.actor, part.ts)
    used, inverse = np.unique(users, return_inverse=True)
    names = [columns.user(number) for number in used.tolist()]
    return Column(part.rows, (Words(inverse, names, users != 0),))


def joined(arrays: Sequence[npt.NDArray[np.generic]], dtype: type[np.generic]) -> npt.NDArray:  # type: ignore[type-arg]
    """Return arrays one after another; one alone as it is."""
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype)


def _chosen(
    columns: Columns, part: Part, events: EventSet, where: Filter | None, span: Span | None
) -> Chosen | None:
    """Return the rows of a part to read, None for none of them."""
    head = part.head
    if span is not None and (head.last < span.start or head.first >= span.end):
        return None
    masks: list[Mask] = []

    def find(name: str) -> Column:
        return column_of(name, part, columns)

    inside = _belonging(events, part, find)
    if inside is False:
        return None
    if not isinstance(inside, bool):
        masks.append(inside)
    if where is not None:
        masks.append(mask_of(where, part.rows, find))
    if span is not None and not (span.start <= head.first and head.last < span.end):
        masks.append((part.ts >= span.start) & (part.ts < span.end))
    if columns.identity.hidden is not None:
        masks.append(~columns.identity.hidden[part.actor])
    if not masks:
        return slice(0, part.rows)
    kept = masks[0]
    for mask in masks[1:]:
        kept = kept & mask
    rows = np.flatnonzero(kept)
    return rows if len(rows) else None


def _belonging(events: EventSet, part: Part, find: Callable[[str], Column]) -> Mask | bool:
    """Return which rows of a part are of a set of events; True for all, False for none."""
    if events.any_ is not None:
        inside = _of_any([_belonging(one, part, find) for one in events.any_])
    else:
        inside = _of_name(events.event or "", part)
    if events.where is None or inside is False:
        return inside
    return mask_of(events.where, part.rows, find) & inside


def _of_any(found: Sequence[Mask | bool]) -> Mask | bool:
    masks = [one for one in found if not isinstance(one, bool)]
    if not masks or any(one is True for one in found):
        return any(one is True for one in found)
    either = masks[0]
    for mask in masks[1:]:
        either = either | mask
    return either


def _of_name(name: str, part: Part) -> Mask | bool:
    names = part.head.names
    if name == ANY_EVENT or part.event is None:
        return name in (ANY_EVENT, names[0])
    return part.event == names.index(name) if name in names else False


def _numbers(column: Column, rows: Chosen) -> Values:
    size = column.size if isinstance(rows, slice) else len(rows)
    numeric, whole = np.zeros(size, bool), np.zeros(size, bool)
    ints, floats = np.zeros(size, np.int64), np.zeros(size, np.float64)
    for piece in column.pieces:
        if isinstance(piece, Words):
            if any(
                isinstance(word, int | float) and not isinstance(word, bool) for word in piece.words
            ):
                raise Beyond("a number is too large for a column")
            continue
        present = np.ones(size, bool) if piece.present is None else piece.present[rows]
        values = piece.values[rows]
        numeric |= present
        if piece.whole:
            whole |= present
            ints = np.where(present, values, ints)
        floats = np.where(present, values.astype(np.float64), floats)
    return Values(numeric, whole, ints, floats)
