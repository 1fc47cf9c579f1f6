"""Around every request: its id, its headers, and the one place where errors become answers."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect

from tallymark_collector.observe import log, where
from tallymark_collector.problem import Problem
from tallymark_collector.store.log import StoreBusy, StoreFull
from tallymark_collector.web import cors
from tallymark_collector.web.problems import problem_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tallymark_collector.observe import Counters

RETRY_MS: Final = 1_000


class Boundary:
    """The outermost application."""

    def __init__(
        self,
        app: ASGIApp,
        counters: Counters,
        new_request_id: Callable[[], str],
        *,
        access_log: bool = False,
    ) -> None:
        """Guard *app*; with *access_log* every request gets a line."""
        self._app = app
        self._counters = counters
        self._new_request_id = new_request_id
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens inside."""
        if scope["type"] != "http":
            raise RuntimeError(f"only HTTP is spoken here, not {scope['type']}")
        exchange = _Outgoing(scope, send, self._new_request_id())
        started = time.perf_counter()
        self._counters.requests += 1
        try:
            _refuse_hidden_slash(scope)
            await self._app(scope, receive, exchange.send)
        except ClientDisconnect:
            # Half a request is nobody's event, and nothing to write a trace about.
            self._counters.clients_gone += 1
        except asyncio.CancelledError:
            # Only the end of a graceful stop cancels requests.
            await self._answer(
                Problem("stopping", retry_after_ms=RETRY_MS), scope, receive, exchange
            )
        except Exception as error:  # noqa: BLE001 - the one place where an error becomes an answer
            await self._answer(error, scope, receive, exchange)
        if self._access_log:
            _log_access(scope, exchange, time.perf_counter() - started)

    async def _answer(
        self, error: Exception, scope: Scope, receive: Receive, exchange: _Outgoing
    ) -> None:
        problem = _problem_of(error)
        if problem.code == "internal":
            self._counters.failures += 1
            log(
                logging.ERROR,
                "A request failed.",
                request_id=exchange.request_id,
                error=type(error).__name__,
                where=where(error),
            )
        self._counters.problems += 1
        if exchange.started:
            raise error
        await problem_response(problem)(scope, receive, exchange.send)


def _refuse_hidden_slash(scope: Scope) -> None:
    """Raise 404 for a path with an encoded slash: what a proxy took for one name stays one."""
    if b"%2f" in (scope.get("raw_path") or b"").lower():
        cors.open_to_pages(scope)
        raise Problem("not_found")


class _Outgoing:
    """Add what every answer carries to the head of an answer."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self.request_id = request_id
        self.status = 0
        self._scope = scope
        self._send = send

    @property
    def started(self) -> bool:
        return self.status > 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._headers()]
        await self._send(message)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = [
            (b"tallymark-request-id", self.request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        if cors.is_open_to_pages(self._scope):
            headers.extend(cors.HEADERS)
        return headers


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, StoreFull):
        return Problem("disk_full", retry_after_ms=RETRY_MS)
    if isinstance(error, StoreBusy):
        return Problem("store_busy", retry_after_ms=RETRY_MS)
    return Problem("internal")


def _log_access(scope: Scope, exchange: _Outgoing, seconds: float) -> None:
    # The path alone: a query string holds keys (WEB-06) and properties (IOT-02).
    log(
        logging.INFO,
        "request",
        method=scope["method"],
        path=scope["path"],
        status=exchange.status,
        ms=round(seconds * 1000, 1),
        request_id=exchange.request_id,
    )
