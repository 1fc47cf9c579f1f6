"""Funnels by arrays: attempts of all users at once, then the evaluator's own segments and steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.engine.local.attempts import (
    Attempts,
    Barrier,
    Course,
    attempt,
    repeated,
)
from tallymark_collector.engine.local.clock import ascending, keyed
from tallymark_collector.engine.local.coding import Coding
from tallymark_collector.engine.local.groups import Segments, combined
from tallymark_collector.engine.local.selection import Rows, Values, select
from tallymark_collector.engine.local.times import Times
from tallymark_collector.query import numbers
from tallymark_collector.query.buckets import Span
from tallymark_collector.query.filters import matches, properties_in
from tallymark_collector.query.naive.funnel import FunnelAnswer, FunnelLine, StepCount
from tallymark_collector.query.values import EVERYTHING, THE_REST, Segment, largest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tallymark_collector.query.buckets import Bucket
    from tallymark_collector.query.plan import FunnelPlan
    from tallymark_collector.query.question import EventSet
    from tallymark_collector.segments.columns import Columns

    I64 = npt.NDArray[np.int64]


def evaluate(plan: FunnelPlan, columns: Columns) -> FunnelAnswer:
    """Answer a funnel plan; raise Beyond for what columns cannot tell."""
    interval = plan.question.interval
    lines: list[FunnelLine] = []
    trend: list[FunnelLine] = []
    for path in plan.paths:
        run = _Run(plan, path, columns)
        whole = run.lines()
        lines += whole
        if interval is not None:
            shown = [line.segment for line in whole]
            trend += run.trend(plan.range.buckets(interval), shown)
    return FunnelAnswer(tuple(lines), tuple(trend), columns.summary.rows)


@dataclass(frozen=True, slots=True)
class _Step:
    """The rows of one step, their keys in order, and where each of those came from."""

    rows: Rows
    keys: I64
    times: I64
    order: npt.NDArray[np.intp] | None

    def source(self, places: I64) -> I64:
        """Return which rows stand at places among the keys."""
        return places if self.order is None else self.order[places]


@dataclass(frozen=True, slots=True)
class _Shares:
    """Attempts, and pairs of attempt and the number of a segment it counts in."""

    made: Attempts
    segments: Segments
    pairs: I64
    number: I64

    def part(self, chosen: I64) -> _Shares:
        """Return some of the pairs."""
        return _Shares(self.made, self.segments, self.pairs[chosen], self.number[chosen])


class _Run:
    """One path of a plan."""

    def __init__(self, plan: FunnelPlan, path: tuple[EventSet, ...], columns: Columns) -> None:
        self._plan, self._question = plan, plan.question
        question = self._question
        self._titles = tuple(events.title for events in path)
        span = plan.range.span
        later = span if question.within == "range" else Span(span.start, span.end + question.window)
        inline = question.where if question.where_applies == "before" else None

        def read(events: EventSet, reach: Span) -> Rows:
            return select(columns, events, inline, reach, somebody=True)

        lists = [read(events, later if place else span) for place, events in enumerate(path)]
        lists += [read(events, later) for events in question.exclude]
        clock, keys = keyed(lists)
        sorted_keys = [ascending(own) for own in keys]
        size = len(path)
        self._steps = [
            _Step(rows, own, clock.time(own), order)
            for rows, (own, order) in zip(lists[:size], sorted_keys[:size], strict=True)
        ]
        barriers = [
            Barrier(own, events.after, events.before or size)
            for events, (own, _) in zip(question.exclude, sorted_keys[size:], strict=True)
        ]
        steps = [step.keys for step in self._steps]
        self._course = Course(clock, steps, barriers, question.window)
        self._summed = [
            None if question.sum is None else step.rows.numbers(question.sum)
            for step in self._steps
        ]

    def lines(self) -> list[FunnelLine]:
        """Return the funnel of each segment, over the whole range."""
        made = self._made(np.zeros(len(self._steps[0].keys), np.int64))
        shares = self._segmented(made)
        if not self._question.by:
            return [self._line(made, shares.pairs, EVERYTHING)]
        met = shares.segments.met
        sizes = np.bincount(shares.number, minlength=len(met)).tolist()
        of_segment: dict[Segment, int | float | None] = dict(zip(met, sizes, strict=True))
        shown = largest(of_segment, self._question.limit)
        if len(shown) < len(of_segment):
            shown.append(THE_REST)
        return self._split(shares, shown)

    def trend(self, buckets: Sequence[Bucket], shown: Sequence[Segment]) -> list[FunnelLine]:
        """Return the funnels of the segments *shown* once more for each bucket of entry."""
        starts = np.array([bucket.span.start for bucket in buckets], np.int64)
        group = np.searchsorted(starts, self._steps[0].times, side="right") - 1
        made = self._made(group)
        shares = self._segmented(made)
        entered = group[made.hits[0]][shares.pairs]
        order = np.argsort(entered, kind="stable")
        ends = np.searchsorted(entered[order], np.arange(len(buckets) + 1))
        found: list[FunnelLine] = []
        for place, bucket in enumerate(buckets):
            own = shares.part(order[ends[place] : ends[place + 1]])
            found += self._split(own, shown, bucket)
        return found

    def _made(self, group: I64) -> Attempts:
        """Return the attempts that count, those of each group by themselves."""
        keys, clock = self._steps[0].keys, self._course.clock
        users = clock.user(keys)
        fresh = (np.diff(users, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0)
        entries = np.flatnonzero(fresh)
        if self._question.count == "totals":
            made, _ = repeated(self._course, entries, group)
        else:
            made = attempt(self._course, entries)
        if self._question.excluded == "dropped":
            made = self._without_dropped(made, users, group)
        return made

    def _without_dropped(self, made: Attempts, users: I64, group: I64) -> Attempts:
        """Leave out all attempts of whoever was excluded in one of them, in the same group."""
        lanes = np.cumsum((np.diff(users, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0))
        own = lanes[made.hits[0]]
        kept = ~np.isin(own, own[made.excluded])
        return _chosen(made, kept)

    def _segmented(self, made: Attempts) -> _Shares:
        """Return the segments that attempts count in, those that a filter keeps."""
        question = self._question
        where = question.where if question.where_applies == "after" else None
        names = list(dict.fromkeys([*question.by, *properties_in(where)]))
        codings = [Coding() for _ in names]
        codes = [
            self._attributed(made, name, coding)
            for name, coding in zip(names, codings, strict=True)
        ]
        kept = np.arange(len(made))
        if where is not None:
            every = combined(codes, len(made))
            holds = [
                matches(where, dict(zip(names, values, strict=True)).__getitem__)
                for values in every.values(codings)
            ]
            kept = np.flatnonzero(np.array(holds, np.bool_)[every.of_row]) if len(made) else kept
        segments = Segments()
        width = len(question.by)
        own = combined([one[kept] for one in codes[:width]], len(kept))
        rows, number = segments.of(own, codings[:width])
        return _Shares(made, segments, kept[rows], number)

    def _attributed(self, made: Attempts, name: str, coding: Coding) -> I64:
        """Return the codes of the values that whole attempts carry."""
        step = self._question.attributed_step
        if step is not None:
            return self._at_step(made, step - 1, name, coding)
        places = range(len(self._steps))
        found = np.zeros(len(made), np.int64)
        for place in places if self._question.attribution == "first" else reversed(places):
            missing = found == 0
            if missing.any():
                found = np.where(missing, self._at_step(made, place, name, coding), found)
        return found

    def _at_step(self, made: Attempts, place: int, name: str, coding: Coding) -> I64:
        step, hits = self._steps[place], made.hits[place]
        found = np.zeros(len(made), np.int64)
        reached = hits >= 0
        if reached.any():
            found[reached] = step.rows.codes(name, coding)[step.source(hits[reached])]
        return found

    def _split(
        self, shares: _Shares, shown: Sequence[Segment], bucket: Bucket | None = None
    ) -> list[FunnelLine]:
        """Return the line of each segment shown; the rest holds each attempt once."""
        made, pairs, met = shares.made, shares.pairs, shares.segments.met
        if not self._question.by:
            return [self._line(made, pairs, EVERYTHING, bucket)]
        line = np.full(len(met), -1, np.int64)
        known = {segment: place for place, segment in enumerate(met)}
        for at, segment in enumerate(shown):
            if segment in known:
                line[known[segment]] = at
        own = line[shares.number]
        order = np.argsort(own, kind="stable")
        ends = np.searchsorted(own[order], np.arange(len(shown) + 1))
        found: list[FunnelLine] = []
        for at, segment in enumerate(shown):
            chosen = pairs[order[ends[at] : ends[at + 1]]]
            if segment == THE_REST:
                chosen = np.unique(pairs[own < 0])
            found.append(self._line(made, chosen, segment, bucket))
        return found

    def _line(
        self, made: Attempts, chosen: I64, segment: Segment, bucket: Bucket | None = None
    ) -> FunnelLine:
        depth = made.depth[chosen]
        counts: list[StepCount] = []
        before = start = np.zeros(0, np.int64)
        for place, (title, step) in enumerate(zip(self._titles, self._steps, strict=True)):
            reached = depth > place
            hits = made.hits[place][chosen[reached]]
            ts = step.times[hits]
            if place == 0:
                before = start = ts
            else:
                went_on = reached[depth > place - 1]
                before, start = before[went_on], start[went_on]
            counts.append(
                StepCount(
                    title=title,
                    count=len(hits),
                    times=Times(ts - before),
                    times_from_start=Times(ts - start),
                    total=_total(self._summed[place], step.source(hits)),
                )
            )
            before = ts
        return FunnelLine(self._titles, segment, tuple(counts), bucket)


def _chosen(made: Attempts, kept: npt.NDArray[np.bool_]) -> Attempts:
    return Attempts(
        [hits[kept] for hits in made.hits], made.depth[kept], made.excluded[kept], made.ends[kept]
    )


def _total(values: Values | None, rows: I64) -> numbers.Number:
    """Return the sum of the numbers of rows, correctly rounded; whole ones stay whole."""
    if values is None:
        return 0
    own = rows[values.numeric[rows]]
    whole, fractions = own[values.whole[own]], own[~values.whole[own]]
    return numbers.total([*values.ints[whole].tolist(), *values.floats[fractions].tolist()])
