"""Funnels: which attempts count, and what each segment's attempts come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_collector.query import numbers
from tallymark_collector.query.filters import matches, properties_in
from tallymark_collector.query.naive.attempts import Attempt, Rules, attempt, rules_of
from tallymark_collector.query.naive.rows import belongs, by_user, rows_of
from tallymark_collector.query.sessions import sessions
from tallymark_collector.query.values import (
    EVERYTHING,
    THE_REST,
    UNDEFINED,
    Found,
    Segment,
    largest,
    number_of,
)
from tallymark_collector.query.values import segments as segments_with

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from tallymark_collector.query.buckets import Bucket, Span
    from tallymark_collector.query.numbers import Number
    from tallymark_collector.query.plan import FunnelPlan
    from tallymark_collector.query.question import EventSet, FunnelQuestion
    from tallymark_collector.query.row import Row
    from tallymark_collector.query.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class StepCount:
    """What one step comes to: attempts that reached it, and the times they took, in ms.

    `times` are since the step before, `times_from_start` since the entry; `total` is the sum of
    the asked property over the rows that filled the step.
    """

    title: str
    count: int
    times: Sequence[int]
    times_from_start: Sequence[int]
    total: Number


@dataclass(frozen=True, slots=True)
class FunnelLine:
    """One funnel: of a path, and of a segment of it; `bucket` when it is a point of a trend."""

    titles: tuple[str, ...]
    segment: Segment
    steps: tuple[StepCount, ...]
    bucket: Bucket | None = None

    @property
    def times_to_convert(self) -> Sequence[int]:
        """The time from entry to last step of each conversion, in ms."""
        return self.steps[-1].times_from_start


@dataclass(frozen=True, slots=True)
class FunnelAnswer:
    """The funnels of a plan; `trend` holds each once more per bucket of entry."""

    lines: tuple[FunnelLine, ...]
    trend: tuple[FunnelLine, ...]
    rows_read: int


def evaluate(plan: FunnelPlan, snapshot: Snapshot) -> FunnelAnswer:
    """Answer a funnel plan."""
    rows = rows_of(snapshot)
    interval = plan.question.interval
    lines: list[FunnelLine] = []
    trend: list[FunnelLine] = []
    for path in plan.paths:
        lanes = list(_lanes(plan, path, rows))
        whole = _funnel(plan, path, lanes, plan.range.span)
        lines += whole
        shown = [line.segment for line in whole]
        for bucket in plan.range.buckets(interval) if interval else ():
            trend += _funnel(plan, path, lanes, bucket.span, (bucket, shown))
    return FunnelAnswer(tuple(lines), tuple(trend), len(rows))


def attempts_of(plan: FunnelPlan, rows: Sequence[Row]) -> dict[Segment, list[Attempt]]:
    """Return the attempts that a plan of one path counts, by the segments it shows."""
    (path,) = plan.paths
    found = _by_segment(plan, path, list(_lanes(plan, path, rows)), plan.range.span)
    shown = _shown(plan.question, found)
    counted = {segment: found.get(segment, []) for segment in shown}
    if THE_REST in shown:
        counted[THE_REST] = _rest(found, shown)
    return counted


def _lanes(
    plan: FunnelPlan, path: Sequence[EventSet], rows: Sequence[Row]
) -> Iterator[Sequence[Row]]:
    """Iterate over the lists of rows an attempt stays within: a user's, or a session's."""
    question = plan.question
    for group in by_user(rows).values():
        visits = _visits(question, plan, group) if question.count == "sessions" else [group]
        for lane in visits:
            kept = [row for row in lane if _matters(plan, path, row)]
            if kept:
                yield kept


def _matters(plan: FunnelPlan, path: Sequence[EventSet], row: Row) -> bool:
    """Tell whether a row can change an attempt: in a strict funnel every one can."""
    question = plan.question
    if question.within == "range" and not plan.range.span.holds(row.ts):
        return False
    if question.where_applies == "before" and not matches(question.where, row.lookup):
        return False
    if question.order == "strict":
        return True
    return any(belongs(events, row) for events in (*path, *question.exclude))


def _visits(question: FunnelQuestion, plan: FunnelPlan, rows: Sequence[Row]) -> list[list[Row]]:
    keys: Sequence[Hashable]
    if question.session == 0:
        keys = [row.event.session for row in rows]
    else:
        keys = sessions([row.ts for row in rows], question.session, plan.range.tz)
    visits: dict[Hashable, list[Row]] = {}
    for key, row in zip(keys, rows, strict=True):
        if key is not None:
            visits.setdefault(key, []).append(row)
    return list(visits.values())


def _funnel(
    plan: FunnelPlan,
    path: tuple[EventSet, ...],
    lanes: Sequence[Sequence[Row]],
    entries: Span,
    trend_of: tuple[Bucket, Sequence[Segment]] | None = None,
) -> list[FunnelLine]:
    """Count the attempts that enter within a span, segment by segment.

    A point of a trend gives its bucket and the segments the whole funnel shows.
    """
    question = plan.question
    segments = _by_segment(plan, path, lanes, entries)
    bucket, shown = trend_of or (None, None)
    shown = _shown(question, segments) if shown is None else shown
    rest = _rest(segments, shown)
    titles = tuple(events.title for events in path)
    return [
        FunnelLine(
            titles,
            segment,
            _steps(question, titles, rest if segment == THE_REST else segments.get(segment, [])),
            bucket,
        )
        for segment in shown
    ]


def _by_segment(
    plan: FunnelPlan, path: tuple[EventSet, ...], lanes: Sequence[Sequence[Row]], entries: Span
) -> dict[Segment, list[Attempt]]:
    question, rules = plan.question, rules_of(plan, path)
    found: dict[Segment, list[Attempt]] = {}
    for lane in lanes:
        for one in counted_attempts(lane, rules, question, entries):
            if _kept(question, one):
                values = [attributed(question, one, name) for name in question.by]
                for segment in segments_with(values):
                    found.setdefault(segment, []).append(one)
    return found


def _shown(
    question: FunnelQuestion, segments: Mapping[Segment, Sequence[Attempt]]
) -> list[Segment]:
    """Return the segments to show, the largest first, then the rest as one."""
    if not question.by:
        return [EVERYTHING]
    sizes: dict[Segment, int | float | None] = {key: len(own) for key, own in segments.items()}
    shown = largest(sizes, question.limit)
    return [*shown, THE_REST] if len(shown) < len(sizes) else shown


def _rest(found: Mapping[Segment, Sequence[Attempt]], shown: Sequence[Segment]) -> list[Attempt]:
    """Return the attempts of segments that are not shown, each once."""
    rest = {id(one): one for key, own in found.items() if key not in shown for one in own}
    return list(rest.values())


def counted_attempts(
    rows: Sequence[Row], rules: Rules, question: FunnelQuestion, entries: Span
) -> Sequence[Attempt]:
    """Return the attempts that count among one user's (or one session's) rows."""
    found = list(_attempts(rows, rules, question, entries))
    if question.excluded == "dropped" and any(one.excluded for one in found):
        return ()
    return found


def _attempts(
    rows: Sequence[Row], rules: Rules, question: FunnelQuestion, entries: Span
) -> Iterator[Attempt]:
    starts = [
        index for index, row in enumerate(rows) if entries.holds(row.ts) and rules.enters(row)
    ]
    if not starts:
        return
    if question.count == "totals":
        values = dict.fromkeys(rules.held(rows[index]) for index in starts)
        for held in values:
            same = [index for index in starts if rules.held(rows[index]) == held]
            yield from _repeated(rows, same, rules)
    elif question.reentry == "first":
        yield attempt(rows, starts[0], rules, ())
    else:
        yield max((attempt(rows, index, rules, ()) for index in starts), key=_merit)


def _repeated(rows: Sequence[Row], starts: Sequence[int], rules: Rules) -> Iterator[Attempt]:
    """Enter again after each conversion, time-out or exclusion; a row fills one step only."""
    spent: set[int] = set()
    resume = 0
    for index in starts:
        if index >= resume and index not in spent:
            one = attempt(rows, index, rules, spent)
            spent.update(one.order)
            resume = max(one.resume, index + 1)
            yield one


def _merit(one: Attempt) -> tuple[int, int, int]:
    """Order attempts: the deepest, then the earliest to get there, then the latest entry."""
    return one.depth, -max(one.order), one.order[0]


def attributed(question: FunnelQuestion, one: Attempt, name: str) -> Found:
    """Return the value of a property that a whole attempt carries."""
    step = question.attributed_step
    if step is not None:
        return one.hits[step - 1].lookup(name) if one.depth >= step else UNDEFINED
    hits = one.hits if question.attribution == "first" else tuple(reversed(one.hits))
    found = (hit.lookup(name) for hit in hits)
    return next((value for value in found if value is not UNDEFINED), UNDEFINED)


def _kept(question: FunnelQuestion, one: Attempt) -> bool:
    if question.where is None or question.where_applies == "before":
        return True
    carried = {name: attributed(question, one, name) for name in properties_in(question.where)}
    return matches(question.where, lambda name: carried[name])


def _steps(
    question: FunnelQuestion, titles: Sequence[str], attempts: Sequence[Attempt]
) -> tuple[StepCount, ...]:
    counts: list[StepCount] = []
    for index, title in enumerate(titles):
        reached = [one.hits for one in attempts if one.depth > index]
        summed = [number_of(hits[index].lookup(question.sum)) for hits in reached if question.sum]
        counts.append(
            StepCount(
                title=title,
                count=len(reached),
                times=tuple(hits[index].ts - hits[max(index - 1, 0)].ts for hits in reached),
                times_from_start=tuple(hits[index].ts - hits[0].ts for hits in reached),
                total=numbers.total([value for value in summed if value is not None]),
            )
        )
    return tuple(counts)
