"""Reports: a question in JSON, an answer with its meaning."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

import orjson
from starlette.responses import Response

from tallymark_collector.reports.answers import answer, understood
from tallymark_collector.web.authorise import scope_of
from tallymark_collector.web.request import read_body
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from tallymark_collector.engine.answers import Stored
    from tallymark_collector.govern.access import Scope
    from tallymark_collector.query.question import Question

MAX_QUESTION: Final = 65_536
AT_ONCE: Final = 2
"""Reports that are computed at the same time; the others wait, so that ingestion does not."""


class Source(Protocol):
    """What gives a project's events as they are stored now."""

    def snapshot(self, scope: Scope) -> Stored:
        """Return everything the scope's project has stored until now."""


class QueryApi:
    """The reports of the caller's project."""

    def __init__(self, events: Source) -> None:
        """Answer from *events*."""
        self._events = events
        self._turns = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        return [Route("POST", "/v1/query/{report}", self.ask, "read")]

    async def ask(self, request: Request) -> Response:
        """Answer a question; raise 404 for an unknown report, 422 with a path for a wrong one."""
        asked = await read_body(request, MAX_QUESTION)
        report: str = request.path_params["report"]
        question = await asyncio.to_thread(understood, report, asked)
        async with self._turns:
            body = await asyncio.to_thread(self._answer, scope_of(request), report, question)
        headers = {"cache-control": "no-store"}
        return Response(body, headers=headers, media_type="application/json")

    def _answer(self, scope: Scope, report: str, question: Question) -> bytes:
        return orjson.dumps(answer(report, question, self._events.snapshot(scope)))
