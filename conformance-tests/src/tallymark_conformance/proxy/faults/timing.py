"""Faults of time: pauses and trickles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tallymark_conformance.proxy.exchange import LiveExchange


@dataclass(frozen=True, slots=True)
class Stall:
    """A pause of *ms*: before the collector has the request, before the head, or in the body."""

    ms: int = 500
    where: Literal["before", "head", "body"] = "head"

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        if self.where == "before" and not await exchange.wait(self.ms):
            exchange.reset()
            return
        answer = await exchange.forward()
        if self.where == "head" and not await exchange.wait(self.ms):
            exchange.reset()
            return
        if self.where != "body":
            await exchange.answer(answer)
            return
        half = len(answer.body) // 2
        await exchange.write(answer, answer.head() + answer.body[:half])
        if not await exchange.wait(self.ms):
            exchange.reset()
            return
        await exchange.write(answer, answer.body[half:])
        exchange.whole, exchange.end = True, "answered"


@dataclass(frozen=True, slots=True)
class Drip:
    """The answer arrives at *rate* bytes per second; a total deadline must hold."""

    rate: int = 400

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        answer = await exchange.forward()
        await exchange.write(answer, answer.encode(), rate=self.rate)
        exchange.whole, exchange.end = True, "answered"


@dataclass(frozen=True, slots=True)
class SlowUpload:
    """The collector gets the request at *rate* bytes per second."""

    rate: int = 20_000

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(await exchange.forward(rate=self.rate))
