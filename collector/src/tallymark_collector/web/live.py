"""What arrives, as it arrives: server-sent events from the log and from the quarantine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response, StreamingResponse
from tallymark_protocol import codes
from tallymark_protocol.event_id import event_id

from tallymark_collector.problem import Problem
from tallymark_collector.web.authorise import scope_of
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from starlette.requests import Request

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.store.log import Log, QuarantinedEvent, StoredEvent

POLL_S: Final = 0.2
HEARTBEAT_POLLS: Final = 50
BACKLOG: Final = 50
AT_ONCE: Final = 100
"""Events of one message: what comes faster is counted as skipped, so that a page keeps up."""
FAR_BACK: Final = 65_536
"""Positions looked through for a project's newest events: beyond, others have been busy alone."""
MAX_FOLLOWERS: Final = 32
_RETRY_MS: Final = 1_000
_TOP: Final = 2**62
_DIGITS: Final = 19


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a follower has read: the last position of the log and of the quarantine.

    `told` is how many of the project's events the follower knows of, listed or skipped.
    """

    stored: int
    refused: int
    told: int

    def __str__(self) -> str:
        """Return the text that comes back as `Last-Event-ID`."""
        return f"{self.stored}.{self.refused}.{self.told}"


@dataclass(frozen=True, slots=True)
class News:
    """What has arrived since a mark; `skipped` events are in no list, `total` are stored in all."""

    mark: Mark
    stored: tuple[StoredEvent, ...]
    refused: tuple[QuarantinedEvent, ...]
    skipped: int
    total: int


def parse_mark(text: str) -> Mark | None:
    """Read a mark; None for anything else."""
    parts = text.split(".")
    if len(parts) != len(fields(Mark)) or not all(p.isascii() and p.isdigit() for p in parts):
        return None
    numbers = [int(part) for part in parts if len(part) <= _DIGITS]
    return Mark(*numbers) if len(numbers) == len(parts) and max(numbers) < _TOP else None


class LiveApi:
    """The stream of what a project receives."""

    def __init__(self, log: Log, *, poll_s: float = POLL_S) -> None:
        """Look into *log* every *poll_s* seconds, for each follower, while there are any."""
        self._log = log
        self._poll_s = poll_s
        self._followers = 0
        self._stopping = asyncio.Event()

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        return [Route("GET", "/v1/live", self.live, "read", head=False)]

    def close(self) -> None:
        """End all streams: a stop does not wait for readers who never leave."""
        self._stopping.set()

    async def live(self, request: Request) -> Response:
        """Send what has arrived last, then what arrives; `Last-Event-ID` resumes."""
        if self._followers >= MAX_FOLLOWERS:
            raise Problem(
                "overloaded",
                f"{MAX_FOLLOWERS} pages follow already; close one",
                retry_after_ms=_RETRY_MS,
            )
        mark = parse_mark(request.headers.get("last-event-id", ""))
        return StreamingResponse(
            self._follow(scope_of(request), mark),
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
            media_type="text/event-stream",
        )

    async def _follow(self, scope: Scope, mark: Mark | None) -> AsyncIterator[bytes]:
        self._followers += 1
        try:
            reached = await asyncio.to_thread(beginning, self._log, scope) if mark is None else mark
            quiet = HEARTBEAT_POLLS
            yield b"retry: %d\n\n" % _RETRY_MS
            while not self._stopping.is_set():
                news = await asyncio.to_thread(news_since, self._log, scope, reached)
                if news.stored or news.refused or quiet >= HEARTBEAT_POLLS:
                    yield frames(news)
                    quiet = 0
                reached, quiet = news.mark, quiet + 1
                await self._pause()
        finally:
            self._followers -= 1

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), self._poll_s)
        except TimeoutError:
            return


def beginning(log: Log, scope: Scope) -> Mark:
    """Return the mark from which the last few arrivals are still ahead."""
    newest = _last(lambda after: bool(log.quarantined(scope, after, 1)))
    told = log.count(scope)
    ahead = latest(log, scope, 0, BACKLOG)
    stored = ahead[0].pos - 1 if ahead else log.head()
    return Mark(stored, max(0, newest - BACKLOG), max(0, told - len(ahead)))


def news_since(log: Log, scope: Scope, mark: Mark) -> News:
    """Return what has arrived since *mark*: the newest of it, if it is more than a page takes."""
    head = log.head()
    # Counted before they are read: an event that comes in between is told, and never skipped.
    total = log.count(scope) if head > mark.stored else mark.told
    stored = latest(log, scope, mark.stored, AT_ONCE) if head > mark.stored else ()
    refused = log.quarantined(scope, mark.refused, AT_ONCE)
    skipped = max(0, total - mark.told - len(stored))
    return News(
        mark=Mark(
            # Between the two reads more may have been committed: never step back behind it.
            stored=max(head, stored[-1].pos if stored else 0, mark.stored),
            refused=refused[-1].pos if refused else mark.refused,
            told=mark.told + len(stored) + skipped,
        ),
        stored=tuple(stored),
        refused=tuple(refused),
        skipped=skipped,
        total=total,
    )


def latest(log: Log, scope: Scope, after: int, most: int) -> Sequence[StoredEvent]:
    """Return the newest *most* events of the scope's project behind a position.

    The log holds all projects one after the other, so the window grows until it has enough.
    """
    head = log.head()
    window = most
    while True:
        begin = max(after, head - window)
        found = log.read(scope, begin, window)
        if len(found) >= most or begin == after or window >= FAR_BACK:
            return found[-most:]
        window *= 4


def frames(news: News) -> bytes:
    """Return news as server-sent events, with how many events are stored in all.

    The mark comes last, so that half a message is sent again.
    """
    parts: list[bytes] = []
    if news.stored:
        parts.append(_frame("stored", [stored_record(one) for one in news.stored]))
    if news.refused:
        parts.append(_frame("refused", [refused_record(one) for one in news.refused]))
    state = {"stored": news.total, "skipped": news.skipped}
    parts.append(b"id: %s\n" % str(news.mark).encode() + _frame("state", state))
    return b"".join(parts)


def stored_record(event: StoredEvent) -> dict[str, Any]:
    """Return one stored event as JSON; its body is the text the log holds."""
    known = event.id
    if known is None and event.stream is not None and event.seq is not None:
        known = event_id(event.stream, event.seq)
    return {
        "pos": event.pos,
        "stream": event.stream,
        "seq": event.seq,
        "id": known,
        "received_at": event.received_at,
        "ts": event.ts,
        "body": event.body.decode("utf-8", "replace"),
    }


def refused_record(event: QuarantinedEvent) -> dict[str, Any]:
    """Return one refused event as JSON, with what its verdict means."""
    return {
        "pos": event.pos,
        "stream": event.stream,
        "seq": event.seq,
        "received_at": event.received_at,
        "code": event.code,
        "text": codes.VERDICTS[event.code].text if event.code in codes.VERDICTS else event.code,
        "path": event.path,
        "body": event.body.decode("utf-8", "replace"),
    }


def _frame(name: str, value: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(value))


def _last(has_after: Callable[[int], bool]) -> int:
    """Return the highest position, by asking whether there is one after another."""
    if not has_after(0):
        return 0
    low, high = 0, 1
    while has_after(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if has_after(middle) else (low, middle)
    return high
