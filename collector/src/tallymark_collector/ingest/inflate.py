"""Compressed bodies: which encodings are taken, and how bombs are stopped; no I/O."""

from __future__ import annotations

import sys
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from tallymark_protocol import limits

from tallymark_collector.problem import Problem

if sys.version_info >= (3, 14):  # pragma: no cover - the standard library's own
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

Coding = Literal["identity", "gzip", "zstd"]

_CODINGS: Final[dict[str, Coding]] = {
    "": "identity",
    "identity": "identity",
    "gzip": "gzip",
    "x-gzip": "gzip",
    "zstd": "zstd",
}
_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_WBITS: Final = 16 + zlib.MAX_WBITS
_CHUNK: Final = 64 * 1024
_MEMBERS: Final = 64
# RFC 8878 asks decoders for 8 MiB; a larger window would be that much memory per request.
_ZSTD_WINDOW_LOG: Final = 23


@dataclass(frozen=True, slots=True)
class InflateLimits:
    """Caps on a decompressed body, in bytes, and on its size relative to what was sent."""

    inflated: int = limits.MAX_INFLATED
    ratio: int = limits.MAX_INFLATE_RATIO
    free: int = limits.RATIO_FREE_BYTES


class _Inflater(Protocol):
    """What decompresses one member of a body, of whichever coding."""

    @property
    def eof(self) -> bool:
        """Tell whether the member has ended."""

    @property
    def unused_data(self) -> bytes:
        """Return what follows the member."""


def _gzip() -> tuple[_Inflater, Callable[[bytes], bytes]]:
    """Return what inflates a member, and what gives its next piece, empty for want of input."""
    member = zlib.decompressobj(_GZIP_WBITS)
    return member, lambda data: member.decompress(data or member.unconsumed_tail, _CHUNK)


def _zstd() -> tuple[_Inflater, Callable[[bytes], bytes]]:
    """Return the same for zstd, which keeps by itself what it has not consumed."""
    window: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    member = zstd.ZstdDecompressor(options=window)
    return member, lambda data: member.decompress(data, _CHUNK)


def coding_of(content_encoding: str) -> Coding:
    """Return how the body is compressed; raise 415 for an encoding that is not taken (HDR-05)."""
    found = _CODINGS.get(content_encoding.strip().lower())
    if found is None:
        raise Problem("unsupported_media_type", "send the body as identity, gzip or zstd")
    return found


def coding_seen(data: bytes) -> Coding:
    """Return how a body is compressed by its first bytes (EPT-02)."""
    return "gzip" if data.startswith(_GZIP_MAGIC) else "identity"


def inflate(data: bytes, coding: Coding, caps: InflateLimits) -> bytes:
    """Decompress a body of one or more members, never holding more than the caps allow."""
    if coding == "identity":
        return data
    parts: list[bytes] = []
    room = min(caps.inflated, max(caps.free, caps.ratio * len(data)))
    allowed, rest, members = room, data, 0
    try:
        while rest:
            members += 1
            if members > _MEMBERS:
                # Empty ones would cost time that neither cap sees.
                raise Problem("malformed", f"the {coding} body has more than {_MEMBERS} members")
            member, next_piece = _gzip() if coding == "gzip" else _zstd()
            piece = next_piece(rest)
            while piece or not member.eof:
                if not piece:
                    raise Problem("malformed", f"the {coding} body is cut off")
                room -= len(piece)
                if room < 0:
                    raise Problem("too_large", f"the inflated body is above {allowed} bytes")
                parts.append(piece)
                piece = b"" if member.eof else next_piece(b"")
            rest = member.unused_data
    except (zlib.error, zstd.ZstdError) as error:
        raise Problem("malformed", f"the body is not {coding}") from error
    return b"".join(parts)
