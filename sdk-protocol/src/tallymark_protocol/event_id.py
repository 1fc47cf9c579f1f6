"""Ids derived or built by rule: event ids, stream ids, the streams of devices."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from tallymark_protocol._generated.limits import MAX_SEQ

_UUID_BYTES: Final = 16
_UUID7_RANDOM: Final = 10
_UUID7_MS: Final = 2**48


def event_id(stream: str, seq: int) -> str:
    """Derive the public id of an event from its place, as both ends do (TM-LED-07).

    Raises ValueError when *stream* is not a UUID or *seq* is not in 1..2^53-1.
    """
    if not 1 <= seq <= MAX_SEQ:
        raise ValueError(f"seq must be in 1..{MAX_SEQ}, got {seq}")
    stream_bytes = bytes.fromhex(stream.replace("-", ""))
    if len(stream_bytes) != _UUID_BYTES:
        raise ValueError(f"stream must be a UUID of 16 bytes, got {stream!r}")
    return uuid8(sha256(b"tm1id" + stream_bytes + seq.to_bytes(8, "big")).digest())


def uuid7(ms: int, random: bytes) -> str:
    """Build a UUIDv7 from ms since 1970 and 10 random bytes (RFC 9562, section 5.7)."""
    if len(random) != _UUID7_RANDOM:
        raise ValueError(f"10 random bytes are needed, got {len(random)}")
    if not 0 <= ms < _UUID7_MS:
        raise ValueError(f"ms must fit in 48 bits, got {ms}")
    return _uuid(ms.to_bytes(6, "big") + random, version=7)


def uuid8(digest: bytes) -> str:
    """Build a UUIDv8 from the first 16 bytes of a digest (RFC 9562, section 5.8)."""
    if len(digest) < _UUID_BYTES:
        raise ValueError(f"16 bytes are needed, got {len(digest)}")
    return _uuid(digest[:_UUID_BYTES], version=8)


def device_stream(key: str, device: str, boot: int) -> str:
    """Derive the stream a device without one of its own writes to (TM-IOT-01)."""
    return uuid8(sha256(f"tm1dev\0{key}\0{device}\0{boot}".encode()).digest())


def _uuid(raw: bytes, *, version: int) -> str:
    number = int.from_bytes(raw, "big")
    number = number & ~(0xF000 << 64) | version << 76
    number = number & ~(0xC000 << 48) | 0x8000 << 48
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
