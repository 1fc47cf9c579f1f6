"""Bodies of requests: media types, encodings, gzip whole and broken, bombs, what is no JSON.

Members are written by hand from RFC 1952 with stored blocks, so that no library's compressor
decides about the bytes; the two that must be dense are given.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

Vector = dict[str, Any]
Case = tuple[str, str, str | None, str | None, bytes, str | None]
"""The rule, the path, content type, content encoding, body, and the problem's code if any."""

ENVELOPE = b'{"v":1,"t0":0,"events":[]}'
LINES = b'{"v":1,"t0":0}\n{"e":"x","id":"a1b2c3d4"}\n'
FLAT = b'{"e":"x"}'
JSON, NDJSON, TEXT = "application/json", "application/x-ndjson", "text/plain"
BATCH, PAGE, ONE, TRIAL = "/v1/batch", "/v1/b", "/v1/e", "/v1/validate"
DENSE = base64.b64decode(
    "H4sIAAAAAAACA+3BoQ2AMBQFwFXI0xXF/lUIshZDU0PYnTUQd/dkpfaW2VO9ZaxxzTt1nO8GAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8DMfEzOER3rqAAA="
)
"""The envelope and 60,000 spaces, 492 times as large as sent, and below 64 KiB."""
BOMB = base64.b64decode(
    "H4sIAAAAAAACA+3BoQ2AMBQFwFXI0xXF/lUIshZDU0PYnSWQd/dkpfaW2VO9ZaxxzTt1nO8GAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP/gAjzyOF1oAAQA="
)
"""The envelope and 65,600 spaces, 512 times as large as sent, and above 64 KiB."""


def bodies() -> Iterator[Vector]:
    """Yield every case with the code of its problem, None when the body is taken."""
    for rule, path, kind, encoding, body, problem in (*_types(), *_members(), *_texts()):
        given = {"path": path, "type": kind, "encoding": encoding}
        given["body"] = base64.b64encode(body).decode()
        yield {"requirement": rule, "input": given, "expect": problem}


def _types() -> Iterator[Case]:
    """Content types and encodings, of bodies that are good."""
    rule, refused = "TM-HDR-06", "unsupported_media_type"
    for kind in (JSON, "Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"'):
        yield rule, BATCH, kind, None, ENVELOPE, None
    for kind in (None, TEXT, "text/plain;charset=UTF-8"):
        yield rule, BATCH, kind, None, ENVELOPE, None
        yield rule, PAGE, kind, None, ENVELOPE, None
    for kind in (
        "application/x-www-form-urlencoded",
        "text/html",
        "application/xml",
        "json",
        "*/*",
    ):
        yield rule, BATCH, kind, None, ENVELOPE, refused
    yield rule, BATCH, "text/plain; charset=iso-8859-1", None, ENVELOPE, refused
    yield "TM-IOT-04", BATCH, NDJSON, None, LINES, None
    yield "TM-IOT-04", BATCH, NDJSON, None, LINES.replace(b"\n", b"\r\n\n"), None
    yield "TM-IOT-04", BATCH, NDJSON, None, b'{"v":1,"t0":0}', None
    yield "TM-IOT-04", BATCH, NDJSON, None, ENVELOPE, "malformed"
    yield "TM-IOT-04", BATCH, NDJSON, None, b"\n", "malformed"
    yield rule, ONE, NDJSON, None, FLAT, refused
    yield rule, ONE, JSON, None, FLAT, None
    for encoding in ("identity", "Identity"):
        yield "TM-HDR-05", BATCH, JSON, encoding, ENVELOPE, None
    for encoding in ("br", "deflate", "gzip, gzip", "compress", "utf-8"):
        yield "TM-HDR-05", BATCH, JSON, encoding, ENVELOPE, refused


def _members() -> Iterator[Case]:
    """Gzip: whole, in members, cut off, damaged, dense; told by header or by first bytes."""
    rule, whole = "TM-HDR-05", _member(ENVELOPE)
    half = len(ENVELOPE) // 2
    for encoding in ("gzip", "GZIP"):
        yield rule, BATCH, JSON, encoding, whole, None
    yield rule, BATCH, JSON, "gzip", _member(ENVELOPE[:half]) + _member(ENVELOPE[half:]), None
    yield rule, BATCH, JSON, "gzip", _member(b"") + whole, None
    yield rule, ONE, JSON, "gzip", _member(FLAT), None
    for size in (5, 12, len(whole) - 9, len(whole) - 1):
        yield rule, BATCH, JSON, "gzip", whole[:size], "malformed"
    for damaged in (_member(ENVELOPE, crc=1), _member(ENVELOPE, size=1), whole + b"x", ENVELOPE):
        yield rule, BATCH, JSON, "gzip", damaged, "malformed"
    yield rule, BATCH, JSON, "gzip", _member(whole), "malformed"
    yield "TM-EPT-02", BATCH, JSON, None, whole, "malformed"
    for path in (PAGE, TRIAL):
        yield "TM-EPT-02", path, TEXT, None, whole, None
        yield "TM-EPT-02", path, TEXT, "gzip", whole, None
    yield "TM-EPT-02", PAGE, TEXT, None, _member(LINES), "malformed"
    yield "TM-EPT-02", PAGE, NDJSON, None, _member(LINES), None
    yield "TM-ENV-12", BATCH, JSON, "gzip", DENSE, None
    yield "TM-ENV-12", BATCH, JSON, "gzip", BOMB, "too_large"
    yield "TM-ENV-12", PAGE, TEXT, None, BOMB, "too_large"
    yield "TM-ENV-12", ONE, JSON, "gzip", BOMB, "too_large"


def _texts() -> Iterator[Case]:
    """JSON in UTF-8, and what only resembles it."""
    good = (b' \r\n{"v":1,"t0":0,"events":[]}\t', b'{"v":2,"v":1,"t0":0,"events":[]}')
    for body in good:
        yield "TM-VAL-04", BATCH, JSON, None, body, None
    for body in (b"", b" ", b"{", ENVELOPE + b"x", ENVELOPE * 2, b"\xff", b'{"v":1,"t0":NaN}'):
        yield "TM-ENV-11", BATCH, JSON, None, body, "malformed"
    for body in (b"{'v':1}", b'{"v":1,}', b'{"v":01}', '{"v":1,"é":"'.encode("utf-16"), b"null"):
        yield "TM-ENV-11", BATCH, JSON, None, body, "malformed"
    yield "TM-ENV-11", BATCH, JSON, None, b"[" * 10_000, "malformed"


def _member(data: bytes, *, crc: int = 0, size: int = 0) -> bytes:
    """Return a gzip member of one stored block; *crc* and *size* make the trailer wrong."""
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    block = b"\x01" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data
    return head + block + struct.pack("<II", crc32(data) ^ crc, len(data) + size)
