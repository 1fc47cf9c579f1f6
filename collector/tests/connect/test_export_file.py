"""Our own export read back."""

from __future__ import annotations

import io
import json

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.connect.export_file import read
from tallymark_collector.connect.record import Record, Unreadable
from tallymark_protocol.event_id import event_id

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def test_an_event_keeps_its_identity() -> None:
    """An event must get the id it had in its stream (LED-7), and the time that was corrected."""
    line = {"ts": 5, "stream": STREAM, "seq": 2, "event": {"e": "A", "t": 4, "n": 2, "dt": 1}}
    found = list(read(io.StringIO(json.dumps(line) + "\n\n")))
    assert [Record(1, {"e": "A", "t": 5, "id": event_id(STREAM, 2)})] == found


def test_an_explicit_id_stays() -> None:
    """An event that had an id of its own must keep it."""
    line = {"ts": 5, "stream": None, "seq": None, "event": {"e": "A", "id": "mine-0001"}}
    (record,) = read(io.StringIO(json.dumps(line)))
    assert isinstance(record, Record)
    assert record.event["id"] == "mine-0001"


@given(st.text(max_size=30).filter(lambda text: text.strip() and "\n" not in text))
def test_other_lines_are_told(text: str) -> None:
    """A line that is no export must be told, never raise."""
    found = list(read(io.StringIO(text, newline="\n")))
    assert all(isinstance(one, Unreadable) for one in found)
