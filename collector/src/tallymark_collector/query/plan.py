"""Plans: a question with its names, times and zone bound, and no trace of the engine that runs it.

A plan is canonical: equal plans have the same definition hash, and an engine given the same plan
and the same events must give the same answer.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from itertools import product
from typing import TYPE_CHECKING

import orjson
from pydantic import BaseModel

from tallymark_collector.problem import Problem
from tallymark_collector.query import buckets as calendar

if TYPE_CHECKING:
    from tallymark_collector.query.buckets import Bucket, Span
    from tallymark_collector.query.question import (
        EventSet,
        FrequencyQuestion,
        FunnelQuestion,
        Question,
        RetentionQuestion,
        TrendsQuestion,
    )

MAX_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """What binding needs to know of the store: the first and the last event's time, or None."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Range:
    """The local days a plan covers, both included, and the span of time they are."""

    first: date
    last: date
    timezone: str

    @property
    def tz(self) -> tzinfo:
        """The time zone that decides the days."""
        return calendar.zone(self.timezone)

    @property
    def span(self) -> Span:
        """The range as a half-open span of ms."""
        return calendar.day_span(self.first, self.last, self.tz)

    def buckets(self, interval: calendar.Interval) -> tuple[Bucket, ...]:
        """Cut the range into buckets, in order."""
        return calendar.buckets(self.first, self.last, interval, self.tz)

    def previous(self) -> Range:
        """Return the range of as many days that ends the day before this one begins."""
        days = self.last - self.first + timedelta(days=1)
        return Range(self.first - days, self.last - days, self.timezone)

    def __str__(self) -> str:
        """Name the days."""
        return f"{self.first} to {self.last} ({self.timezone})"


@dataclass(frozen=True, slots=True)
class TrendsPlan:
    """A bound trends question."""

    question: TrendsQuestion
    range: Range


@dataclass(frozen=True, slots=True)
class FunnelPlan:
    """A bound funnel question; each of `paths` is the steps of one funnel to count.

    There is one path unless a step compares events: then one for each alternative.
    """

    question: FunnelQuestion
    range: Range
    paths: tuple[tuple[EventSet, ...], ...]


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """A bound retention question; `brackets` are the closed bucket numbers of each cell."""

    question: RetentionQuestion
    range: Range
    brackets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class FrequencyPlan:
    """A bound frequency question."""

    question: FrequencyQuestion
    range: Range


Plan = TrendsPlan | FunnelPlan | RetentionPlan | FrequencyPlan


def plan_trends(question: TrendsQuestion, bounds: Bounds) -> TrendsPlan:
    """Bind a trends question."""
    covered = _range(question, bounds)
    _limit_points(covered, question.interval)
    return TrendsPlan(question, covered)


def plan_funnel(question: FunnelQuestion, bounds: Bounds) -> FunnelPlan:
    """Bind a funnel question."""
    covered = _range(question, bounds)
    if question.interval is not None:
        _limit_points(covered, question.interval)
    choices = [step.compare or (step,) for step in question.steps]
    paths = tuple(product(*choices))
    if len(paths) > 100:  # noqa: PLR2004 -- more funnels than anybody can read
        raise Problem(
            "bad_question",
            f"the compared steps make {len(paths)} funnels; at most 100 can be compared",
            path="steps",
        )
    return FunnelPlan(question, covered, paths)


def plan_retention(question: RetentionQuestion, bounds: Bounds) -> RetentionPlan:
    """Bind a retention question."""
    singles = tuple((number, number) for number in range(question.buckets))
    return RetentionPlan(question, _range(question, bounds), question.brackets or singles)


def plan_frequency(question: FrequencyQuestion, bounds: Bounds) -> FrequencyPlan:
    """Bind a frequency question."""
    covered = _range(question, bounds)
    _limit_points(covered, question.sub_unit)
    return FrequencyPlan(question, covered)


def definition(plan: Plan) -> str:
    """Return the hash that names what a plan means: equal plans, equal hash."""
    canonical = orjson.dumps(_plain(plan), option=orjson.OPT_SORT_KEYS)
    return "sha256:" + hashlib.sha256(canonical).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude={"from_", "to", "timezone"})
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"type": type(value).__name__, **{key: _plain(part) for key, part in fields.items()}}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _range(question: Question, bounds: Bounds) -> Range:
    """Return the days asked for; what is left open comes from the stored events."""
    tz = calendar.zone(question.timezone)
    known_first = None if bounds.first is None else calendar.local_day(bounds.first, tz)
    known_last = None if bounds.last is None else calendar.local_day(bounds.last, tz)
    first = question.from_ or known_first or question.to
    last = question.to or known_last or first
    if first is None or last is None:
        raise Problem(
            "bad_question",
            "there are no events yet, so the range must be given: set from and to",
            path="from",
        )
    # A range that begins after the last event, or ends before the first, is one day of nothing.
    return Range(
        min(first, last) if question.from_ is None else first,
        max(first, last) if question.to is None else last,
        question.timezone,
    )


def _limit_points(covered: Range, interval: calendar.Interval) -> None:
    days = (covered.last - covered.first).days + 1
    points = days * {"hour": 24.0, "day": 1, "week": 1 / 7, "month": 1 / 28}[interval]
    if points > MAX_POINTS:
        raise Problem(
            "bad_question",
            f"{covered.first} to {covered.last} by {interval} has more than {MAX_POINTS} points; "
            "choose a longer interval or a shorter range",
            path="interval",
        )
