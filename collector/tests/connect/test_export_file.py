"""Our own export read back."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.connect.export_file import MAX_LINE, looks_like, read
from tallymark_collector.connect.record import Record, Unreadable

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
LINE = {"ts": 5, "stream": STREAM, "seq": 2, "id": "x", "event": {"e": "A", "t": 5}}


def test_an_event_keeps_its_place() -> None:
    """An event must keep stream and number, and with them its id (LED-7, LED-12)."""
    found = list(read(io.StringIO(json.dumps(LINE) + "\n\n")))
    assert [Record(1, {"e": "A", "t": 5}, STREAM, 2)] == found


def test_a_corrected_time_stays_corrected() -> None:
    """An event must get the time the collector gave it, and the record say that it did."""
    line = {**LINE, "event": {"e": "A", "t": 4, "n": 2, "dt": 1}}
    assert [Record(1, {"e": "A", "t": 5}, STREAM, 2, corrected=True)] == list(
        read(io.StringIO(json.dumps(line)))
    )


def test_an_explicit_id_stays() -> None:
    """An event that had an id of its own must keep it."""
    line = {"ts": 5, "stream": None, "seq": None, "id": "mine-0001", "event": {"e": "A"}}
    (record,) = read(io.StringIO(json.dumps(line)))
    assert isinstance(record, Record)
    assert ("mine-0001", None) == (record.event["id"], record.stream)


@pytest.mark.parametrize(
    "change", [{"ts": "5"}, {"ts": True}, {"seq": None}, {"stream": 7}, {"event": 1}, {"event": []}]
)
def test_what_lacks_a_part_is_told(change: dict[str, object]) -> None:
    """A line without time, place or event must be told with its number."""
    (found,) = read(io.StringIO(json.dumps({**LINE, **change})))
    assert isinstance(found, Unreadable)
    assert found.number == 1


def test_a_line_longer_than_any_event_is_told() -> None:
    """A line that can be no event must not be sent."""
    long, good = read(io.StringIO("x" * (MAX_LINE + 1) + "\n" + json.dumps(LINE)))
    assert (True, 2) == (isinstance(long, Unreadable), good.number)


@given(st.text(max_size=30).filter(lambda text: text.strip() and "\n" not in text))
def test_other_lines_are_told(text: str) -> None:
    """A line that is no export must be told, never raise."""
    found = list(read(io.StringIO(text, newline="\n")))
    assert all(isinstance(one, Unreadable) for one in found)


def test_an_export_is_told_from_others() -> None:
    """The first line must tell our export from Mixpanel's."""
    assert looks_like(LINE)
    assert not looks_like({"event": "A", "properties": {}})
