"""What a judge says: counts, and the violated promises one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal[
    "lost",
    "doubled",
    "phantom",
    "reordered",
    "content_changed",
    "wrong_id",
    "unaccounted",
    "false_ack",
    "conflict",
    "ledger",
    "equation",
    "wire",
    "promise",
    "shortfall",
]
"""The kinds of violation.

lost: accepted, and neither stored nor a counted state; doubled: stored more than once; phantom:
stored, but never called for; reordered: sequence numbers disagree with the order of the calls;
content_changed: stored with other properties; wrong_id: the id the call returned is not the one of
its (stream, seq); unaccounted: a number the server has heard of and nobody can explain; false_ack:
settled by an ack, but in no table; conflict: two contents for one number; ledger: the server's
ledger disagrees with its tables; equation: a client's statistics do not add up; wire: a request
broke a rule of the protocol; promise: something a run demands and no other kind names; shortfall:
the run did less than it was told, so that its verdict says too little.
"""

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """One violated promise, with where it was seen."""

    kind: Kind
    detail: str
    stream: str | None = None
    seq: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the violation as a JSON object without empty fields."""
        value = {
            "kind": self.kind,
            "detail": self.detail,
            "stream": self.stream,
            "seq": self.seq,
        }
        return {key: item for key, item in value.items() if item is not None}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of what was judged, and what was wrong with it."""

    counts: Mapping[str, int] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether every promise was kept."""
        return not self.violations

    def by_kind(self) -> Mapping[str, int]:
        """Return how many violations of each kind there are."""
        return dict(Counter(violation.kind for violation in self.violations))

    def __add__(self, other: Verdict) -> Verdict:
        """Return both verdicts as one: counts added, violations one after the other."""
        counts = Counter(self.counts)
        counts.update(other.counts)
        return Verdict(dict(counts), (*self.violations, *other.violations))

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON object that shows the first violations of all."""
        return {
            "ok": self.ok,
            "counts": dict(self.counts),
            "violations": dict(self.by_kind()),
            "first": [violation.as_json() for violation in self.violations[:SHOWN]],
        }
