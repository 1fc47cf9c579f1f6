"""The reports by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tallymark_collector.problem import Problem
from tallymark_collector.query.snapshot import Snapshot
from tallymark_collector.reports import frequency, funnel, retention, trends
from tallymark_collector.reports.result import Result

Answer = Callable[[bytes | Mapping[str, object], Snapshot], Result]

REPORTS: Final[Mapping[str, Answer]] = {
    "trends": trends.answer,
    "funnel": funnel.answer,
    "retention": retention.answer,
    "frequency": frequency.answer,
}


def answer(report: str, question: bytes | Mapping[str, object], snapshot: Snapshot) -> Result:
    """Answer a question of a report; raise Problem `not_found` or `bad_question`."""
    try:
        shaped = REPORTS[report]
    except KeyError:
        names = ", ".join(REPORTS)
        raise Problem("not_found", f"there is no report {report!r}; there are {names}") from None
    return shaped(question, snapshot)
