"""Keep the books of one stream: what was assigned, what was settled, which losses are untold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark.intervals import Intervals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tallymark_protocol.ranges import Ranges

HIGHEST = 2**53 - 1
"""The highest sequence number of the protocol."""


class Outcomes:
    """
    Remember how each sequence number of a stream ended.

    A number ends once: what was settled cannot be dropped any more (LED-2: stored beats dropped),
    and what was declared with one reason is not declared again with another.
    """

    __slots__ = ("_told", "acked", "assigned", "reports", "settled")

    def __init__(self) -> None:
        """Begin with nothing assigned."""
        self.assigned: int = 0
        self.settled: Intervals = Intervals()
        self.acked: Intervals = Intervals()
        self.reports: dict[str, Intervals] = {}
        self._told: dict[str, Ranges] | None = {}

    def __contains__(self, seq: int) -> bool:
        """Tell whether *seq* has ended."""
        ended = (self.settled, self.acked, *self.reports.values())
        return any(seq in numbers for numbers in ended)

    def settle(self, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Note what the server has; return the ranges within what was assigned."""
        noted = [(max(low, 1), min(high, self.assigned)) for low, high in ranges]
        noted = [(low, high) for low, high in noted if low <= high]
        for low, high in noted:
            self.settled.add(low, high)
        return noted

    def drop(self, reason: str, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Note a loss; return the numbers that had not ended before."""
        parts = [(max(low, 1), min(high, HIGHEST)) for low, high in ranges]
        parts = [(low, high) for low, high in parts if low <= high]
        for _, high in parts:
            self.assigned = max(self.assigned, high)
        for ended in (self.settled, self.acked, *self.reports.values()):
            if ended:
                parts = [rest for low, high in parts for rest in ended.without(low, high)]
        if parts:
            report = self.reports.setdefault(reason, Intervals())
            for low, high in parts:
                report.add(low, high)
            self._told = None
        return parts

    def ack(self, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Note that reports arrived; return the numbers whose report was open."""
        closed = [
            part
            for low, high in ranges
            for report in self.reports.values()
            for part in report.within(low, high)
        ]
        for low, high in closed:
            self.acked.add(low, high)
            for report in self.reports.values():
                report.remove(low, high)
        if closed:
            self.reports = {reason: kept for reason, kept in self.reports.items() if kept}
            self._told = None
        return sorted(closed)

    def drops(self) -> Mapping[str, Ranges]:
        """Return the losses the server does not know of, by reason (LED-3)."""
        if self._told is None:
            self._told = {reason: report.ranges() for reason, report in self.reports.items()}
        return self._told

    def unknown(self, held: Intervals) -> list[tuple[int, int]]:
        """Return the assigned numbers that neither ended nor are *held*."""
        parts = [(1, self.assigned)] if self.assigned else []
        for known in (held, self.settled, self.acked, *self.reports.values()):
            parts = [rest for low, high in parts for rest in known.without(low, high)]
        return parts
