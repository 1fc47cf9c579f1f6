"""The invented shop: what is made is what was planned, and the reports say so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.demo.check import differences
from tallymark_collector.demo.people import DAY, DAYS, REACHED, shares
from tallymark_collector.demo.shop import Known, made, questions
from tallymark_collector.demo.visits import LONGEST, STEPS
from tallymark_collector.reports.answers import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tallymark_collector.demo.call import Call, History
    from tallymark_collector.query.snapshot import Snapshot

    Snapshots = Callable[[Sequence[Call]], Snapshot]

NOON = 1_795_608_000_000
MIDNIGHT = NOON - NOON % DAY


@pytest.fixture(scope="module")
def shop() -> tuple[History, Known]:
    """Return a history that ended at noon."""
    return made(NOON, 1)


def asked(snapshot: Snapshot, known: Known) -> dict[str, Any]:
    """Return the answers to the questions that are known."""
    return {
        report: answer(report, question, snapshot) for report, question in questions(known).items()
    }


@pytest.mark.parametrize(("end", "seed"), [(NOON, 1), (NOON, 2), (MIDNIGHT + 1, 3), (MIDNIGHT, 4)])
def test_the_reports_say_what_was_made(snapshot: Snapshots, end: int, seed: int) -> None:
    """Trend, funnel and retention must be as planned, at any time of day, from any seed."""
    history, known = made(end, seed)
    found = asked(snapshot(history.calls), known)
    assert differences(known, found) == []
    assert list(REACHED) == [step["count"] for step in found["funnel"]["steps"]]


def test_people_and_money_are_known_too(snapshot: Snapshots, shop: tuple[History, Known]) -> None:
    """Different visitors, whatever devices they had, and the revenue must be as counted."""
    history, known = shop
    days = {"from": known.first_day.isoformat(), "to": known.last_day.isoformat()}
    stored = snapshot(history.calls)
    users: Any = answer("trends", {"events": ["visit"], "measure": "uniques", **days}, stored)
    (visits,) = users["series"]
    assert dict(known.visitors) == {one["at"]: one["value"] for one in visits["points"]}
    assert known.visitors_in_all == visits["total"] == REACHED[0]
    question = {"events": ["purchase"], "measure": "sum", "property": "value", **days}
    money: Any = answer("trends", question, stored)
    assert known.revenue == pytest.approx(money["series"][0]["total"], abs=0.005)


@pytest.mark.parametrize("name", [*STEPS, None])
def test_a_missing_event_is_seen(
    snapshot: Snapshots, shop: tuple[History, Known], name: str | None
) -> None:
    """Without a customer's first event of a kind an answer must differ: nothing is left to luck."""
    history, known = shop
    lost = next(call for call in history.calls if call.name == name and _matters(history, call))
    calls = [call for call in history.calls if call is not lost]
    assert differences(known, asked(snapshot(calls), known)) != []


def _matters(history: History, call: Call) -> bool:
    """Tell whether a call of the first weeks is the only one of its kind of somebody who buys."""
    if call.ts > MIDNIGHT - 7 * DAY:
        return False
    own = [one for one in history.calls if one.device == call.device]
    bought = any(one.name == "purchase" and 0 <= one.ts - call.ts < DAY for one in own)
    return bought and sum(one.name == call.name for one in own) == 1


def test_it_is_the_same_again(shop: tuple[History, Known]) -> None:
    """The same end and seed must give the same stream and calls; others must not."""
    history, known = shop
    assert (history, known) == made(NOON, 1)
    others = [made(NOON, 2)[0], made(NOON + 1, 1)[0]]
    assert all(other.stream != history.stream for other in others)


def test_four_weeks_of_a_shop(shop: tuple[History, Known]) -> None:
    """It must be about 50,000 events of 28 days and the day that is not over, all kinds of them."""
    history, known = shop
    calls = history.calls
    assert 45_000 <= len(calls) <= 60_000
    assert (date(2026, 10, 28), timedelta(days=27)) == (
        known.first_day, known.last_day - known.first_day
    )  # fmt: skip
    assert MIDNIGHT - DAYS * DAY <= calls[0].ts
    assert MIDNIGHT < calls[-1].ts < NOON
    for property_, least in (("platform", 3), ("channel", 5), ("country", 7)):
        assert len({one.properties[property_] for one in calls if one.name}) == least
    assert any(isinstance(value, list) for one in calls for value in one.properties.values())


def test_visits_are_possible(shop: tuple[History, Known]) -> None:
    """Calls must be in order of time, each device's too, and none of a visit be endless."""
    history, _ = shop
    times = [call.ts for call in history.calls]
    assert sorted(times) == times
    begun: dict[str, int] = {}
    last: dict[str, int] = {}
    for call in history.calls:
        assert call.device is not None
        assert call.ts > last.get(call.device, 0)
        last[call.device] = call.ts
        if call.name == "visit":
            begun[call.device] = call.ts
        assert call.ts - begun[call.device] < LONGEST or call.name is None


@pytest.mark.parametrize("total", [0, 1, 7, 5_000])
def test_shares_add_up(total: int) -> None:
    """Shares must be whole numbers that add up, each less than one off its weight."""
    weights = [1.0, 2.5, 0.3, 7.7]
    parts = shares(total, weights)
    assert total == sum(parts)
    assert all(
        abs(part - total * weight / sum(weights)) < 1
        for part, weight in zip(parts, weights, strict=True)
    )
