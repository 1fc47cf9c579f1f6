"""Which engine answers a question: kernels where they know the plan, the plain evaluator else."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from tallymark_collector.engine.local import funnel as fast_funnel
from tallymark_collector.engine.local import retention as fast_retention
from tallymark_collector.engine.local import trends as fast_trends
from tallymark_collector.engine.local.beyond import Beyond
from tallymark_collector.engine.local.supported import supported
from tallymark_collector.query.naive import frequency, funnel, retention, trends
from tallymark_collector.query.plan import (
    FrequencyPlan,
    FunnelPlan,
    RetentionPlan,
    TrendsPlan,
    plan_frequency,
    plan_funnel,
    plan_retention,
    plan_trends,
)
from tallymark_collector.query.snapshot import Snapshot
from tallymark_collector.segments.columns import Columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_collector.query.plan import Bounds
    from tallymark_collector.query.question import (
        FrequencyQuestion,
        FunnelQuestion,
        RetentionQuestion,
        TrendsQuestion,
    )

Stored = Snapshot | Columns
"""What is stored, in the form an engine reads: decoded events, or columns that can give them."""

Asked = TypeVar("Asked")
Bound = TypeVar("Bound", TrendsPlan, FunnelPlan, RetentionPlan, FrequencyPlan)
Found = TypeVar("Found")


def answer_trends(
    question: TrendsQuestion, stored: Stored
) -> tuple[TrendsPlan, trends.TrendsAnswer, Stored]:
    """Answer a trends question; return its plan, the numbers, and what they were computed from."""
    return _answer(question, stored, plan_trends, trends.evaluate, fast_trends.evaluate)


def answer_funnel(
    question: FunnelQuestion, stored: Stored
) -> tuple[FunnelPlan, funnel.FunnelAnswer, Stored]:
    """Answer a funnel question; return its plan, the numbers, and what they were computed from."""
    return _answer(question, stored, plan_funnel, funnel.evaluate, fast_funnel.evaluate)


def answer_retention(
    question: RetentionQuestion, stored: Stored
) -> tuple[RetentionPlan, retention.RetentionAnswer, Stored]:
    """Answer a retention question; return its plan, the numbers, and what they came from."""
    return _answer(question, stored, plan_retention, retention.evaluate, fast_retention.evaluate)


def answer_frequency(
    question: FrequencyQuestion, stored: Stored
) -> tuple[FrequencyPlan, frequency.FrequencyAnswer, Stored]:
    """Answer a frequency question; return its plan, the numbers, and what they came from."""
    return _answer(question, stored, plan_frequency, frequency.evaluate, None)


def _answer(
    question: Asked,
    stored: Stored,
    bind: Callable[[Asked, Bounds], Bound],
    plainly: Callable[[Bound, Snapshot], Found],
    by_columns: Callable[[Bound, Columns], Found] | None,
) -> tuple[Bound, Found, Stored]:
    if isinstance(stored, Columns):
        plan = bind(question, stored.bounds)
        if by_columns is not None and supported(plan):
            with suppress(Beyond):
                return plan, by_columns(plan, stored), stored
        stored = stored.plain()
    plan = bind(question, stored.bounds)
    return plan, plainly(plan, stored), stored
