"""Trends: each series as a list of values, one for each bucket, and one for the whole range."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tallymark_collector.query import numbers
from tallymark_collector.query.buckets import Bucket, Interval, Span, day_span, period_start, zone
from tallymark_collector.query.filters import matches
from tallymark_collector.query.formula import LETTERS, Formula
from tallymark_collector.query.naive.measures import Measuring
from tallymark_collector.query.naive.rows import belongs, by_user, rows_of, segments_at
from tallymark_collector.query.question import DISTINCT_USERS, EventSet, TrendsQuestion
from tallymark_collector.query.sessions import sessions
from tallymark_collector.query.values import EVERYTHING, THE_REST, Segment, largest

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from tallymark_collector.query.numbers import Number
    from tallymark_collector.query.plan import Range, TrendsPlan
    from tallymark_collector.query.row import Row
    from tallymark_collector.query.snapshot import Snapshot

_SHORTEST_DAY = 23
"""Hours of a day on which clocks go forward."""
ACTIVE_DAYS = {"dau": 1, "wau": 7, "mau": 30}


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its values by bucket, the value of the whole range, and what was left out."""

    title: str
    segment: Segment
    values: tuple[Number | None, ...]
    total: Number | None
    ignored: int


@dataclass(frozen=True, slots=True)
class TrendsAnswer:
    """The series of a trends plan; `previous` are those of the period before, in the same order."""

    buckets: tuple[Bucket, ...]
    lines: tuple[Line, ...]
    previous_buckets: tuple[Bucket, ...]
    previous: tuple[Line, ...]
    rows_read: int


def evaluate(plan: TrendsPlan, snapshot: Snapshot) -> TrendsAnswer:
    """Answer a trends plan."""
    rows = rows_of(snapshot)
    run = _Run(plan.question, rows)
    segments = run.segments(plan.range)
    before = plan.range.previous() if plan.question.compare == "previous" else None
    return TrendsAnswer(
        buckets=plan.range.buckets(plan.question.interval),
        lines=run.lines(plan.range, segments),
        previous_buckets=before.buckets(plan.question.interval) if before else (),
        previous=run.lines(before, segments) if before else (),
        rows_read=len(rows),
    )


def segments_of(plan: TrendsPlan, rows: Sequence[Row]) -> tuple[Segment, ...]:
    """Return the segments a trend shows, in order."""
    return _Run(plan.question, rows).segments(plan.range)


def rows_behind(
    plan: TrendsPlan, rows: Sequence[Row], place: int, segment: Segment, bucket: Bucket | None
) -> list[Row]:
    """Return the rows one value rests on: of the event set at *place*, and of a segment.

    Without a bucket it is the value of the whole range.
    """
    run = _Run(plan.question, rows)
    span = plan.range.span if bucket is None else span_of(plan.question, bucket, plan.range)
    return [row for row in _within(run.of_set(place, segment, plan.range), span) if run.counts(row)]


class _Run:
    """One evaluation: the rows of each event set, asked range by range."""

    def __init__(self, question: TrendsQuestion, rows: Sequence[Row]) -> None:
        self._question = question
        self._sets = [
            [row for row in rows if belongs(events, row) and matches(question.where, row.lookup)]
            for events in question.events
        ]
        self._groups: dict[tuple[int, Range], Mapping[Segment, list[Row]]] = {}
        self._measuring = Measuring(
            question.measure,
            question.property,
            question.per_user,
            session_keys(rows, question) if question.measure == "sessions" else {},
        )

    def segments(self, covered: Range) -> tuple[Segment, ...]:
        """Return the segments to show, the largest first, then the rest as one."""
        if not self._question.by:
            return (EVERYTHING,)
        groups: dict[Segment, list[Row]] = {}
        for place in range(len(self._sets)):
            for segment, rows in self._grouped(place, covered).items():
                inside = _within(rows, covered.span)
                if inside:
                    groups.setdefault(segment, []).extend(inside)
        sizes = {segment: self._measuring.value(group) for segment, group in groups.items()}
        shown = largest(sizes, self._question.limit)
        return (*shown, *([THE_REST] if len(shown) < len(sizes) else []))

    def lines(self, covered: Range, segments: tuple[Segment, ...]) -> tuple[Line, ...]:
        """Return the series over a range: one for each event set and segment, or of the formula."""
        lines = [
            self._line(
                events, self._of_segment(place, segment, segments, covered), segment, covered
            )
            for place, events in enumerate(self._question.events)
            for segment in segments
        ]
        if self._question.formula is None:
            return tuple(lines)
        return tuple(
            calculated(self._question.formula, [one for one in lines if one.segment == segment])
            for segment in segments
        )

    def of_set(self, place: int, segment: Segment, covered: Range) -> Sequence[Row]:
        """Return the rows of the event set at *place* that are counted in a segment."""
        return self._of_segment(place, segment, self.segments(covered), covered)

    def counts(self, row: Row) -> bool:
        """Tell whether the measure takes a row into account."""
        return self._measuring.counts(row)

    def _line(
        self, events: EventSet, rows: Sequence[Row], segment: Segment, covered: Range
    ) -> Line:
        inside = _within(rows, covered.span)
        return Line(
            title=events.title,
            segment=segment,
            values=self._values(rows, covered),
            total=self._measuring.value(inside),
            ignored=self._measuring.ignored(inside),
        )

    def _values(self, rows: Sequence[Row], covered: Range) -> tuple[Number | None, ...]:
        question = self._question
        shown = covered.buckets(question.interval)
        if question.rolling is None:
            spans = [span_of(self._question, bucket, covered) for bucket in shown]
            return tuple(self._measuring.value(_within(rows, span)) for span in spans)
        earlier = steps_back(covered.first, question.interval, question.rolling - 1)
        wider = replace(covered, first=earlier).buckets(question.interval)
        spans = [span_of(question, bucket, covered) for bucket in wider]
        values = [self._measuring.value(_within(rows, span)) for span in spans]
        ends = range(len(values) - len(shown) + 1, len(values) + 1)
        return tuple(average(values[end - question.rolling : end]) for end in ends)

    def _of_segment(
        self, place: int, segment: Segment, shown: tuple[Segment, ...], covered: Range
    ) -> Sequence[Row]:
        if segment == EVERYTHING:
            return self._sets[place]
        groups = self._grouped(place, covered)
        if segment != THE_REST:
            return groups.get(segment, ())
        # A row of several segments that are not shown is still one row.
        rest = {row.event.pos for own, rows in groups.items() if own not in shown for row in rows}
        return [row for row in self._sets[place] if row.event.pos in rest]

    def _grouped(self, place: int, covered: Range) -> Mapping[Segment, list[Row]]:
        """Return the rows of an event set by each segment they count in, in order.

        If so asked, users count in the segments of their first or last row of the range only.
        """
        known = self._groups.get((place, covered))
        if known is not None:
            return known
        homes = self._homes(place, covered)
        groups: dict[Segment, list[Row]] = {}
        for row in self._sets[place]:
            for segment in segments_at(row, self._question.by):
                if homes is None or (row.user and segment in homes.get(row.user, ())):
                    groups.setdefault(segment, []).append(row)
        self._groups[place, covered] = groups
        return groups

    def _homes(self, place: int, covered: Range) -> dict[str, tuple[Segment, ...]] | None:
        """Return the segments each user counts in, None if they count in all they touch."""
        question = self._question
        if question.segment == "every" or question.measure not in DISTINCT_USERS:
            return None
        which = 0 if question.segment == "first" else -1
        users = by_user(_within(self._sets[place], covered.span))
        return {user: segments_at(rows[which], question.by) for user, rows in users.items()}


def span_of(question: TrendsQuestion, bucket: Bucket, covered: Range) -> Span:
    """Return the time a bucket's value is about; rolling users and running sums look back."""
    days = ACTIVE_DAYS.get(question.measure)
    if days is not None:
        first = bucket.last_day - timedelta(days=days - 1)
        return day_span(first, bucket.last_day, covered.tz)
    if question.cumulative:
        return Span(covered.span.start, bucket.span.end)
    return bucket.span


def session_keys(rows: Sequence[Row], question: TrendsQuestion) -> dict[int, Hashable]:
    """Return the session of each row by `pos`: the events' own id, or visits cut by the gap."""
    keys: dict[int, Hashable] = {}
    for user, group in by_user(rows).items():
        if question.session == 0:
            keys |= {row.event.pos: (user, row.event.session) for row in group if row.event.session}
            continue
        visits = sessions([row.ts for row in group], question.session, zone(question.timezone))
        keys |= {row.event.pos: (user, visit) for row, visit in zip(group, visits, strict=True)}
    return keys


def _within(rows: Sequence[Row], span: Span) -> Sequence[Row]:
    """Return the rows of a span; rows are in order of time."""
    return rows[_place(rows, span.start) : _place(rows, span.end)]


def _place(rows: Sequence[Row], ts: int) -> int:
    return bisect_left(rows, ts, key=lambda row: row.ts)


def average(values: Sequence[Number | None]) -> float | None:
    """Return the mean of the values there are."""
    return numbers.mean([value for value in values if value is not None])


def steps_back(first: date, interval: Interval, steps: int) -> date:
    """Return a day from which at least *steps* whole intervals lie before *first*'s."""
    if interval == "hour":
        return first - timedelta(days=-(-steps // _SHORTEST_DAY))
    day = period_start(first, interval)
    for _ in range(steps):
        day = period_start(day - timedelta(days=1), interval)
    return day


def calculated(text: str, lines: Sequence[Line]) -> Line:
    """Return the series a formula makes of the lines of one segment, bucket by bucket."""
    formula = Formula(text)
    letters = LETTERS[: len(lines)]

    def apply(operands: Sequence[Number | None]) -> Number | None:
        return formula.value(dict(zip(letters, operands, strict=True)))

    return Line(
        title=text,
        segment=lines[0].segment,
        values=tuple(
            apply(values) for values in zip(*(line.values for line in lines), strict=True)
        ),
        total=apply([line.total for line in lines]),
        ignored=sum(line.ignored for line in lines),
    )
