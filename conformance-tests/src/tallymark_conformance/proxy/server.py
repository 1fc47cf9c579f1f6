"""The proxy as a server: connections in, faults between, a trace line out per exchange."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tallymark_conformance.errors import MessageError, ScriptError
from tallymark_conformance.proxy.exchange import (
    LiveExchange,
    Surroundings,
    UpstreamLost,
    abort,
)
from tallymark_conformance.proxy.script import Chooser, Script
from tallymark_conformance.proxy.wire import MAX_HEAD, read_request
from tallymark_conformance.trace import End, Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tallymark_conformance.proxy.message import Answer, Request

HOST = "127.0.0.1"


@dataclass(slots=True)
class FaultProxy:
    """Stand before *upstream* (a URL) and let *script* decide what each request meets.

    *record* gets every exchange when it has ended. The same *seed* and order of requests give
    the same faults. *busy* counts the requests in its hands, those it will send again included.
    """

    upstream: str
    record: Callable[[Exchange], None]
    script: Script = field(default_factory=Script)
    seed: int = 0
    port: int = 0
    connections: int = 0
    busy: int = 0
    _count: int = 0
    _chooser: Chooser = field(init=False)
    _surroundings: Surroundings = field(init=False)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> str:
        """Listen on a free port (or on `port`) and return the proxy's URL."""
        target = urlsplit(self.upstream)
        if target.hostname is None or target.port is None:
            raise ScriptError(f"the upstream is a URL with host and port, not {self.upstream!r}")
        self._chooser = Chooser(self.script)
        self._surroundings = Surroundings(
            target.hostname, target.port, self._refuse, self._later_request, self._resend
        )
        await self._listen()
        return f"http://{HOST}:{self.port}"

    async def stop(self) -> None:
        """Stop listening, end every connection and every delayed resend."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def follow(self, script: Script) -> None:
        """Let *script* decide from now on; its counts begin anew."""
        self.script = script
        self._chooser = Chooser(script)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._connected, HOST, self.port, limit=MAX_HEAD, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._later(self._serve(reader, writer, self.connections))

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int
    ) -> None:
        try:
            while (request := await read_request(reader, writer)) is not None:
                end = await self._handle(request, reader, writer, connection)
                if end != "answered" or not request.persistent:
                    break
        except (OSError, asyncio.IncompleteReadError, MessageError):
            # The client has gone in the middle of a message, or never spoke HTTP.
            abort(writer)
        finally:
            writer.close()

    async def _handle(
        self,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        connection: int,
    ) -> End:
        self._count += 1
        n, at, started = self._count, _wall_ms(), _mono_ms()
        rng = Random(f"{self.seed}/{n}")
        name, fault = self._chooser.choose(request, rng)
        live = LiveExchange(request, reader, writer, self._surroundings, rng)
        self.busy += 1
        try:
            await fault.apply(live)
        except UpstreamLost:
            live.reset()
            live.end = "lost"
        except OSError:
            live.end = "closed"
        except asyncio.CancelledError:
            live.reset()
            raise
        finally:
            self.record(
                Exchange(
                    n=n,
                    connection=connection,
                    at=at,
                    started=started,
                    ended=_mono_ms(),
                    fault=name,
                    request=request,
                    upstream=tuple(live.upstream),
                    sent=live.sent,
                    whole=live.whole,
                    end=live.end,
                    answering=live.answering,
                )
            )
            self.busy -= 1
        return live.end

    def _refuse(self, ms: int) -> None:
        self._later(self._shut(ms))

    async def _shut(self, ms: int) -> None:
        server = self._server
        if server is None or not server.is_serving():
            return
        started = _mono_ms()
        server.close()
        await asyncio.sleep(ms / 1000)
        await self._listen()
        self._note("refuse", None, (), started, "refused")

    async def _resend(self, request: Request, fault: str) -> None:
        started = _mono_ms()
        with suppress(UpstreamLost):
            answer = await self._surroundings.ask(request)
            self._note(fault, request, (answer,), started, "closed")

    def _note(
        self,
        fault: str,
        request: Request | None,
        answers: tuple[Answer, ...],
        started: float,
        end: End,
    ) -> None:
        self.record(
            Exchange(
                n=0,
                connection=0,
                at=_wall_ms(),
                started=started,
                ended=_mono_ms(),
                fault=fault,
                request=request,
                upstream=answers,
                sent=None,
                whole=False,
                end=end,
            )
        )

    def _later_request(self, work: Coroutine[Any, Any, None]) -> None:
        async def counted() -> None:
            try:
                await work
            finally:
                self.busy -= 1

        self.busy += 1
        self._later(counted())

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _mono_ms() -> float:
    return time.monotonic_ns() // 1_000 / 1_000
