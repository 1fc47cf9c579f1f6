"""Plans: names, times and zone bound."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tallymark_collector.problem import Problem
from tallymark_collector.query.plan import (
    Bounds,
    Range,
    definition,
    plan_funnel,
    plan_retention,
    plan_trends,
)
from tallymark_collector.query.question import (
    FunnelQuestion,
    RetentionQuestion,
    TrendsQuestion,
    parse,
)

NOON = 1_772_452_800_000  # 2026-03-02T12:00Z
DAY = 86_400_000
STORED = Bounds(NOON, NOON + 3 * DAY)


def trends_range(**fields: Any) -> tuple[str, str]:  # noqa: ANN401 -- fields of a question
    """Return the range a trends question is bound to."""
    plan = plan_trends(parse(TrendsQuestion, {"events": ["a"], **fields}), STORED)
    return plan.range.first.isoformat(), plan.range.last.isoformat()


def test_the_range_defaults_to_the_stored_events() -> None:
    """What is left open must come from the first and the last stored event."""
    assert trends_range() == ("2026-03-02", "2026-03-05")
    assert trends_range(**{"from": "2026-03-04"}) == ("2026-03-04", "2026-03-05")
    assert trends_range(to="2026-03-03") == ("2026-03-02", "2026-03-03")
    assert trends_range(**{"from": "2026-04-01"}) == ("2026-04-01", "2026-04-01")
    assert trends_range(to="2026-01-01") == ("2026-01-01", "2026-01-01")


def test_the_zone_decides_the_days() -> None:
    """The stored events' days must be those of the question's zone."""
    assert trends_range(timezone="Pacific/Kiritimati") == ("2026-03-03", "2026-03-06")


def test_an_empty_store_needs_a_range() -> None:
    """Without events and without a range there is nothing to bind to, and it must say so."""
    with pytest.raises(Problem, match="bad_question"):
        plan_trends(parse(TrendsQuestion, {"events": ["a"]}), Bounds(None, None))


def test_too_many_points() -> None:
    """A range of more points than anybody can read must be refused, naming the interval."""
    question = {"events": ["a"], "interval": "hour", "from": "2000-01-01", "to": "2026-01-01"}
    with pytest.raises(Problem) as caught:
        plan_trends(parse(TrendsQuestion, question), STORED)
    assert caught.value.path == "interval"


def test_the_period_before_has_as_many_days() -> None:
    """The period before must be as long and end the day before; no weekday is shifted."""
    before = Range(date(2026, 3, 1), date(2026, 3, 31), "UTC").previous()
    assert (date(2026, 1, 29), date(2026, 2, 28)) == (before.first, before.last)


def test_compared_steps_make_paths() -> None:
    """Each alternative of a compared step must be a funnel of its own."""
    steps = ["a", {"compare": ["b", "c"]}, "d"]
    plan = plan_funnel(parse(FunnelQuestion, {"steps": steps}), STORED)
    assert [[step.title for step in path] for path in plan.paths] == [
        ["a", "b", "d"],
        ["a", "c", "d"],
    ]


def test_too_many_paths() -> None:
    """More funnels than anybody can read must be refused."""
    step = {"compare": list("abcdef")}
    with pytest.raises(Problem) as caught:
        plan_funnel(parse(FunnelQuestion, {"steps": [step, step, step]}), STORED)
    assert caught.value.path == "steps"


def test_brackets_default_to_single_buckets() -> None:
    """Without brackets each bucket must be a cell of its own."""
    question = {"birth_event": "a", "return_event": "b", "buckets": 3}
    plan = plan_retention(parse(RetentionQuestion, question), STORED)
    assert plan.brackets == ((0, 0), (1, 1), (2, 2))


def test_equal_plans_have_equal_definitions() -> None:
    """However a question is written, the same meaning must have the same hash, another not."""

    def named(**fields: Any) -> str:  # noqa: ANN401 -- fields of a question
        question = {"steps": ["a", "b"], **fields}
        return definition(plan_funnel(parse(FunnelQuestion, question), STORED))

    plain = named()
    assert plain == named(window="168h", steps=[{"event": "a"}, "b"], to="2026-03-05")
    others = [
        named(window="6d"),
        named(timezone="Europe/Prague"),
        named(steps=["b", "a"]),
        named(order="strict"),
        named(to="2026-03-04"),
    ]
    assert len({plain, *others}) == 6
