"""The wire trace of a scenario as a report shows it: keys masked, bodies decoded and bounded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.proxy.message import inflate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_conformance.proxy.message import Answer, Headers
    from tallymark_conformance.trace import Exchange

SHOWN: Final = 2_000
MOST: Final = 60
KEY: Final = re.compile(r"(tm[ksrd]_)[0-9A-Za-z]+")


def shown(exchanges: Sequence[Exchange], started: float) -> list[dict[str, Any]]:
    """Return the first exchanges as plain values; times are ms since *started* (monotonic ms)."""
    return [_exchange(exchange, started) for exchange in exchanges[:MOST]]


def _exchange(exchange: Exchange, started: float) -> dict[str, Any]:
    value: dict[str, Any] = {
        "at": round(exchange.started - started),
        "ms": round(exchange.ended - exchange.started),
        "fault": exchange.fault,
        "end": exchange.end,
    }
    request, answer = exchange.request, exchange.sent
    if request is not None:
        value |= {
            "method": request.method,
            "target": KEY.sub(r"\1…", request.target),
            "headers": _headers(request.headers),
            "body": _body(request.headers, request.body),
        }
    if answer is not None:
        value |= _answer(answer)
    return value


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "answer_headers": _headers(answer.headers),
        "answer": _body(answer.headers, answer.body),
    }


def _headers(headers: Headers) -> dict[str, str]:
    return {name: KEY.sub(r"\1…", text) for name, text in headers}


def _body(headers: Headers, body: bytes) -> str:
    plain = inflate(headers, body)
    if plain is None:
        return f"{len(body)} bytes that cannot be decoded"
    text = plain[:SHOWN].decode("utf-8", "replace")
    return text if len(plain) <= SHOWN else f"{text} … {len(plain)} bytes"
