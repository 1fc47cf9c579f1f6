"""What ingestion reads of a request besides its key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect

from tallymark_collector.ingest.verdict import Terms
from tallymark_collector.problem import Problem
from tallymark_collector.server.head import RECEIVED_AT

if TYPE_CHECKING:
    from starlette.requests import Request

    from tallymark_collector.ingest.keys import Caller

_MS: Final = re.compile(r"-?[0-9]{1,16}")


def announced_size(request: Request) -> int | None:
    """Return the announced size of the body in bytes, None for one that comes in chunks."""
    if "chunked" in request.headers.get("transfer-encoding", "").lower():
        return None
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


async def read_body(request: Request, limit: int) -> bytes:
    """Return the whole body; raise 413 above *limit* bytes, ClientDisconnect if it was cut off."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def too_large(limit: int) -> Problem:
    """Return the answer to a body above *limit* bytes."""
    return Problem("too_large", f"a body may have {limit} bytes; send fewer events at once")


def terms_of(
    request: Request, caller: Caller, sent_at: str | None, now: int, *, imported: bool
) -> Terms:
    """Return what the events of a request are judged by; *now* is for servers other than ours."""
    text = sent_at or request.headers.get("tallymark-sent-at", "")
    return Terms(
        policy=caller.key.policy,
        received_at=request.scope.get(RECEIVED_AT, now),
        sent_at=int(text) if _MS.fullmatch(text) else None,
        secret=caller.key.kind == "secret",
        imported=imported,
        gpc=request.headers.get("sec-gpc") == "1",
    )


def prefers(request: Request, preference: str) -> bool:
    """Tell whether a `Prefer` header names *preference*."""
    return any(
        part.strip().lower() == preference
        for value in request.headers.getlist("prefer")
        for part in value.split(",")
    )
