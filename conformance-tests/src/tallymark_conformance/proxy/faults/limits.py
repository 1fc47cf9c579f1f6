"""Faults of a stricter neighbour: they refuse what breaks their rule and pass on the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_conformance.proxy.message import inflate
from tallymark_conformance.proxy.problems import problem

if TYPE_CHECKING:
    from tallymark_conformance.proxy.exchange import LiveExchange


@dataclass(frozen=True, slots=True)
class Limit413:
    """Any body of more than *size* decoded bytes is too large for somebody on the way."""

    size: int = 4_096

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        plain = inflate(exchange.request.headers, exchange.request.body) or b""
        if len(plain) > self.size:
            await exchange.answer(problem(413, "too_large"))
        else:
            await exchange.answer(await exchange.forward())


@dataclass(frozen=True, slots=True)
class Poison400:
    """A batch that holds the *marked* text fails as a whole, as if one event broke a parser."""

    marked: str = "poison"
    code: int = 400

    async def apply(self, exchange: LiveExchange) -> None:
        """Carry *exchange* to its end."""
        plain = inflate(exchange.request.headers, exchange.request.body) or b""
        if self.marked.encode() in plain:
            await exchange.answer(problem(self.code, "malformed"))
        else:
            await exchange.answer(await exchange.forward())
