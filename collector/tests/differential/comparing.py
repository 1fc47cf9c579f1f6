"""One case: a world, a question, and the two answers that must be the same."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tallymark_collector.engine.local import funnel, retention, trends
from tallymark_collector.engine.local.beyond import Beyond
from tallymark_collector.engine.local.supported import supported
from tallymark_collector.problem import Problem
from tallymark_collector.query.plan import plan_funnel, plan_retention, plan_trends
from tallymark_collector.reports.answers import answer, understood

if TYPE_CHECKING:
    from tallymark_collector.query.question import Question
    from world import World

BINDING = {"trends": plan_trends, "funnel": plan_funnel, "retention": plan_retention}
KERNELS = {"trends": trends, "funnel": funnel, "retention": retention}


def difference(world: World, report: str, question: dict[str, Any]) -> tuple[Any, Any] | None:
    """Return the two answers if they differ: the plain evaluator's and the kernels'."""
    expected = _answer(report, question, world.plain())
    found = _answer(report, question, world.columns())
    return None if expected == found else (expected, found)


def by_kernel(world: World, report: str, question: dict[str, Any]) -> bool:
    """Tell whether a kernel answers the question in this world."""
    with suppress(Beyond, Problem):
        asked: Question = understood(report, question)
        columns = world.columns()
        plan = BINDING[report](asked, columns.bounds)  # type: ignore[operator]
        if supported(plan):
            KERNELS[report].evaluate(plan, columns)  # type: ignore[attr-defined]
            return True
    return False


def _answer(report: str, question: dict[str, Any], stored: Any) -> Any:  # noqa: ANN401
    try:
        return answer(report, question, stored)
    except Problem as problem:
        return problem.code, problem.detail
