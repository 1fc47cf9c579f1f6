"""Who is counted in one cell of a report, so that every number can be opened."""

from __future__ import annotations

from datetime import date  # noqa: TC003 -- pydantic reads it
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tallymark_collector.problem import Problem
from tallymark_collector.query.naive.frequency import rows_behind as often
from tallymark_collector.query.naive.funnel import attempts_of
from tallymark_collector.query.naive.retention import members_of
from tallymark_collector.query.naive.retention import segments_of as cohort_segments
from tallymark_collector.query.naive.rows import rows_of
from tallymark_collector.query.naive.trends import rows_behind
from tallymark_collector.query.naive.trends import segments_of as trend_segments
from tallymark_collector.query.plan import plan_frequency, plan_funnel, plan_retention, plan_trends
from tallymark_collector.query.question import (
    FrequencyQuestion,
    FunnelQuestion,
    RetentionQuestion,
    TrendsQuestion,
    parse,
)
from tallymark_collector.query.values import EVERYTHING, Segment, identity_of
from tallymark_collector.reports.result import breakdown

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from tallymark_collector.query.buckets import Bucket
    from tallymark_collector.query.plan import TrendsPlan
    from tallymark_collector.query.row import Row
    from tallymark_collector.query.snapshot import Snapshot
    from tallymark_collector.reports.result import Result

MAX_PEOPLE: Final = 200
MAX_POSITIONS: Final = 20
"""Events named for each of them; a person's timeline holds all."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Cell(_Model):
    """A cell of one segment of a breakdown: `by` as the answer carries it, else without."""

    by: dict[str, JsonValue] | None = None


class TrendsCell(_Cell):
    """One point of the series of one of the events, by the point's label; else the whole range."""

    series: Annotated[int, Field(ge=0)]
    at: str | None = None


class FunnelCell(_Cell):
    """One step (1-based): who reached it, or who reached the one before and no further."""

    step: Annotated[int, Field(ge=1)]
    state: Literal["reached", "dropped"]


class RetentionCell(_Cell):
    """One cohort, named by its first day, and one of its buckets; without one, all of it."""

    cohort: date
    bucket: Annotated[int, Field(ge=0)] | None = None


class FrequencyCell(_Model):
    """One period, by its label, and the least number of its sub-units somebody was active in."""

    at: str
    at_least: Annotated[int, Field(ge=1)] = 1


class _Asked(_Model):
    question: dict[str, object]


class _AskedTrends(_Asked):
    cell: TrendsCell


class _AskedFunnel(_Asked):
    cell: FunnelCell


class _AskedRetention(_Asked):
    cell: RetentionCell


class _AskedFrequency(_Asked):
    cell: FrequencyCell


def people_of(report: str, body: bytes, read: Callable[[], Snapshot]) -> Result:
    """List the people of a cell: `{"question": …, "cell": …}`, the question as the report's own.

    *read* gives the events, once the question is found to be right.
    Raises Problem `not_found` for an unknown report and `bad_question` for a cell the report does
    not have, or whose people are not told apart (formulas, rolling averages, compared steps).
    """
    try:
        rows = _ROWS[report]
    except KeyError:
        names = ", ".join(_ROWS)
        raise Problem("not_found", f"there is no report {report!r}; there are {names}") from None
    return _listed(rows(body, read))


def _trends(body: bytes, read: Callable[[], Snapshot]) -> list[Row]:
    asked = parse(_AskedTrends, body)
    question = parse(TrendsQuestion, asked.question)
    snapshot = read()
    plan = plan_trends(question, snapshot.bounds)
    cell = asked.cell
    if question.formula or question.rolling:
        raise _unopened("a formula or a rolling average")
    if cell.series >= len(question.events):
        raise _no_cell(f"series {cell.series}", "cell.series")
    rows = rows_of(snapshot)
    segments = trend_segments(plan, rows) if question.by else (EVERYTHING,)
    segment = _segment(question.by, cell.by, segments)
    return rows_behind(plan, rows, cell.series, segment, _bucket(plan, cell.at))


def _bucket(plan: TrendsPlan, at: str | None) -> Bucket | None:
    return None if at is None else _labelled(plan.range.buckets(plan.question.interval), at)


def _labelled(buckets: Iterable[Bucket], at: str) -> Bucket:
    found = next((one for one in buckets if one.label == at), None)
    if found is None:
        raise _no_cell(f"point {at!r}", "cell.at")
    return found


def _funnel(body: bytes, read: Callable[[], Snapshot]) -> list[Row]:
    asked = parse(_AskedFunnel, body)
    question = parse(FunnelQuestion, asked.question)
    snapshot = read()
    plan = plan_funnel(question, snapshot.bounds)
    if len(plan.paths) > 1:
        raise _unopened("compared steps")
    step = asked.cell.step
    if step > len(plan.question.steps) or (step == 1 and asked.cell.state == "dropped"):
        raise _no_cell(f"step {step} {asked.cell.state}", "cell.step")
    attempts = attempts_of(plan, rows_of(snapshot))
    reached = asked.cell.state == "reached"
    return [
        hit
        for one in attempts[_segment(plan.question.by, asked.cell.by, attempts)]
        if (one.depth >= step if reached else one.depth == step - 1)
        for hit in one.hits
    ]


def _retention(body: bytes, read: Callable[[], Snapshot]) -> list[Row]:
    asked = parse(_AskedRetention, body)
    question = parse(RetentionQuestion, asked.question)
    snapshot = read()
    plan = plan_retention(question, snapshot.bounds)
    bucket = asked.cell.bucket
    if bucket is not None and bucket >= len(plan.brackets):
        raise _no_cell(f"bucket {bucket}", "cell.bucket")
    rows = rows_of(snapshot)
    segments = cohort_segments(plan, rows) if plan.question.by else (EVERYTHING,)
    segment = _segment(plan.question.by, asked.cell.by, segments)
    everybody = bucket is None or (plan.question.size_column and plan.brackets[bucket][0] == 0)
    found: list[Row] = []
    for birth, returns in members_of(plan, rows, asked.cell.cohort, segment):
        if everybody or bucket is None:
            found.append(birth)
        else:
            found.extend(returns[bucket] or ())
    return found


def _frequency(body: bytes, read: Callable[[], Snapshot]) -> list[Row]:
    asked = parse(_AskedFrequency, body)
    question = parse(FrequencyQuestion, asked.question)
    snapshot = read()
    plan = plan_frequency(question, snapshot.bounds)
    bucket = _labelled(plan.range.buckets(plan.question.unit), asked.cell.at)
    return often(plan, rows_of(snapshot), bucket, asked.cell.at_least)


def _segment(
    by: Sequence[str], asked: Mapping[str, JsonValue] | None, segments: Iterable[Segment]
) -> Segment:
    """Return the segment that is shown with the values *asked*, which a split report must have."""
    wanted = _identities(asked or {})
    for segment in segments:
        shown = breakdown(by, segment).get("by", {})
        assert isinstance(shown, dict)
        if _identities(shown) == wanted:
            return segment
    raise _no_cell(f"segment {asked or 'without a value'!r}", "cell.by")


def _identities(values: Mapping[str, JsonValue]) -> dict[str, Hashable]:
    return {name: identity_of(value) for name, value in values.items()}


_ROWS: Final[Mapping[str, Callable[[bytes, Callable[[], Snapshot]], list[Row]]]] = {
    "trends": _trends,
    "funnel": _funnel,
    "retention": _retention,
    "frequency": _frequency,
}


def _listed(rows: Iterable[Row]) -> Result:
    """Group the counted rows by their user, those with the most rows first.

    `positions` are the places in the log of the newest of them: where each number ends.
    """
    people: dict[str, list[Row]] = {}
    nobody: list[Row] = []
    for row in rows:
        (nobody if row.user is None else people.setdefault(row.user, [])).append(row)
    order = sorted(people, key=lambda user: (-len(people[user]), user))
    shown: list[Result] = [
        {
            "user": user,
            "events": len(people[user]),
            "first_ts": min(row.ts for row in people[user]),
            "last_ts": max(row.ts for row in people[user]),
            "positions": _newest(people[user]),
        }
        for user in order[:MAX_PEOPLE]
    ]
    return {
        "people": shown,
        "count": len(order),
        "nobody": len(nobody),
        "nobody_positions": _newest(nobody),
    }


def _newest(rows: Sequence[Row]) -> list[int]:
    order = sorted(rows, key=lambda row: (-row.ts, -row.event.pos))
    return [row.event.pos for row in order[:MAX_POSITIONS]]


def _no_cell(what: str, path: str) -> Problem:
    return Problem("bad_question", f"the report has no {what}", path=path)


def _unopened(what: str) -> Problem:
    return Problem("bad_question", f"the people of {what} are not listed", path="question")
