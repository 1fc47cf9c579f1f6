"""How many connections are open, from where, and which has been idle longest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

C = TypeVar("C", bound="Hashable")

Crowded = Literal["overall", "address"]


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Caps on open connections; addresses in `uncapped` (reverse proxies) have no cap of their own.

    Past `overall` by `refusing`, a newcomer is cut off without an answer.
    """

    overall: int = 4_096
    per_address: int = 256
    uncapped: frozenset[str] = frozenset({"127.0.0.1", "::1"})
    refusing: int = 128


@dataclass(frozen=True, slots=True)
class GateStatistics:
    """Counts since the start, and the connections open now."""

    open: int
    idle: int
    refused: int
    evicted: int


class Gate(Generic[C]):
    """The open connections of one server."""

    def __init__(self, limits: ConnectionLimits) -> None:
        """Start empty."""
        self._limits = limits
        self._open: dict[C, str] = {}
        self._addresses: Counter[str] = Counter()
        self._idle: dict[C, None] = {}
        self._refused = 0
        self._evicted = 0

    def __iter__(self) -> Iterator[C]:
        """Iterate over a copy of the open connections: checking one may close it."""
        return iter(tuple(self._open))

    def enter(self, connection: C, address: str) -> Crowded | None:
        """Register a new connection; tell which cap it is over, if any."""
        crowded = self._crowded(address)
        self._open[connection] = address
        self._addresses[address] += 1
        if crowded is not None:
            self._refused += 1
        else:
            self._idle[connection] = None
        return crowded

    def _crowded(self, address: str) -> Crowded | None:
        if len(self._open) >= self._limits.overall:
            return "overall"
        if (
            address not in self._limits.uncapped
            and self._addresses[address] >= self._limits.per_address
        ):
            return "address"
        return None

    def overrun(self) -> bool:
        """Tell whether even refusing politely would take too many descriptors."""
        return len(self._open) > self._limits.overall + self._limits.refusing

    def crowded(self) -> bool:
        """Tell whether the next newcomer would be over the overall cap."""
        return len(self._open) >= self._limits.overall

    def idlest(self) -> C | None:
        """Return the connection that has been idle longest, counting it as evicted."""
        connection = next(iter(self._idle), None)
        if connection is not None:
            self._evicted += 1
            del self._idle[connection]
        return connection

    def busy(self, connection: C) -> None:
        """Note that a request is under way on *connection*."""
        self._idle.pop(connection, None)

    def idle(self, connection: C) -> None:
        """Note that nothing is under way on *connection* any more."""
        if connection in self._open:
            self._idle[connection] = None

    def leave(self, connection: C) -> None:
        """Forget a closed connection; one that never entered is ignored."""
        address = self._open.pop(connection, None)
        if address is None:
            return
        self._idle.pop(connection, None)
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    def statistics(self) -> GateStatistics:
        """Return the counts."""
        return GateStatistics(len(self._open), len(self._idle), self._refused, self._evicted)
