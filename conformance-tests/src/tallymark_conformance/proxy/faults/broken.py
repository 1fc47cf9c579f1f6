"""Faults that damage the collector's answer: the batch was processed, the proof is lost."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Literal

from tallymark_conformance.proxy.message import Answer, header
from tallymark_conformance.proxy.problems import plain

if TYPE_CHECKING:
    from tallymark_conformance.proxy.exchange import LiveExchange

HUGE_PIECE = b"x" * 65_536
GZIP_WINDOW = 31
GARBAGE = b"\x1f\x8b\x08\x00 this is not gzip \xff\xfe"


@dataclass(frozen=True, slots=True)
class FinMidBody:
    """The connection ends in the middle of the answer's body."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = await exchange.forward()
        half = answer.body[: len(answer.body) // 2]
        await exchange.write(answer, answer.head() + half)


@dataclass(frozen=True, slots=True)
class Truncate:
    """The answer's body is cut to *n* bytes and its length says so: well-formed HTTP, half JSON."""

    n: int = 20

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = await exchange.forward()
        await exchange.answer(replace(answer, body=answer.body[: self.n]))


@dataclass(frozen=True, slots=True)
class BadLength:
    """The Content-Length is larger than the body, or no number at all."""

    kind: Literal["larger", "text"] = "larger"

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = await exchange.forward()
        length = str(len(answer.body) + 100) if self.kind == "larger" else "many"
        await exchange.write(answer, answer.encode(length=length))


@dataclass(frozen=True, slots=True)
class BadChunk:
    """The answer is chunked and a chunk's size is no hexadecimal number."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = (await exchange.forward()).with_header("X-Faulty", "chunk")
        head = answer.head(length=None)[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"
        await exchange.write(answer, head + b"5\r\n" + answer.body[:5] + b"\r\nzz\r\n")


@dataclass(frozen=True, slots=True)
class GzipGarbage:
    """The answer claims a gzip coding its bytes do not have."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = await exchange.forward()
        await exchange.answer(replace(answer.with_header("Content-Encoding", "gzip"), body=GARBAGE))


@dataclass(frozen=True, slots=True)
class HugeBody:
    """A 200 with *n* bytes of text; an SDK reads at most 1 MiB of it (TM-ACK-03)."""

    n: int = 4 * 1024 * 1024

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = plain(200, b"", "text/plain")
        await exchange.write(answer, answer.head(length=str(self.n)))
        for _ in range(0, self.n, len(HUGE_PIECE)):
            await exchange.write(answer, HUGE_PIECE)


@dataclass(frozen=True, slots=True)
class Http10:
    """The answer comes as HTTP/1.0: no length, the close ends it."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(await exchange.forward(), version="HTTP/1.0", length=None)


@dataclass(frozen=True, slots=True)
class Clock:
    """The answer's clock (`Date` and `now`) is *offset_ms* off."""

    offset_ms: int = 3_600_000

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(self.shift(await exchange.forward()))

    def shift(self, answer: Answer) -> Answer:
        """Return *answer* with its times moved."""
        date = header(answer.headers, "date")
        if date is not None:
            moved = parsedate_to_datetime(date) + timedelta(milliseconds=self.offset_ms)
            answer = answer.with_header("Date", format_datetime(moved, usegmt=True))
        try:
            value = json.loads(answer.body)
        except ValueError:
            return answer
        if not isinstance(value, dict) or not isinstance(value.get("now"), int):
            return answer
        value["now"] += self.offset_ms
        return replace(answer, body=json.dumps(value, separators=(",", ":")).encode())


@dataclass(frozen=True, slots=True)
class GzipBomb:
    """A 200 whose few bytes claim to be *mib* MiB of text once they are decompressed."""

    mib: int = 64

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        coder = zlib.compressobj(9, zlib.DEFLATED, GZIP_WINDOW)
        parts = [
            coder.compress(HUGE_PIECE) for _ in range(self.mib * 1024 * 1024 // len(HUGE_PIECE))
        ]
        coding = (("Content-Encoding", "gzip"),)
        answer = plain(200, b"".join([*parts, coder.flush()]), "application/json", coding)
        await exchange.answer(answer)
