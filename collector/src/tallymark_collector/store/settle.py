"""What becomes of an arrival: pure decisions, the same for every store.

A store looks up what the decision asks for, applies what it says, and decides nothing itself. Each
number of a stream ends in one state: stored beats rejected beats dropped, whichever was known first
(LED-2); the first content stored under a number or id stays (LED-11).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from tallymark_protocol import limits
from tallymark_protocol import ranges as sets
from tallymark_protocol.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tallymark_collector.store.log import Arrival, Ranges, Refused, Row


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive numbers of a stream, stored at consecutive positions, from one request."""

    first: int
    last: int
    pos: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """Numbers of a stream that are settled without being stored."""

    state: Literal["rejected", "dropped"]
    reason: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Known:
    """What a store holds about the settled numbers that an arrival names again.

    `differing` are the places of rows whose stored content is another one.
    """

    runs: Sequence[Run] = ()
    losses: Sequence[Lost] = ()
    differing: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a store has to write and may answer.

    `fresh` rows are to be stored, in this order. `gone` losses are to be deleted and `lost` ones
    added. `quarantined` are the refused events to keep and `released` the numbers that leave the
    quarantine because they are stored after all. `retry` are numbers that were not taken.
    """

    ledger: Ledger
    fresh: tuple[Row, ...]
    duplicate: int
    conflicts: tuple[int, ...]
    superseded: tuple[int, ...]
    quarantined: tuple[Refused, ...] = ()
    gone: tuple[Lost, ...] = ()
    lost: tuple[Lost, ...] = ()
    released: Ranges = ()
    retry: Ranges = ()


@dataclass(slots=True)
class _Sorted:
    """Rows sorted into new, repeated and contradicting ones."""

    fresh: list[Row] = field(default_factory=list)
    duplicate: int = 0
    conflicts: list[int] = field(default_factory=list)

    def repeated(self, place: int, *, differs: bool) -> None:
        if differs:
            self.conflicts.append(place)
        else:
            self.duplicate += 1


def continues(ledger: Ledger, arrival: Arrival) -> bool:
    """Say whether the arrival only carries its stream on: no gap, no verdict, no loss.

    Then nothing has to be looked up, and `extended` is the ledger after it.
    """
    if ledger.settled or arrival.refused or arrival.losses or not arrival.rows:
        return False
    first = ledger.upto + 1
    rows = arrival.rows
    return rows[0].seq == first and [row.seq for row in rows] == list(
        range(first, first + len(rows))
    )


def extended(ledger: Ledger, arrival: Arrival) -> Ledger:
    """Return the ledger after an arrival that `continues` it."""
    upto = ledger.upto + len(arrival.rows)
    return Ledger(
        upto, ledger.settled, max(ledger.hwm, arrival.hwm, upto), ledger.fin or arrival.fin
    )


def named_again(ledger: Ledger, arrival: Arrival) -> Ranges:
    """Return the settled numbers that the arrival's rows and refused events name.

    Only about these a store has to be asked; usually there are none.
    """
    return sets.subtract(named := _named(arrival), ledger.open(named))


def comparisons(arrival: Arrival, runs: Sequence[Run]) -> tuple[tuple[Row, int], ...]:
    """Return each row that must be compared with a stored event, and that event's position.

    A number that came in the very same request needs no comparison, unless the request itself uses
    a number twice.
    """
    seqs = [row.seq for row in arrival.rows if row.seq is not None]
    trusted = arrival.sha256 if len(set(seqs)) == len(seqs) else None
    pairs = []
    for row in arrival.rows:
        if row.seq is not None:
            run = _locate(runs, row.seq)
            if run is not None and run.sha256 != trusted:
                pairs.append((row, run.pos + row.seq - run.first))
    return tuple(pairs)


def settle(
    ledger: Ledger, arrival: Arrival, known: Known, most: int = limits.MAX_RANGES
) -> Outcome:
    """Decide about everything in the arrival that has a place in its stream.

    Unless it is imported, what would leave the stream with more than *most* settled ranges is not
    taken (LED-14): each request on it would have to read and write all of them.
    """
    if arrival.imported:
        return _settled(ledger, arrival, known)
    claimed = sets.normalise(pair for loss in arrival.losses for pair in loss.ranges)
    beyond = ledger.beyond(sets.union(_named(arrival), claimed), most)
    if not beyond:
        return _settled(ledger, arrival, known)
    outcome = _settled(ledger, _without(arrival, beyond), known)
    return replace(outcome, retry=sets.intersect(_named(arrival), beyond))


def _without(arrival: Arrival, numbers: Ranges) -> Arrival:
    """Return what an arrival says about the other numbers."""
    losses = (
        replace(loss, ranges=sets.subtract(sets.normalise(loss.ranges), numbers))
        for loss in arrival.losses
    )
    return replace(
        arrival,
        rows=tuple(row for row in arrival.rows if not _is_among(row.seq, numbers)),
        refused=tuple(one for one in arrival.refused if not _is_among(one.seq, numbers)),
        losses=tuple(loss for loss in losses if loss.ranges),
    )


def _is_among(seq: int | None, numbers: Ranges) -> bool:
    return seq is not None and sets.contains(numbers, seq)


def _settled(ledger: Ledger, arrival: Arrival, known: Known) -> Outcome:
    if any(low < 1 for low, _ in _named(arrival)):
        raise ValueError("A sequence number below 1 came through validation.")
    rows = _sort_rows(arrival.rows, known)
    fresh = sets.normalise((row.seq, row.seq) for row in rows.fresh if row.seq is not None)
    stored = sets.union(fresh, sets.normalise((run.first, run.last) for run in known.runs))
    rejected_before = sets.normalise(
        (lost.first, lost.last) for lost in known.losses if lost.state == "rejected"
    )
    refused, superseded = _sort_refused(arrival.refused, stored, rejected_before)
    rejected = sets.normalise((seq, seq) for seq, _ in refused)
    ended = sets.union(fresh, rejected)
    dropped = _dropped(ledger, arrival, ended)
    gone, kept = _cut(known.losses, ended)
    everything = sets.union(ended, sets.normalise((lost.first, lost.last) for lost in dropped))
    return Outcome(
        ledger=ledger.settle(everything).announce(arrival.hwm, arrival.fin),
        fresh=tuple(rows.fresh),
        duplicate=rows.duplicate + len(superseded),
        conflicts=tuple(rows.conflicts),
        superseded=superseded,
        quarantined=tuple(item for _, item in refused),
        gone=gone,
        lost=(*kept, *_rejections(refused), *dropped),
        released=sets.intersect(fresh, rejected_before),
    )


def settle_identified(
    rows: Iterable[Row],
    refused: Iterable[Refused],
    stored: Collection[str],
    differing: Collection[int],
) -> Outcome:
    """Decide about events that carry an explicit id instead of a number (LED-12).

    *stored* are the ids the project has; *differing* the places of rows whose stored content is
    another one. The outcome's ledger is empty: an id settles no number.
    """
    sorted_rows = _Sorted()
    taken: dict[str, bytes] = {}
    for row in rows:
        assert row.id is not None
        if row.id in stored:
            sorted_rows.repeated(row.place, differs=row.place in differing)
        elif row.id in taken:
            sorted_rows.repeated(row.place, differs=taken[row.id] != row.body)
        else:
            taken[row.id] = row.body
            sorted_rows.fresh.append(row)
    quarantined, superseded = [], []
    for item in refused:
        if item.id is not None and (item.id in stored or item.id in taken):
            superseded.append(item.place)
        else:
            quarantined.append(item)
    return Outcome(
        ledger=Ledger(),
        fresh=tuple(sorted_rows.fresh),
        duplicate=sorted_rows.duplicate + len(superseded),
        conflicts=tuple(sorted_rows.conflicts),
        superseded=tuple(superseded),
        quarantined=tuple(quarantined),
    )


def runs_of(rows: Sequence[Row], first_pos: int, sha256: bytes) -> tuple[Run, ...]:
    """Return the runs that rows with numbers make when stored one after the other."""
    runs: list[Run] = []
    start = 0
    for index in range(1, len(rows) + 1):
        if index == len(rows) or _seq(rows[index]) != _seq(rows[index - 1]) + 1:
            first, last = _seq(rows[start]), _seq(rows[index - 1])
            runs.append(Run(first, last, first_pos + start, sha256))
            start = index
    return tuple(runs)


def _seq(row: Row) -> int:
    assert row.seq is not None
    return row.seq


def _named(arrival: Arrival) -> Ranges:
    items: tuple[Row | Refused, ...] = (*arrival.rows, *arrival.refused)
    return sets.normalise((item.seq, item.seq) for item in items if item.seq is not None)


def _locate(runs: Sequence[Run], seq: int) -> Run | None:
    at = bisect_right(runs, seq, key=lambda run: run.first) - 1
    return runs[at] if at >= 0 and seq <= runs[at].last else None


def _sort_rows(rows: Iterable[Row], known: Known) -> _Sorted:
    out = _Sorted()
    taken: dict[int, bytes] = {}
    for row in rows:
        if row.seq is None:
            continue
        if _locate(known.runs, row.seq) is not None:
            out.repeated(row.place, differs=row.place in known.differing)
        elif row.seq in taken:
            out.repeated(row.place, differs=taken[row.seq] != row.body)
        else:
            taken[row.seq] = row.body
            out.fresh.append(row)
    return out


def _sort_refused(
    refused: Iterable[Refused], stored: Ranges, rejected: Ranges
) -> tuple[list[tuple[int, Refused]], tuple[int, ...]]:
    """Return the new rejections with their numbers, and the places of those that are stored."""
    new: dict[int, Refused] = {}
    superseded = []
    for item in refused:
        if item.seq is None:
            continue
        if sets.contains(stored, item.seq):
            superseded.append(item.place)
        elif not sets.contains(rejected, item.seq):
            new.setdefault(item.seq, item)
    return list(new.items()), tuple(superseded)


def _rejections(refused: Iterable[tuple[int, Refused]]) -> tuple[Lost, ...]:
    by_code: dict[str, list[tuple[int, int]]] = {}
    for seq, item in refused:
        by_code.setdefault(item.code, []).append((seq, seq))
    return _losses("rejected", {code: sets.normalise(pairs) for code, pairs in by_code.items()})


def _dropped(ledger: Ledger, arrival: Arrival, ended: Ranges) -> tuple[Lost, ...]:
    """Return the declared losses that nothing stronger or earlier stands against (LED-3)."""
    taken = ended
    by_reason: dict[str, Ranges] = {}
    for loss in arrival.losses:
        declared = sets.normalise(loss.ranges)
        if declared and declared[0][0] < 1:
            raise ValueError("A loss below sequence number 1 came through validation.")
        new = sets.subtract(ledger.open(declared), taken)
        taken = sets.union(taken, new)
        by_reason[loss.reason] = sets.union(by_reason.get(loss.reason, ()), new)
    return _losses("dropped", by_reason)


def _losses(
    state: Literal["rejected", "dropped"], classes: Mapping[str, Ranges]
) -> tuple[Lost, ...]:
    return tuple(
        Lost(state, reason, first, last)
        for reason, ranges in classes.items()
        for first, last in ranges
    )


def _cut(losses: Iterable[Lost], ended: Ranges) -> tuple[tuple[Lost, ...], tuple[Lost, ...]]:
    """Return the losses that have to go because of *ended*, and what stays of them."""
    gone, kept = [], []
    for lost in losses:
        whole = ((lost.first, lost.last),)
        rest = sets.subtract(whole, ended)
        if rest != whole:
            gone.append(lost)
            kept += [Lost(lost.state, lost.reason, first, last) for first, last in rest]
    return tuple(gone), tuple(kept)
