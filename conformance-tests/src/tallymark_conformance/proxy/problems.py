"""Answers that do not come from the collector: problems, pages, foreign acks."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tallymark_conformance.proxy.message import Answer, Headers, Request, envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

LOGIN_PAGE = b"<!doctype html><title>Sign in</title><form action=/login method=post></form>"
OTHER_STREAM = "01970000-0000-7000-8000-00000000feed"
LAST_SEQ = 2**53 - 1
OPEN = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "Tallymark-Ack, Retry-After, Tallymark-Request-Id, Date",
    ),
)
"""What a collector's answers carry, so that a page may read them (TM-HDR-02)."""


def plain(status: int, body: bytes, kind: str, headers: Headers = ()) -> Answer:
    """Return an answer of *status* with a body of the media type *kind*."""
    return Answer(status, reason(status), (("Content-Type", kind), *headers), body)


def problem(status: int, code: str, headers: Headers = ()) -> Answer:
    """Return an RFC 9457 problem with the protocol's *code*."""
    value = {
        "type": f"https://tallymark.example/problems/{code}",
        "title": reason(status),
        "status": status,
        "code": code,
        "detail": "injected by the fault proxy",
    }
    kind = "application/problem+json"
    return plain(status, json.dumps(value).encode(), kind, (*OPEN, *headers))


def proof(stream: str, upto: int, body: Mapping[str, Any]) -> Answer:
    """Return a 200 that carries the proof of an ack for *stream* (TM-ACK-01)."""
    ack = ("Tallymark-Ack", f"1; s={stream[:8]}; upto={upto}")
    return plain(200, json.dumps(body).encode(), "application/json", (*OPEN, ack))


def ack_for(request: Request, stream: str | None = None) -> Answer:
    """Return the ack that would settle every event of *request*, for *stream* or its own."""
    batch = envelope(request.headers, request.body)
    count = len(batch.get("events", ()))
    own = batch.get("stream", OTHER_STREAM)
    named = own if stream is None else stream
    upto = LAST_SEQ if stream is not None else batch.get("seq", 1) + count - 1
    body: dict[str, Any] = {
        "v": 1,
        "stream": named,
        "received": count,
        "stored": count,
        "duplicate": 0,
        "ack": {"upto": upto, "settled": [], "durability": "committed"},
        "rejected": [],
        "retry": [],
        "now": 0,
    }
    return proof(named, upto, body)


def reason(status: int) -> str:
    """Return the standard phrase of *status*, or a plain one when it has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"
