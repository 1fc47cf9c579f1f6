"""The log: what was acknowledged, and the values that go in and out of it.

A `Log` is the only truth of the collector. `commit` writes events, verdicts, losses and the
ledgers they change in one transaction; whatever it returns may be acknowledged, nothing else may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tallymark_collector.govern.access import Scope

Ranges = tuple[tuple[int, int], ...]
"""Sorted, disjoint, non-adjacent closed intervals of sequence numbers."""


@dataclass(frozen=True, slots=True)
class Row:
    """One accepted event.

    `place` is its index in the request; `seq` its sequence number, or None when it carries an
    explicit `id`. `t` is the time as sent, `ts` the corrected one, both ms since 1970. `body` is
    the effective event (context merged, time absolute) as UTF-8 JSON; two attempts of the same
    event give the same bytes, so the bytes are its content digest (LED-11).
    """

    place: int
    seq: int | None
    id: str | None
    t: int
    ts: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """One event that got a verdict other than accepted; it is kept in quarantine."""

    place: int
    seq: int | None
    id: str | None
    code: str
    path: str
    limit: int | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss the producer declares (LED-3): ranges of a stream, or a count without one."""

    reason: str
    ranges: Ranges
    count: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """One parsed request, ready to be committed as a whole.

    `stream` is None for requests whose events all carry an id. `hwm` is the highest sequence
    number the producer has assigned. `sha256` is the digest of the decoded body: equal digests
    are the same request again. `size` is the number of bytes the writer has reserved for it.
    `imported` ones may leave a stream with any number of gaps (LED-14).
    """

    project: int
    stream: str | None
    hwm: int
    fin: bool
    received_at: int
    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]
    losses: tuple[Loss, ...]
    sha256: bytes
    size: int
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an arrival, true from the commit on.

    `conflicts` are the places (indexes in the request) whose sequence number or id was already
    stored with other content (LED-11). `upto` and `settled` are the stream's cumulative ledger
    after the commit (LED-5); both empty for a streamless request. `superseded` are the places of
    refused events that had been stored by an earlier attempt: they stay stored (LED-2), are counted
    as duplicates and must not be reported as rejected. `retry` are the numbers that were not taken
    and stay open (LED-14).
    """

    stored: int
    duplicate: int
    conflicts: tuple[int, ...]
    upto: int
    settled: Ranges
    superseded: tuple[int, ...] = ()
    retry: Ranges = ()


@dataclass(frozen=True, slots=True)
class StreamState:
    """The ledger of one stream (LED-8)."""

    stream: str
    upto: int
    settled: Ranges
    hwm: int
    fin: bool
    stored: int
    rejected: Mapping[str, int]
    dropped: Mapping[str, int]
    unaccounted: int
    first_seen: int
    last_seen: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as the log holds it; `pos` is dense and in commit order."""

    pos: int
    stream: str | None
    seq: int | None
    id: str | None
    received_at: int
    t: int
    ts: int
    body: bytes


@dataclass(frozen=True, slots=True)
class QuarantinedEvent:
    """One refused event as the quarantine holds it."""

    pos: int
    stream: str | None
    seq: int | None
    received_at: int
    code: str
    path: str
    body: bytes


class StoreFull(Exception):  # noqa: N818 - names the state
    """Raised by `commit` when the disk is full; nothing of the batch group was written."""


class StoreBusy(Exception):  # noqa: N818 - names the state
    """Raised by `commit` when the database cannot take the write now; nothing was written.

    Of its kinds one says that this is not known: then what is sent again tells.
    """


class LogReader(Protocol):
    """The reading half of a log.

    Reads are made under a scope that may read; the ledger of a stream may be asked for by whoever
    writes it, too. Others get PermissionError.
    """

    def stream(self, scope: Scope, stream: str) -> StreamState | None:
        """Return the ledger of *stream* in the scope's project, or None if it was never seen."""

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*, in `pos` order."""

    def scan(self, scope: Scope, after: int = 0) -> Iterator[StoredEvent]:
        """Iterate over all events with `pos` > *after*, in `pos` order, on one snapshot."""

    def quarantined(self, scope: Scope, after: int, limit: int) -> Sequence[QuarantinedEvent]:
        """Return up to *limit* refused events with `pos` > *after*."""

    def count(self, scope: Scope) -> int:
        """Return how many events the scope's project has stored."""

    def head(self) -> int:
        """Return the highest `pos` that is committed, 0 when the log is empty."""

    def close(self) -> None:
        """Release the connections."""


class Log(LogReader, Protocol):
    """Append-only event log with the ledgers of its streams."""

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Settlement]:
        """Write all arrivals in one durable transaction and return what became of each.

        Arrivals of the same stream in one call see each other in order. Raises `StoreFull` or
        `StoreBusy` after rolling everything back; cached watermarks are forgotten with it.
        """

    def probe(self) -> Literal[True]:
        """Make sure there is room and a small write commits; raise `StoreFull` or `StoreBusy`."""

    def checkpoint(self) -> None:
        """Bring everything committed into the main file (used at a graceful stop)."""
