"""Retention by arrays: one birth for each user, and each later row's distance from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.engine.local.clock import ascending, keyed
from tallymark_collector.engine.local.coding import Coding
from tallymark_collector.engine.local.days import EPOCH_DAY, day_of, local_days
from tallymark_collector.engine.local.groups import Segments, combined
from tallymark_collector.engine.local.selection import select
from tallymark_collector.query.durations import DAY
from tallymark_collector.query.naive.retention import (
    UNIT_DAYS,
    Cell,
    Cohort,
    RetentionAnswer,
    end_of,
)
from tallymark_collector.query.values import THE_REST, Segment, largest

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt

    from tallymark_collector.engine.local.clock import Clock
    from tallymark_collector.query.plan import RetentionPlan
    from tallymark_collector.segments.columns import Columns

    I64 = npt.NDArray[np.int64]

_MONDAY = 3
"""1970-01-01 was a Thursday: days after the Monday before it."""


def evaluate(plan: RetentionPlan, columns: Columns) -> RetentionAnswer:
    """Answer a retention plan; raise Beyond for what columns cannot tell."""
    run = _Run(plan, columns)
    return RetentionAnswer(tuple(run.cohorts()), columns.summary.rows)


class _Run:
    """One evaluation: the births, and the first, the last and every bucket of their returns."""

    def __init__(self, plan: RetentionPlan, columns: Columns) -> None:
        self._plan, self._question = plan, plan.question
        self._last = columns.bounds.last or 0
        span = plan.range.span
        ever = self._question.births == "first_ever"
        born = select(
            columns, self._question.birth_event, None, None if ever else span, somebody=True
        )
        later = select(columns, self._question.return_event, None, None, somebody=True)
        clock, (birth_keys, return_keys) = keyed([born, later])
        keys, order = ascending(birth_keys)
        users = clock.user(keys)
        first = np.flatnonzero(np.diff(users, prepend=-1) != 0)
        times = clock.time(keys[first])
        kept = (times >= span.start) & (times < span.end)
        first, self._ts = first[kept], times[kept]
        self._birth = keys[first]
        self._rows = first if order is None else order[first]
        self._born = born
        self._member, self._number = self._returns(clock, users[first], return_keys)

    def cohorts(self) -> list[Cohort]:
        """Return the cohorts by segment and start."""
        segments, pairs, number = self._segmented()
        days = local_days(self._ts, self._plan.range.tz)
        starts, start = np.unique(_periods(days, self._question.unit), return_inverse=True)
        first_days = [_first_day(int(one), self._question.unit) for one in starts]
        sizes = np.bincount(number, minlength=len(segments.met)).tolist()
        shown = largest(dict(zip(segments.met, sizes, strict=True)), self._question.limit)
        line = np.full(len(segments.met), len(shown), np.int64)
        for at, segment in enumerate(shown):
            line[segments.number(segment)] = at
        # A birth of several segments that are not shown is still one birth.
        unique = np.unique(line[number] * max(len(self._birth), 1) + pairs)
        place, member = np.divmod(unique, max(len(self._birth), 1))
        group = place * max(len(starts), 1) + start[member]
        used, own = np.unique(group, return_inverse=True)
        retained = self._retained(own, member, len(used))
        size = np.bincount(own, minlength=len(used))
        newest = np.full(len(used), np.iinfo(np.int64).min)
        np.maximum.at(newest, own, self._ts[member])
        return [
            self._cohort(
                first_days[code % len(starts)],
                shown[code // len(starts)] if code // len(starts) < len(shown) else THE_REST,
                int(size[at]),
                int(newest[at]),
                retained[at],
            )
            for at, code in enumerate(used.tolist())
        ]

    def _cohort(
        self, start: date, segment: Segment, size: int, newest: int, retained: list[int]
    ) -> Cohort:
        plan = self._plan
        cells = [
            Cell(
                retained=size if plan.question.size_column and low == 0 else count,
                total=0,
                complete=end_of(plan, newest, high) <= self._last,
            )
            for (low, high), count in zip(plan.brackets, retained, strict=True)
        ]
        return Cohort(start, segment, size, tuple(cells))

    def _returns(self, clock: Clock, users: I64, keys: I64) -> tuple[I64, I64]:
        """Return pairs of birth and bucket number, one for each later row, each pair once."""
        if not len(users):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        owner = clock.user(keys)
        birth_of = np.full(int(max(users.max(), owner.max(initial=0))) + 1, -1, np.int64)
        birth_of[users] = np.arange(len(users))
        member = birth_of[owner]
        back = (member >= 0) & (keys > self._birth[member])
        member = member[back]
        number = self._numbers(self._ts[member], clock.time(keys[back]))
        highest = max(high for _, high in self._plan.brackets) + 1
        width = highest + 1
        packed = member * width + np.minimum(number, highest)
        packed = packed[np.diff(packed, prepend=-1) != 0]
        packed = np.sort(packed, kind="stable")
        packed = packed[np.diff(packed, prepend=-1) != 0]
        return packed // width, packed % width

    def _numbers(self, born: I64, came: I64) -> I64:
        question, tz = self._question, self._plan.range.tz
        if question.mode == "rolling":
            return (came - born) // (UNIT_DAYS[question.unit] * DAY)
        unit = question.unit
        return _periods(local_days(came, tz), unit) - _periods(local_days(born, tz), unit)

    def _segmented(self) -> tuple[Segments, I64, I64]:
        """Return the segments of births, and pairs of birth and the number of its segment."""
        codings = [Coding() for _ in self._question.by]
        codes = [
            self._born.codes(name, coding)[self._rows]
            for name, coding in zip(self._question.by, codings, strict=True)
        ]
        segments = Segments()
        pairs, number = segments.of(combined(codes, len(self._birth)), codings)
        return segments, pairs, number

    def _retained(self, group: I64, member: I64, groups: int) -> list[list[int]]:
        """Return how many members of each group meet the criterion in each bracket."""
        found = np.zeros((groups, len(self._plan.brackets)), np.int64)
        size = len(self._birth)
        lowest, highest = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
        if self._question.criteria != "on":
            np.minimum.at(lowest, self._member, self._number)
            np.maximum.at(highest, self._member, self._number)
        for at, (low, high) in enumerate(self._plan.brackets):
            if self._question.criteria == "on_or_after":
                met = highest >= low
            elif self._question.criteria == "on_or_before":
                met = lowest <= high
            else:
                met = np.zeros(size, bool)
                met[self._member[(self._number >= low) & (self._number <= high)]] = True
            found[:, at] = np.bincount(group[met[member]], minlength=groups)
        listed: list[list[int]] = found.tolist()
        return listed


def _periods(days: I64, unit: str) -> I64:
    """Return the number of the day, ISO week or month of each day."""
    if unit == "day":
        return days
    if unit == "week":
        return (days + _MONDAY) // 7
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _first_day(number: int, unit: str) -> date:
    """Return the first day of a period by its number."""
    if unit == "month":
        return EPOCH_DAY.replace(year=1970 + number // 12, month=number % 12 + 1)
    return day_of(number if unit == "day" else number * 7 - _MONDAY)
