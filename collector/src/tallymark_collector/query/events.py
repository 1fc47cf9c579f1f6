"""Decoded events kept in memory, so that a report reads only what has arrived since."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tallymark_collector.problem import Problem
from tallymark_collector.query.event import Event, Operation, decode
from tallymark_collector.query.people import People, resolve
from tallymark_collector.query.plan import Bounds
from tallymark_collector.query.row import Rows
from tallymark_collector.query.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.store.log import StoredEvent

MAX_HELD = 1_000_000
MAX_PROJECTS = 16
_READ_AT_ONCE = 10_000


class EventSource(Protocol):
    """The reads of a log that decoding needs."""

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*, in `pos` order."""

    def scan(self, scope: Scope, after: int = 0) -> Iterator[StoredEvent]:
        """Iterate over all events with `pos` > *after*, in `pos` order."""


@dataclass(slots=True)
class _Tail:
    """The newest decoded events of one project, and what is known of all of them."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    pos: int = 0
    received_at: int | None = None
    bounds: Bounds = field(default_factory=lambda: Bounds(None, None))
    held: list[Event] = field(default_factory=list)
    whole: bool = True
    operations: list[Operation] = field(default_factory=list)
    first_seen: dict[str, int] = field(default_factory=dict)
    people: People = field(default_factory=People)
    linked: bool = False
    rows: Rows = field(default_factory=Rows)
    names: frozenset[str] = frozenset()
    new_names: set[str] = field(default_factory=set)

    def take(self, decoded: Event | Operation | None) -> None:
        if isinstance(decoded, Operation):
            self.operations.append(decoded)
            self.linked = True
        elif decoded is not None:
            self.held.append(decoded)
            if decoded.name not in self.names:
                self.new_names.add(decoded.name)
            if decoded.user is not None:
                self._see(decoded.user, decoded.ts)
            first, last = self.bounds.first, self.bounds.last
            self.bounds = Bounds(
                decoded.ts if first is None else min(first, decoded.ts),
                decoded.ts if last is None else max(last, decoded.ts),
            )

    def _see(self, user: str, ts: int) -> None:
        """Remember when a user was first seen: of merged ones the oldest is the canonical (M4)."""
        known = self.first_seen.get(user)
        if known is None or ts < known:
            self.first_seen[user] = ts
            self.linked = self.linked or self.people.merges(user)

    def resolve(self) -> None:
        """Decide anew who is who, if anything has come that may change it."""
        if self.linked:
            self.people = resolve(self.operations, self.first_seen)
            self.linked = False

    def known_names(self) -> frozenset[str]:
        """Return the names of all events."""
        if self.new_names:
            self.names |= self.new_names
            self.new_names = set()
        return self.names


@dataclass(frozen=True, slots=True)
class _View:
    """The first *count* events of a list that only grows, after those it no longer holds."""

    held: list[Event]
    count: int
    older: Callable[[int], Iterator[Event]] | None

    def __iter__(self) -> Iterator[Event]:
        if self.older is not None and self.count:
            yield from self.older(self.held[0].pos)
        for index in range(self.count):
            yield self.held[index]


class Events:
    """The events of each project of a log, decoded once.

    At most *limit* events a project stay decoded; older ones are read from the log again by each
    question that needs them, so an answer never depends on the limit. Safe to use from several
    threads.
    """

    def __init__(self, log: EventSource, *, limit: int = MAX_HELD) -> None:
        """Start with nothing decoded."""
        self._log = log
        self._limit = limit
        self._lock = threading.Lock()
        self._tails: OrderedDict[int, _Tail] = OrderedDict()

    def snapshot(self, scope: Scope) -> Snapshot:
        """Return everything the scope's project has stored until now."""
        if not scope.allows("read"):
            raise Problem("forbidden", "this key may not read; use a read key or a secret key")
        tail = self._tail(scope.project)
        with tail.lock:
            self._catch_up(tail, scope)
            older = None if tail.whole else self._older(scope)
            return Snapshot(
                events=_View(tail.held, len(tail.held), older),
                people=tail.people,
                bounds=tail.bounds,
                pos=tail.pos,
                received_at=tail.received_at,
                rows=tail.rows.of(tail.held, tail.people) if tail.whole else None,
                names=tail.known_names(),
            )

    def _tail(self, project: int) -> _Tail:
        """Return a project's tail; the one asked for longest ago is forgotten beyond the limit."""
        with self._lock:
            tail = self._tails.setdefault(project, _Tail())
            self._tails.move_to_end(project)
            if len(self._tails) > MAX_PROJECTS:
                self._tails.popitem(last=False)
            return tail

    def _catch_up(self, tail: _Tail, scope: Scope) -> None:
        while rows := self._log.read(scope, tail.pos, _READ_AT_ONCE):
            for stored in rows:
                tail.take(decode(stored))
                tail.received_at = max(tail.received_at or 0, stored.received_at)
            tail.pos = rows[-1].pos
            if len(tail.held) > self._limit:
                # A new list: views handed out before go on reading the old one.
                tail.held = tail.held[-self._limit :]
                tail.whole = False
                tail.rows = Rows()
        tail.resolve()

    def _older(self, scope: Scope) -> Callable[[int], Iterator[Event]]:
        def read(before: int) -> Iterator[Event]:
            for stored in self._log.scan(scope):
                if stored.pos >= before:
                    return
                decoded = decode(stored)
                if isinstance(decoded, Event):
                    yield decoded

        return read
