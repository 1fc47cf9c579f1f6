"""Who is counted in one cell of a report, so that every number can be opened."""

from __future__ import annotations

from datetime import date  # noqa: TC003 -- pydantic reads it
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from tallymark_collector.problem import Problem
from tallymark_collector.query.filters import matches
from tallymark_collector.query.naive.funnel import attempts_of
from tallymark_collector.query.naive.retention import members_of
from tallymark_collector.query.naive.rows import belongs, rows_of
from tallymark_collector.query.plan import plan_funnel, plan_retention, plan_trends
from tallymark_collector.query.question import (
    FunnelQuestion,
    RetentionQuestion,
    TrendsQuestion,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tallymark_collector.query.buckets import Span
    from tallymark_collector.query.naive.rows import Row
    from tallymark_collector.query.plan import TrendsPlan
    from tallymark_collector.query.snapshot import Snapshot
    from tallymark_collector.reports.result import Result

MAX_PEOPLE: Final = 200
_COUNTED_BY_BUCKET: Final = ("total", "uniques", "per_user", "sessions")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrendsCell(_Model):
    """One point of one series, named by its label; without one, the whole range."""

    series: Annotated[int, Field(ge=0)]
    at: str | None = None


class FunnelCell(_Model):
    """One step (1-based): who reached it, or who reached the one before and no further."""

    step: Annotated[int, Field(ge=1)]
    state: Literal["reached", "dropped"]


class RetentionCell(_Model):
    """One cohort, named by its first day, and one of its buckets; without one, all of it."""

    cohort: date
    bucket: Annotated[int, Field(ge=0)] | None = None


class _Asked(_Model):
    question: dict[str, object]


class _AskedTrends(_Asked):
    cell: TrendsCell


class _AskedFunnel(_Asked):
    cell: FunnelCell


class _AskedRetention(_Asked):
    cell: RetentionCell


def people_of(report: str, body: bytes, snapshot: Snapshot) -> Result:
    """List the people of a cell: `{"question": …, "cell": …}`, the question as the report's own.

    Raises Problem `not_found` for an unknown report and `bad_question` for a cell the report does
    not have, or whose people are not told apart (breakdowns, formulas, compared steps).
    """
    try:
        rows = _ROWS[report]
    except KeyError:
        names = ", ".join(_ROWS)
        raise Problem("not_found", f"there is no report {report!r}; there are {names}") from None
    return _listed(rows(body, snapshot))


def _trends(body: bytes, snapshot: Snapshot) -> list[Row]:
    asked = parse(_AskedTrends, body)
    plan = plan_trends(parse(TrendsQuestion, asked.question), snapshot.bounds)
    question = plan.question
    if question.by or question.formula or question.measure not in _COUNTED_BY_BUCKET:
        raise _unopened("a breakdown, a formula or this measure")
    if asked.cell.series >= len(question.events):
        raise _no_cell(f"series {asked.cell.series}", "cell.series")
    span = _span(plan, asked.cell.at)
    events = question.events[asked.cell.series]
    return [
        row
        for row in rows_of(snapshot)
        if span.holds(row.ts) and belongs(events, row) and matches(question.where, row.lookup)
    ]


def _span(plan: TrendsPlan, at: str | None) -> Span:
    if at is None:
        return plan.range.span
    spans = {one.label: one.span for one in plan.range.buckets(plan.question.interval)}
    if at not in spans:
        raise _no_cell(f"point {at!r}", "cell.at")
    return spans[at]


def _funnel(body: bytes, snapshot: Snapshot) -> list[Row]:
    asked = parse(_AskedFunnel, body)
    plan = plan_funnel(parse(FunnelQuestion, asked.question), snapshot.bounds)
    if plan.question.by or len(plan.paths) > 1:
        raise _unopened("a breakdown or compared steps")
    step = asked.cell.step
    if step > len(plan.question.steps) or (step == 1 and asked.cell.state == "dropped"):
        raise _no_cell(f"step {step} {asked.cell.state}", "cell.step")
    reached = asked.cell.state == "reached"
    return [
        hit
        for one in attempts_of(plan, rows_of(snapshot))
        if (one.depth >= step if reached else one.depth == step - 1)
        for hit in one.hits
    ]


def _retention(body: bytes, snapshot: Snapshot) -> list[Row]:
    asked = parse(_AskedRetention, body)
    plan = plan_retention(parse(RetentionQuestion, asked.question), snapshot.bounds)
    if plan.question.by:
        raise _unopened("a breakdown")
    bucket = asked.cell.bucket
    if bucket is not None and bucket >= len(plan.brackets):
        raise _no_cell(f"bucket {bucket}", "cell.bucket")
    everybody = bucket is None or (plan.question.size_column and plan.brackets[bucket][0] == 0)
    found: list[Row] = []
    for birth, returns in members_of(plan, rows_of(snapshot), asked.cell.cohort):
        if everybody or bucket is None:
            found.append(birth)
        else:
            found.extend(returns[bucket] or ())
    return found


_ROWS: Final[Mapping[str, Callable[[bytes, Snapshot], list[Row]]]] = {
    "trends": _trends,
    "funnel": _funnel,
    "retention": _retention,
}


def _listed(rows: Iterable[Row]) -> Result:
    """Group the counted rows by their user, those with the most rows first."""
    people: dict[str, list[int]] = {}
    nobody = 0
    for row in rows:
        if row.user is None:
            nobody += 1
        else:
            people.setdefault(row.user, []).append(row.ts)
    order = sorted(people, key=lambda user: (-len(people[user]), user))
    shown: list[Result] = [
        {
            "user": user,
            "events": len(people[user]),
            "first_ts": min(people[user]),
            "last_ts": max(people[user]),
        }
        for user in order[:MAX_PEOPLE]
    ]
    return {"people": shown, "count": len(order), "nobody": nobody}


def _no_cell(what: str, path: str) -> Problem:
    return Problem("bad_question", f"the report has no {what}", path=path)


def _unopened(what: str) -> Problem:
    return Problem("bad_question", f"the people of {what} are not listed", path="question")
