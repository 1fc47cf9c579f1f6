"""A segment gives back what it holds, whatever happened to its bytes."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest
from tallymark.spool import format as records
from tallymark.spool.replay import Replay
from tallymark.spool.scan import Damage, Record, foreign_version, read_header, scan

HEADER = records.Header(bytes(range(16)), 1, b"d" * 16, b"b" * 16, 9, 10, 11, 12)
EVENTS = {seq: b'{"e":"event %d"}' % seq for seq in range(1, 9)}
START = records.PREAMBLE + HEADER.encode()


def segment() -> tuple[bytes, list[int]]:
    """Return a segment with every type of record and room at its end, and where records start."""
    pieces = [
        START,
        records.encode_context(b'{"lib":"x"}'),
        *(records.encode_event(seq, event) for seq, event in EVENTS.items()),
        *records.encode_settled(((1, 2),)),
        *records.encode_dropped("expired", ((4, 4),)),
        *records.encode_dropped("hook", ((9, 10),)),
        *records.encode_drops_acked(((10, 10),)),
        records.encode_event(11, b'{"e":"last"}'),
    ]
    starts = [sum(map(len, pieces[:index])) for index in range(len(pieces) + 1)]
    return b"".join(pieces) + bytes(60), starts


def replay(*segments: bytes) -> tuple[Replay, dict[int, tuple[int, int, bytes]]]:
    """Fold segments numbered from 1; return the pending events' segment, offset and bytes."""
    folded = Replay()
    for number, data in enumerate(segments, 1):
        folded.read(number, data)
    pending = {}
    for seq, size, place in folded.finish():
        number, offset = place >> 32, place & 0xFFFFFFFF
        event = records.checked_event(segments[number - 1], offset, seq, size)
        assert event is not None
        pending[seq] = (number, offset, event)
    return folded, pending


def events(*segments: bytes) -> dict[int, bytes]:
    """Return the pending events."""
    return {seq: event for seq, (_, _, event) in replay(*segments)[1].items()}


def test_whole() -> None:
    """Events without those that ended, the losses not told, and the highest number come back."""
    folded, pending = replay(segment()[0])
    assert sorted(pending) == [3, 5, 6, 7, 8, 11]
    assert pending[5][2] == EVENTS[5]
    assert folded.outcomes.drops() == {"expired": ((4, 4),), "hook": ((9, 9),)}
    assert (folded.outcomes.assigned, folded.context, folded.damaged) == (11, b'{"lib":"x"}', 0)


@pytest.mark.parametrize("bits", [0x01, 0x80, 0xFF])
def test_each_byte_flipped(bits: int) -> None:
    """A flipped byte costs at most one record, raises nothing and loses no number (TM-SPL-13)."""
    data, starts = segment()
    _, whole = replay(data)
    wanted = {seq: event for seq, (_, _, event) in whole.items()}
    for offset in range(len(data)):
        flipped = bytearray(data)
        flipped[offset] ^= bits
        folded, pending = replay(bytes(flipped))
        found = {seq: event for seq, (_, _, event) in pending.items()}
        # A lost settlement or loss report brings events back; nothing else may appear.
        assert set(found) <= set(wanted) | {1, 2, 4}
        assert len(set(wanted) - set(found)) <= 1, offset
        assert all(event == wanted.get(seq, EVENTS.get(seq)) for seq, event in found.items())
        assert folded.damaged <= 1
        numbers = folded.outcomes.assigned
        assert numbers >= 11 - (offset >= starts[-2])
        assert all(seq in found or seq in folded.outcomes for seq in range(1, numbers + 1))
        assert len(set(wanted) - set(found)) == 0 or "storage_error" in folded.outcomes.drops()


def test_each_torn_length() -> None:
    """A segment cut anywhere gives all events before the cut; half an event is counted lost."""
    data = START + b"".join(records.encode_event(seq, event) for seq, event in EVENTS.items())
    ends = [len(START)]
    for seq, event in EVENTS.items():
        ends.append(ends[-1] + len(records.encode_event(seq, event)))
    for cut in range(len(START), len(data) + 1):
        folded, pending = replay(data[:cut] + bytes(50))
        whole = sum(end <= cut for end in ends) - 1
        torn = cut - ends[whole] > 0
        assert sorted(pending) == list(range(1, whole + 1))
        assert folded.outcomes.assigned == whole + torn
        lost = {"storage_error": ((whole + 1, whole + 1),)} if torn else {}
        assert folded.outcomes.drops() == lost


def test_empty_and_zero_segments() -> None:
    """A segment whose process died before its first record is empty, not damaged."""
    for data in (b"", b"TMS", bytes(4_096), records.PREAMBLE, records.PREAMBLE + bytes(100)):
        folded, pending = replay(data)
        assert (pending, folded.damaged, folded.outcomes.assigned) == ({}, 0, 0)


def test_garbage_costs_little() -> None:
    """A megabyte of marks and of huge lengths is read in bounded memory."""
    bomb = records.MARK + b"\x02" + b"\x2c\x40\x00\x00"
    data = START + bomb * 150_000 + records.encode_event(1, b"{}")
    tracemalloc.start()
    folded, pending = replay(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (sorted(pending), folded.damaged) == ([1], 150_000)
    assert peak < 1 << 20


def test_later_segments_repeat_what_is_known() -> None:
    """The order of segments tells nothing twice and forgets nothing (TM-SPL-20)."""
    first = START + records.encode_event(1, b"a") + records.encode_event(2, b"b")
    told = b"".join(records.encode_dropped("hook", ((3, 3),)))
    known = b"".join(records.encode_settled(((1, 1),)))
    second = START + told + known + records.encode_event(4, b"d")
    assert events(first + told, second) == {2: b"b", 4: b"d"}
    assert events(first, second) == {2: b"b", 4: b"d"}
    assert replay(first + told, second)[0].outcomes.drops() == {"hook": ((3, 3),)}


def test_acknowledged_losses_are_not_told_again() -> None:
    """A loss report that a later segment says is acknowledged stays acknowledged."""
    first = START + b"".join(records.encode_dropped("hook", ((1, 3),)))
    second = START + b"".join(records.encode_drops_acked(((1, 2),)))
    assert replay(first, second)[0].outcomes.drops() == {"hook": ((3, 3),)}


def test_missing_numbers_are_declared() -> None:
    """A number that was assigned and is nowhere was lost to the storage (TM-SPL-22)."""
    data = START + records.encode_event(3, b"c") + records.encode_event(7, b"g")
    folded, pending = replay(data)
    assert sorted(pending) == [3, 7]
    assert folded.outcomes.drops() == {"storage_error": ((1, 2), (4, 6))}


def test_purge_voids_what_came_before() -> None:
    """Erased events do not come back if their files are still there (TM-SPL-41)."""
    old = START + records.encode_event(1, b"secret") + records.encode_event(2, b"secret")
    new = START + records.encode_purge("reset", ((1, 2),)) + records.encode_event(3, b"new")
    folded, pending = replay(old, new)
    assert (sorted(pending), folded.void_before) == ([3], 2)
    assert folded.outcomes.drops() == {"reset": ((1, 2),)}


def test_fin_ends_the_numbers() -> None:
    """A stream that ended in order has no unseen tail, whatever garbage follows."""
    data = START + records.encode_event(1, b"a") + records.encode_fin(5) + b"garbage"
    folded, _ = replay(data)
    assert (folded.fin, folded.outcomes.assigned) == (True, 5)


def test_unknown_types_are_skipped() -> None:
    """A record of a type this code does not know is no damage (TM-SPL-14)."""
    data = START + records.encode(99, b"later") + records.encode_event(1, b"a")
    folded, pending = replay(data)
    assert (sorted(pending), folded.damaged) == ([1], 0)


def test_a_good_crc_with_a_bad_payload_is_damage() -> None:
    """A malformed payload is counted and skipped."""
    data = START + records.encode(records.SETTLED, b"\x05") + records.encode(records.EVENT, b"x")
    assert replay(data)[0].damaged == 2


def test_the_later_of_two_equal_numbers_counts() -> None:
    """An append that was interrupted before it returned may be repeated under its number."""
    data = START + records.encode_event(1, b"interrupted") + records.encode_event(1, b"again")
    assert events(data) == {1: b"again"}


def test_scan_places() -> None:
    """Records and damage are found where they are."""
    data = START + b"xx" + records.encode_event(1, b"a")
    found = list(scan(data))
    assert [type(item) for item in found] == [Record, Damage, Record]
    assert (found[1].offset, found[2].offset) == (len(START), len(START) + 2)


def test_foreign_version() -> None:
    """Another version is told by the preamble, unless the header's record denies it."""
    assert foreign_version(START) is None
    assert foreign_version(records.MAGIC + b"\x02" + START[8:]) is None
    assert foreign_version(records.MAGIC + b"\x02" + b"another layout") == 2
    newer = replace(HEADER, version=2).encode()
    assert foreign_version(records.MAGIC + b"\x02" + newer) == 2
    assert foreign_version(b"no spool at all") is None


def test_read_header() -> None:
    """The header says whose segment it is; a damaged one says nothing."""
    assert read_header(START) == HEADER
    assert read_header(START[:40]) is None
    assert read_header(records.PREAMBLE + records.encode(records.HEADER, b"short")) is None
    assert read_header(records.PREAMBLE + records.encode(records.FIN, bytes(90))) is None
