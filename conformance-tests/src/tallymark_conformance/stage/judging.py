"""What a scenario says while it plays: findings, and the record of its steps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NoReturn

from tallymark_conformance.stage.finding import Finding

if TYPE_CHECKING:
    from tallymark_conformance.scenario.header import Scenario


class Failed(Exception):  # noqa: N818 (the end of a scenario that has found something, no mistake)
    """End a scenario that cannot go on: its findings say why."""


class Judging:
    """The part of every stage that takes down what a scenario finds."""

    __slots__ = ()

    scenario: Scenario
    findings: list[Finding]
    notes: list[str]
    started: float

    def check(self, good: object, detail: str, req: str | None = None) -> bool:
        """Note a finding unless *good*; *req* is the rule, the scenario's first one by default."""
        if not good:
            self.findings.append(Finding(req or self.scenario.req[0], detail))
        return bool(good)

    def equal(self, expected: object, actual: object, what: str, req: str | None = None) -> bool:
        """Note a finding unless both are equal."""
        return self.check(expected == actual, f"{what}: {actual!r} instead of {expected!r}", req)

    def fail(self, detail: str, req: str | None = None) -> NoReturn:
        """Note a finding and end the scenario."""
        self.check(good=False, detail=detail, req=req)
        raise Failed(detail)

    def now(self) -> float:
        """Return ms since the scenario began."""
        return time.monotonic() * 1000 - self.started

    def note(self, line: str) -> None:
        """Write a line into the record of the scenario's steps."""
        self.notes.append(f"{self.now():8.0f} ms  {line}")
