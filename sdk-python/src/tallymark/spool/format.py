"""Encode and decode the records of a spool segment (spec: spool.md)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from tallymark_protocol import limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tallymark_protocol.ranges import Ranges

VERSION = limits.SPOOL_VERSION
MAGIC = b"TMSPOOL"
PREAMBLE = MAGIC + bytes([VERSION])
MARK = b"\xf5TM"
"""F5 never occurs in UTF-8, so no event can hold a mark."""
MAX_PAYLOAD = limits.SPOOL_MAX_PAYLOAD
MAX_RANGES = limits.SPOOL_MAX_RANGES
"""Ranges of one record; more are split, so that no payload passes `MAX_PAYLOAD`."""
MAX_NUMBER = limits.MAX_SEQ

HEADER, EVENT, SETTLED, DROPPED, DROPS_ACKED, CONTEXT, FIN, PURGE = range(1, 9)

_FRAME = struct.Struct(">II")
_CRC = struct.Struct(">I")
_SEQ = struct.Struct(">Q")
_HEADER = struct.Struct(">H16sI16s16sQIQQ")
_EVENT_HEAD = struct.Struct(">IIQ")
_MARK_WORD = int.from_bytes(MARK, "big") << 8
_EVENT_WORD = _MARK_WORD | EVENT

EVENT_OVERHEAD = _EVENT_HEAD.size + _CRC.size
"""Bytes a record needs beside its event."""
EVENT_START = _EVENT_HEAD.size
"""Where the event begins within its record."""
SEQ_SIZE = _SEQ.size
MAX_EVENT = MAX_PAYLOAD - SEQ_SIZE


class MalformedRecordError(ValueError):
    """Say that a payload with a good CRC does not have the shape of its type."""


@dataclass(frozen=True)
class Header:
    """Say whose segment this is; the first record of every segment."""

    stream: bytes
    """16 bytes of the stream's UUID."""
    segment: int
    destination: bytes
    """16 bytes: which key and address the events are for."""
    boot: bytes
    """16 bytes of the boot id; zeros where there is none."""
    namespace: int
    pid: int
    start: int
    wall_ms: int
    version: int = VERSION

    def encode(self) -> bytes:
        """Return the record."""
        payload = _HEADER.pack(
            self.version,
            self.stream,
            self.segment,
            self.destination,
            self.boot,
            self.namespace,
            self.pid,
            self.start,
            self.wall_ms,
        )
        return encode(HEADER, payload)

    @classmethod
    def decode(cls, payload: bytes) -> Header:
        """Read a payload; bytes behind the known fields are ignored."""
        if len(payload) < _HEADER.size:
            raise MalformedRecordError(f"header of {len(payload)} bytes")
        version, stream, segment, destination, boot, namespace, pid, start, wall = (
            _HEADER.unpack_from(payload)
        )
        return cls(stream, segment, destination, boot, namespace, pid, start, wall, version)


def encode(kind: int, payload: bytes) -> bytes:
    """Return one framed record: mark, type, length, payload, CRC-32 of all before it."""
    body = _FRAME.pack(_MARK_WORD | kind, len(payload)) + payload
    return body + _CRC.pack(crc32(body))


def encode_event(seq: int, event: bytes) -> bytes:
    """Return the record of one event: its seq, then its bytes as they go over the wire."""
    head = _EVENT_HEAD.pack(_EVENT_WORD, _SEQ.size + len(event), seq)
    return b"".join((head, event, _CRC.pack(crc32(event, crc32(head)))))


def checked_event(data: bytes, offset: int, seq: int, size: int) -> bytes | None:
    """Return the event of the record at *offset*, or None if it is not the one expected."""
    start = offset + EVENT_START
    event = data[start : start + size]
    stored = data[start + size : start + size + _CRC.size]
    head = _EVENT_HEAD.pack(_EVENT_WORD, _SEQ.size + size, seq)
    return event if _CRC.pack(crc32(event, crc32(head))) == stored else None


def encode_settled(ranges: Ranges) -> Iterator[bytes]:
    """Return the records that say which numbers the server has."""
    return (encode(SETTLED, piece) for piece in _pieces(ranges))


def encode_drops_acked(ranges: Ranges) -> Iterator[bytes]:
    """Return the records that say which loss reports the server has."""
    return (encode(DROPS_ACKED, piece) for piece in _pieces(ranges))


def encode_dropped(reason: str, ranges: Ranges, kind: int = DROPPED) -> Iterator[bytes]:
    """Return the records that declare a loss."""
    name = reason.encode("ascii")
    return (encode(kind, bytes([len(name)]) + name + piece) for piece in _pieces(ranges))


def encode_purge(reason: str, ranges: Ranges) -> bytes:
    """Return the records of an erasure: every event before them is void."""
    records = list(encode_dropped(reason, ranges, PURGE))
    return b"".join(records) or encode(PURGE, bytes([len(reason)]) + reason.encode("ascii") + b"\0")


def encode_context(context: bytes) -> bytes:
    """Return the record of the stream's shared context, one JSON object."""
    return encode(CONTEXT, context)


def encode_fin(assigned: int) -> bytes:
    """Return the record that says that no number above *assigned* will ever be assigned."""
    return encode(FIN, _SEQ.pack(assigned))


def decode_number(payload: bytes) -> int:
    """Read the number a payload begins with (EVENT, FIN)."""
    if len(payload) < _SEQ.size:
        raise MalformedRecordError(f"number of {len(payload)} bytes")
    number = int(_SEQ.unpack_from(payload)[0])
    if number > MAX_NUMBER:
        raise MalformedRecordError(f"number {number}")
    return number


def decode_ranges(payload: bytes, start: int = 0) -> Ranges:
    """Read ranges: a count, then for each the step from the last number and the length - 1."""
    numbers = _varints(payload, start)
    count = next(numbers, None)
    if count is None or count > MAX_RANGES:
        raise MalformedRecordError(f"count of ranges {count}")
    ranges, high = [], 0
    for _ in range(count):
        step, length = next(numbers, None), next(numbers, None)
        if step is None or length is None or high + step + length > MAX_NUMBER:
            raise MalformedRecordError("range cut short or too high")
        low = high + step
        high = low + length
        ranges.append((low, high))
    return tuple(ranges)


def decode_dropped(payload: bytes) -> tuple[str, Ranges]:
    """Read reason and ranges (DROPPED, PURGE)."""
    if not payload:
        raise MalformedRecordError("empty loss report")
    end = 1 + payload[0]
    try:
        reason = payload[1:end].decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedRecordError("reason is not ASCII") from error
    return reason, decode_ranges(payload, end)


def read_frame(data: bytes, offset: int) -> tuple[int, int] | None:
    """Return (type, length of the payload) of the record at *offset*; None if it is damaged."""
    end = len(data)
    if offset + _FRAME.size + _CRC.size > end:
        return None
    word, length = _FRAME.unpack_from(data, offset)
    stop = offset + _FRAME.size + length
    if word & 0xFFFFFF00 != _MARK_WORD or length > MAX_PAYLOAD or stop + _CRC.size > end:
        return None
    if crc32(data[offset:stop]) != _CRC.unpack_from(data, stop)[0]:
        return None
    return word & 0xFF, length


def _pieces(ranges: Ranges) -> Iterator[bytes]:
    for first in range(0, len(ranges), MAX_RANGES):
        yield _encode_ranges(ranges[first : first + MAX_RANGES])


def _encode_ranges(ranges: Ranges) -> bytes:
    numbers, high = [len(ranges)], 0
    for low, next_high in ranges:
        numbers += (low - high, next_high - low)
        high = next_high
    return _encode_varints(numbers)


def _encode_varints(numbers: Iterable[int]) -> bytes:
    out = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:  # noqa: PLR2004 - seven bits a byte
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def _varints(data: bytes, start: int) -> Iterator[int]:
    number = shift = 0
    for byte in data[start:]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            yield number
            number = shift = 0
        elif shift > 56:  # noqa: PLR2004 - more than MAX_NUMBER needs
            raise MalformedRecordError("number of more than eight bytes")
