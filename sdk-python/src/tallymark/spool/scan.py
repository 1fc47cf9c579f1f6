"""Find the good records of a segment, whatever happened to the bytes between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tallymark.spool.format import (
    EVENT,
    HEADER,
    MAGIC,
    MARK,
    PREAMBLE,
    PURGE,
    VERSION,
    Header,
    MalformedRecordError,
    read_frame,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_FRAME_SIZE = 8
_CRC_SIZE = 4


class Record(NamedTuple):
    """Point at one good record; `start` and `end` bound its payload."""

    offset: int
    kind: int
    start: int
    end: int


class Damage(NamedTuple):
    """Point at bytes that are no record; `event` = they may have been one event."""

    offset: int
    end: int
    event: bool


def scan(data: bytes) -> Iterator[Record | Damage]:
    """
    Walk over a segment's records and damaged stretches in order (TM-SPL-12, -13).

    After damage the next mark is looked for, so one bad record costs that record only. Zeros are
    room that was never written, not damage.
    """
    offset = len(PREAMBLE)
    while offset < len(data):
        frame = read_frame(data, offset)
        if frame is not None:
            kind, length = frame
            start = offset + _FRAME_SIZE
            yield Record(offset, kind, start, start + length)
            offset = start + length + _CRC_SIZE
            continue
        following = data.find(MARK, offset + 1)
        end = following if following >= 0 else len(data)
        if data.count(0, offset, end) < end - offset:
            yield Damage(offset, end, event=_may_be_event(data[offset:end]))
        offset = end


def foreign_version(data: bytes) -> int | None:
    """
    Return the format version of a segment this code cannot read; None if it can (TM-SPL-14).

    A flipped version byte alone makes no foreign segment: the header's record says it again.
    *data* needs to hold the segment's beginning only.
    """
    if not data.startswith(MAGIC) or data.startswith(PREAMBLE) or len(data) < len(PREAMBLE):
        return None
    header = read_header(data)
    if header is not None and header.version == VERSION:
        return None
    return data[len(MAGIC)]


def read_header(data: bytes) -> Header | None:
    """Return the header record behind the preamble, if it is whole."""
    frame = read_frame(data, len(PREAMBLE))
    if frame is None or frame[0] != HEADER:
        return None
    start = len(PREAMBLE) + _FRAME_SIZE
    try:
        return Header.decode(data[start : start + frame[1]])
    except MalformedRecordError:
        return None


def _may_be_event(damaged: bytes) -> bool:
    """Judge by the type byte: only one that names another type, and is right, is no event."""
    kind = damaged[len(MARK)] if len(damaged) > len(MARK) else EVENT
    if kind == EVENT or not HEADER <= kind <= PURGE:
        return True
    as_event = MARK + bytes([EVENT]) + damaged[len(MARK) + 1 :]
    return read_frame(as_event, 0) is not None
