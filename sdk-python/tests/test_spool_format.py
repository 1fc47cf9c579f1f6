"""Records are encoded as the spec says and read back from any bytes without harm."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark.intervals import Intervals
from tallymark.spool import format as records
from tallymark.spool.format import MalformedRecordError

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBER = st.integers(1, records.MAX_NUMBER)
RANGES = st.lists(
    st.tuples(NUMBER, st.integers(0, 2**40)).map(
        lambda pair: (pair[0], min(sum(pair), records.MAX_NUMBER))
    ),
    max_size=40,
).map(lambda pairs: Intervals(pairs).ranges())


def payload(record: bytes) -> tuple[int, bytes]:
    """Return type and payload of one record."""
    frame = records.read_frame(record, 0)
    assert frame is not None
    return frame[0], record[8 : 8 + frame[1]]


@given(NUMBER, st.binary(max_size=400))
def test_event(seq: int, event: bytes) -> None:
    """An event comes back with its number (TM-SPL-15)."""
    record = records.encode_event(seq, event)
    kind, body = payload(record)
    assert (kind, records.decode_number(body), body[8:]) == (records.EVENT, seq, event)
    assert len(record) == len(event) + records.EVENT_OVERHEAD
    assert records.checked_event(b"before" + record, 6, seq, len(event)) == event
    assert records.checked_event(record, 0, seq ^ 1, len(event)) is None


@given(RANGES, st.sampled_from(["hook", "queue_overflow"]))
def test_ranges(ranges: tuple[tuple[int, int], ...], reason: str) -> None:
    """Ranges come back equal, whatever says them (TM-SPL-16)."""
    for encoded in (records.encode_settled(ranges), records.encode_drops_acked(ranges)):
        decoded = [records.decode_ranges(payload(record)[1]) for record in encoded]
        assert decoded == ([ranges] if ranges else [])
    dropped = [
        records.decode_dropped(payload(r)[1]) for r in records.encode_dropped(reason, ranges)
    ]
    assert dropped == ([(reason, ranges)] if ranges else [])
    purged = records.decode_dropped(payload(records.encode_purge(reason, ranges))[1])
    assert purged == (reason, ranges)


def test_many_ranges_are_split() -> None:
    """No record grows past the limit readers set."""
    ranges = tuple((n * 2**38, n * 2**38 + 2**37) for n in range(1, 20_000))
    split = [payload(record)[1] for record in records.encode_settled(ranges)]
    assert [len(records.decode_ranges(piece)) for piece in split] == [8_192, 8_192, 3_615]
    assert max(map(len, split)) <= records.MAX_PAYLOAD


def test_header() -> None:
    """A header comes back equal; bytes behind the known fields are ignored (TM-SPL-14)."""
    header = records.Header(bytes(range(16)), 7, b"d" * 16, b"b" * 16, 9, 10, 11, 12)
    kind, body = payload(header.encode())
    assert (kind, records.Header.decode(body)) == (records.HEADER, header)
    assert records.Header.decode(body + b"later") == header


@pytest.mark.parametrize(
    ("decode", "data"),
    [
        (records.Header.decode, b"short"),
        (records.decode_number, b"short"),
        (records.decode_number, b"\xff" * 8),
        (records.decode_ranges, b""),
        (records.decode_ranges, b"\x01"),
        (records.decode_ranges, b"\x01\x05"),
        (records.decode_ranges, b"\xff\xff\xff\xff\x7f"),
        (records.decode_ranges, b"\x01" + b"\xff" * 9),
        (records.decode_ranges, b"\x01" + b"\xff" * 7 + b"\x7f\x01"),
        (records.decode_dropped, b""),
        (records.decode_dropped, b"\x01\xff\x00"),
        (records.decode_dropped, b"\x09hook"),
    ],
)
def test_malformed_payloads(decode: Callable[[bytes], object], data: bytes) -> None:
    """A payload that is not what its type says is refused by name."""
    with pytest.raises(MalformedRecordError):
        decode(data)


@given(
    st.binary(max_size=300),
    st.sampled_from([records.decode_ranges, records.decode_dropped, records.Header.decode]),
)
def test_any_bytes(data: bytes, decode: Callable[[bytes], object]) -> None:
    """Random bytes are no record, or one within its bounds; decoding never fails otherwise."""
    frame = records.read_frame(data, 0)
    assert frame is None or frame[1] <= len(data)
    with suppress(MalformedRecordError):
        assert decode(data) is not None


def test_a_length_out_of_bounds_is_not_believed() -> None:
    """A corrupt length never makes the reader allocate what it says (TM-SPL-12)."""
    record = bytearray(records.encode_event(1, b"{}"))
    record[4:8] = (740 << 20).to_bytes(4, "big")
    assert records.read_frame(bytes(record), 0) is None
