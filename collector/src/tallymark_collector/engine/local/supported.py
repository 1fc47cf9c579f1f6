"""Which plans the kernels answer: all others go to the plain evaluator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.query.plan import FunnelPlan, RetentionPlan, TrendsPlan

if TYPE_CHECKING:
    from tallymark_collector.query.plan import Plan


def supported(plan: Plan) -> bool:
    """Tell whether the kernels know all that a plan asks for."""
    if isinstance(plan, TrendsPlan):
        return _trends(plan)
    if isinstance(plan, FunnelPlan):
        return _funnel(plan)
    return isinstance(plan, RetentionPlan) and _retention(plan)


def _trends(plan: TrendsPlan) -> bool:
    question = plan.question
    return (
        question.measure != "sessions" and question.per_user is None and question.segment == "every"
    )


def _funnel(plan: FunnelPlan) -> bool:
    question = plan.question
    return (
        question.order == "ordered"
        and question.count in ("uniques", "totals")
        and question.reentry == "first"
        and question.ties == "arrival"
        and question.grace == 0
        and not question.hold
    )


def _retention(plan: RetentionPlan) -> bool:
    question = plan.question
    return (
        question.births != "compounded"
        and question.criteria != "streak"
        and question.match == "birth"
        and question.property is None
    )
