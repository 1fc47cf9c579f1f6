"""Hold what a client reports: its ledger, and each event that was refused or lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Result:
    """
    Tell the end of one event that was not stored.

    *code* is a verdict code for "rejected" and a drop reason for "dropped"; *path* names the field
    at fault. *id* is what the call returned.

    >>> Result("rejected", "bad_id", "id", "stream", 7, path="u").code
    'bad_id'
    """

    outcome: Literal["rejected", "dropped"]
    code: str
    id: str
    stream: str
    seq: int
    path: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Totals:
    """
    Count events by their end; `assigned = stored + rejected + dropped + pending` (LED-4).

    >>> Totals(assigned=3, stored=1, dropped={"sampled": 1}, pending=1).balanced
    True
    """

    assigned: int = 0
    stored: int = 0
    rejected: Mapping[str, int] = field(default_factory=lambda: _NONE)
    dropped: Mapping[str, int] = field(default_factory=lambda: _NONE)
    pending: int = 0

    @property
    def balanced(self) -> bool:
        """Tell whether the ledger equation holds."""
        ended = self.stored + sum(self.rejected.values()) + sum(self.dropped.values())
        return self.assigned == ended + self.pending


@dataclass(frozen=True)
class Stats(Totals):
    """
    Show what became of a client's events, at one instant.

    *recovered* counts the streams taken over from processes that died. *refused* counts calls that
    were no event (wrong use, no consent, closed client): they have no number and no id.
    *trouble* names what keeps events from being sent: `auth_error`, `intercepted`, `unavailable`,
    `quota`, `unsupported_version`. *spool* is the directory in use, None = memory; *note* says why,
    if that is not what was asked for.

    >>> Stats(assigned=1, pending=1, trouble="auth_error").as_dict()["trouble"]
    'auth_error'
    """

    stream: str = ""
    in_flight: int = 0
    sanitized: int = 0
    refused: int = 0
    requests: int = 0
    failures: int = 0
    trouble: str | None = None
    spool: str | None = None
    note: str | None = None
    disabled: bool = False
    recovered: Totals = field(default_factory=Totals)

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers as plain values, for logs and health pages."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for counted in ("rejected", "dropped"):
            own[counted] = dict(own[counted])
        recovered = {name: getattr(self.recovered, name) for name in Totals.__dataclass_fields__}
        recovered["rejected"] = dict(self.recovered.rejected)
        recovered["dropped"] = dict(self.recovered.dropped)
        return {**own, "recovered": recovered}
