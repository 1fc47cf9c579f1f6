"""The memory queue keeps to its bounds and says what it gives up."""

from __future__ import annotations

from time import process_time

import pytest
from tallymark.queue import MemoryBuffer, MemoryBuffers, Overflow

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def queue(overflow: Overflow, max_events: int = 1_000, max_bytes: int = 1_000) -> MemoryBuffer:
    """Return a small queue."""
    return MemoryBuffer(STREAM, max_events=max_events, max_bytes=max_bytes, overflow=overflow)


@pytest.mark.parametrize("bounds", [{"max_events": 3}, {"max_bytes": 12}])
def test_newest_is_refused(bounds: dict[str, int]) -> None:
    """A full queue refuses the new event and keeps the others; the caller declares it."""
    buffer = queue("newest", **bounds)
    answers = [buffer.append(seq, b"four") for seq in range(1, 6)]
    assert answers == [None, None, None, "queue_overflow", "queue_overflow"]
    assert (buffer.pending_ranges(), buffer.drops(), buffer.assigned()) == (((1, 3),), {}, 3)


@pytest.mark.parametrize("bounds", [{"max_events": 3}, {"max_bytes": 12}])
def test_oldest_gives_way(bounds: dict[str, int]) -> None:
    """A full queue declares its oldest events and keeps the new one."""
    buffer = queue("oldest", **bounds)
    assert [buffer.append(seq, b"four") for seq in range(1, 6)] == [None] * 5
    assert (buffer.pending_ranges(), buffer.drops()) == (
        ((3, 5),),
        {"queue_overflow": ((1, 2),)},
    )


def test_an_event_above_the_bound_pushes_nothing_out() -> None:
    """An event that can never fit is refused, without loss of others."""
    buffer = queue("oldest", max_bytes=12)
    assert [buffer.append(1, b"four"), buffer.append(2, b"x" * 13)] == [None, "queue_overflow"]
    assert buffer.pending_ranges() == ((1, 1),)


def test_released_memory_is_room_again() -> None:
    """Settled events free their bytes at once."""
    buffer = queue("newest", max_bytes=8)
    buffer.append(1, b"four")
    buffer.append(2, b"four")
    buffer.settle(((1, 1),))
    assert (buffer.append(3, b"four"), buffer.pending_bytes()) == (None, 8)


def test_nothing_is_left_after_close() -> None:
    """Memory outlives neither close nor a fork, and is never adopted."""
    buffers = MemoryBuffers()
    closed, forked = buffers.open(STREAM, b"{}"), buffers.open(STREAM, b"{}")
    for buffer in (closed, forked):
        buffer.append(1, b"{}")
    closed.close(fin=False)
    forked.abandon()
    assert (closed.pending(), forked.pending(), buffers.location) == (0, 0, None)
    assert list(buffers.adopt()) == []


def test_bounds_are_handed_on() -> None:
    """Buffers are opened with the bounds they were given."""
    buffer = MemoryBuffers(max_events=1, overflow="oldest").open(STREAM, b"{}")
    assert [buffer.append(1, b"{}"), buffer.append(2, b"{}")] == [None, None]
    assert (buffer.pending_ranges(), buffer.context) == (((2, 2),), b"{}")


def test_a_long_outage_does_not_slow_down() -> None:
    """Peeking past many skipped and released rows stays far from quadratic."""
    buffer = MemoryBuffer(STREAM)
    for seq in range(1, 100_001):
        buffer.append(seq, b"{}")
    buffer.settle(tuple((seq, seq) for seq in range(2, 60_000, 2)))
    skip = tuple((seq, seq) for seq in range(1, 2_000, 2))
    begin = process_time()
    for _ in range(200):
        assert buffer.peek(100, 1_000, skip)[0][0] == 2_001
    # Rewriting or walking over all rows would take minutes.
    assert process_time() - begin < 5
