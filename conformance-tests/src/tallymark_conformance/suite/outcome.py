"""What came of a scenario: its status, what was found, and how to see it again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_conformance.scenario.header import Scenario
    from tallymark_conformance.stage.finding import Finding

Status = Literal["pass", "fail", "absent", "known-fail", "unexpected-pass", "flaky", "error"]
RED: Final = frozenset({"fail", "unexpected-pass", "flaky", "error"})
"""The statuses that fail a run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one scenario with one SDK or server.

    *reason* says why it is absent, in error or known to fail. *caps* tells whether it keeps the SDK
    from its level. *notes* are the steps, *wire* the requests and answers, *relaxed* the oracles
    that were left out and why.
    """

    scenario: Scenario
    status: Status
    seed: int
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    caps: bool = False
    seconds: float = 0.0
    notes: Sequence[str] = ()
    wire: Sequence[Mapping[str, Any]] = ()
    relaxed: Mapping[str, str] = field(default_factory=dict)
    repeats: Sequence[Status] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as a JSON object."""
        scenario = self.scenario
        return {
            "id": scenario.id,
            "title": scenario.title,
            "req": list(scenario.req),
            "level": scenario.level,
            "tier": scenario.tier,
            "profile": scenario.profile,
            "source": scenario.source,
            "steps": scenario.steps,
            "status": self.status,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            "reason": self.reason,
            "caps": self.caps,
            "findings": [{"req": found.req, "detail": found.detail} for found in self.findings],
            "relaxed": dict(self.relaxed),
            "notes": list(self.notes),
            "wire": list(self.wire),
            "repeats": list(self.repeats),
        }


def together(plays: Sequence[Outcome], known: str | None) -> Outcome:
    """Return one outcome for all repeats; *known* is the reason why it must fail, if it must.

    Repeats that differ are flaky. What is known to fail and passes is an unexpected pass.
    """
    statuses = [play.status for play in plays]
    worst = next((play for play in plays if play.status in RED), plays[-1])
    outcome = replace(worst, repeats=statuses if len(statuses) > 1 else ())
    if len(set(statuses)) > 1:
        return replace(outcome, status="flaky", caps=True)
    if known is None or outcome.status in ("absent", "error"):
        return outcome
    if outcome.status == "pass":
        text = f"declared as known to fail ({known or 'no reason given'}), but it passes"
        return replace(outcome, status="unexpected-pass", reason=text, caps=True)
    return replace(outcome, status="known-fail", reason=known, caps=True)
