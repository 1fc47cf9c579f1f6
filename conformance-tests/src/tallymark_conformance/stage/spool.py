"""Read an SDK's spool as its format says, with code of our own (TM-SPL-10 to TM-SPL-16)."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREAMBLE: Final = b"TMSPOOL\x01"
MARK: Final = b"\xf5TM"
HEAD: Final = struct.Struct(">3sBI")
CRC: Final = struct.Struct(">I")
HEADER, EVENT, SETTLED, DROPPED, DROPS_ACKED, CONTEXT, FIN, PURGE = range(1, 9)
UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
OWNED: Final = re.compile(rf"({UUID})\.([0-9a-f]+)\.(\d+)\.(\d+)\.(\d+)\.[0-9a-f]{{8}}\Z")
RELEASED: Final = re.compile(rf"({UUID})\.released\.[0-9a-f]{{8}}\Z")
SEGMENT: Final = re.compile(r"\d{8,}\.seg\Z")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a segment: its type, what it holds, and where it begins in the file."""

    kind: int
    payload: bytes
    offset: int

    @property
    def number(self) -> int:
        """Return the sequence number of an event record."""
        return int.from_bytes(self.payload[:8], "big")

    @property
    def event(self) -> bytes:
        """Return the bytes of the event of an event record."""
        return self.payload[8:]


def destinations(state: Path) -> list[Path]:
    """Return the folders of destinations in the state directory *state*."""
    place = state / "tallymark"
    return sorted(place.iterdir()) if place.is_dir() else []


def claims(state: Path) -> list[Path]:
    """Return the folders of streams, of every destination, but not those set aside."""
    return [
        claim
        for destination in destinations(state)
        for claim in sorted(destination.iterdir())
        if claim.is_dir() and claim.name != "aside"
    ]


def segments(state: Path) -> list[Path]:
    """Return the segments of every claim, in the order of their numbers."""
    return [path for claim in claims(state) for path in sorted(claim.glob("*.seg"))]


def records(data: bytes) -> Iterator[Record]:
    """Iterate over the good records of a segment's bytes; what is damaged is passed over."""
    at = len(PREAMBLE)
    while (at := data.find(MARK, at)) >= 0:
        record = _record(data, at)
        if record is None:
            at += 1
            continue
        yield record
        at += HEAD.size + len(record.payload) + CRC.size


def _record(data: bytes, at: int) -> Record | None:
    if at + HEAD.size > len(data):
        return None
    _, kind, length = HEAD.unpack_from(data, at)
    end = at + HEAD.size + length
    if length > 1 << 18 or end + CRC.size > len(data):
        return None
    if zlib.crc32(data[at:end]) != CRC.unpack_from(data, end)[0]:
        return None
    return Record(kind, data[at + HEAD.size : end], at)
