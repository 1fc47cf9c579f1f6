"""
Carry one request to the collector and bring back what came: two methods, nothing else.

A transport decides nothing and raises nothing: whatever happened is a `Response` or a `Failure`.
Concrete transports are imported where one is chosen, at the first send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

AMBIGUOUS = frozenset({"timeout", "reset", "truncated", "too_large", "other"})
"""Kinds after which nobody knows whether the collector took the request (LED-6)."""


@dataclass(frozen=True, slots=True)
class Request:
    """Hold one attempt; *path* begins with /v1 and is put behind the client's URL."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Response:
    """Hold an answer as it came; header names are lower-case, the body is not decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """
    Say why there is no answer.

    *kind*: `timeout`, `refused`, `dns`, `tls`, `reset`, `truncated`, `too_large`, `proxy`, `other`.
    """

    kind: str
    detail: str = ""


class Transport(Protocol):
    """Send requests; with `Retry(in_flight=…)` above 1 it is called from several threads."""

    def send(self, request: Request) -> Response | Failure:
        """Send one request and wait for its end, at most about `request.timeout_s`."""

    def close(self) -> None:
        """Let go of connections; may be called while a `send` is under way."""


class AsyncTransport(Protocol):
    """Send requests from an event loop; each loop has a transport of its own."""

    async def send(self, request: Request) -> Response | Failure:
        """Send one request and wait for its end, at most about `request.timeout_s`."""

    async def close(self) -> None:
        """Let go of connections."""
