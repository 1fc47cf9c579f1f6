"""Cutting batches: bytes are joined, numbers follow from places."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tallymark.batch import Entry, Envelope, cut, halves
from tallymark_protocol.validate import validate_envelope

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def envelope() -> Envelope:
    """Return an envelope with the usual values."""
    return Envelope(STREAM, hwm=9, t0=5, context=b"{}", drops={})


def test_contiguous_events_need_no_number() -> None:
    """Events that follow one another are joined as they are."""
    batch = cut(envelope(), [(3, b'{"e":"a"}'), (4, b'{"e":"b"}')])
    expected = b'{"v":1,"stream":"%s","seq":3,"hwm":9,"t0":5,"events":[{"e":"a"},{"e":"b"}]}'
    assert expected % STREAM.encode() == batch.body
    assert ((3, 4),) == batch.seqs


def test_gap_writes_numbers() -> None:
    """After a gap each event carries its number."""
    batch = cut(envelope(), [(3, b'{"e":"a"}'), (7, b'{"e":"b"}'), (8, b'{"e":"c"}')])
    assert json.loads(batch.body)["events"] == [{"e": "a"}, {"n": 7, "e": "b"}, {"n": 8, "e": "c"}]


def test_everything_of_an_envelope() -> None:
    """Context, losses, end and clock are written where they belong."""
    whole = replace(
        envelope(),
        context=b'{"ip":"none"}',
        drops={"hook": ((1, 2), (5, 5)), "sampled": ()},
        fin=True,
        clock="wall",
    )
    batch = cut(whole, [])
    expected = {
        "v": 1,
        "stream": STREAM,
        "seq": 10,
        "hwm": 9,
        "fin": True,
        "t0": 5,
        "clock": "wall",
        "ctx": {"ip": "none"},
        "events": [],
        "drops": [{"reason": "hook", "ranges": [[1, 2], [5, 5]]}],
    }
    assert expected == json.loads(batch.body)


def test_long_loss_reports_are_cut() -> None:
    """A report holds at most as many ranges as the protocol allows; the rest goes later."""
    ranges = tuple((seq, seq) for seq in range(1, 3_001, 2))
    batch = cut(replace(envelope(), hwm=3_000, drops={"hook": ranges}), [])
    assert batch.drops == {"hook": ranges[:1_000]}
    assert validate_envelope(json.loads(batch.body)) is None


@given(numbers=st.sets(st.integers(1, 60), max_size=30), fin=st.booleans())
def test_numbers_are_right(numbers: set[int], *, fin: bool) -> None:
    """For any set of numbers the collector reads exactly these from the batch."""
    entries: list[Entry] = [(seq, b'{"e":"a"}') for seq in sorted(numbers)]
    body = json.loads(cut(replace(envelope(), hwm=60, fin=fin), entries).body)
    assert validate_envelope(body) is None
    read = [event.get("n", body["seq"] + place) for place, event in enumerate(body["events"])]
    assert sorted(numbers) == read


@given(st.lists(st.tuples(st.integers(), st.binary()), min_size=2))
def test_halves(entries: list[Entry]) -> None:
    """Two halves are the whole, and neither is empty."""
    first, second = halves(entries)
    assert [*first, *second] == entries
    assert first
    assert second
