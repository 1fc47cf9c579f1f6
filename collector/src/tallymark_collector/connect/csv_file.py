"""CSV files with a header: which column is which field of an event."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Final

from tallymark_protocol import limits

from tallymark_collector.connect.record import Record, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from tallymark_collector.connect.record import Item

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "event": ("event", "event_name", "name"),
    "time": ("time", "timestamp", "ts", "created_at"),
    "user": ("user", "user_id", "distinct_id"),
    "device": ("device", "device_id"),
    "session": ("session", "session_id"),
}
"""The fields of an event, and the columns taken for each when none is named."""

_WIRE: Final = {"event": "e", "user": "u", "device": "d", "session": "s"}
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_SEPARATORS: Final = (",", ";", "\t", "|")
# Below, a number is seconds since 1970, from here on milliseconds (the year 5138 in seconds).
_SECONDS_BELOW: Final = 100_000_000_000


class MappingError(Exception):
    """Say which column is missing for an event."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column gives each field; the other columns are properties of the same name."""

    fields: Mapping[str, str]
    properties: tuple[str, ...]


def columns(header: Sequence[str], given: Mapping[str, str]) -> Columns:
    """Decide the columns; *given* maps fields to columns and goes before the usual names."""
    for field, column in given.items():
        if field not in FIELDS:
            raise MappingError(f"{field!r} is no field: there are {', '.join(FIELDS)}")
        if column not in header:
            raise MappingError(f"there is no column {column!r}: there are {', '.join(header)}")
    found = dict(given)
    for field, usual in FIELDS.items():
        named = next((name for name in usual if name in header and field not in given), None)
        if named is not None and named not in given.values():
            found[field] = named
    for field in ("event", "time"):
        if field not in found:
            raise MappingError(
                f"no column is known to be the {field}: name it with --map {field}=COLUMN "
                f"(columns: {', '.join(header)})"
            )
    return Columns(found, tuple(name for name in header if name not in found.values()))


def header_of(text: IO[str]) -> list[str]:
    """Return the names of the columns: the first line."""
    header, _ = _begun(text)
    return header


def read(text: IO[str], chosen: Mapping[str, str], tz: tzinfo) -> Iterator[Item]:
    """Iterate over the rows as events; times without an offset are local times of *tz*.

    Empty cells are undefined. A cell that is a JSON number, `true` or `false` is that value.
    """
    header, rows = _begun(text)
    place = {name: index for index, name in enumerate(header)}
    known = columns(header, chosen)
    for number, row in enumerate(_whole(rows), start=1):
        if isinstance(row, csv.Error):
            yield Unreadable(number, f"no row of a CSV file: {row}")
            continue
        try:
            yield Record(number, _event(row, place, known, tz))
        except ValueError as error:
            yield Unreadable(number, str(error))


def _whole(rows: Iterator[list[str]]) -> Iterator[list[str] | csv.Error]:
    """Iterate over the rows that are not blank, and what is wrong with those that are none."""
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield error
            continue
        if row:
            yield row


def _begun(text: IO[str]) -> tuple[list[str], Iterator[list[str]]]:
    """Read the header; columns are separated by what separates most in it."""
    line = text.readline()
    if not line.strip():
        raise MappingError("the file has no first line with the names of the columns")
    rows = {mark: next(csv.reader([line], delimiter=mark)) for mark in _SEPARATORS}
    mark = max(_SEPARATORS, key=lambda one: len(rows[one]))
    header = rows[mark]
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise MappingError(f"two columns are named {twice!r}")
    # Not strict, a quote that is never closed would take the rows behind it into its cell.
    return header, csv.reader(text, delimiter=mark, strict=True)


def _event(
    row: Sequence[str], place: Mapping[str, int], known: Columns, tz: tzinfo
) -> dict[str, object]:
    """Return a row as an event; raise ValueError saying why it is none."""
    if len(row) != len(place):
        raise ValueError(f"{len(row)} cells, but {len(place)} columns")
    if sum(map(len, row)) > limits.MAX_EVENT:
        raise ValueError(f"longer than an event may be ({limits.MAX_EVENT:,} bytes)")
    cells = {field: row[place[name]] for field, name in known.fields.items()}
    event: dict[str, object] = {"t": milliseconds(cells.pop("time"), tz)}
    event |= {_WIRE[field]: cell for field, cell in cells.items() if cell}
    if "e" not in event:
        raise ValueError("the event has no name")
    properties = {name: row[place[name]] for name in known.properties}
    event["p"] = {name: value_of(cell) for name, cell in properties.items() if cell}
    return event


def milliseconds(text: str, tz: tzinfo) -> int:
    """Read a time: ISO 8601, or seconds or milliseconds since 1970."""
    if _NUMBER.fullmatch(text):
        value = float(text)
        return round(value * 1_000) if abs(value) < _SECONDS_BELOW else round(value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no time: ISO 8601, or seconds since 1970") from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=tz)
    return (aware - _EPOCH) // _MILLISECOND


def value_of(cell: str) -> object:
    """Return the value of a cell; text that only looks like a number (007) stays text."""
    if _NUMBER.fullmatch(cell) or cell in ("true", "false"):
        return json.loads(cell)
    return cell
