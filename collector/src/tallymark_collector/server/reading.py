"""The reading side of a connection: bytes become requests, faulty ones become refusals."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tallymark_collector.problem import Problem
from tallymark_collector.server import head
from tallymark_collector.server.deadlines import Deadlines
from tallymark_collector.server.exchange import Exchange
from tallymark_collector.server.outlet import Outlet
from tallymark_collector.server.pipeline import Pipeline
from tallymark_collector.server.readahead import ReadAhead
from tallymark_collector.server.refusal import refusing

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from tallymark_collector.server.listener import Listener


class Reading(HttpToolsProtocol):
    """Parse what arrives and queue it.

    `newest` is the request being received or received last. Once `deaf`, the peer's bytes are
    thrown away: the connection ends with what is queued.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        listener: Listener,
    ) -> None:
        """Take what Uvicorn gives and the *listener* shared by all connections."""
        super().__init__(config, server_state, app_state, _loop)
        self.listener = listener
        self.limits = listener.limits
        self.ahead = ReadAhead(self.limits.read_ahead, listener.reservoir)
        self.deadlines = Deadlines(self.limits.deadlines, self.loop.time())
        self.requests = Pipeline(self.ahead, self._start_asgi_task, self.application_ended)
        self.newest: Exchange | None = None
        self.deaf = False
        self.lost = False
        self.refused = False
        self._in_head = False
        self._head_size = 0
        self._unparsed = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the transport."""
        super().connection_made(transport)
        self.outlet = Outlet(transport, self.finish)

    # For the writing side

    def check(self, now: float) -> None:
        """Close the connection if it is overdue at *now*."""
        raise NotImplementedError

    def evict(self) -> None:
        """Close the connection although it is not overdue."""
        raise NotImplementedError

    def application_ended(self) -> None:
        """Note that an application has returned."""
        raise NotImplementedError

    def handed_out(self, size: int) -> None:
        """Note that *size* body bytes left the read-ahead."""
        raise NotImplementedError

    def unheard(self) -> None:
        """Note that a request was refused and nobody is there to be told."""
        self.listener.unheard += 1

    def finish(self) -> None:
        """Close after the last answer."""
        raise NotImplementedError

    def rest_if_done(self) -> None:
        """Begin to idle if nothing is under way."""
        raise NotImplementedError

    @property
    def busy(self) -> bool:
        """Tell whether a request is received, waits or is being answered."""
        receiving = self.newest is not None and self.newest.awaits_body
        return receiving or self.requests.busy

    @property
    def appetite(self) -> int:
        """Return how many bytes to take from the kernel at once."""
        return self.ahead.appetite(0 if self.newest is None else self.newest.body_left)

    @property
    def owes_answer(self) -> bool:
        """Tell whether a peer that falls silent now waits for something."""
        return self._in_head or self.busy

    # Bytes

    def feed(self, data: bytes) -> None:
        """Parse *data*; faults become refusals."""
        in_head_before = self._in_head
        size = len(data)
        while data and not self.deaf:
            if self._unparsed:
                data = self._take_unparsed(data)
                continue
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                # No other protocol is spoken here; what follows is the body, then more requests.
                data = data[upgrade.args[0] :]
                continue
            except httptools.HttpParserError:
                self.refuse(Problem("malformed", "this is not HTTP/1.1"))
            break
        if in_head_before and self._in_head:
            self._head_size += size
            if self._head_size > self.limits.read_ahead.head and not self.deaf:
                self.refuse(Problem("headers_too_large"))

    def _take_unparsed(self, data: bytes) -> bytes:
        """Take the body of a request that asked for an upgrade: the parser leaves it to us."""
        part, rest = data[: self._unparsed], data[self._unparsed :]
        self._unparsed -= len(part)
        self.on_body(part)
        if not self._unparsed and self.newest is not None and not self.deaf:
            self._complete(self.newest)
        return rest

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        """Start a request."""
        if self.deaf:
            return
        super().on_message_begin()
        self._head_size = 0
        self._in_head = True
        self.listener.gate.busy(self)
        self.deadlines.message_began(self.loop.time())

    def on_url(self, url: bytes) -> None:
        """Collect the target."""
        if not self.deaf:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header (or a trailer, which nobody reads)."""
        if self._in_head and not self.deaf:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Queue the request, or its refusal."""
        if self.deaf:
            return
        self._in_head = False
        self.deadlines.headers_done(self.loop.time())
        scope = cast("dict[str, Any]", self.scope)
        scope["http_version"] = self.parser.get_http_version()
        scope["method"] = self.parser.get_method().decode("ascii")
        problem: Problem | None
        if head.is_too_large(self.url, self.headers, self.limits.read_ahead):
            problem = Problem("headers_too_large")
            scope.update(head.target(b"/"))
        else:
            scope.update(head.target(self.url))
            problem = head.fault(scope, self.headers, upgrade=self.parser.should_upgrade())
        scope[head.RECEIVED_AT] = time.time_ns() // 1_000_000
        exchange = self._new_exchange()
        exchange.head_size = head.size(self.url, self.headers)
        exchange.announced = head.content_length(self.headers)
        if problem is not None:
            self._queue_refusal(exchange, problem)
            return
        if exchange.announced > self.limits.read_ahead.body:
            # The application is asked all the same: who may not send at all is told that first.
            self.deaf = self.refused = True
            self.deadlines.message_done(self.loop.time())
            exchange.refuse(head.too_large(self.limits.read_ahead.body))
        self.requests.queue(exchange, cast("ASGI3Application", self.app))

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body, within the cap."""
        exchange = self.newest
        if self.deaf or exchange is None:
            return
        exchange.received += len(body)
        self.deadlines.body_received(len(body))
        if exchange.received > self.limits.read_ahead.body:
            self.refuse(head.too_large(self.limits.read_ahead.body))
        elif not exchange.settled:
            exchange.body += body
            self.ahead.took(len(body))
            exchange.message_event.set()

    def on_message_complete(self) -> None:
        """Note that the request is complete."""
        exchange = self.newest
        if self.deaf or exchange is None:
            return
        if self.parser.should_upgrade():
            self._unparsed = head.content_length(self.headers)
        if not self._unparsed:
            self._complete(exchange)

    def _complete(self, exchange: Exchange) -> None:
        exchange.more_body = False
        exchange.message_event.set()
        self.deadlines.message_done(self.loop.time())
        if not exchange.keep_alive:
            self.deaf = True
        self.rest_if_done()

    # Requests

    def _new_exchange(self) -> Exchange:
        exchange = Exchange(
            self,
            self.outlet,
            scope=self.scope,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=self.scope["http_version"] != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        exchange.disconnected = self.lost
        self.listener.rescued += self.lost
        self.newest = exchange
        return exchange

    def _queue_refusal(self, exchange: Exchange, problem: Problem) -> None:
        exchange.keep_alive = False
        exchange.more_body = False
        exchange.waiting_for_100_continue = False
        self.deaf = self.refused = True
        self.deadlines.message_done(self.loop.time())
        self.requests.queue(exchange, refusing(problem, self.listener.new_request_id()))

    def refuse(self, problem: Problem) -> None:
        """Read no more; answer *problem* in its turn and close."""
        newest = self.newest
        if newest is None or not newest.awaits_body:
            if not self._in_head:
                super().on_message_begin()
            cast("dict[str, Any]", self.scope).setdefault("method", "GET")
            self._queue_refusal(self._new_exchange(), problem)
            return
        self.deaf = self.refused = True
        self.deadlines.message_done(self.loop.time())
        if newest.settled:
            self.finish()
        else:
            newest.refuse(problem)
