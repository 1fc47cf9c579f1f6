"""HTTP/1 messages as values: what the proxy reads, changes and writes."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tallymark_conformance.errors import MessageError

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = tuple[tuple[str, str], ...]
"""Header fields in the order of the wire."""

MAX_INFLATED = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came from the client; *body* is what was framed, chunks joined."""

    method: str
    target: str
    version: str
    headers: Headers
    body: bytes

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    @property
    def persistent(self) -> bool:
        """Tell whether the client lets the connection stay open after the answer (RFC 9112)."""
        said = (header(self.headers, "connection") or "").lower()
        return "keep-alive" in said if self.version == "HTTP/1.0" else "close" not in said

    def encode(self) -> bytes:
        """Return the bytes for the upstream: one message, length given, connection closed."""
        kept = without(self.headers, "transfer-encoding", "content-length", "connection")
        fields = (*kept, ("Content-Length", str(len(self.body))), ("Connection", "close"))
        return _head(f"{self.method} {self.target} HTTP/1.1", fields) + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; *body* is what was framed, chunks joined."""

    status: int
    reason: str
    headers: Headers
    body: bytes

    def encode(self, *, version: str = "HTTP/1.1", length: str | None = "exact") -> bytes:
        """Return the bytes for the client.

        *length* "exact" gives the true Content-Length, None gives none, any other text is sent
        as it is.
        """
        return self.head(version=version, length=length) + self.body

    def head(self, *, version: str = "HTTP/1.1", length: str | None = "exact") -> bytes:
        """Return the status line and the header fields, with the empty line after them."""
        fields = without(self.headers, "transfer-encoding", "content-length", "connection")
        if length is not None and self.has_body:
            given = str(len(self.body)) if length == "exact" else length
            fields = (*fields, ("Content-Length", given))
        return _head(f"{version} {self.status} {self.reason}", fields)

    @property
    def has_body(self) -> bool:
        """Tell whether an answer of this status carries a body at all."""
        return self.status not in (204, 304) and self.status >= 200  # noqa: PLR2004 (RFC 9110 6.4.1)

    def with_header(self, name: str, value: str) -> Answer:
        """Return the same answer with *name* set once to *value*."""
        return replace(self, headers=(*without(self.headers, name.lower()), (name, value)))


def parse_request(head: bytes) -> Request:
    """Return the request whose head is *head* (up to the empty line), its body still empty."""
    start, headers = _parse_head(head)
    parts = start.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):  # noqa: PLR2004 (method target version)
        raise MessageError(f"not a request line: {start[:80]!r}")
    return Request(parts[0], parts[1], parts[2], headers, b"")


def parse_answer(head: bytes) -> Answer:
    """Return the answer whose head is *head* (up to the empty line), its body still empty."""
    start, headers = _parse_head(head)
    version, _, rest = start.partition(" ")
    code, _, reason = rest.partition(" ")
    if not version.startswith("HTTP/1.") or not code.isdigit():
        raise MessageError(f"not a status line: {start[:80]!r}")
    return Answer(int(code), reason, headers, b"")


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of the field *name*, whatever its case, or None."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def without(headers: Headers, *names: str) -> Headers:
    """Return *headers* without the fields of *names* (given in lower case)."""
    return tuple((key, value) for key, value in headers if key.lower() not in names)


def inflate(headers: Headers, body: bytes) -> bytes | None:
    """Return the body without its content coding, or None when it does not decode."""
    coding = (header(headers, "content-encoding") or "identity").lower()
    if coding == "identity" and body[:2] != b"\x1f\x8b":
        return body
    if coding not in ("gzip", "identity"):
        return None
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        return None


def envelope(headers: Headers, body: bytes) -> Mapping[str, Any]:
    """Return the JSON object of a body, or an empty mapping when it holds none."""
    plain = inflate(headers, body)
    try:
        value = json.loads(plain or b"")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _head(start: str, fields: Headers) -> bytes:
    lines = [start, *(f"{key}: {value}" for key, value in fields), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _parse_head(head: bytes) -> tuple[str, Headers]:
    start, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    fields = []
    for line in lines:
        key, colon, value = line.partition(":")
        if not colon or key != key.strip():
            raise MessageError(f"not a header field: {line[:80]!r}")
        fields.append((key, value.strip()))
    return start, tuple(fields)
