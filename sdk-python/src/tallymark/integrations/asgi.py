"""
Give each request of a Starlette, FastAPI or other ASGI application its context, and its event.

    app.add_middleware(TallymarkMiddleware, client=client, event="Request Served")
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from tallymark.courier import EXIT_S
from tallymark.integrations.exchange import Observer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import TypeAlias

    from tallymark.aio import AsyncClient
    from tallymark.client import Client
    from tallymark.event import Id

    Message: TypeAlias = MutableMapping[str, Any]
    Connection: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    Application: TypeAlias = Callable[[Connection, Receive, Send], Awaitable[None]]


class TallymarkMiddleware:
    """
    Wrap an ASGI application.

    Events tracked while it works carry `method` and `path`, and the user that *user* finds in the
    connection's scope. With *event*, each request becomes an event of that name, with `status` and
    `duration_ms`, and `error` if it raised. When the server shuts down, what waits is sent first.
    """

    def __init__(
        self,
        app: Application,
        client: Client | AsyncClient,
        *,
        user: Callable[[Connection], Id | None] | None = None,
        event: str | None = None,
    ) -> None:
        """Wrap *app*."""
        self._app = app
        self._observer: Observer[Connection] = Observer(client, user=user, event=event)

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Serve a connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._flushing(send))
            return
        method = scope.get("method", scope["type"].upper())
        exchange = self._observer.begin(scope, method, scope.get("path", ""))

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
            await send(message)

        try:
            with exchange.surroundings():
                await self._app(scope, receive, tell)
        except BaseException as error:
            await exchange.end_async(error)
            raise
        await exchange.end_async()

    def _flushing(self, send: Send) -> Send:
        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await self._flush()
            await send(message)

        return tell

    async def _flush(self) -> None:
        flush = self._observer.client.flush
        if inspect.iscoroutinefunction(flush):
            await flush(EXIT_S)
        else:
            await asyncio.to_thread(flush, EXIT_S)
