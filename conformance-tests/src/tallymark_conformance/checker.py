"""Hold a history against a log: is anything lost, doubled, invented, changed or acked falsely.

Pure: everything it needs is in its arguments. It derives event ids, states and sums by itself and
shares no code with the programs it judges.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from tallymark_conformance.intervals import settled
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tallymark_conformance.history import Ack, Call, History, Log, StoredRow

UUID8 = 8


def check(history: History, log: Log, acks: Iterable[Ack] = (), *, drained: bool = True) -> Verdict:
    """Return the verdict on *history* against *log* and every ack that was given.

    *drained* says that the producers with a spool have come to rest: then each accepted event of
    theirs must be in a counted state. Producers without a spool may lose events to a kill; what
    they lost must equal declared + unaccounted + tail, to the event.
    """
    books = _Books.of(history, log)
    violations = [
        *_rows(history, log),
        *_doubled(log),
        *_misnumbered(history, log, books),
        *_false_acks(acks, books),
        *_ledgers(log, books),
        *_equations(history),
        *_claims(history, books),
        *_silent(history),
        *(_lost(history, books) if drained else ()),
        *_without_spool(history, books),
    ]
    return Verdict(books.counts(history), tuple(violations))


def event_id(stream: str, seq: int) -> str:
    """Return the id of the event *seq* of *stream* (TM-LED-07)."""
    material = b"tm1id" + uuid.UUID(stream).bytes + seq.to_bytes(8, "big")
    first = int.from_bytes(hashlib.sha256(material).digest()[:16], "big")
    versioned = first & ~(0xF << 76) | (UUID8 << 76)
    return str(uuid.UUID(int=versioned & ~(0x3 << 62) | (0x2 << 62)))


@dataclass(slots=True)
class _Books:
    """Every (stream, seq) in its state, and the calls they belong to."""

    stored: dict[str, set[int]] = field(default_factory=dict)
    rejected: dict[str, set[int]] = field(default_factory=dict)
    dropped: dict[str, set[int]] = field(default_factory=dict)
    hwm: dict[str, int] = field(default_factory=dict)
    row_of: dict[str, StoredRow] = field(default_factory=dict)
    place_of: dict[str, tuple[str, int]] = field(default_factory=dict)
    life_of: dict[str, tuple[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, history: History, log: Log) -> _Books:
        books = cls()
        for row in log.rows:
            books.stored.setdefault(row.stream, set()).add(row.seq)
            books.row_of.setdefault(row.marker, row)
        # TM-LED-02: stored beats rejected beats dropped.
        for stream, refused in log.rejected.items():
            books.rejected[stream] = set(refused) - books.stored.get(stream, set())
        for stream, declared in log.dropped.items():
            taken = books.stored.get(stream, set()) | books.rejected.get(stream, set())
            books.dropped[stream] = set(declared) - taken
        for stream in {*books.stored, *books.rejected, *books.dropped, *log.ledgers}:
            ledger = log.ledgers.get(stream)
            known = books.explained(stream)
            books.hwm[stream] = max([0 if ledger is None else ledger.hwm, *known])
        books._attribute(history)
        return books

    def _attribute(self, history: History) -> None:
        for stream, hwm in self.hwm.items():
            for seq in range(1, hwm + 1):
                self.place_of[event_id(stream, seq)] = (stream, seq)
        for call in history.calls.values():
            place = self.place_of.get(call.id or "")
            row = self.row_of.get(call.marker)
            if place is not None:
                self.life_of.setdefault(place[0], (call.producer, call.life))
            elif row is not None:
                self.life_of.setdefault(row.stream, (call.producer, call.life))

    def explained(self, stream: str) -> set[int]:
        """Return the numbers of *stream* in any counted state."""
        return (
            self.stored.get(stream, set())
            | self.rejected.get(stream, set())
            | self.dropped.get(stream, set())
        )

    def unaccounted(self, stream: str) -> set[int]:
        """Return the numbers up to the announced one that are in no state (TM-LED-08)."""
        return set(range(1, self.hwm[stream] + 1)) - self.explained(stream)

    def state(self, call: Call) -> str:
        """Return what became of an accepted call."""
        if call.marker in self.row_of:
            return "stored"
        stream, seq = self.place_of.get(call.id or "", ("", 0))
        if seq in self.rejected.get(stream, set()):
            return "rejected"
        if seq in self.dropped.get(stream, set()):
            return "dropped"
        return "unaccounted" if seq else "tail"

    def counts(self, history: History) -> dict[str, int]:
        """Return how many accepted calls are in each state, and the size of the material."""
        accepted = history.accepted()
        counts = dict.fromkeys(("stored", "rejected", "dropped", "unaccounted", "tail"), 0)
        for call in accepted:
            counts[self.state(call)] += 1
        return {
            "calls": len(history.calls),
            "accepted": len(accepted),
            "missing": len(accepted) - counts["stored"],
            **counts,
            "streams": len(self.hwm),
            "lives": len(history.lives),
        }


def _rows(history: History, log: Log) -> Iterator[Violation]:
    for row in log.rows:
        call = history.calls.get(row.marker)
        if call is None or (call.returned and call.id is None):
            yield Violation("phantom", f"no accepted call made {row.marker!r}", row.stream, row.seq)
        elif call.digest != row.digest:
            yield Violation("content_changed", f"event {row.marker!r}", row.stream, row.seq)


def _doubled(log: Log) -> Iterator[Violation]:
    places: dict[tuple[str, int], int] = {}
    markers: dict[str, tuple[str, int]] = {}
    for row in log.rows:
        place = (row.stream, row.seq)
        if place in places:
            detail = f"{row.marker!r} at pos {places[place]} and {row.pos}"
            yield Violation("doubled", detail, row.stream, row.seq)
        elif row.marker in markers:
            stream, seq = markers[row.marker]
            detail = f"{row.marker!r} is also {stream} {seq}"
            yield Violation("doubled", detail, row.stream, row.seq)
        places.setdefault(place, row.pos)
        markers.setdefault(row.marker, place)
    for stream, count in log.conflicts.items():
        yield Violation("conflict", f"{count} numbers with two contents", stream)


def _misnumbered(history: History, log: Log, books: _Books) -> Iterator[Violation]:
    """Find ids that do not name their place, and numbers out of the order of the calls."""
    numbered: dict[tuple[str, int], list[tuple[int, StoredRow]]] = {}
    for row in log.rows:
        call = history.calls.get(row.marker)
        if call is None:
            continue
        if call.id is not None and books.place_of.get(call.id) != (row.stream, row.seq):
            yield Violation("wrong_id", f"{row.marker!r} got id {call.id}", row.stream, row.seq)
        numbered.setdefault((call.producer, call.life), []).append((call.n, row))
    for (producer, life), found in numbered.items():
        for (_, before), (n, row) in pairwise(sorted(found, key=lambda item: item[0])):
            if row.stream == before.stream and row.seq < before.seq:
                detail = f"call {n} of {producer} life {life} has a smaller number than one before"
                yield Violation("reordered", detail, row.stream, row.seq)
    for stream, life_ in _shared_streams(numbered):
        yield Violation("wrong_id", f"two processes number one stream: {life_}", stream)


def _shared_streams(
    numbered: dict[tuple[str, int], list[tuple[int, StoredRow]]],
) -> Iterator[tuple[str, str]]:
    """Find streams whose numbers were handed out by more than one process (TM-LED-09)."""
    makers: dict[str, set[tuple[str, int]]] = {}
    for life, found in numbered.items():
        for _, row in found:
            makers.setdefault(row.stream, set()).add(life)
    for stream, lives in makers.items():
        if len(lives) > 1:
            yield stream, ", ".join(f"{producer}/{life}" for producer, life in sorted(lives))


def _false_acks(acks: Iterable[Ack], books: _Books) -> Iterator[Violation]:
    """Find numbers an ack settled that no table of the server holds (TM-ACK-01, TM-LED-05)."""
    told: dict[str, tuple[int, set[tuple[int, int]]]] = {}
    for ack in acks:
        upto, above = told.get(ack.stream, (0, set()))
        told[ack.stream] = max(upto, ack.upto), above.union(ack.settled)
    for stream, (upto, above) in told.items():
        for seq in sorted(settled(upto, above) - books.explained(stream)):
            yield Violation("false_ack", "settled by an ack, found nowhere", stream, seq)


def _ledgers(log: Log, books: _Books) -> Iterator[Violation]:
    """Find ledgers that disagree with the tables beside them (TM-LED-08)."""
    for stream, ledger in log.ledgers.items():
        claimed, found = settled(ledger.upto, ledger.settled), books.explained(stream)
        for seq in sorted(claimed - found):
            yield Violation("ledger", "the ledger has it settled, no table has it", stream, seq)
        for seq in sorted(found - claimed):
            yield Violation("ledger", "a table has it, the ledger does not", stream, seq)
        if ledger.stored != len(books.stored.get(stream, ())):
            detail = f"stored {ledger.stored}, rows {len(books.stored.get(stream, ()))}"
            yield Violation("ledger", detail, stream)
        if ledger.unaccounted != ledger.hwm - len({n for n in found if n <= ledger.hwm}):
            yield Violation("ledger", f"unaccounted {ledger.unaccounted}", stream)


def _equations(history: History) -> Iterator[Violation]:
    """Find statistics that do not add up: assigned = stored + rejected + dropped + pending."""
    for line in history.stats:
        if not line.balanced:
            detail = (
                f"{line.producer} life {line.life}: assigned {line.assigned} is not"
                f" {line.stored} + {line.rejected} + {line.lost} + {line.pending}"
            )
            yield Violation("equation", detail)


def _claims(history: History, books: _Books) -> Iterator[Violation]:
    """Find clients that call more events stored than the server has of their process.

    A row is never taken back, so this holds for every look at the statistics, also the early ones.
    """
    held: dict[tuple[str, int], int] = {}
    for call in history.calls.values():
        held[call.producer, call.life] = held.get((call.producer, call.life), 0) + (
            call.marker in books.row_of
        )
    for line in history.stats:
        found = held.get((line.producer, line.life), 0)
        if line.own and line.stored > found:
            detail = f"{line.producer} life {line.life} has {line.stored} stored, the log {found}"
            yield Violation("lost", detail)


def _silent(history: History) -> Iterator[Violation]:
    """Find clients that leave accepted events out of their own books.

    Together with the equation and the claims this leaves an event without a spool no way to vanish
    unless its process is killed: what a client assigned and did not deliver, it calls dropped.
    """
    for line in history.stats:
        if not line.own:
            continue
        name = f"{line.producer} life {line.life}"
        if line.accepted is not None and line.assigned != line.accepted:
            detail = f"{name}: assigned {line.assigned}, but {line.accepted} calls were accepted"
            yield Violation("unaccounted", detail)
        if line.final and line.pending and not history.lives.get((line.producer, line.life), True):
            detail = f"{name}: {line.pending} pending after the end, and kept nowhere"
            yield Violation("unaccounted", detail)


def _lost(history: History, books: _Books) -> Iterator[Violation]:
    """Find accepted events of producers with a spool that are in no counted state."""
    for call in history.accepted():
        if not history.lives.get((call.producer, call.life), True):
            continue
        if books.state(call) in ("unaccounted", "tail"):
            stream, seq = books.place_of.get(call.id or "", (None, None))
            yield Violation("lost", f"{call.marker!r} was accepted", stream, seq)
    for stream in books.hwm:
        # A stream nobody of the history claims is held to the stricter rule.
        if history.lives.get(books.life_of.get(stream, ("", 0)), True):
            for seq in sorted(books.unaccounted(stream)):
                yield Violation("unaccounted", "announced, in no state", stream, seq)


def _without_spool(history: History, books: _Books) -> Iterator[Violation]:
    """Hold each life without a spool to: lost = declared + unaccounted + tail.

    The left side counts calls whose content is missing, the right side is what the server's
    ledger says of the life's stream; a call cut short by the kill counts when the ledger has
    heard of its number.
    """
    stream_of = {life: stream for stream, life in books.life_of.items()}
    for life, spool in history.lives.items():
        if spool:
            continue
        calls = history.of_life(*life)
        stream = stream_of.get(life)
        hwm = 0 if stream is None else books.hwm[stream]
        assigned = max(sum(call.accepted for call in calls), hwm)
        if assigned > len(calls):
            yield Violation("phantom", f"{life}: {assigned} numbers for {len(calls)} calls", stream)
        missing = assigned - sum(call.marker in books.row_of for call in calls)
        declared = len(books.dropped.get(stream or "", ()))
        rejected = len(books.rejected.get(stream or "", ()))
        unaccounted = 0 if stream is None else len(books.unaccounted(stream))
        right = declared + rejected + unaccounted + (assigned - hwm)
        if missing != right:
            detail = f"{life}: {missing} missing, but {right} declared, unaccounted or in the tail"
            yield Violation("lost", detail, stream)
