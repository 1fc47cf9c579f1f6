"""Frequency: how many users come often, by the hours or days they are active in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.engine.answers import answer_frequency
from tallymark_collector.query.filters import describe
from tallymark_collector.query.question import FrequencyQuestion, parse
from tallymark_collector.reports.result import Result, frame, freshness, unknown_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_collector.engine.answers import Stored
    from tallymark_collector.query.naive.frequency import FrequencyAnswer, Period
    from tallymark_collector.query.plan import FrequencyPlan


def answer(body: bytes | Mapping[str, object] | FrequencyQuestion, stored: Stored) -> Result:
    """Answer a frequency question, asked as JSON or read before; raise Problem `bad_question`."""
    plan, found, source = answer_frequency(parse(FrequencyQuestion, body), stored)
    return {
        **shape(plan, found),
        **unknown_names([plan.question.event], source),
        **freshness(source, found.rows_read),
    }


def shape(plan: FrequencyPlan, found: FrequencyAnswer) -> Result:
    """Return the periods as JSON: `at_least[k - 1]` users were active in k or more sub-units."""
    question = plan.question
    body: Result = {
        "unit": question.unit,
        "sub_unit": question.sub_unit,
        "periods": [_period(period) for period in found.periods],
    }
    return frame("frequency", sentence(plan), semantics(plan), plan, body)


def sentence(plan: FrequencyPlan) -> str:
    """Say in plain English what is counted."""
    question = plan.question
    words = (
        f"How many users did {question.event.title} in at least 1, 2, 3 … different "
        f"{question.sub_unit}s of each {question.unit}, {plan.range}"
    )
    filters = [one for one in (question.event.where, question.where) if one is not None]
    return "; ".join([words, *(f"only where {describe(one)}" for one in filters)]) + "."


def semantics(plan: FrequencyPlan) -> dict[str, str]:
    """Say how users and sub-units are counted."""
    return {
        "counting": "each number includes those who came more often: the lists never rise",
        "days": f"days and hours of {plan.range.timezone}, weeks from Monday; a day may have 23 or "
        "25 hours",
        "users": "canonical users at query time; events of nobody take no part",
    }


def _period(period: Period) -> Result:
    one: Result = {"at": period.bucket.label, "at_least": list(period.at_least)}
    if period.bucket.partial:
        one["partial"] = True
    return one
