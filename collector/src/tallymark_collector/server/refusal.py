"""Answers the server gives itself, before any route is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

    from tallymark_collector.problem import Problem

CORS = (
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "Tallymark-Ack, Retry-After, Tallymark-Request-Id, Date"),
)
"""Without these a page on another origin could not read why it was refused (HDR-2)."""


def refusal_parts(problem: Problem, request_id: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return headers and body of the answer to a refused connection or request."""
    body = json.dumps(problem.document(), separators=(",", ":")).encode()
    headers = [
        *problem.headers(),
        *CORS,
        ("tallymark-request-id", request_id),
        ("x-content-type-options", "nosniff"),
        ("content-length", str(len(body))),
        ("connection", "close"),
    ]
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers], body


def refusing(problem: Problem, request_id: str) -> ASGI3Application:
    """Return an application that answers *problem* and has the connection closed."""

    async def answer(_scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        headers, body = refusal_parts(problem, request_id)
        await send(
            {
                "type": "http.response.start",
                "status": problem.status,
                "headers": headers,
                "trailers": False,
            }
        )
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return answer


def refusal_bytes(problem: Problem, request_id: str) -> bytes:
    """Return the whole answer for a connection on which no request was read."""
    headers, body = refusal_parts(problem, request_id)
    lines = [b"HTTP/1.1 %d %s" % (problem.status, problem.title.encode("latin-1", "replace"))]
    lines.extend(name + b": " + value for name, value in headers)
    return b"\r\n".join([*lines, b"", body])
