"""Read events back from their places, many with one read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark.spool.format import EVENT_OVERHEAD, checked_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Row = tuple[int, int, int]
"""(seq, place, size); place = segment number << 32 | offset, or `IN_MEMORY`."""

IN_MEMORY = 1 << 63
"""The place of an event that could not be written, with its seq in the lower bits."""

_GAP = 4_096
"""Bytes that are rather read along than skipped."""
_OFFSET = 0xFFFFFFFF


def read_events(
    rows: Sequence[Row],
    read: Callable[[int, int, int], bytes],
    memory: Mapping[int, bytes],
) -> tuple[list[tuple[int, bytes]], list[int]]:
    """
    Return the events of *rows* in their order, and the seqs that could not be read back.

    *read* takes segment, start and length; each record's CRC is checked again.
    """
    found: list[tuple[int, bytes]] = []
    lost: list[int] = []
    for span in _spans(rows):
        if span[0][1] >= IN_MEMORY:
            found += [(seq, memory[seq]) for seq, _, _ in span]
            continue
        start = span[0][1]
        data = _read_span(span, read)
        for seq, place, size in span:
            event = checked_event(data, place - start, seq, size)
            if event is None:
                lost.append(seq)
            else:
                found.append((seq, event))
    return found, lost


def _read_span(span: Sequence[Row], read: Callable[[int, int, int], bytes]) -> bytes:
    first, (_, last, size) = span[0][1], span[-1]
    try:
        return read(first >> 32, first & _OFFSET, last - first + size + EVENT_OVERHEAD)
    except OSError:
        return b""


def _spans(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Cut rows into runs that lie close together in one segment."""
    begin = 0
    for row in range(1, len(rows) + 1):
        if row < len(rows):
            _, before, size = rows[row - 1]
            place = rows[row][1]
            end = before + size + EVENT_OVERHEAD
            if place >> 32 == before >> 32 and (end <= place <= end + _GAP or end > IN_MEMORY):
                continue
        yield rows[begin:row]
        begin = row
