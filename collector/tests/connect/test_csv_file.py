"""CSV files read as events."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.connect.csv_file import (
    MappingError,
    columns,
    milliseconds,
    read,
    value_of,
)
from tallymark_collector.connect.record import Record, Unreadable
from tallymark_collector.query.buckets import zone

UTC_ZONE = zone("UTC")


def items(text: str, **chosen: str) -> list[Record | Unreadable]:
    """Return the records of a file."""
    return list(read(io.StringIO(text, newline=""), chosen, UTC_ZONE))


def test_rows_become_events() -> None:
    """Usual column names must be found; other columns are properties, empty cells undefined."""
    found = items("user_id,event,timestamp,plan,price\nu,Buy,2024-01-04 10:00:00,,9.5\n")
    expected = {"t": 1_704_362_400_000, "e": "Buy", "u": "u", "p": {"price": 9.5}}
    assert [Record(1, expected)] == found


def test_named_columns_go_first() -> None:
    """A column that is named must be taken; the usual one is then a property."""
    (record,) = items("time,created,what,name\n1,2,A,N\n", time="created", event="what")
    assert Record(1, {"t": 2_000, "e": "A", "p": {"time": 1, "name": "N"}}) == record


def test_quoted_cells_may_hold_lines() -> None:
    """Commas and line breaks in quotes must be part of the cell."""
    (record,) = items('event,time,note\nA,0,"a, b\nc"\n')
    assert isinstance(record, Record)
    assert record.event["p"] == {"note": "a, b\nc"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('event,time,note\nA,0,"a\nB,0,b\n', "unexpected end"),
        ('event,time,note\nA,0,"a"b\n', "expected after"),
    ],
)
def test_quotes_that_do_not_match_are_told(text: str, says: str) -> None:
    """A quote that is not closed must not take the rows behind it into its cell, unnoticed."""
    (found,) = items(text)
    assert isinstance(found, Unreadable)
    assert says in found.why


@pytest.mark.parametrize(
    ("row", "says"),
    [("A,0", "2 cells, but 3 columns"), ("A,soon,", "is no time"), (",0,", "has no name")],
)
def test_rows_that_are_no_event(row: str, says: str) -> None:
    """A bad row must be told with its number, and the next one be read."""
    bad, good = items(f"event,time,note\n{row}\nA,1,\n")
    assert isinstance(bad, Unreadable)
    assert (1, True, 2) == (bad.number, says in bad.why, good.number)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators(mark: str) -> None:
    """What separates the names in the first line must separate the cells."""
    (record,) = items(f'event,time,"a{mark}b"\nA,0,"x,y"\n'.replace(",", mark))
    assert Record(1, {"t": 0, "e": "A", "p": {f"a{mark}b": f"x{mark}y"}}) == record


def test_blank_lines_are_no_rows() -> None:
    """Blank lines, as at the end of many files, must not count."""
    assert [1, 2] == [one.number for one in items("event,time\n\nA,0\n\nB,1\n\n")]


def test_a_row_longer_than_any_event_is_told() -> None:
    """A row that can be no event must not be sent, a cell csv refuses neither."""
    long, huge, good = items(f"event,time\n{'x' * 66_000},0\n{'x' * 140_000},0\nA,1\n")
    assert ("longer than an event", "no row of a CSV file", 3) == (
        long.why[:20], huge.why[:20], good.number  # type: ignore[union-attr]
    )  # fmt: skip


@pytest.mark.parametrize(("text", "says"), [("", "first line"), ("event,time,event\n", "'event'")])
def test_headers_that_cannot_be(text: str, says: str) -> None:
    """A file without names of columns, or with one twice, must be refused."""
    with pytest.raises(MappingError, match=says):
        items(text)


@pytest.mark.parametrize(
    ("given", "says"),
    [({"user": "nobody"}, "no column 'nobody'"), ({"colour": "a"}, "no field"), ({}, "--map time")],
)
def test_mappings_that_cannot_be(given: dict[str, str], says: str) -> None:
    """A mapping that cannot be must say what there is."""
    with pytest.raises(MappingError, match=says):
        columns(["event", "when"], given)


@pytest.mark.parametrize(
    ("text", "zone_name", "expected"),
    [
        ("2024-01-04T10:00:00Z", "Europe/Prague", 1_704_362_400_000),
        ("2024-01-04 10:00:00", "Europe/Prague", 1_704_358_800_000),
        ("2024-01-04", "UTC", 1_704_326_400_000),
        ("1704362400", "UTC", 1_704_362_400_000),
        ("1704362400.25", "UTC", 1_704_362_400_250),
        ("1704362400250", "UTC", 1_704_362_400_250),
    ],
)
def test_times(text: str, zone_name: str, expected: int) -> None:
    """ISO 8601, seconds and milliseconds must be read; without an offset the zone decides."""
    assert expected == milliseconds(text, zone(zone_name))


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001 -- made aware below
def test_any_moment_round_trips(moment: datetime) -> None:
    """A moment written in ISO 8601 must come back to the millisecond."""
    aware = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
    assert round(aware.timestamp() * 1000) == milliseconds(aware.isoformat(), UTC_ZONE)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("5", 5), ("-0.5", -0.5), ("007", "007"), ("1e3", "1e3"), ("true", True), ("True", "True"),
     ("12345678901234567890", "12345678901234567890"), (" 5", " 5")],
)  # fmt: skip
def test_values(cell: str, value: object) -> None:
    """Only what is written as a JSON number or boolean, exactly, must become one."""
    assert (value, type(value)) == (value_of(cell), type(value_of(cell)))


@given(st.text(max_size=30))
def test_any_cell_has_a_value(cell: str) -> None:
    """No text may fail to be a value."""
    assert isinstance(value_of(cell), str | int | float | bool)
