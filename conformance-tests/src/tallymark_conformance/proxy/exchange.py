"""One exchange while it happens: the few moves from which every fault is made."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tallymark_conformance.errors import MessageError
from tallymark_conformance.proxy.wire import MAX_HEAD, read_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from random import Random

    from tallymark_conformance.proxy.message import Answer, Request
    from tallymark_conformance.trace import End

PIECE_S = 0.02
"""How long a slowed stream waits between two pieces, in seconds."""

NO_LINGER = struct.pack("ii", 1, 0)


class UpstreamLost(Exception):  # noqa: N818 (an outcome that a fault may want, not a mistake)
    """Say that the collector gave no whole answer."""


class Fault(Protocol):
    """What happens to one exchange; the plain one passes it on and back."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""


@dataclass(slots=True)
class Surroundings:
    """What the exchanges of one proxy share.

    `passed` counts the requests that reached the collector; `refuse` shuts the port for a number
    of milliseconds; `later` runs a coroutine beside the exchange; `resend` gives the collector a
    request again for which nobody waits, and records that.
    """

    host: str
    port: int
    refuse: Callable[[int], None]
    later: Callable[[Coroutine[Any, Any, None]], None]
    resend: Callable[[Request, str], Coroutine[Any, Any, None]]
    passed: int = 0
    progress: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def ask(self, request: Request, *, rate: int | None = None) -> Answer:
        """Send *request* to the collector, at *rate* bytes/s if given; return its answer."""
        try:
            reader, writer = await asyncio.open_connection(self.host, self.port, limit=MAX_HEAD)
        except OSError as error:
            raise UpstreamLost(str(error)) from error
        try:
            await write_slowly(writer, request.encode(), rate)
            answer = await read_answer(reader)
        except (OSError, asyncio.IncompleteReadError, MessageError) as error:
            raise UpstreamLost(str(error)) from error
        finally:
            writer.transport.abort()
        async with self.progress:
            self.passed += 1
            self.progress.notify_all()
        return answer

    async def next_passed(self, timeout_s: float) -> None:
        """Return when another request has reached the collector, or after *timeout_s*."""
        seen = self.passed
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self.progress:
                await self.progress.wait_for(lambda: self.passed > seen)


class LiveExchange:
    """One request in the proxy's hands, with the client still waiting."""

    def __init__(
        self,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        surroundings: Surroundings,
        rng: Random,
    ) -> None:
        """Hold *request*, read from a client that gets its answer through *writer*."""
        self.request = request
        self.reader = reader
        self.writer = writer
        self.surroundings = surroundings
        self.rng = rng
        self.upstream: list[Answer] = []
        self.sent: Answer | None = None
        self.answering: float | None = None
        self.whole = False
        self.end: End = "closed"

    async def forward(self, *, rate: int | None = None) -> Answer:
        """Let the collector have the request; return its answer or raise UpstreamLost."""
        answer = await self.surroundings.ask(self.request, rate=rate)
        self.upstream.append(answer)
        return answer

    async def answer(
        self, answer: Answer, *, version: str = "HTTP/1.1", length: str | None = "exact"
    ) -> None:
        """Give the client *answer* as a whole message."""
        await self.write(answer, answer.encode(version=version, length=length))
        self.whole = True
        self.end = "answered" if version == "HTTP/1.1" and length == "exact" else "closed"

    async def write(self, answer: Answer, data: bytes, *, rate: int | None = None) -> None:
        """Write raw bytes that stand for (a part of) *answer*, at *rate* bytes/s if given."""
        self.sent = answer
        if self.answering is None:
            self.answering = time.monotonic_ns() // 1_000 / 1_000
        await write_slowly(self.writer, data, rate)

    def reset(self) -> None:
        """Cut the client off with a RST."""
        self.end = "reset"
        abort(self.writer)

    async def wait(self, ms: float) -> bool:
        """Wait *ms* milliseconds or until the client has gone; return whether it is still there."""
        until = time.monotonic() + ms / 1000
        while not self.reader.at_eof() and not self.writer.is_closing():
            left = until - time.monotonic()
            if left <= 0:
                return True
            await asyncio.sleep(min(left, PIECE_S))
        return False


def abort(writer: asyncio.StreamWriter) -> None:
    """Close the connection with a RST, whatever is still unsent."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    writer.transport.abort()


async def write_slowly(writer: asyncio.StreamWriter, data: bytes, rate: int | None) -> None:
    """Write *data*, at *rate* bytes per second if given."""
    if rate is None:
        writer.write(data)
        await writer.drain()
        return
    step = max(1, int(rate * PIECE_S))
    for start in range(0, len(data), step):
        writer.write(data[start : start + step])
        await writer.drain()
        await asyncio.sleep(PIECE_S)
