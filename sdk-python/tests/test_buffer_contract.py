"""What every buffer must do, whether it keeps events in memory or on disk (`buffer.Buffer`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tallymark.queue import MemoryBuffers
from tallymark.spool import Bounds, SpoolBuffers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tallymark.buffer import Buffer, Buffers

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
KINDS = ("memory", "mapped", "plain", "degraded")


def open_buffers(kind: str, directory: Path) -> Buffers:
    """Return one implementation; "degraded" = a spool whose directory cannot be made."""
    memory = MemoryBuffers()
    if kind == "memory":
        return memory
    if kind == "degraded":
        (directory / "tallymark").write_text("in the way")
    bounds = Bounds(first=4_096, largest=8_192)
    return SpoolBuffers(
        directory, "tmk_key", "http://x", memory=memory, bounds=bounds, mapped=kind != "plain"
    )


@pytest.fixture(params=KINDS)
def buffer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Buffer]:
    """Open an empty buffer of each kind."""
    opened = open_buffers(request.param, tmp_path).open(STREAM, b'{"lib":"x"}')
    yield opened
    opened.close(fin=True)


def fill(buffer: Buffer, count: int) -> list[tuple[int, bytes]]:
    """Append events of growing length; return what was appended."""
    events = [(seq, b'{"e":"%s"}' % (b"x" * (seq % 50))) for seq in range(1, count + 1)]
    assert [buffer.append(seq, event) for seq, event in events] == [None] * count
    return events


def test_begins_empty(buffer: Buffer) -> None:
    """A new buffer knows its stream and context and has nothing to tell."""
    assert (buffer.stream, buffer.context) == (STREAM, b'{"lib":"x"}')
    assert (buffer.pending(), buffer.pending_bytes(), buffer.assigned()) == (0, 0, 0)
    assert (buffer.peek(10, 1_000, ()), buffer.pending_ranges(), buffer.drops()) == ([], (), {})


def test_returns_the_bytes_in_order(buffer: Buffer) -> None:
    """Every event comes back with its number, in order, byte for byte."""
    events = fill(buffer, 1_000)
    assert buffer.peek(2_000, 1 << 20, ()) == events
    assert buffer.pending_bytes() == sum(len(event) for _, event in events)


def test_peek_changes_nothing(buffer: Buffer) -> None:
    """Looking twice shows the same."""
    fill(buffer, 20)
    assert buffer.peek(5, 1_000, ()) == buffer.peek(5, 1_000, ())
    assert buffer.pending() == 20


def test_peek_keeps_to_its_limits(buffer: Buffer) -> None:
    """Number and bytes are bounded, but the first event is returned whatever its length."""
    events = fill(buffer, 60)
    size = sum(len(event) for _, event in events[:7])
    assert buffer.peek(5, 1 << 20, ()) == events[:5]
    assert buffer.peek(50, size, ()) == events[:7]
    assert buffer.peek(50, size - 1, ()) == events[:6]
    assert buffer.peek(50, 1, ()) == events[:1]
    assert buffer.peek(0, 1 << 20, ()) == []


def test_peek_skips(buffer: Buffer) -> None:
    """What is in flight is not returned again."""
    events = fill(buffer, 20)
    skip = ((1, 3), (5, 5), (8, 30))
    assert buffer.peek(50, 1 << 20, skip) == [events[3], events[5], events[6]]


def test_settle_releases(buffer: Buffer) -> None:
    """Settled events are gone; numbers that are not kept are ignored (LED-5)."""
    events = fill(buffer, 300)
    buffer.settle(((1, 100), (150, 200), (290, 5_000)))
    left = events[100:149] + events[200:289]
    assert buffer.peek(1_000, 1 << 20, ()) == left
    assert (buffer.pending(), buffer.pending_ranges()) == (len(left), ((101, 149), (201, 289)))
    assert buffer.assigned() == 300
    buffer.sync()
    assert buffer.peek(1_000, 1 << 20, ()) == left


def test_drop_releases_and_reports(buffer: Buffer) -> None:
    """Dropped events are gone and told until they are acknowledged (LED-3)."""
    fill(buffer, 10)
    buffer.drop("expired", ((1, 2), (9, 9)))
    buffer.drop("hook", ((11, 12),))
    assert buffer.pending_ranges() == ((3, 8), (10, 10))
    assert buffer.drops() == {"expired": ((1, 2), (9, 9)), "hook": ((11, 12),)}
    buffer.acked_drops(((1, 2), (12, 12)))
    assert buffer.drops() == {"expired": ((9, 9),), "hook": ((11, 11),)}
    buffer.acked_drops(((1, 50),))
    assert (buffer.drops(), buffer.pending()) == ({}, 7)


def test_settling_leaves_reports_alone(buffer: Buffer) -> None:
    """A cumulative ack does not swallow a loss that was not told."""
    fill(buffer, 3)
    buffer.drop("expired", ((2, 2),))
    buffer.settle(((1, 3),))
    assert (buffer.drops(), buffer.pending()) == ({"expired": ((2, 2),)}, 0)


def test_assigned_counts_dropped_numbers(buffer: Buffer) -> None:
    """Numbers that only ever were losses count as assigned; appending goes on above them."""
    buffer.drop("sampled", ((1, 4),))
    assert buffer.assigned() == 4
    assert (buffer.append(6, b"{}"), buffer.assigned()) == (None, 6)


def test_numbers_are_used_once(buffer: Buffer) -> None:
    """A number that was appended or dropped is refused: it names another event already."""
    fill(buffer, 3)
    buffer.drop("hook", ((5, 5),))
    answers = [buffer.append(seq, b"other") for seq in (3, 5, 4, 6)]
    assert answers == ["sdk_error", "sdk_error", None, None]
    assert buffer.pending_ranges() == ((1, 4), (6, 6))


def test_purge(buffer: Buffer) -> None:
    """Every event is erased and declared; the buffer goes on."""
    fill(buffer, 100)
    buffer.settle(((1, 10),))
    assert buffer.purge("reset") == ((11, 100),)
    assert (buffer.pending(), buffer.pending_bytes(), buffer.peek(9, 999, ())) == (0, 0, [])
    assert buffer.drops() == {"reset": ((11, 100),)}
    assert buffer.append(101, b"{}") is None
    assert buffer.peek(9, 999, ()) == [(101, b"{}")]


def test_many_rounds(buffer: Buffer) -> None:
    """Filling and emptying goes on for long, with one event stuck at the beginning."""
    seq = 1
    buffer.append(seq, b"stuck")
    for _ in range(30):
        for _ in range(100):
            seq += 1
            assert buffer.append(seq, b"y" * 60) is None
        buffer.settle(((2, seq - 5),))
        buffer.sync()
    assert buffer.pending_ranges() == ((1, 1), (seq - 4, seq))
    assert buffer.peek(1, 99, ()) == [(1, b"stuck")]


def test_close_twice(buffer: Buffer) -> None:
    """Closing again, and anything after closing, does no harm."""
    fill(buffer, 3)
    buffer.close(fin=True)
    buffer.close(fin=False)
    buffer.settle(((1, 3),))
    buffer.drop("hook", ((4, 4),))
    buffer.sync()
    assert buffer.pending() == 0
