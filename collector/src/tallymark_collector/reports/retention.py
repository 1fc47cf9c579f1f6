"""Retention: who comes back after a first event, cohort by cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.engine.answers import answer_retention
from tallymark_collector.query.filters import describe
from tallymark_collector.query.numbers import Number, mean, ratio, total
from tallymark_collector.query.question import EventSet, RetentionQuestion, parse
from tallymark_collector.reports.result import (
    LISTS,
    Result,
    breakdown,
    frame,
    freshness,
    listed,
    unknown_names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_collector.engine.answers import Stored
    from tallymark_collector.query.naive.retention import Cell, Cohort, RetentionAnswer
    from tallymark_collector.query.plan import RetentionPlan

_CRITERIA = {
    "on": "came back in that bucket",
    "on_or_after": "came back in that bucket or later",
    "on_or_before": "came back in that bucket or earlier",
    "streak": "came back in every bucket from 1 up to that one",
}
_BIRTHS = {
    "first": "a user's first birth event in the range",
    "first_ever": "a user's first birth event ever, if it lies in the range",
    "compounded": "each period with a birth event: a user may be in several cohorts",
}
_AVERAGES = {
    "pooled": "Σ retained ÷ Σ size over complete cohorts",
    "simple": "the mean of the complete cohorts' rates",
    "mixpanel": "Σ retained ÷ Σ size over all cohorts, incomplete ones included",
}


def answer(body: bytes | Mapping[str, object] | RetentionQuestion, stored: Stored) -> Result:
    """Answer a retention question, asked as JSON or read before; raise Problem `bad_question`."""
    plan, found, source = answer_retention(parse(RetentionQuestion, body), stored)
    question = plan.question
    return {
        **shape(plan, found),
        **unknown_names([question.birth_event, question.return_event], source),
        **freshness(source, found.rows_read),
    }


def shape(plan: RetentionPlan, found: RetentionAnswer) -> Result:
    """Return the cohorts as JSON, with the average over them (of each segment, if split)."""
    question = plan.question
    segments = dict.fromkeys(cohort.segment for cohort in found.cohorts)
    body: Result = {
        "measure": question.measure,
        "unit": question.unit,
        "buckets": [list(bracket) for bracket in plan.brackets],
        "cohorts": [_cohort(plan, cohort) for cohort in found.cohorts],
    }
    averages = [
        {
            **breakdown(question.by, segment),
            "cells": _averages(plan, [one for one in found.cohorts if one.segment == segment]),
        }
        for segment in segments
    ]
    body["averages"] = averages
    return frame("retention", sentence(plan), semantics(plan), plan, body)


def sentence(plan: RetentionPlan) -> str:
    """Say in plain English what is counted."""
    question = plan.question
    came_back = _CRITERIA[question.criteria].replace(
        "came back", f"did {_named(question.return_event)}"
    )
    days = f"{plan.range.first} to {plan.range.last} ({plan.range.timezone})"
    words = [
        (
            f"Of the users with {_named(question.birth_event)} in each {question.unit}, {days}, "
            f"who {came_back}, counted in {question.unit}s since"
        )
    ]
    if question.property is not None:
        words.append(f"as the {question.measure} of {question.property}")
    if question.by:
        words.append(f"split by {listed(question.by)}: the {question.limit} largest, then $other")
    return "; ".join(words) + "."


def semantics(plan: RetentionPlan) -> dict[str, str]:
    """Say how members and returns are counted."""
    question = plan.question
    rolling = (
        "24 h" if question.unit == "day" else f"{7 if question.unit == 'week' else 30} days of 24 h"
    )
    zero = "all members" if question.size_column else "a further return event, not the birth event"
    notes = {
        "birth": _BIRTHS[question.births],
        "buckets": f"whole multiples of {rolling} since the birth"
        if question.mode == "rolling"
        else f"difference of local {question.unit}s in {plan.range.timezone}",
        "bucket_0": f"counts {zero}",
        "criterion": _CRITERIA[question.criteria],
        "average": _AVERAGES[question.average],
        "incomplete": "the stored events end before the bucket does for the newest member",
        "users": "canonical users at query time; events of nobody take no part",
    }
    if question.measure == "average":
        notes["measure"] = f"{question.property} summed, ÷ the size of the cohort"
    if question.by:
        notes["lists"] = LISTS
    if question.match == "both":
        notes["split"] = "the return event must have the birth event's values"
    return notes


def _named(events: EventSet) -> str:
    if events.where is None:
        return events.title
    return f"{events.title} ({describe(events.where)})"


def _cohort(plan: RetentionPlan, cohort: Cohort) -> Result:
    cells: list[Result] = [
        {
            "users": cell.retained,
            "value": _value(plan.question, cell, cohort.size),
            "complete": cell.complete,
        }
        for cell in cohort.cells
    ]
    return {
        "at": cohort.start.isoformat(),
        **breakdown(plan.question.by, cohort.segment),
        "size": cohort.size,
        "cells": cells,
    }


def _value(question: RetentionQuestion, cell: Cell, size: int) -> Number | None:
    if question.measure == "users":
        return cell.retained
    if question.measure == "rate":
        return ratio(cell.retained, size)
    if question.measure == "sum":
        return cell.total
    return ratio(cell.total, size)


def _averages(plan: RetentionPlan, cohorts: Sequence[Cohort]) -> list[Number | None]:
    """Return the average of each bucket; null where no cohort is complete."""
    question = plan.question
    averages: list[Number | None] = []
    for index in range(len(plan.brackets)):
        cells = [
            (cohort.cells[index], cohort.size)
            for cohort in cohorts
            if cohort.cells[index].complete or question.average == "mixpanel"
        ]
        if question.average == "simple" or question.measure in ("users", "sum"):
            values = [_value(question, cell, size) for cell, size in cells]
            averages.append(mean([value for value in values if value is not None]))
        else:
            parts = [
                cell.retained if question.measure == "rate" else cell.total for cell, _ in cells
            ]
            averages.append(ratio(total(parts), sum(size for _, size in cells)))
    return averages
