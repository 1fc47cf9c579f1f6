"""From a number to its people, from a person to their events, from an event to its record."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from tallymark_collector.problem import Problem
from tallymark_collector.query.question import parse
from tallymark_collector.reports.members import people_of
from tallymark_collector.web.authorise import scope_of
from tallymark_collector.web.live import stored_record
from tallymark_collector.web.request import read_body
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.query.events import Events
    from tallymark_collector.store.log import Log

MAX_QUESTION: Final = 65_536
MAX_POS: Final = 2**53 - 1
PAGE: Final = 50


class PersonQuestion(BaseModel):
    """Whose events to list: the newest ones, or those listed after the event at *after*."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    user: Annotated[str, Field(min_length=1, max_length=200)]
    after: Annotated[int, Field(ge=1)] | None = None


class PeopleApi:
    """The people of the caller's project."""

    def __init__(self, log: Log, events: Events) -> None:
        """Decide who belongs where from *events*; read their records from *log*."""
        self._log = log
        self._events = events
        self._turn = asyncio.Semaphore(1)

    def routes(self) -> list[Route]:
        """Return the routes of this resource; ids of people stand in bodies, never in URLs."""
        return [
            Route("POST", "/v1/people/events", self.events, "read"),
            Route("POST", "/v1/people/{report}", self.people, "read"),
            Route("GET", "/v1/events/{pos}", self.record, "read"),
        ]

    async def people(self, request: Request) -> Response:
        """List the people counted in one cell of a report."""
        body = await read_body(request, MAX_QUESTION)
        report: str = request.path_params["report"]
        return await self._answer(request, lambda scope: self._people(scope, report, body))

    async def events(self, request: Request) -> Response:
        """List the events of one person, newest first."""
        question = parse(PersonQuestion, await read_body(request, MAX_QUESTION))
        return await self._answer(request, lambda scope: self._timeline(scope, question))

    async def record(self, request: Request) -> Response:
        """Return what the log holds of one event."""
        text: str = request.path_params["pos"]
        # Python reads no number of more than 4,300 digits.
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_POS))
        if not digits or int(text) > MAX_POS:
            raise Problem("bad_parameter", "a position is a whole number", path="pos")
        return await self._answer(request, lambda scope: self._record(scope, int(text)))

    async def _answer(
        self, request: Request, answer: Callable[[Scope], dict[str, Any]]
    ) -> Response:
        async with self._turn:
            body = await asyncio.to_thread(answer, scope_of(request))
        headers = {"cache-control": "no-store"}
        return Response(orjson.dumps(body), headers=headers, media_type="application/json")

    def _people(self, scope: Scope, report: str, body: bytes) -> dict[str, Any]:
        return people_of(report, body, lambda: self._events.snapshot(scope))

    def _timeline(self, scope: Scope, question: PersonQuestion) -> dict[str, Any]:
        snapshot = self._events.snapshot(scope)
        own = sorted(
            (event.ts, event.pos)
            for event in snapshot.events
            if snapshot.people.canonical(event) == question.user
        )
        newest = [pos for _, pos in reversed(own)]
        begin = newest.index(question.after) + 1 if question.after in newest else 0
        page = newest[begin : begin + PAGE]
        return {
            "user": question.user,
            "total": len(newest),
            "events": [self._record(scope, pos) for pos in page],
            "next": page[-1] if begin + PAGE < len(newest) else None,
        }

    def _record(self, scope: Scope, pos: int) -> dict[str, Any]:
        found = self._log.read(scope, pos - 1, 1)
        if not found or found[0].pos != pos:
            raise Problem("not_found", f"the project has no event at position {pos}")
        return stored_record(found[0])
