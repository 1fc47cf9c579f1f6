"""The reports by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tallymark_collector.problem import Problem
from tallymark_collector.query.question import QUESTIONS, Question, parse
from tallymark_collector.reports import frequency, funnel, retention, trends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tallymark_collector.engine.answers import Stored
    from tallymark_collector.reports.result import Result

_REPORTS: Final[Mapping[str, Callable[[Any, Stored], Result]]] = {
    "trends": trends.answer,
    "funnel": funnel.answer,
    "retention": retention.answer,
    "frequency": frequency.answer,
}


def understood(report: str, question: bytes | Mapping[str, object]) -> Question:
    """Read a question of a report, without any event; raise `not_found` or `bad_question`."""
    try:
        model = QUESTIONS[report]
    except KeyError:
        names = ", ".join(QUESTIONS)
        raise Problem("not_found", f"there is no report {report!r}; there are {names}") from None
    return parse(model, question)


def answer(
    report: str, question: bytes | Mapping[str, object] | Question, stored: Stored
) -> Result:
    """Answer a question of a report; raise Problem `not_found` or `bad_question`."""
    asked = question if isinstance(question, Question) else understood(report, question)
    return _REPORTS[report](asked, stored)
