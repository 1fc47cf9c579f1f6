"""Trends: counts, users and property values over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.engine.answers import answer_trends
from tallymark_collector.query.durations import in_words
from tallymark_collector.query.filters import describe
from tallymark_collector.query.question import TrendsQuestion, parse, percentile_of
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
    from tallymark_collector.query.buckets import Bucket
    from tallymark_collector.query.naive.trends import Line, TrendsAnswer
    from tallymark_collector.query.plan import TrendsPlan

_AGGREGATES = {
    "sum": "sum", "average": "average", "min": "smallest value", "max": "largest value",
    "median": "median", "distinct": "number of different values",
}  # fmt: skip
_ACTIVE = {"dau": "day", "wau": "7 days", "mau": "30 days"}


def answer(body: bytes | Mapping[str, object] | TrendsQuestion, stored: Stored) -> Result:
    """Answer a trends question, asked as JSON or read before; raise Problem `bad_question`."""
    plan, found, source = answer_trends(parse(TrendsQuestion, body), stored)
    return {
        **shape(plan, found),
        **unknown_names(plan.question.events, source),
        **freshness(source, found.rows_read),
    }


def shape(plan: TrendsPlan, found: TrendsAnswer) -> Result:
    """Return the series as JSON, with what they mean."""
    before: Sequence[Line | None] = found.previous or [None] * len(found.lines)
    series: list[Result] = []
    for line, earlier in zip(found.lines, before, strict=True):
        one = _series(plan, line, found.buckets)
        if earlier is not None:
            one["previous"] = {
                "points": _points(earlier, found.previous_buckets),
                "total": earlier.total,
            }
        series.append(one)
    question = plan.question
    body: Result = {"measure": question.measure, "interval": question.interval, "series": series}
    if found.previous:
        earlier_range = plan.range.previous()
        body["previous"] = {
            "from": earlier_range.first.isoformat(),
            "to": earlier_range.last.isoformat(),
        }
    return frame("trends", sentence(plan), semantics(plan), plan, body)


def sentence(plan: TrendsPlan) -> str:
    """Say in plain English what is counted."""
    question = plan.question
    words = [
        (
            f"{_measured(question)}, per {question.interval}, "
            f"{plan.range.first} to {plan.range.last} ({plan.range.timezone})"
        )
    ]
    if question.where is not None:
        words.append(f"only where {describe(question.where)}")
    if question.by:
        words.append(f"split by {listed(question.by)}: the {question.limit} largest, then $other")
    if question.formula is not None:
        words.append(f"combined as {question.formula}")
    if question.rolling is not None:
        words.append(f"each point the average of {question.rolling} {question.interval}s")
    if question.cumulative:
        words.append("each point counted from the beginning of the range")
    if question.compare is not None:
        before = plan.range.previous()
        words.append(f"beside the {before.first} to {before.last} before it")
    return "; ".join(words) + "."


def semantics(plan: TrendsPlan) -> dict[str, str]:
    """Say how the numbers are counted, as far as the question leaves room for doubt."""
    question = plan.question
    notes = {
        "total": "the measure over the whole range, not the sum of the points",
        "days": f"days of {plan.range.timezone}, weeks from Monday, the last day included",
        "users": "canonical users at query time; events of nobody count in no user number",
    }
    if question.measure == "sessions":
        notes["sessions"] = (
            "the events' own session id"
            if question.session == 0
            else f"visits end after {in_words(question.session)} without an event, and at midnight"
        )
    if question.property is not None:
        notes["property"] = f"events whose {question.property} does not fit are counted in ignored"
    if question.by:
        notes["lists"] = LISTS
    if question.by and question.measure in ("uniques", *_ACTIVE):
        notes["segment"] = f"a user counts in {_where_counted(question.segment)}"
    return notes


def _where_counted(segment: str) -> str:
    if segment == "every":
        return "every segment touched"
    return f"the {segment} segment touched in the range only"


def _measured(question: TrendsQuestion) -> str:
    events = listed([one.title for one in question.events])
    if len(question.events) > 1:
        events = f"each of {events}"
    if question.measure == "total":
        return f"How often {events} happened"
    if question.measure == "uniques":
        return f"How many different users did {events}"
    if question.measure == "per_user":
        return f"How often {events} happened on average for each user who did it"
    if question.measure == "sessions":
        return f"How many sessions had {events}"
    if question.measure in _ACTIVE:
        span = _ACTIVE[question.measure]
        return f"How many different users did {events} in the {span} ending with each point"
    fold = f" of each user's {question.per_user}" if question.per_user else ""
    return f"The {_aggregate(question.measure)}{fold} of {question.property} over {events}"


def _aggregate(measure: str) -> str:
    return _AGGREGATES.get(measure) or f"percentile {percentile_of(measure):g}"


def _series(plan: TrendsPlan, line: Line, buckets: Sequence[Bucket]) -> Result:
    one: Result = {
        "name": line.title,
        **breakdown(plan.question.by, line.segment),
        "points": _points(line, buckets),
        "total": line.total,
    }
    if plan.question.property is not None:
        one["ignored"] = line.ignored
    return one


def _points(line: Line, buckets: Sequence[Bucket]) -> list[Result]:
    points: list[Result] = []
    for bucket, value in zip(buckets, line.values, strict=True):
        point: Result = {"at": bucket.label, "value": value}
        if bucket.partial:
            point["partial"] = True
        points.append(point)
    return points
