"""What a request's head says, and what is wrong with it; no I/O."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any, Final

import httptools

from tallymark_collector.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_collector.server.readahead import ReadAheadLimits

RECEIVED_AT: Final = "tallymark.received_at"
"""Scope key: when the request's headers were read, in ms since 1970 (CLK-02)."""


def target(url: bytes) -> dict[str, Any]:
    """Return the scope's `path`, `raw_path` and `query_string`; raise ValueError if malformed."""
    try:
        parsed = httptools.parse_url(url)
        raw_path = parsed.path or b"/"
        path = raw_path.decode("ascii")
    except (httptools.HttpParserInvalidURLError, UnicodeDecodeError) as error:
        raise ValueError("the request's target is not a URL") from error
    return {
        "path": urllib.parse.unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": parsed.query or b"",
    }


def header(headers: Sequence[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    """Return the first value of a header given by its lower-case name, empty without one."""
    return next((value for name, value in headers if name == wanted), b"")


def size(url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> int:
    """Return the bytes of a request's head, without what only separates its parts."""
    return len(url) + sum(len(name) + len(value) for name, value in headers)


def is_too_large(
    url: bytes, headers: Sequence[tuple[bytes, bytes]], limits: ReadAheadLimits
) -> bool:
    """Tell whether a head is above its limit; a target that is may not even be parsed."""
    return size(url, headers) > limits.head


def content_length(headers: Sequence[tuple[bytes, bytes]]) -> int:
    """Return the announced size of the body; the parser has refused all but one plain number."""
    return int(header(headers, b"content-length") or b"0")


def too_large(limit: int) -> Problem:
    """Return the answer to a body above *limit* bytes."""
    return Problem("too_large", f"a body may have {limit} bytes; send fewer events at once")


def fault(
    scope: Mapping[str, Any],
    headers: Sequence[tuple[bytes, bytes]],
    *,
    upgrade: bool,
) -> Problem | None:
    """Return why a request is refused by its head alone, or None."""
    if scope["http_version"] == "1.1" and [name for name, _ in headers].count(b"host") != 1:
        return Problem("malformed", "an HTTP/1.1 request names its Host, once (RFC 9112)")
    coding = header(headers, b"transfer-encoding").strip().lower()
    if coding not in (b"", b"chunked"):
        return Problem("malformed", "chunked is the only transfer coding that is understood")
    if upgrade and coding:
        return Problem("malformed", "an upgrade with a chunked body is not understood")
    return None
