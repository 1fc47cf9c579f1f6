"""Ingestion: batches, single events, imports, and the trial run of a batch."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from tallymark_collector.ingest.arrival import digest_of
from tallymark_collector.ingest.body import body_format, parse
from tallymark_collector.ingest.envelope import read_envelope
from tallymark_collector.ingest.inflate import coding_of, coding_seen, inflate
from tallymark_collector.ingest.intake import Work
from tallymark_collector.web.authorise import caller
from tallymark_collector.web.request import announced_size, read_body, terms_of, too_large
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from tallymark_collector.ingest.body import Format
    from tallymark_collector.ingest.inflate import Coding, InflateLimits
    from tallymark_collector.ingest.intake import Intake, Reservation, Taken
    from tallymark_collector.ingest.workers import Workers

OFF_LOOP_BYTES: Final = 64 * 1024
"""Bodies above this are decoded on a thread, so that they don't hold up everybody else's."""
OFF_LOOP_COMPRESSED: Final = 16 * 1024
"""The same for compressed ones: they may become 200 times as large."""
HEAVY_BYTES: Final = 1024 * 1024
"""Bodies above this are decoded one at a time: as objects they take up to 30 times their size."""


class Bodies:
    """Read bodies within the caps and decode them."""

    def __init__(
        self, intake: Intake, workers: Workers, max_body: int, caps: InflateLimits
    ) -> None:
        """Reserve room for bodies up to *max_body* bytes in the queue of *intake*."""
        self._intake = intake
        self._workers = workers
        self._max_body = max_body
        self._caps = caps
        self._heavy_turn = asyncio.Semaphore(1)

    async def read(
        self, request: Request, *, magic: bool = False, ndjson: bool = True
    ) -> tuple[bytes, object, Reservation]:
        """Return a request's inflated body, its JSON, and the room reserved for it.

        Problems come in the order of EPT-12. With *magic* a gzip body needs no header (EPT-02).
        """
        announced = announced_size(request)
        if announced is not None and announced > self._max_body:
            raise too_large(self._max_body)
        coding = coding_of(request.headers.get("content-encoding", ""))
        form = body_format(request.headers.get("content-type", ""), ndjson=ndjson)
        size = self._max_body if announced is None else announced
        reservation = self._intake.admit(caller(request), size)
        try:
            sent = await read_body(request, self._max_body)
            reservation.shrink(len(sent))
            if magic and coding == "identity":
                coding = coding_seen(sent)
            body = await self._inflated(sent, coding)
            if len(body) > reservation.size:
                self._intake.reserve(reservation, len(body))
            value = await self._parsed(body, form)
        except BaseException:
            reservation.release()
            raise
        return body, value, reservation

    async def _inflated(self, sent: bytes, coding: Coding) -> bytes:
        if coding != "identity" and len(sent) > OFF_LOOP_COMPRESSED:
            return await self._workers.run(inflate, sent, coding, self._caps)
        return inflate(sent, coding, self._caps)

    async def _parsed(self, body: bytes, form: Format) -> object:
        if len(body) <= OFF_LOOP_BYTES:
            return parse(body, form)
        if len(body) <= HEAVY_BYTES:
            return await self._workers.run(parse, body, form)
        async with self._heavy_turn:
            return await self._workers.run(parse, body, form)


class EventsApi:
    """Envelopes with many events."""

    def __init__(self, intake: Intake, bodies: Bodies) -> None:
        """Take what *bodies* decodes into the log."""
        self._intake = intake
        self._bodies = bodies

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        beacon = Route("POST", "/v1/b", self.beacon, "write", query_key=True, browsers=True)
        return [
            Route("POST", "/v1/batch", self.batch, "write", browsers=True),
            beacon,
            Route("POST", "/v1/import", self.import_, "import", browsers=True),
            Route("POST", "/v1/validate", self.validate, "write", query_key=True, browsers=True),
        ]

    async def batch(self, request: Request) -> Response:
        """Store a batch (EPT-01)."""
        return ack_response(await self._take(request))

    async def beacon(self, request: Request) -> Response:
        """Store a browser's batch (EPT-02)."""
        return ack_response(await self._take(request, magic=True))

    async def import_(self, request: Request) -> Response:
        """Store a batch of any age, times as they are (EPT-06)."""
        return ack_response(await self._take(request, imported=True))

    async def validate(self, request: Request) -> Response:
        """Tell what would become of a batch (EPT-07)."""
        body, value, reservation = await self._bodies.read(request, magic=True)
        reservation.release()
        work = self._work(request, body, value, imported=False)
        return ack_response(await self._intake.validate(caller(request), work))

    async def _take(
        self, request: Request, *, magic: bool = False, imported: bool = False
    ) -> Taken:
        body, value, reservation = await self._bodies.read(request, magic=magic)
        try:
            work = self._work(request, body, value, imported=imported)
            return await self._intake.commit(caller(request), work, reservation)
        finally:
            reservation.release()

    def _work(self, request: Request, body: bytes, value: object, *, imported: bool) -> Work:
        envelope = read_envelope(value)
        sent_at = request.query_params.get("st")
        now = self._intake.wall()
        terms = terms_of(request, caller(request), sent_at, now, imported=imported)
        return Work(envelope, terms, digest_of(body), len(body))


def ack_response(taken: Taken) -> Response:
    """Return the answer to an accepted request (ACK-01)."""
    headers = {"tallymark-ack": taken.answer.proof, "cache-control": "no-store"}
    return Response(taken.answer.body, headers=headers, media_type="application/json")
