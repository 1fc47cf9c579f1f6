"""What producers say they did, line by line: the history that is held against the log.

A producer writes one JSON object per line, before and after each call, with an unbuffered write:
what stands in the file survives a SIGKILL, so a call without an answer was cut short.

    {"kind":"open","producer":"p1","life":1,"spool":true,"at":…}
    {"kind":"invoke","producer":"p1","life":1,"n":7,"marker":"p1.1.7","digest":"…"}
    {"kind":"return","producer":"p1","life":1,"n":7,"id":"0a23…"}          id null: not accepted
    {"kind":"stats","producer":"p1","life":1,"stats":{…},"final":true,"own":true}
    {"kind":"end","producer":"p1","life":1,"at":…}       no call follows
    {"kind":"close","producer":"p1","life":1,"at":…}
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tallymark_conformance.errors import TraceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(slots=True)
class Call:
    """One call of a producer.

    *life* counts the processes of the producer, *n* the calls of that process from 1. *id* is
    what the call returned, None when it was refused; *returned* is False when the process died
    inside the call. *digest* stands for the content (see `digest`).
    """

    producer: str
    life: int
    n: int
    marker: str
    digest: str
    id: str | None = None
    returned: bool = False

    @property
    def accepted(self) -> bool:
        """Tell whether the producer was promised that this event counts."""
        return self.id is not None


@dataclass(frozen=True, slots=True)
class StatsLine:
    """One answer of a client's `stats()` (TM-LED-04).

    *final* after a close; *own* when it is about the stream of the process itself and not about
    those it took over from dead ones. *accepted* is how many calls of the process had been
    promised to count by then, None when nobody counted.
    """

    producer: str
    life: int
    assigned: int
    stored: int
    rejected: int
    dropped: Mapping[str, int]
    pending: int
    final: bool
    own: bool = True
    accepted: int | None = None

    @property
    def balanced(self) -> bool:
        """Tell whether the ledger equation holds."""
        return self.assigned == self.stored + self.rejected + self.lost + self.pending

    @property
    def lost(self) -> int:
        """Return the number of declared losses of every reason."""
        return sum(self.dropped.values())


@dataclass(slots=True)
class History:
    """All calls by marker, in the order in which they were made, and every stats line.

    *lives* tells which processes had a spool, *promised* how many calls of each were accepted,
    *ends* when (ms since 1970) a process had made its last call.
    """

    calls: dict[str, Call] = field(default_factory=dict)
    stats: list[StatsLine] = field(default_factory=list)
    lives: dict[tuple[str, int], bool] = field(default_factory=dict)
    promised: Counter[tuple[str, int]] = field(default_factory=Counter)
    ends: dict[tuple[str, int], int] = field(default_factory=dict)

    def accepted(self) -> list[Call]:
        """Return the calls that were promised to count."""
        return [call for call in self.calls.values() if call.accepted]

    def of_life(self, producer: str, life: int) -> list[Call]:
        """Return the calls of one process."""
        return [
            call for call in self.calls.values() if (call.producer, call.life) == (producer, life)
        ]


def digest(properties: Mapping[str, Any]) -> str:
    """Return a short digest of an event's properties, the same for any order of keys."""
    text = json.dumps(properties, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def parse(lines: Iterable[str]) -> History:
    """Return the history of *lines* of one or more producers' files.

    A last line that was cut short by a kill is left out; any other bad line is a TraceError.
    """
    history = History()
    for line in lines:
        if not line.endswith("\n"):
            continue
        try:
            _add(history, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise TraceError(f"not a history line ({error!r}): {line[:120]!r}") from error
    return history


def _add(history: History, value: Mapping[str, Any]) -> None:
    kind, producer, life = value["kind"], value["producer"], value["life"]
    if kind == "open":
        history.lives[producer, life] = value["spool"]
    elif kind == "invoke":
        marker = value["marker"]
        history.calls[marker] = Call(producer, life, value["n"], marker, value["digest"])
    elif kind == "return":
        call = history.calls[value["marker"]]
        call.id, call.returned = value["id"], True
        history.promised[producer, life] += call.accepted
    elif kind == "stats":
        history.stats.append(_stats(producer, life, value, history.promised[producer, life]))
    elif kind == "end":
        history.ends[producer, life] = value["at"]
    elif kind != "close":
        raise ValueError(f"unknown kind {kind!r}")


def _stats(producer: str, life: int, value: Mapping[str, Any], accepted: int) -> StatsLine:
    stats = value["stats"]
    return StatsLine(
        producer,
        life,
        stats["assigned"],
        stats["stored"],
        stats["rejected"],
        dict(stats["dropped"]),
        stats["pending"],
        bool(value.get("final", False)),
        bool(value.get("own", True)),
        accepted,
    )


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One event as the collector's log holds it."""

    pos: int
    stream: str
    seq: int
    marker: str
    digest: str


@dataclass(frozen=True, slots=True)
class StreamLedger:
    """What the collector says about one stream (TM-LED-08); *settled* above *upto*."""

    stream: str
    upto: int
    settled: Sequence[tuple[int, int]]
    hwm: int
    fin: bool
    stored: int
    unaccounted: int


@dataclass(frozen=True, slots=True)
class Log:
    """The collector's side: rows in the order of `pos`, refused numbers, declared losses, ledgers.

    *rejected* and *dropped* map a stream to sequence numbers and their code or reason; a number
    may stand in both and in the rows, precedence is the checker's business (TM-LED-02). *conflicts*
    counts, per stream, the numbers that came with two contents (TM-LED-11).
    """

    rows: Sequence[StoredRow] = ()
    rejected: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    dropped: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    ledgers: Mapping[str, StreamLedger] = field(default_factory=dict)
    conflicts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ack:
    """One proven ack the collector gave, whether or not it reached the producer."""

    stream: str
    upto: int
    settled: tuple[tuple[int, int], ...] = ()
