"""Single events: devices and shells by POST, pixels and microcontrollers by GET."""

from __future__ import annotations

import base64
import os
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response
from tallymark_protocol.event_id import uuid7

from tallymark_collector.ingest.arrival import digest_of
from tallymark_collector.ingest.flat import (
    digest_of_query,
    envelope_of,
    flat_from_query,
    query_pairs,
    require_short,
)
from tallymark_collector.ingest.intake import Work
from tallymark_collector.ingest.keys import presented_key
from tallymark_collector.problem import Problem
from tallymark_collector.web.api.events import ack_response
from tallymark_collector.web.authorise import caller
from tallymark_collector.web.request import prefers, terms_of
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from tallymark_collector.ingest.intake import Intake, Reservation, Taken
    from tallymark_collector.web.api.events import Bodies
    from tallymark_collector.web.routes import Handler

GIF: Final = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
"""One transparent pixel."""
_NO_STORE: Final = {"cache-control": "no-store"}


class FlatApi:
    """Requests that are one event (IOT-01 to IOT-03)."""

    def __init__(self, intake: Intake, bodies: Bodies) -> None:
        """Take what *bodies* decodes, or a query spells, into the log."""
        self._intake = intake
        self._bodies = bodies

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""

        def get(path: str, handler: Handler) -> Route:
            return Route("GET", path, handler, "write", query_key=True, browsers=True, head=False)

        return [
            Route("POST", "/v1/e", self.post, "write", query_key=True, browsers=True),
            get("/v1/e", self.get),
            get("/v1/e.gif", self.pixel),
        ]

    async def post(self, request: Request) -> Response:
        """Store the event in the body (EPT-03)."""
        body, value, reservation = await self._bodies.read(request, ndjson=False)
        sent_at = request.query_params.get("st")
        taken = await self._take(request, value, digest_of(body), sent_at, reservation)
        return _single(request, taken)

    async def get(self, request: Request) -> Response:
        """Store the event in the query string (EPT-04)."""
        return _single(request, await self._take_query(request))

    async def pixel(self, request: Request) -> Response:
        """Store the event in the query string and answer a picture, whatever the verdict."""
        taken = await self._take_query(request)
        headers = _NO_STORE | {"tallymark-ack": taken.answer.proof}
        return Response(GIF, headers=headers, media_type="image/gif")

    async def _take_query(self, request: Request) -> Taken:
        query: bytes = request.scope["query_string"]
        require_short(request.scope.get("raw_path", b""), query)
        pairs = query_pairs(query)
        reservation = self._intake.admit(caller(request), len(query))
        sent_at = dict(pairs).get("st")
        flat = flat_from_query(pairs)
        return await self._take(request, flat, digest_of_query(pairs), sent_at, reservation)

    async def _take(
        self,
        request: Request,
        flat: object,
        digest: bytes,
        sent_at: str | None,
        reservation: Reservation,
    ) -> Taken:
        try:
            who, now = caller(request), self._intake.wall()
            envelope, issue = envelope_of(flat, _key(request), partial(_new_id, now))
            terms = terms_of(request, who, sent_at, now, imported=False)
            work = Work(envelope, terms, digest, reservation.size, issue)
            return await self._intake.commit(who, work, reservation)
        finally:
            reservation.release()


def _key(request: Request) -> str:
    in_query = request.query_params.getlist("k")
    return presented_key(request.headers.getlist("authorization"), in_query)


def _new_id(now: int) -> str:
    # Not to be guessed: who sent it first with other content would keep the event out (LED-11).
    return uuid7(now, os.urandom(10))


def _single(request: Request, taken: Taken) -> Response:
    problem = _rejection(taken)
    if problem is not None:
        raise problem
    if prefers(request, "return=representation"):
        return ack_response(taken)
    headers = _NO_STORE | {"tallymark-ack": taken.answer.proof}
    return Response(status_code=204, headers=headers)


def _rejection(taken: Taken) -> Problem | None:
    if taken.settlement.conflicts:
        return Problem("event_rejected", errors=[{"code": "conflict", "path": ""}])
    for refused in taken.arrival.refused:
        if refused.place not in taken.settlement.superseded:
            error: dict[str, Any] = {"code": refused.code, "path": refused.path}
            if refused.limit is not None:
                error["limit"] = refused.limit
            return Problem("event_rejected", errors=[error])
    return None
