"""A client of the SDK under test, as a scenario sees it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.stage.book import EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tallymark_conformance.history import Call
    from tallymark_conformance.stage.book import Book
    from tallymark_conformance.tmc.adapter import Adapter, Ticket

FLUSH_MS: Final = 15_000
SLACK_S: Final = 20.0
PIECE: Final = "x" * 1_000


@dataclass(slots=True)
class Client:
    """One client object in the adapter's process; every call goes into the book.

    *closed_at* (monotonic ms) is when its `close` came back. *recorded* waits a moment for the
    proxy, which may note a request after its client has read the answer.
    """

    name: str
    life: int
    config: Mapping[str, Any]
    adapter: Adapter
    book: Book
    may_tell: bool
    recorded: Callable[[], None] = lambda: None
    closed_at: float | None = None
    last: Mapping[str, Any] = field(default_factory=dict)

    def track(
        self,
        count: int = 1,
        name: str = "probe",
        *,
        threads: int = 0,
        size: int = 0,
        **properties: Any,
    ) -> list[str | None]:
        """Record *count* events, each with a marker of its own; return what the calls returned.

        With *threads* the calls come from so many threads of the adapter at once. *size* fills each
        event with so many bytes, in strings that no limit forbids.
        """
        if size:
            properties["pad"] = [
                PIECE[: min(len(PIECE), size - at)] for at in range(0, size, len(PIECE))
            ]
        waiting = []
        for place in range(count):
            more = {"thread": place % threads} if threads else {}
            waiting.append(self.begin("track", name=name, properties=properties, more=more))
        return [self.end(*pair).get("id") for pair in waiting]

    def call(self, method: str, *, altered: bool = False, **args: Any) -> Mapping[str, Any]:
        """Call *method* and return the reply; *altered* content is not compared afterwards."""
        return self.end(*self.begin(method, altered=altered, **args))

    def begin(
        self,
        method: str,
        *,
        altered: bool = False,
        more: Mapping[str, Any] | None = None,
        **args: Any,
    ) -> tuple[Call | None, Ticket]:
        """Send a call without waiting for what it returns."""
        call: Call | None = None
        if method in EVENTS:
            marker = self.book.marker(self.name, self.life)
            if method in ("track", "page", "screen"):
                properties = args.get("properties")
                properties = {} if properties is None else properties
                if isinstance(properties, dict):
                    args["properties"] = {**properties, "marker": marker}
            plain = method == "track" and not altered
            call = self.book.called(
                self.name, self.life, marker, args["properties"] if plain else None
            )
        ticket = self.adapter.post(
            "call", client=self.name, method=method, args=args, **(more or {})
        )
        return call, ticket

    def end(self, call: Call | None, ticket: Ticket) -> Mapping[str, Any]:
        """Return the reply to a call that was sent by `begin`."""
        reply = ticket.result()
        if call is not None:
            self.book.returned(call, reply)
        return reply

    def flush(self, timeout_ms: int = FLUSH_MS) -> bool:
        """Wait until everything recorded is settled, at most *timeout_ms*; tell whether it is."""
        limit = timeout_ms / 1000 + SLACK_S
        reply = self.adapter.ask("flush", limit, client=self.name, timeout_ms=timeout_ms)
        self.recorded()
        return bool(reply["complete"])

    def close(self, timeout_ms: int = FLUSH_MS) -> bool:
        """End the client; tell whether everything was settled."""
        limit = timeout_ms / 1000 + SLACK_S
        reply = self.adapter.ask("close", limit, client=self.name, timeout_ms=timeout_ms)
        self.closed_at = time.monotonic() * 1000
        self.recorded()
        if self.may_tell:
            self.stats(final=True)
        return bool(reply.get("complete", True))

    def stats(self, *, final: bool = False) -> Mapping[str, Any]:
        """Return the client's ledger of this instant; it goes into the book."""
        self.last = self.adapter.ask("stats", client=self.name)
        self.book.looked(self.name, self.life, self.last, final=final)
        return self.last

    def advance(self, ms: int = 0, wall_ms: int = 0) -> None:
        """Let *ms* pass on the client's clocks; *wall_ms* moves its wall clock only."""
        self.adapter.ask("advance", client=self.name, ms=ms, wall_ms=wall_ms)
