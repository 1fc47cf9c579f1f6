"""Retention: cohorts of users by their birth, and which of them come back in which bucket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import TYPE_CHECKING

from tallymark_collector.query import numbers
from tallymark_collector.query.buckets import Interval, local_day, period_start, start_of
from tallymark_collector.query.durations import DAY
from tallymark_collector.query.naive.rows import belongs, by_user, rows_of, segments_at
from tallymark_collector.query.values import EVERYTHING, THE_REST, Segment, largest, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tallymark_collector.query.numbers import Number
    from tallymark_collector.query.plan import RetentionPlan
    from tallymark_collector.query.question import RetentionQuestion
    from tallymark_collector.query.row import Row
    from tallymark_collector.query.snapshot import Snapshot

UNIT_DAYS = {"day": 1, "week": 7, "month": 30}


@dataclass(frozen=True, slots=True)
class Cell:
    """One bucket of one cohort.

    `retained` users met the criterion; `total` is the sum of the asked property over their return
    events; `complete` is false while the bucket is not over for the newest member: the stored
    events do not reach its end.
    """

    retained: int
    total: Number
    complete: bool


@dataclass(frozen=True, slots=True)
class Cohort:
    """The users born in one period, and their cells by bucket."""

    start: date
    segment: Segment
    size: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RetentionAnswer:
    """The cohorts of a retention plan, by segment and by start."""

    cohorts: tuple[Cohort, ...]
    rows_read: int


@dataclass(frozen=True, slots=True)
class _Member:
    """One birth and what the same user did afterwards: (bucket number, row) of each return."""

    birth: Row
    returns: tuple[tuple[int, Row], ...]


def evaluate(plan: RetentionPlan, snapshot: Snapshot) -> RetentionAnswer:
    """Answer a retention plan."""
    rows = rows_of(snapshot)
    found = [
        _count(
            plan,
            segment,
            start,
            [_member(plan, birth, own, segment) for birth, own in born],
            snapshot.bounds.last or 0,
        )
        for (segment, start), born in _cohorts(plan, rows).items()
    ]
    return RetentionAnswer(tuple(found), len(rows))


def segments_of(plan: RetentionPlan, rows: Sequence[Row]) -> list[Segment]:
    """Return the segments a retention shows, in order."""
    return list(dict.fromkeys(segment for segment, _ in _cohorts(plan, rows)))


def members_of(
    plan: RetentionPlan, rows: Sequence[Row], start: date, segment: Segment = EVERYTHING
) -> Iterator[tuple[Row, tuple[list[Row] | None, ...]]]:
    """Iterate over the births of a segment's cohort that begins at *start*.

    Each comes with the return events that count in each bucket, None where the criterion is not
    met.
    """
    for birth, own in _cohorts(plan, rows).get((segment, start), ()):
        member = _member(plan, birth, own, segment)
        yield birth, tuple(_returned(plan, member, bracket) for bracket in plan.brackets)


def _cohorts(
    plan: RetentionPlan, rows: Sequence[Row]
) -> dict[tuple[Segment, date], list[tuple[Row, list[Row]]]]:
    """Return the births of each cohort, each with all rows of its user, in the order shown."""
    found: dict[tuple[Segment, date], list[tuple[Row, list[Row]]]] = {}
    sizes: dict[Segment, int | float | None] = {}
    question = plan.question
    for own in by_user(rows).values():
        for birth in births(plan, own):
            for segment in segments_at(birth, question.by):
                found.setdefault((segment, _cohort(birth, plan)), []).append((birth, own))
                sizes[segment] = (sizes.get(segment) or 0) + 1
    shown = largest(sizes, question.limit)
    merged: dict[tuple[Segment, date], dict[int, tuple[Row, list[Row]]]] = {}
    for (segment, start), born in found.items():
        # A birth of several segments that are not shown is still one birth.
        group = merged.setdefault((segment if segment in shown else THE_REST, start), {})
        group.update({birth.event.pos: (birth, own) for birth, own in born})
    order = [*shown, THE_REST]
    keys = sorted(merged, key=lambda key: (order.index(key[0]), key[1]))
    return {key: list(merged[key].values()) for key in keys}


def births(plan: RetentionPlan, rows: Sequence[Row]) -> list[Row]:
    """Return the birth events of one user that found a membership in a cohort."""
    born = [row for row in rows if belongs(plan.question.birth_event, row)]
    span = plan.range.span
    inside = [row for row in born if span.holds(row.ts)]
    if plan.question.births == "first_ever":
        return [row for row in born[:1] if span.holds(row.ts)]
    if plan.question.births == "first":
        return inside[:1]
    firsts: dict[date, Row] = {}
    for row in inside:
        firsts.setdefault(_cohort(row, plan), row)
    return list(firsts.values())


def bucket_number(birth: int, ts: int, question: RetentionQuestion, tz: tzinfo) -> int:
    """Return how many units after the birth a later event lies.

    Rolling units are exact multiples of 24 h (30 days for a month); calendar units are the
    difference of local days, ISO weeks or months, so a day of 23 hours is a day.
    """
    if question.mode == "rolling":
        return (ts - birth) // (UNIT_DAYS[question.unit] * DAY)
    born, came = local_day(birth, tz), local_day(ts, tz)
    if question.unit == "month":
        return (came.year - born.year) * 12 + came.month - born.month
    days = (period_start(came, question.unit) - period_start(born, question.unit)).days
    return days // UNIT_DAYS[question.unit]


def _cohort(birth: Row, plan: RetentionPlan) -> date:
    interval: Interval = plan.question.unit
    return period_start(local_day(birth.ts, plan.range.tz), interval)


def _member(plan: RetentionPlan, birth: Row, rows: Sequence[Row], segment: Segment) -> _Member:
    question, tz = plan.question, plan.range.tz
    home = segments_at(birth, question.by) if segment == THE_REST else (segment,)
    later = rows[rows.index(birth) + 1 :]
    returns = [
        (bucket_number(birth.ts, row.ts, question, tz), row)
        for row in later
        if belongs(question.return_event, row)
        and (question.match == "birth" or any(own in home for own in segments_at(row, question.by)))
    ]
    if question.criteria == "streak" and belongs(question.return_event, birth):
        returns.insert(0, (0, birth))
    return _Member(birth, tuple(returns))


def _count(
    plan: RetentionPlan, segment: Segment, start: date, members: list[_Member], last: int
) -> Cohort:
    newest = max(member.birth.ts for member in members)
    cells: list[Cell] = []
    for low, high in plan.brackets:
        kept = [_returned(plan, member, (low, high)) for member in members]
        whole = plan.question.size_column and low == 0
        cells.append(
            Cell(
                retained=len(members) if whole else sum(rows is not None for rows in kept),
                total=_total(kept, plan.question.property),
                complete=end_of(plan, newest, high) <= last,
            )
        )
    return Cohort(start, segment, len(members), tuple(cells))


def _total(returns: Sequence[Sequence[Row] | None], name: str | None) -> Number:
    """Return the sum of a property over return events; values that are no number are left out."""
    if name is None:
        return 0
    found = (number_of(row.lookup(name)) for rows in returns for row in rows or ())
    return numbers.total([value for value in found if value is not None])


def _returned(plan: RetentionPlan, member: _Member, bracket: tuple[int, int]) -> list[Row] | None:
    """Return the return events that count for a cell, None when the criterion is not met."""
    low, high = bracket
    criteria = plan.question.criteria
    if criteria == "on_or_after":
        rows = [row for number, row in member.returns if number >= low]
    elif criteria == "on_or_before":
        rows = [row for number, row in member.returns if number <= high]
    else:
        rows = [row for number, row in member.returns if low <= number <= high]
    if criteria == "streak" and not _unbroken(plan, member, bracket):
        return None
    return rows or None


def _unbroken(plan: RetentionPlan, member: _Member, until: tuple[int, int]) -> bool:
    """Tell whether the member came back in each bracket from number 1 on up to *until*."""
    asked = [(low, high) for low, high in plan.brackets if 0 < low <= until[0]]
    numbers_seen = {number for number, _ in member.returns}
    return all(any(low <= number <= high for number in numbers_seen) for low, high in asked)


def end_of(plan: RetentionPlan, birth: int, number: int) -> int:
    """Return the ms at which bucket *number* of a birth is over."""
    question, tz = plan.question, plan.range.tz
    if question.mode == "rolling":
        return birth + (number + 1) * UNIT_DAYS[question.unit] * DAY
    day = period_start(local_day(birth, tz), question.unit)
    if question.unit == "month":
        months = day.year * 12 + day.month - 1 + number + 1
        return start_of(date(months // 12, months % 12 + 1, 1), tz)
    return start_of(day + timedelta(days=(number + 1) * UNIT_DAYS[question.unit]), tz)
