"""The requests of one connection, run one after the other in the order they came."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn._types import (
        ASGI3Application,
        ASGIReceiveCallable,
        ASGISendCallable,
        Scope,
    )

    from tallymark_collector.server.exchange import Exchange
    from tallymark_collector.server.readahead import ReadAhead


class Pipeline:
    """Start the next request when the one before is settled.

    *start* makes a task of an exchange and its application; *ended* is called when an
    application has returned, whatever came of it.
    """

    def __init__(
        self,
        ahead: ReadAhead,
        start: Callable[[Exchange, ASGI3Application], None],
        ended: Callable[[], None],
    ) -> None:
        """Start empty."""
        self.running: Exchange | None = None
        self._ahead = ahead
        self._start = start
        self._ended = ended
        self._waiting: deque[tuple[Exchange, ASGI3Application]] = deque()

    @property
    def busy(self) -> bool:
        """Tell whether a request waits or is being answered."""
        return bool(self._waiting) or (self.running is not None and not self.running.settled)

    def outstanding(self) -> list[Exchange]:
        """Return the exchange started last and those that wait."""
        waiting = [exchange for exchange, _ in self._waiting]
        return waiting if self.running is None else [self.running, *waiting]

    def queue(self, exchange: Exchange, app: ASGI3Application) -> None:
        """Let *app* answer *exchange* in its turn."""
        self._waiting.append((exchange, app))
        self._ahead.queued(exchange.head_size)
        self.advance()

    def advance(self) -> None:
        """Start the next request unless one is under way.

        Within a request that is being cancelled nothing is started: only the end of a graceful
        stop cancels, and its time is over.
        """
        if _is_cancelled():
            self.clear()
        while self._waiting and (self.running is None or self.running.settled):
            exchange, app = self._waiting.popleft()
            self._ahead.started(exchange.head_size)
            if exchange.cut:
                exchange.drop_body()
                continue
            self.running = exchange
            self._start(exchange, partial(self._run, exchange, app))

    def clear(self) -> None:
        """Forget what waits: after the last answer of a connection nothing is processed."""
        for exchange, _ in self._waiting:
            self._ahead.started(exchange.head_size)
            exchange.drop_body()
        self._waiting.clear()

    async def _run(
        self,
        exchange: Exchange,
        app: ASGI3Application,
        scope: Scope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
    ) -> None:
        try:
            await app(scope, receive, send)
        finally:
            exchange.over = True
            exchange.drop_body()
            self._ended()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
