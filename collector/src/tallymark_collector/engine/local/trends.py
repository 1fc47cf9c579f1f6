"""Trends by arrays: each event set is read once, and measured by segment and span."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.engine.local.coding import Coding
from tallymark_collector.engine.local.groups import Segments, combined
from tallymark_collector.engine.local.measures import Measured, ignored, measure
from tallymark_collector.engine.local.selection import Rows, Values, joined, select
from tallymark_collector.query.buckets import Span
from tallymark_collector.query.naive.trends import (
    Line,
    TrendsAnswer,
    average,
    calculated,
    span_of,
    steps_back,
)
from tallymark_collector.query.values import EVERYTHING, THE_REST, Segment, largest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from tallymark_collector.query.numbers import Number
    from tallymark_collector.query.plan import Range, TrendsPlan
    from tallymark_collector.segments.columns import Columns

    I64 = npt.NDArray[np.int64]

_COUNTS = ("total", "uniques", "per_user", "dau", "wau", "mau")


def evaluate(plan: TrendsPlan, columns: Columns) -> TrendsAnswer:
    """Answer a trends plan; raise Beyond for what columns cannot tell."""
    run = _Run(plan, columns)
    shown = run.shown()
    before = plan.range.previous() if plan.question.compare == "previous" else None
    return TrendsAnswer(
        buckets=plan.range.buckets(plan.question.interval),
        lines=run.lines(plan.range, shown),
        previous_buckets=before.buckets(plan.question.interval) if before else (),
        previous=run.lines(before, shown) if before else (),
        rows_read=columns.summary.rows,
    )


class _Place:
    """The rows of one event set, and the segments they are in as pairs of row and number."""

    def __init__(self, rows: Rows, codings: Mapping[str, Coding], segments: Segments) -> None:
        self.rows = rows
        columns = [rows.codes(name, coding) for name, coding in codings.items()]
        self.row, self.segment = segments.of(combined(columns, len(rows)), list(codings.values()))


class _Run:
    """One evaluation."""

    def __init__(self, plan: TrendsPlan, columns: Columns) -> None:
        self._plan, self._question = plan, plan.question
        self._segments = Segments()
        by = {name: Coding() for name in self._question.by}
        self._told_apart = Coding()
        reach = _reach(plan)
        self._places = [
            _Place(select(columns, events, self._question.where, reach), by, self._segments)
            for events in self._question.events
        ]
        self._values = [self._valued(place.rows) for place in self._places]

    def shown(self) -> tuple[Segment, ...]:
        """Return the segments to show, the largest first, then the rest as one."""
        if not self._question.by:
            return (EVERYTHING,)
        span = self._plan.range.span
        parts = [
            self._measured(number, place.row, place.segment, len(self._segments.met))
            for number, place in enumerate(self._places)
        ]
        whole = _together(parts)
        inside = (whole.ts >= span.start) & (whole.ts < span.end)
        here = np.flatnonzero(np.bincount(whole.group[inside], minlength=whole.groups))
        sizes = measure(self._question.measure, whole, [span])
        of_segment = {self._segments.met[number]: sizes[number][0] for number in here.tolist()}
        shown = largest(of_segment, self._question.limit)
        return (*shown, *([THE_REST] if len(shown) < len(of_segment) else []))

    def lines(self, covered: Range, shown: tuple[Segment, ...]) -> tuple[Line, ...]:
        """Return the series over a range: one for each event set and segment, or of the formula."""
        lines = [
            line
            for number in range(len(self._places))
            for line in self._lines(number, covered, shown)
        ]
        formula = self._question.formula
        if formula is None:
            return tuple(lines)
        return tuple(
            calculated(formula, [one for one in lines if one.segment == segment])
            for segment in shown
        )

    def _lines(self, number: int, covered: Range, shown: tuple[Segment, ...]) -> list[Line]:
        question = self._question
        if not shown:
            return []
        measured = self._by_line(number, shown)
        spans, width = self._spans(covered)
        points = measure(question.measure, measured, spans)
        totals = measure(question.measure, measured, [covered.span])
        left = [0] * len(shown)
        if measured.numbers is not None:
            left = ignored(measured, covered.span)
        return [
            Line(
                title=question.events[number].title,
                segment=segment,
                values=_rolled(points[place], width),
                total=totals[place][0],
                ignored=left[place],
            )
            for place, segment in enumerate(shown)
        ]

    def _spans(self, covered: Range) -> tuple[list[Span], int]:
        """Return the spans to measure, and over how many of them a point is the average."""
        question = self._question
        if question.rolling is None:
            buckets, width = covered.buckets(question.interval), 1
        else:
            width = question.rolling
            shown = covered.buckets(question.interval)
            earlier = steps_back(covered.first, question.interval, width - 1)
            wider = replace(covered, first=earlier).buckets(question.interval)
            buckets = wider[len(wider) - len(shown) - width + 1 :]
        return [span_of(question, bucket, covered) for bucket in buckets], width

    def _by_line(self, number: int, shown: tuple[Segment, ...]) -> Measured:
        """Return the rows of an event set by the line they count in; of the rest, each once."""
        place = self._places[number]
        if shown == (EVERYTHING,):
            return self._measured(number, slice(None), np.zeros(len(place.rows), np.int64), 1)
        line = np.full(len(self._segments.met), -1, np.int64)
        for at, segment in enumerate(shown):
            if segment != THE_REST:
                line[self._segments.number(segment)] = at
        group = line[place.segment]
        named = group >= 0
        rows, group = place.row[named], group[named]
        if shown[-1] == THE_REST:
            rest = np.unique(place.row[~named])
            rows = np.concatenate((rows, rest))
            group = np.concatenate((group, np.full(len(rest), len(shown) - 1)))
        return self._measured(number, rows, group, len(shown))

    def _measured(self, number: int, rows: I64 | slice, group: I64, groups: int) -> Measured:
        selected, values = self._places[number].rows, self._values[number]
        codes, counted = values
        return Measured(
            groups=groups,
            group=group,
            ts=selected.ts[rows],
            users=selected.users[rows],
            values=None if codes is None else codes[rows],
            numbers=None if counted is None else _taken(counted, rows),
        )

    def _valued(self, rows: Rows) -> tuple[I64 | None, Values | None]:
        question = self._question
        if question.measure in _COUNTS or question.property is None:
            return None, None
        if question.measure == "distinct":
            return rows.codes(question.property, self._told_apart), None
        return None, rows.numbers(question.property)


def _reach(plan: TrendsPlan) -> Span:
    """Return the time in which rows matter to any value of a plan."""
    question = plan.question
    ranges = [plan.range, *([plan.range.previous()] if question.compare == "previous" else [])]
    spans: list[Span] = []
    for covered in ranges:
        first = covered.first
        if question.rolling is not None:
            first = steps_back(first, question.interval, question.rolling - 1)
        wider = replace(covered, first=first)
        buckets = wider.buckets(question.interval)
        spans += [covered.span, wider.span]
        spans += [span_of(question, bucket, covered) for bucket in (buckets[0], buckets[-1])]
    return Span(min(span.start for span in spans), max(span.end for span in spans))


def _together(parts: Sequence[Measured]) -> Measured:
    """Return the rows of several event sets as those of one."""
    values = [one.values for one in parts if one.values is not None]
    counted = [one.numbers for one in parts if one.numbers is not None]
    return Measured(
        groups=parts[0].groups,
        group=joined([one.group for one in parts], np.int64),
        ts=joined([one.ts for one in parts], np.int64),
        users=joined([one.users for one in parts], np.uint32),
        values=joined(values, np.int64) if values else None,
        numbers=Values(
            joined([one.numeric for one in counted], np.bool_),
            joined([one.whole for one in counted], np.bool_),
            joined([one.ints for one in counted], np.int64),
            joined([one.floats for one in counted], np.float64),
        )
        if counted
        else None,
    )


def _taken(values: Values, rows: I64 | slice) -> Values:
    return Values(values.numeric[rows], values.whole[rows], values.ints[rows], values.floats[rows])


def _rolled(values: Sequence[Number | None], width: int) -> tuple[Number | None, ...]:
    if width == 1:
        return tuple(values)
    ends = range(width, len(values) + 1)
    return tuple(average(values[end - width : end]) for end in ends)
