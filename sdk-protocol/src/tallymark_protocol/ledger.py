"""The ledger of a stream: what was assigned, what is settled, what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tallymark_protocol import ranges as sets
from tallymark_protocol.ranges import EMPTY, Ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Ledger:
    """One stream as a collector sees it (TM-LED-05, TM-LED-08).

    All of 1..upto is settled; *settled* holds what is settled above it. *hwm* is the highest
    sequence number known to be assigned; after *fin* no higher one will be.
    """

    upto: int = 0
    settled: Ranges = EMPTY
    hwm: int = 0
    fin: bool = False

    def settle(self, ranges: Iterable[Iterable[int]]) -> Ledger:
        """Return the ledger after these numbers reached an end (stored, rejected or dropped)."""
        merged = sets.union(self.settled, sets.normalise(ranges))
        upto = self.upto
        while merged and merged[0][0] <= upto + 1:
            upto = max(upto, merged[0][1])
            merged = merged[1:]
        highest = merged[-1][1] if merged else upto
        return replace(self, upto=upto, settled=merged, hwm=max(self.hwm, highest))

    def announce(self, hwm: int, fin: bool = False) -> Ledger:  # noqa: FBT001, FBT002 - the field
        """Return the ledger after the producer said how far it has assigned."""
        return replace(self, hwm=max(self.hwm, hwm), fin=self.fin or fin)

    def all_settled(self) -> Ranges:
        """Return every settled number, those up to *upto* included."""
        return sets.union(((1, self.upto),) if self.upto else EMPTY, self.settled)

    def unaccounted(self) -> Ranges:
        """Return the assigned numbers nothing is known about yet."""
        return self.open(((1, self.hwm),) if self.hwm else EMPTY)

    def open(self, ranges: Ranges) -> Ranges:
        """Return the part of *ranges* that is not settled yet."""
        return sets.subtract(ranges, self.all_settled())

    def beyond(self, ranges: Ranges, most: int) -> Ranges:
        """Return the part of *ranges* that would open more than *most* ranges above *upto*.

        What touches a settled number opens none, so that a gap can always be closed (TM-LED-14).
        """
        new = self.open(ranges)
        room = most - len(self.settled)
        if len(new) <= room:
            return EMPTY
        left: list[tuple[int, int]] = []
        for low, high in new:
            if low == 1 or self.is_settled(low - 1) or self.is_settled(high + 1):
                continue
            if room > 0:
                room -= 1
            else:
                left.append((low, high))
        return tuple(left)

    def is_settled(self, seq: int) -> bool:
        """Say whether that number is settled."""
        return 1 <= seq <= self.upto or sets.contains(self.settled, seq)


@dataclass(frozen=True, slots=True)
class Account:
    """The end each number of a stream came to, disjoint by precedence (TM-LED-02).

    Stored beats rejected beats dropped, whatever the order in which they become known. Between
    two codes, or two reasons, the first known stays.
    """

    stored: Ranges = EMPTY
    rejected: Mapping[str, Ranges] = field(default_factory=dict)
    dropped: Mapping[str, Ranges] = field(default_factory=dict)

    def store(self, ranges: Ranges) -> Account:
        """Return the account after these numbers were stored, which voids their other ends."""
        return Account(
            sets.union(self.stored, ranges),
            _without(self.rejected, ranges),
            _without(self.dropped, ranges),
        )

    def reject(self, code: str, ranges: Ranges) -> Account:
        """Return the account after a verdict; drops of these numbers are void."""
        fresh = sets.subtract(ranges, sets.union(self.stored, _all(self.rejected)))
        return Account(
            self.stored, _with(self.rejected, code, fresh), _without(self.dropped, fresh)
        )

    def drop(self, reason: str, ranges: Ranges) -> Account:
        """Return the account after a declared loss; it counts only where nothing is known yet."""
        fresh = sets.subtract(ranges, self.settled())
        return Account(self.stored, self.rejected, _with(self.dropped, reason, fresh))

    def settled(self) -> Ranges:
        """Return every number that came to an end."""
        return sets.union(self.stored, sets.union(_all(self.rejected), _all(self.dropped)))


def _all(classes: Mapping[str, Ranges]) -> Ranges:
    return sets.normalise(pair for ranges in classes.values() for pair in ranges)


def _with(classes: Mapping[str, Ranges], name: str, ranges: Ranges) -> Mapping[str, Ranges]:
    if not ranges:
        return classes
    return {**classes, name: sets.union(classes.get(name, EMPTY), ranges)}


def _without(classes: Mapping[str, Ranges], ranges: Ranges) -> Mapping[str, Ranges]:
    kept = {name: sets.subtract(held, ranges) for name, held in classes.items()}
    return {name: held for name, held in kept.items() if held}
