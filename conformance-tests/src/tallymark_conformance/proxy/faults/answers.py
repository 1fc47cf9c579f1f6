"""Faults that answer in the collector's place."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Literal

from tallymark_conformance.proxy.message import envelope
from tallymark_conformance.proxy.problems import (
    LOGIN_PAGE,
    OTHER_STREAM,
    ack_for,
    plain,
    problem,
    proof,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_conformance.proxy.exchange import LiveExchange


@dataclass(frozen=True, slots=True)
class Pass:
    """No fault: the request goes to the collector and its answer comes back."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(await exchange.forward())


@dataclass(frozen=True, slots=True)
class Status:
    """Any status of a proxy or a collector in trouble; the request is not passed on."""

    code: int = 503
    problem: str = "overloaded"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        headers = tuple(self.headers.items())
        if self.body is None:
            await exchange.answer(problem(self.code, self.problem, headers))
        else:
            await exchange.answer(plain(self.code, self.body.encode(), "text/plain", headers))


@dataclass(frozen=True, slots=True)
class Html200:
    """A captive portal: its login page with status 200 (TM-ACK-01: not an ack)."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(plain(200, LOGIN_PAGE, "text/html"))


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect to a login page or another host; following it would lose the batch (TM-ACK-02)."""

    code: int = 302
    where: str = "http://127.0.0.1:9/login"

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = plain(self.code, b"", "text/html", (("Location", self.where),))
        await exchange.answer(answer)


@dataclass(frozen=True, slots=True)
class Empty200:
    """A 200 with nothing in it."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(plain(200, b"", "text/plain"))


@dataclass(frozen=True, slots=True)
class WrongJson:
    """A 200 whose JSON says nothing about the batch."""

    body: str = '{"status":"ok"}'

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(plain(200, self.body.encode(), "application/json"))


@dataclass(frozen=True, slots=True)
class AckOtherStream:
    """A proven ack of everything, but for another stream."""

    stream: str = OTHER_STREAM

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(ack_for(exchange.request, self.stream))


@dataclass(frozen=True, slots=True)
class Partial:
    """A proven answer that settles nothing and asks for the first half of the batch again."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        batch = envelope(exchange.request.headers, exchange.request.body)
        first, count = batch.get("seq", 1), len(batch.get("events", ()))
        if exchange.request.method != "POST" or "stream" not in batch or count == 0:
            await exchange.answer(await exchange.forward())
            return
        body = {
            "v": 1,
            "stream": batch["stream"],
            "received": count,
            "stored": 0,
            "duplicate": 0,
            "ack": {"upto": 0, "settled": [], "durability": "committed"},
            "rejected": [],
            "retry": [[first, first + (count - 1) // 2]],
            "now": int(time.time() * 1000),
        }
        await exchange.answer(proof(batch["stream"], 0, body))


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """A 429 or 503 with a Retry-After in one of the shapes seen in the wild (TM-RTY-05)."""

    kind: Literal["delta", "date", "negative", "garbage", "huge"] = "delta"
    seconds: int = 1
    code: int = 429

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        name = "rate_limited" if self.code == 429 else "overloaded"  # noqa: PLR2004 (a status)
        await exchange.answer(problem(self.code, name, (("Retry-After", self.value()),)))

    def value(self) -> str:
        """Return the header's text."""
        return {
            "delta": str(self.seconds),
            "date": formatdate(time.time() + self.seconds, usegmt=True),
            "negative": str(-self.seconds),
            "garbage": "soon",
            "huge": "36000",
        }[self.kind]


@dataclass(frozen=True, slots=True)
class Amend:
    """The collector's answer with *fields* put into its JSON: a control block, a foreign code."""

    fields: Mapping[str, Any] = field(default_factory=dict)

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = await exchange.forward()
        value = {**envelope(answer.headers, answer.body), **self.fields}
        await exchange.answer(replace(answer, body=json.dumps(value).encode()))


@dataclass(frozen=True, slots=True)
class FalseAck:
    """An ack for a batch that the collector never got: a planted defect for the judges."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = ack_for(exchange.request)
        exchange.upstream.append(answer)
        await exchange.answer(answer)
