"""A stream's ledger, for SDKs after an ambiguous result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response
from tallymark_protocol import limits
from tallymark_protocol.ack import format_ack

from tallymark_collector.ingest.ack import ack_of
from tallymark_collector.problem import Problem
from tallymark_collector.store.log import StreamState
from tallymark_collector.web.authorise import scope_of
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tallymark_collector.ingest.workers import Workers
    from tallymark_collector.store.log import Log

_STREAM: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


class StreamsApi:
    """The ledgers of the caller's project."""

    def __init__(self, log: Log, workers: Workers, wall: Callable[[], int]) -> None:
        """Read from *log* on *workers*; *wall* gives ms since 1970."""
        self._log = log
        self._workers = workers
        self._wall = wall

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        path = "/v1/streams/{stream}"
        return [Route("GET", path, self.ledger, "write", query_key=True, browsers=True)]

    async def ledger(self, request: Request) -> Response:
        """Tell the ledger of a stream; one never seen has the same fields (EPT-05)."""
        stream = request.path_params["stream"]
        if not _STREAM.fullmatch(stream):
            raise Problem(
                "bad_parameter", "a stream is a lower-case UUIDv7 or UUIDv8", path="stream"
            )
        state = await self._workers.run(self._log.stream, scope_of(request), stream)
        body = _body(state or _unseen(stream), self._wall(), known=state is not None)
        upto = 0 if state is None else state.upto
        headers = {"tallymark-ack": format_ack(stream, upto), "cache-control": "no-store"}
        return Response(orjson.dumps(body), headers=headers, media_type="application/json")


def is_open_ended(state: StreamState, now: int) -> bool:
    """Tell whether events above *hwm* may be lost: no end was announced, nobody speaks (LED-08)."""
    return not state.fin and now - state.last_seen > limits.OPEN_ENDED_MS


def _unseen(stream: str) -> StreamState:
    return StreamState(stream, 0, (), 0, False, 0, {}, {}, 0, 0, 0)  # noqa: FBT003 - a value


def _body(state: StreamState, now: int, *, known: bool) -> dict[str, Any]:
    return {
        "v": 1,
        "stream": state.stream,
        "known": known,
        "ack": ack_of(state.upto, state.settled),
        "hwm": state.hwm,
        "fin": state.fin,
        "open_ended": known and is_open_ended(state, now),
        "stored": state.stored,
        "rejected": dict(state.rejected),
        "dropped": dict(state.dropped),
        "unaccounted": state.unaccounted,
        "first_seen": state.first_seen,
        "last_seen": state.last_seen,
        "now": now,
    }
