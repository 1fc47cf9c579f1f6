"""Stored events in the order of arrival, page by page: for exports, and for whoever follows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from tallymark_collector.problem import Problem
from tallymark_collector.query.lines import line_of, newest
from tallymark_collector.web.authorise import scope_of
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.store.log import Log, StoredEvent

MAX_EVENTS: Final = 1_000
MAX_BYTES: Final = 4 * 1024 * 1024
MAX_POS: Final = 2**53 - 1


class ListingApi:
    """The events of the caller's project, as lines of JSON."""

    def __init__(self, log: Log) -> None:
        """Read from *log*."""
        self._log = log
        self._turn = asyncio.Semaphore(1)

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        return [Route("GET", "/v1/events", self.events, "read")]

    async def events(self, request: Request) -> Response:
        """List what came after position `after`, or the `newest` so many; nothing means no more."""
        after = _number(request, "after", MAX_POS)
        last = _number(request, "newest", MAX_EVENTS)
        if after is not None and last is not None:
            raise Problem("bad_parameter", "give one of after and newest", path="newest")
        async with self._turn:
            body = await asyncio.to_thread(self._lines, scope_of(request), after or 0, last)
        headers = {"cache-control": "no-store"}
        return Response(body, headers=headers, media_type="application/x-ndjson")

    def _lines(self, scope: Scope, after: int, last: int | None) -> bytes:
        if last is not None:
            return b"".join(line_of(one) + b"\n" for one in newest(self._log, scope, last))
        return b"".join(_within(self._log.read(scope, after, MAX_EVENTS)))


def _within(events: Iterable[StoredEvent]) -> Iterable[bytes]:
    """Iterate over the lines of a page: at least one, and no more after the most bytes."""
    size = 0
    for stored in events:
        line = line_of(stored) + b"\n"
        yield line
        size += len(line)
        if size > MAX_BYTES:
            return


def _number(request: Request, name: str, most: int) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)) or int(text) > most:
        raise Problem("bad_parameter", f"{name} is a whole number from 0 to {most}", path=name)
    return int(text)
