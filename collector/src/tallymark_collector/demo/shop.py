"""The invented shop: four weeks of events that end now, and the answers they were made to give.

Nothing here asks a report: the answers are what was planned, and plain counts of what was made.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tallymark_protocol.event_id import uuid8

from tallymark_collector.demo.call import Call, History
from tallymark_collector.demo.people import DAY, DAYS, REACHED, WEEKS, Person, customers
from tallymark_collector.demo.visits import STEPS, first_visits, later_visits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GENERATOR: Final = 1
"""Goes up with every change of what is made: a history of another number is another history."""

COUNTED: Final = ("visit", "purchase")


@dataclass(frozen=True, slots=True)
class Known:
    """What reports on the 28 whole days must answer; days and weeks in UTC, weeks by their Monday.

    `totals` are the events of each name by day, `visitors` the people with a visit by day, and
    `visitors_in_all` over all days; `revenue` is the value of all purchases. `funnel` is how many
    reach each step, `retention` by week of the first visit how many there are, and how many visit
    again 0, 1, 2, 3 weeks after it.
    """

    first_day: date
    last_day: date
    totals: Mapping[str, Mapping[str, int]]
    visitors: Mapping[str, int]
    visitors_in_all: int
    revenue: float
    funnel: tuple[int, ...]
    retention: Mapping[str, tuple[int, tuple[int, ...]]]


@dataclass(slots=True)
class _Counts:
    """Counts of what is made, while it is made."""

    totals: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in COUNTED}
    )
    visitors: dict[str, set[int]] = field(default_factory=dict)
    cents: int = 0

    def see(self, call: Call, number: int, until: int) -> None:
        """Count a call of a person."""
        if call.ts >= until or call.name not in self.totals:
            return
        day = _day(call.ts).isoformat()
        self.totals[call.name][day] += 1
        if call.name == STEPS[0]:
            self.visitors.setdefault(day, set()).add(number)
        else:
            value = call.properties["value"]
            assert isinstance(value, float | int)
            self.cents += round(value * 100)


def made(end: int, seed: int) -> tuple[History, Known]:
    """Return the history that ends at *end* (ms), and its answers; equal arguments, equal ones."""
    rng = random.Random(f"{GENERATOR} {seed}")  # noqa: S311 -- a shop, no secret
    today = end - end % DAY
    begin = today - DAYS * DAY
    days = [_day(begin) + timedelta(days=number) for number in range(DAYS + 1)]
    people = customers(begin, end, days, rng)
    counts = _Counts()
    calls: list[Call] = []
    for person in people:
        for call in (*first_visits(person, end, rng), *later_visits(person, end, rng)):
            if call.ts < end:
                counts.see(call, person.number, today)
                calls.append(call)
    # Stable: what one person does in one millisecond stays in order.
    calls.sort(key=lambda call: call.ts)
    stream = uuid8(hashlib.sha256(f"tallymark demo {GENERATOR} {seed} {end}".encode()).digest())
    return History(stream, tuple(calls)), _known(days, people, counts, today)


def questions(known: Known) -> dict[str, dict[str, Any]]:
    """Return the questions that the answers are known of, by report."""
    days = {"from": known.first_day.isoformat(), "to": known.last_day.isoformat()}
    return {
        "trends": {"events": list(COUNTED), "interval": "day", **days},
        "funnel": {"steps": list(STEPS), "window": "7d", **days},
        "retention": {
            "birth_event": STEPS[0],
            "return_event": STEPS[0],
            "unit": "week",
            "buckets": WEEKS,
            **days,
        },
    }


def _known(days: list[date], people: Iterable[Person], counts: _Counts, until: int) -> Known:
    cohorts: dict[str, tuple[int, Counter[int]]] = {}
    for person in people:
        if person.first < until:
            born = _day(person.first)
            monday = (born - timedelta(days=born.weekday())).isoformat()
            size, back = cohorts.get(monday, (0, Counter()))
            back.update(person.weeks)
            cohorts[monday] = (size + 1, back)
    return Known(
        first_day=days[0],
        last_day=days[DAYS - 1],
        totals={name: dict(sorted(counter.items())) for name, counter in counts.totals.items()},
        visitors={day: len(people) for day, people in sorted(counts.visitors.items())},
        visitors_in_all=len(set().union(*counts.visitors.values())),
        revenue=counts.cents / 100,
        funnel=REACHED,
        retention={
            monday: (size, tuple(back[week] for week in range(WEEKS)))
            for monday, (size, back) in sorted(cohorts.items())
        },
    )


def _day(ts: int) -> date:
    return datetime.fromtimestamp(ts / 1_000, UTC).date()
