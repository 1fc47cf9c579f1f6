"""Faults of delivery: twice, later, in another order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tallymark_conformance.proxy.exchange import LiveExchange


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The collector gets the request twice; the client gets the second answer."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.forward()
        await exchange.answer(await exchange.forward())


@dataclass(frozen=True, slots=True)
class Reorder:
    """The request is held until another one has passed, at most *ms* milliseconds."""

    ms: int = 400

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.surroundings.next_passed(self.ms / 1000)
        await exchange.answer(await exchange.forward())


@dataclass(frozen=True, slots=True)
class ReplayLater:
    """All is well, but *ms* milliseconds later the collector gets the same request again."""

    ms: int = 700

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(await exchange.forward())
        exchange.surroundings.later(self.again(exchange))

    async def again(self, exchange: LiveExchange) -> None:
        """Send the request once more when its time has come."""
        await asyncio.sleep(self.ms / 1000)
        await exchange.surroundings.resend(exchange.request, "replay_later")


@dataclass(frozen=True, slots=True)
class CloseAfter:
    """All is well, but the connection is closed behind the answer without a word about it."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.answer(await exchange.forward())
        exchange.end = "closed"
