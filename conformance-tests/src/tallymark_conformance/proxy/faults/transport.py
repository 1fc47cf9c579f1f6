"""Faults of the connection itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tallymark_conformance.proxy.exchange import LiveExchange


@dataclass(frozen=True, slots=True)
class RstBefore:
    """The connection is reset and the collector never sees the request."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        exchange.reset()


@dataclass(frozen=True, slots=True)
class RstAfter:
    """The collector has processed the request, the connection is reset before the answer."""

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.forward()
        exchange.reset()


@dataclass(frozen=True, slots=True)
class Refuse:
    """This connection is reset and new ones are refused for *ms* milliseconds."""

    ms: int = 300

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        exchange.surroundings.refuse(self.ms)
        exchange.reset()


@dataclass(frozen=True, slots=True)
class Blackhole:
    """Nothing comes back for *ms* milliseconds, or until the client gives up; then a RST."""

    ms: int = 2_000

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        await exchange.wait(self.ms)
        exchange.reset()
