"""The read model of one project: what is sealed, what is in memory, and who is who."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import numpy as np

from tallymark_collector.query.event import Event, Operation
from tallymark_collector.query.people import People, resolve
from tallymark_collector.segments.actors import DEVICE, USER, Actors
from tallymark_collector.segments.columns import Columns, Summary, summarise
from tallymark_collector.segments.files import Unusable
from tallymark_collector.segments.identity import Identity, identity
from tallymark_collector.segments.segment import READ_AT_ONCE, Harvest, Segment, harvest
from tallymark_collector.segments.shelf import Shelf, touches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.query.snapshot import Snapshot
    from tallymark_collector.segments.files import Folder
    from tallymark_collector.segments.segment import EventSource

MAX_ROWS: Final = 200_000
"""Rows of a segment: what is built at once stays within the memory of a small process."""
SEAL_AT: Final = 20_000
"""Rows in memory from which on the builder seals them."""
SMALL: Final = 2_000
"""Rows of a segment in memory below which what comes next is joined to it."""


class Project:
    """The segments and the tail of one project; safe to use from several threads.

    `_lock` guards what a snapshot reads and is held for short; `_building` lets one builder at a
    time write beside it. Who needs both takes `_building` first.
    """

    def __init__(
        self,
        log: EventSource,
        folder: Folder,
        scope: Scope,
        *,
        max_rows: int = MAX_ROWS,
        small: int = SMALL,
    ) -> None:
        """Take up what *folder* holds of the log; what cannot be used is thrown away."""
        self._log, self._scope = log, scope
        self._max_rows, self._small = max_rows, small
        self._lock, self._building = threading.Lock(), threading.Lock()
        self._shelf = Shelf(folder)
        self._begin()

    def _begin(self) -> None:
        self._actors = Actors()
        try:
            self._shelf.restore(self._log, self._scope, self._actors)
        except Unusable:
            self._shelf.clear()
            self._actors = Actors()
        self._tail: tuple[Segment, ...] = ()
        self._pos = self._shelf.high
        self._people = People()
        self._linked = True
        self._identity: Identity | None = None
        self._summary: Summary | None = None

    def snapshot(self, plain: Callable[[], Snapshot]) -> Columns:
        """Return everything stored until now, as columns."""
        if self._log.head() - self._pos > self._max_rows:
            # A disk that takes no segments must not keep answers from being given.
            with suppress(OSError):
                self.build()
        with self._lock:
            self._catch_up()
            segments = self._segments()
            if self._summary is None:
                self._summary = summarise(segments, self._hidden())
            return Columns(
                segments=segments,
                identity=self._who_is_who(),
                actors=self._actors,
                summary=self._summary,
                pos=max((one.last for one in segments), default=0),
                received_at=max((one.received_at for one in segments), default=None),
                plain=plain,
            )

    @property
    def waiting(self) -> int:
        """How many rows are in memory only."""
        return sum(segment.rows for segment in self._tail)

    @property
    def sealed(self) -> tuple[Segment, ...]:
        """The segments on disk."""
        return self._shelf.segments

    def stored(self) -> int:
        """Return how many positions of the log are held: as many as the log says it has stored."""
        with self._lock:
            return sum(segment.rows + segment.others for segment in self._segments())

    def build(self, least: int = 1) -> bool:
        """Seal what is not sealed, if it is *least* rows or more; tell whether it was.

        A last segment that has room is built anew together with what follows it.
        """
        with self._building:
            with self._lock:
                if self._log.head() - self._shelf.high > self._max_rows:
                    return self._seal_forward()
                self._catch_up()
                erased, todo = self._shelf.erased, self._next(least)
            if erased:
                self._rewrite()
            elif todo is not None:
                low, high, numbers = todo
                gathered = harvest(self._log, self._scope, low, high, self._actors)
                segment = self._shelf.write(gathered, numbers, self._actors)
                with self._lock:
                    kept = [one for one in self._shelf.segments if one.high <= low]
                    self._show([*kept, segment])
            return bool(erased) or todo is not None

    def erase(self, users: Iterable[str], devices: Iterable[str] = ()) -> None:
        """Hide the rows of users and devices at once, for good, and write segments without them.

        The log must hold their events no more. Call it again if it did not return.
        """
        with self._building:
            with self._lock:
                self._catch_up()
                known = self._actors.known
                numbers = {known(USER, name) for name in users}
                numbers |= {known(DEVICE, name) for name in devices}
                self._shelf.mark_erased({*self._shelf.erased, *numbers} - {0})
                self._forget()
            self._rewrite()

    def rebuild(self) -> None:
        """Throw all segments away and begin again from the log."""
        with self._building, self._lock:
            self._shelf.clear()
            self._begin()

    def _segments(self) -> tuple[Segment, ...]:
        return (*self._shelf.segments, *self._tail)

    def _catch_up(self) -> None:
        """Read what has come since, in order of position: this alone gives numbers."""
        gathered, first = Harvest(self._pos), len(self._actors)
        while self._read(gathered):
            pass
        if gathered.stored:
            if self._tail and self._tail[-1].rows < self._small:
                last = self._tail[-1]
                gathered = harvest(self._log, self._scope, last.low, self._pos, self._actors)
                first, self._tail = last.numbers[0], self._tail[:-1]
            self._tail = (*self._tail, gathered.segment((first, len(self._actors))))
            self._summary = None
        if self._linked:
            operations = [one for segment in self._segments() for one in segment.operations]
            self._people = resolve(operations, self._first_seen(operations))
            self._linked, self._identity = False, None

    def _read(self, gathered: Harvest, limit: int = READ_AT_ONCE) -> bool:
        """Read the next rows of the log; tell whether there were any."""
        rows = self._log.read(self._scope, self._pos, limit)
        for stored in rows:
            self._notice(gathered.take(stored, self._actors))
        if rows:
            gathered.end(rows[-1])
            self._pos = rows[-1].pos
        return bool(rows)

    def _notice(self, decoded: Event | Operation | None) -> None:
        """Remember who was first seen when: of merged users the oldest is the canonical (M4)."""
        if isinstance(decoded, Operation):
            self._linked = True
        elif decoded is not None and decoded.user is not None:
            earlier = self._actors.see(self._actors.known(USER, decoded.user), decoded.ts)
            self._linked = self._linked or (earlier and self._people.merges(decoded.user))

    def _first_seen(self, operations: Iterable[Operation]) -> dict[str, int]:
        merged = {
            name
            for operation in operations
            if operation.kind == "alias"
            for name in (operation.body.get("from"), operation.body.get("to"))
            if isinstance(name, str)
        }
        found = {name: self._actors.first_seen(self._actors.known(USER, name)) for name in merged}
        return {name: ts for name, ts in found.items() if ts is not None}

    def _who_is_who(self) -> Identity:
        known = self._identity
        if known is None or self._actors.lookalikes:
            known = identity(self._people, self._actors, self._hidden())
        # Whoever a link names has a number since the link was read: new numbers are linked to none.
        self._identity = known.grown(len(self._actors))
        return self._identity

    def _hidden(self) -> npt.NDArray[np.bool_] | None:
        if not self._shelf.erased:
            return None
        found = np.zeros(len(self._actors), bool)
        found[list(self._shelf.erased)] = True
        return found

    def _seal_forward(self) -> bool:
        """Seal a log that is far ahead, segment by segment, without keeping it in memory."""
        self._tail, self._pos = (), self._shelf.high
        while self._log.head() - self._pos > self._max_rows:
            gathered, first = Harvest(self._pos), self._next_number()
            while room := self._max_rows - len(gathered.shredder):
                if not self._read(gathered, min(room, READ_AT_ONCE)):
                    break
            if not gathered.stored:
                return True
            segment = self._shelf.write(gathered, (first, len(self._actors)), self._actors)
            self._show([*self._shelf.segments, segment])
        return True

    def _next_number(self) -> int:
        """Return the first number that no sealed segment names."""
        return self._shelf.segments[-1].numbers[1] if self._shelf.segments else 1

    def _next(self, least: int) -> tuple[int, int, tuple[int, int]] | None:
        """Return the positions to seal next and the numbers they name first, None for nothing."""
        if not self._tail or self.waiting < least:
            return None
        low, first, rows = self._shelf.high, self._next_number(), 0
        high, following = low, first
        for segment in self._tail:
            if rows and rows + segment.rows > self._max_rows:
                break
            rows, high, following = rows + segment.rows, segment.high, segment.numbers[1]
        last = self._shelf.segments[-1] if self._shelf.segments else None
        if last is not None and last.rows + rows <= self._max_rows:
            low, first = last.low, last.numbers[0]
        return low, high, (first, following)

    def _show(self, segments: list[Segment]) -> None:
        """Let *segments* be the sealed ones; the tail keeps what lies behind them."""
        self._shelf.publish(segments)
        self._tail = tuple(self._behind(self._shelf.high))
        self._summary = None

    def _behind(self, high: int) -> Iterator[Segment]:
        """Iterate over the tail after a position: one of its segments may have gone on since."""
        for segment in self._tail:
            if segment.low >= high:
                yield segment
            elif segment.high > high:
                rest = harvest(self._log, self._scope, high, segment.high, self._actors)
                yield rest.segment((self._next_number(), segment.numbers[1]))

    def _rewrite(self) -> None:
        """Build what holds erased rows anew from the log; then there is nothing left to hide."""
        erased = set(self._shelf.erased)
        with self._lock:
            touched = {one.low for one in self._segments() if touches(one, erased, self._actors)}
            self._actors.erase(erased)
            self._tail = tuple(
                self._gathered(one).segment(one.numbers) if one.low in touched else one
                for one in self._tail
            )
            self._forget()
        fresh = [
            self._shelf.write(self._gathered(one), one.numbers, self._actors)
            if one.low in touched
            else one
            for one in self._shelf.segments
        ]
        with self._lock:
            self._show(fresh)
            self._shelf.mark_erased(())
            self._forget()

    def _gathered(self, segment: Segment) -> Harvest:
        return harvest(self._log, self._scope, segment.low, segment.high, self._actors)

    def _forget(self) -> None:
        """Decide anew who is who, and what is shown."""
        self._linked, self._summary, self._identity = True, None, None
