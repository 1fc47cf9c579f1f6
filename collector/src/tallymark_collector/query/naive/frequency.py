"""Frequency: in how many different hours or days of a period each user did something."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_collector.query.buckets import bucket_of
from tallymark_collector.query.filters import matches
from tallymark_collector.query.naive.rows import belongs, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tallymark_collector.query.buckets import Bucket
    from tallymark_collector.query.plan import FrequencyPlan
    from tallymark_collector.query.row import Row
    from tallymark_collector.query.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Period:
    """One period: how many users were active in at least 1, 2, … of its sub-units."""

    bucket: Bucket
    at_least: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FrequencyAnswer:
    """The periods of a frequency plan, in order."""

    periods: tuple[Period, ...]
    rows_read: int


def evaluate(plan: FrequencyPlan, snapshot: Snapshot) -> FrequencyAnswer:
    """Answer a frequency plan."""
    rows = rows_of(snapshot)
    periods = plan.range.buckets(plan.question.unit)
    parts = plan.range.buckets(plan.question.sub_unit)
    active = _active(plan, rows, periods, parts)
    sizes = Counter(bucket_of(part.span.start, periods) for part in parts)
    found = [
        Period(bucket, _at_least(active.get(place, {}).values(), sizes[place]))
        for place, bucket in enumerate(periods)
    ]
    return FrequencyAnswer(tuple(found), len(rows))


def rows_behind(
    plan: FrequencyPlan, rows: Sequence[Row], bucket: Bucket, at_least: int
) -> list[Row]:
    """Return the rows of a period of the users active in at least so many of its sub-units."""
    parts = plan.range.buckets(plan.question.sub_unit)
    active = _active(plan, rows, (bucket,), parts).get(0, {})
    often = {user for user, places in active.items() if len(places) >= at_least}
    return [
        row
        for row in rows
        if row.user in often and bucket.span.holds(row.ts) and _counts(plan, row)
    ]


def _active(
    plan: FrequencyPlan, rows: Sequence[Row], periods: Sequence[Bucket], parts: Sequence[Bucket]
) -> dict[int, dict[str, set[int]]]:
    """Return in which sub-units each user was active, by period; all by their place."""
    found: dict[int, dict[str, set[int]]] = {}
    for row in rows:
        period, part = bucket_of(row.ts, periods), bucket_of(row.ts, parts)
        if period is None or part is None or row.user is None or not _counts(plan, row):
            continue
        found.setdefault(period, {}).setdefault(row.user, set()).add(part)
    return found


def _at_least(users: Iterable[set[int]], size: int) -> tuple[int, ...]:
    numbers = [len(places) for places in users]
    return tuple(sum(number >= k for number in numbers) for k in range(1, size + 1))


def _counts(plan: FrequencyPlan, row: Row) -> bool:
    return belongs(plan.question.event, row) and matches(plan.question.where, row.lookup)
