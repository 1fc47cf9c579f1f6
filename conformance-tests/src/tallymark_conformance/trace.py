"""The record of what crossed the wire, one JSON line per exchange."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tallymark_conformance.errors import TraceError
from tallymark_conformance.proxy.message import Answer, Headers, Request, envelope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

End = Literal["answered", "reset", "closed", "lost", "refused"]
"""How an exchange ended for the client.

answered: a whole message was written; reset: RST; closed: FIN before a whole message; lost: the
upstream gave no answer and the client was cut off; refused: the port was shut for a while, so
requests of that time are not in the record.
"""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and all that became of it.

    *started* is when the request was read, *ended* when the client had its answer; both in
    milliseconds of the machine's monotonic clock, *at* in ms since 1970. *answering* is when the
    answer began to be written: on a busy machine the client may have it long before *ended*.
    *upstream* holds every answer the collector gave (none when it was not asked, two when the
    request was doubled), *sent* the answer meant for the client, and *whole* whether all its bytes
    were written.
    """

    n: int
    connection: int
    at: int
    started: float
    ended: float
    fault: str
    request: Request | None
    upstream: tuple[Answer, ...]
    sent: Answer | None
    whole: bool
    end: End
    answering: float | None = None

    @property
    def batch(self) -> Mapping[str, Any]:
        """Return the decoded envelope, empty when the request carries none."""
        return envelope(self.request.headers, self.request.body) if self.request else {}


def encode(exchange: Exchange) -> str:
    """Return the line (without its end) that holds *exchange*."""
    request = exchange.request
    value = {
        "n": exchange.n,
        "connection": exchange.connection,
        "at": exchange.at,
        "started": exchange.started,
        "ended": exchange.ended,
        "fault": exchange.fault,
        "request": None
        if request is None
        else {
            "method": request.method,
            "target": request.target,
            "version": request.version,
            "headers": request.headers,
            "body": _text(request.body),
        },
        "upstream": [_answer(answer) for answer in exchange.upstream],
        "sent": None if exchange.sent is None else _answer(exchange.sent),
        "whole": exchange.whole,
        "end": exchange.end,
        "answering": exchange.answering,
    }
    return json.dumps(value, separators=(",", ":"))


def decode(line: str) -> Exchange:
    """Return the exchange held by *line*; raise TraceError when it holds none."""
    try:
        value = json.loads(line)
        request = value["request"]
        return Exchange(
            n=value["n"],
            connection=value["connection"],
            at=value["at"],
            started=value["started"],
            ended=value["ended"],
            fault=value["fault"],
            request=None
            if request is None
            else Request(
                request["method"],
                request["target"],
                request["version"],
                _headers(request["headers"]),
                base64.b64decode(request["body"]),
            ),
            upstream=tuple(_decode_answer(answer) for answer in value["upstream"]),
            sent=None if value["sent"] is None else _decode_answer(value["sent"]),
            whole=value["whole"],
            end=value["end"],
            answering=value.get("answering"),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TraceError(f"not an exchange ({error!r}): {line[:120]!r}") from error


def read(path: Path) -> Iterator[Exchange]:
    """Iterate over the exchanges of the trace file *path*, in the order of their end."""
    with path.open(encoding="utf-8") as lines:
        yield from (decode(line) for line in lines)


def in_order(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Return the exchanges in the order in which their requests were read."""
    return sorted(exchanges, key=lambda exchange: (exchange.started, exchange.n))


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "reason": answer.reason,
        "headers": answer.headers,
        "body": _text(answer.body),
    }


def _decode_answer(value: Mapping[str, Any]) -> Answer:
    return Answer(
        value["status"],
        value["reason"],
        _headers(value["headers"]),
        base64.b64decode(value["body"]),
    )


def _headers(value: Iterable[Iterable[str]]) -> Headers:
    return tuple((key, text) for key, text in (tuple(pair) for pair in value))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
