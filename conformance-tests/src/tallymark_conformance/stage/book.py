"""What was called and answered on a stage, as the history that the checker holds against a log."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.history import Call, History, Log, StatsLine, StoredRow, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_conformance.history import StreamLedger
    from tallymark_conformance.stage.store import Kept, Stored

EVENTS: Final = frozenset(
    {"track", "page", "screen", "identify", "profile", "group", "alias", "exposure"}
)
"""The methods that make an event."""
UNKNOWN: Final = ""
"""The id of an event whose call does not tell it."""
ALTERED: Final = "altered"
"""The digest of content that an SDK is free to change: a date, a NaN."""


@dataclass(slots=True)
class Book:
    """Calls by marker and every look at statistics.

    *token* begins each marker, so that events are recognised in a log that others use, too.
    """

    token: str
    history: History = field(default_factory=History)
    count: int = 0

    def opened(self, producer: str, life: int) -> None:
        """Note that a client was created; its events are held to the strict rule."""
        self.history.lives.setdefault((producer, life), True)

    def marker(self, producer: str, life: int) -> str:
        """Return the marker of the next call."""
        self.count += 1
        return f"{self.token}.{producer}.{life}.{self.count}"

    def called(
        self, producer: str, life: int, marker: str, properties: Mapping[str, Any] | None
    ) -> Call:
        """Note that a call is about to be made; None as *properties* means they may change."""
        said = ALTERED if properties is None else digest(properties)
        call = Call(producer, life, self.count, marker, said)
        self.history.calls[marker] = call
        return call

    def returned(self, call: Call, reply: Mapping[str, Any]) -> None:
        """Note what a call returned; a reply without `id` means that the SDK does not tell it."""
        call.returned, call.id = True, reply.get("id", UNKNOWN)
        if reply.get("raised"):
            call.id = None
        self.history.promised[call.producer, call.life] += call.accepted

    def looked(self, producer: str, life: int, stats: Mapping[str, Any], *, final: bool) -> None:
        """Note an answer of `stats`."""
        rejected = stats["rejected"]
        line = StatsLine(
            producer,
            life,
            stats["assigned"],
            stats["stored"],
            sum(rejected.values()),
            dict(stats["dropped"]),
            stats["pending"],
            final,
            own=True,
            accepted=self.history.promised[producer, life],
        )
        self.history.stats.append(line)
        recovered = stats.get("recovered")
        if recovered:
            own = replace(
                line,
                **{key: recovered[key] for key in ("assigned", "stored", "pending")},
                rejected=sum(recovered["rejected"].values()),
                dropped=dict(recovered["dropped"]),
                own=False,
                accepted=None,
            )
            self.history.stats.append(own)

    def accepted(self) -> list[Call]:
        """Return the calls that were promised to count."""
        return self.history.accepted()

    def log_of(self, kept: Kept, ledgers: Mapping[str, StreamLedger]) -> Log:
        """Return *kept* as the checker reads it, each row under the marker of its call."""
        named = {call.id: call for call in self.history.calls.values() if call.id}
        rows = tuple(self._row(row, named) for row in kept.rows)
        return Log(rows, kept.rejected, kept.dropped, ledgers, kept.conflicts)

    def _row(self, row: Stored, named: Mapping[str, Call]) -> StoredRow:
        said = str(row.properties.get("marker", ""))
        call = self.history.calls.get(said) or named.get(row.id)
        if call is None:
            return StoredRow(row.pos, row.stream, row.seq, said, digest(row.properties))
        if call.id == UNKNOWN:
            call.id = row.id
        same = call.digest == ALTERED
        found = ALTERED if same else digest(row.properties)
        return StoredRow(row.pos, row.stream, row.seq, call.marker, found)
