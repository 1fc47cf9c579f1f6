"""Tests for reports/members.py: opening a number shows exactly those it counts."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.problem import Problem
from tallymark_collector.query.event import Event
from tallymark_collector.query.people import People
from tallymark_collector.query.plan import Bounds
from tallymark_collector.query.snapshot import Snapshot
from tallymark_collector.query.values import UNDEFINED
from tallymark_collector.reports.answers import answer
from tallymark_collector.reports.members import MAX_PEOPLE, people_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = 86_400_000
FIRST = 1_772_409_600_000

VALUES = (1, 1.0, True, "1", None, "", [1], {"deep": "1"}, "$other", UNDEFINED)
"""Values that a careless comparison takes for one another, and a property that is not there."""

HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 9 * DAY),
        st.sampled_from(["ann", "bob", "cid", None]),
    ),
    min_size=1,
    max_size=40,
)


def snapshot_of(happenings: Sequence[tuple[str, int, str | None]]) -> Snapshot:
    """Return a snapshot of (name, ms after the first day, user)."""
    events = [
        Event(pos, FIRST + offset, name, user, None, None, {}, {}, {})
        for pos, (name, offset, user) in enumerate(happenings, start=1)
    ]
    times = [event.ts for event in events]
    return Snapshot(
        events=events,
        people=People(),
        bounds=Bounds(min(times), max(times)),
        pos=len(events),
        received_at=max(times),
    )


def valued(happenings: Sequence[tuple[str, int, str | None]], values: Sequence[Any]) -> Snapshot:
    """Return a snapshot whose events have the property `x`, one value after the other."""
    plain = snapshot_of(happenings)
    events = [
        replace(event, properties={} if value is UNDEFINED else {"x": value})
        for event, value in zip(plain.events, itertools.cycle(values), strict=False)
    ]
    return replace(plain, events=events)


def opened(report: str, question: object, cell: object, snapshot: Snapshot) -> dict[str, Any]:
    """Return the people of a cell."""
    body = json.dumps({"question": question, "cell": cell}).encode()
    return people_of(report, body, lambda: snapshot)


@given(happenings=HAPPENINGS)
def test_each_point_of_a_trend_opens_to_whom_it_counts(
    happenings: list[tuple[str, int, str | None]],
) -> None:
    """The people are as many as the users, their events and nobody's as many as the events."""
    snapshot = snapshot_of(happenings)
    question: dict[str, object] = {"events": ["a", "b"]}
    users: Any = answer("trends", {**question, "measure": "uniques"}, snapshot)
    events: Any = answer("trends", {**question, "measure": "total"}, snapshot)
    for index, series in enumerate(users["series"]):
        totals = events["series"][index]
        cells = [({"series": index}, series["total"], totals["total"])]
        for user_point, event_point in zip(series["points"], totals["points"], strict=True):
            cell = {"series": index, "at": user_point["at"]}
            cells.append((cell, user_point["value"], event_point["value"]))
        for cell, user_count, event_count in cells:
            found = opened("trends", question, cell, snapshot)
            assert user_count == found["count"]
            counted = sum(one["events"] for one in found["people"]) + found["nobody"]
            assert event_count == counted


@given(
    happenings=HAPPENINGS,
    reentry=st.sampled_from(["first", "best"]),
    order=st.sampled_from(["ordered", "any", "strict"]),
)
def test_each_step_of_a_funnel_opens_to_who_reached_or_left_it(
    happenings: list[tuple[str, int, str | None]], reentry: str, order: str
) -> None:
    """Reached and lost are the report's counts, and together the step before."""
    snapshot = snapshot_of(happenings)
    question = {"steps": ["a", "b", "c"], "window": "3d", "reentry": reentry, "order": order}
    report: Any = answer("funnel", question, snapshot)
    before = None
    for place, step in enumerate(report["steps"], start=1):
        reached = opened("funnel", question, {"step": place, "state": "reached"}, snapshot)
        assert step["count"] == reached["count"]
        if before is not None:
            lost = opened("funnel", question, {"step": place, "state": "dropped"}, snapshot)
            assert before - step["count"] == lost["count"]
        before = step["count"]


@given(
    happenings=HAPPENINGS,
    births=st.sampled_from(["first", "first_ever", "compounded"]),
    criteria=st.sampled_from(["on", "on_or_after", "on_or_before", "streak"]),
)
def test_each_cell_of_a_retention_opens_to_who_came_back(
    happenings: list[tuple[str, int, str | None]], births: str, criteria: str
) -> None:
    """And the size of a cohort to all of its members."""
    snapshot = snapshot_of(happenings)
    question = {
        "birth_event": "a",
        "return_event": "*",
        "buckets": 4,
        "births": births,
        "criteria": criteria,
    }
    report: Any = answer("retention", question, snapshot)
    for cohort in report["cohorts"]:
        everybody = opened("retention", question, {"cohort": cohort["at"]}, snapshot)
        assert cohort["size"] == everybody["count"]
        for bucket, cell in enumerate(cohort["cells"]):
            asked = {"cohort": cohort["at"], "bucket": bucket}
            assert cell["users"] == opened("retention", question, asked, snapshot)["count"]


SPLIT = st.lists(st.sampled_from(VALUES), min_size=1, max_size=6)


@given(
    happenings=HAPPENINGS,
    values=SPLIT,
    limit=st.integers(1, 3),
    measure=st.sampled_from(["total", "uniques", "wau", "sum", "distinct"]),
    cumulative=st.booleans(),
)
def test_each_point_of_a_split_trend_opens_to_whom_it_counts(
    happenings: list[tuple[str, int, str | None]],
    values: list[Any],
    limit: int,
    measure: str,
    cumulative: bool,  # noqa: FBT001 -- drawn by name
) -> None:
    """Segments of any value, those that are left over, and measures that look back."""
    snapshot = valued(happenings, values)
    shape = {"events": ["a"], "by": ["x"], "limit": limit, "cumulative": cumulative}
    question = {**shape, "measure": measure}
    if measure in ("sum", "distinct"):
        question["property"] = "x"
    report: Any = answer("trends", question, snapshot)
    counted = {"total": "total", "uniques": "uniques", "wau": "wau"}.get(measure)
    for series in report["series"]:
        for point in [{"at": None, "value": series["total"]}, *series["points"]]:
            cell = {"series": 0, "by": series["by"], "at": point["at"]}
            people = opened("trends", question, cell, snapshot)
            if counted == "total":
                own = sum(one["events"] for one in people["people"]) + people["nobody"]
                assert point["value"] == own
            elif counted is not None:
                assert point["value"] == people["count"]
            elif point["value"]:
                assert people["count"] + people["nobody"] > 0


@given(happenings=HAPPENINGS, values=SPLIT, limit=st.integers(1, 3))
def test_each_step_of_a_split_funnel_opens_to_who_reached_or_left_it(
    happenings: list[tuple[str, int, str | None]], values: list[Any], limit: int
) -> None:
    """By the value an attempt carries."""
    snapshot = valued(happenings, values)
    question = {"steps": ["a", "b"], "window": "3d", "by": ["x"], "limit": limit}
    report: Any = answer("funnel", question, snapshot)
    for segment in report["segments"]:
        first, second = (step["count"] for step in segment["steps"])
        cells = [(1, "reached", first), (2, "reached", second), (2, "dropped", first - second)]
        for step, state, count in cells:
            cell = {"step": step, "state": state, "by": segment["by"]}
            assert count == opened("funnel", question, cell, snapshot)["count"]


@given(happenings=HAPPENINGS, values=SPLIT, limit=st.integers(1, 3))
def test_each_cell_of_a_split_retention_opens_to_who_came_back(
    happenings: list[tuple[str, int, str | None]], values: list[Any], limit: int
) -> None:
    """By the value of the birth."""
    snapshot = valued(happenings, values)
    question = {
        "birth_event": "a",
        "return_event": "*",
        "buckets": 3,
        "by": ["x"],
        "limit": limit,
    }
    report: Any = answer("retention", question, snapshot)
    for cohort in report["cohorts"]:
        place = {"cohort": cohort["at"], "by": cohort["by"]}
        assert cohort["size"] == opened("retention", question, place, snapshot)["count"]
        for bucket, cell in enumerate(cohort["cells"]):
            found = opened("retention", question, {**place, "bucket": bucket}, snapshot)
            assert cell["users"] == found["count"]


def test_a_long_list_says_how_many_there_are() -> None:
    """The first are shown, all are counted."""
    snapshot = snapshot_of([("a", 0, f"user{number}") for number in range(MAX_PEOPLE + 5)])
    found = opened("trends", {"events": ["a"]}, {"series": 0}, snapshot)
    assert len(found["people"]) == MAX_PEOPLE
    assert found["count"] == MAX_PEOPLE + 5


@pytest.mark.parametrize(
    ("report", "question", "cell", "path"),
    [
        ("trends", {"events": ["a"]}, {"series": 1}, "cell.series"),
        ("trends", {"events": ["a"]}, {"series": 0, "at": "2020-01-01"}, "cell.at"),
        ("trends", {"events": ["a"], "by": ["x"]}, {"series": 0}, "cell.by"),
        ("trends", {"events": ["a"], "by": ["x"]}, {"series": 0, "by": {"x": 1}}, "cell.by"),
        ("trends", {"events": ["a"]}, {"series": 0, "by": {"x": 1}}, "cell.by"),
        ("trends", {"events": ["a"], "formula": "A"}, {"series": 0}, "question"),
        ("trends", {"events": ["a"], "rolling": 7}, {"series": 0}, "question"),
        ("trends", {"events": []}, {"series": 0}, "events"),
        ("trends", {"events": ["a"]}, {}, "cell.series"),
        ("funnel", {"steps": ["a", "b"]}, {"step": 3, "state": "reached"}, "cell.step"),
        ("funnel", {"steps": ["a", "b"]}, {"step": 1, "state": "dropped"}, "cell.step"),
        ("funnel", {"steps": ["a", "b"], "by": "x"}, {"step": 1, "state": "reached"}, "cell.by"),
        (
            "funnel",
            {"steps": ["a", {"compare": ["b", "c"]}]},
            {"step": 1, "state": "reached"},
            "question",
        ),
        (
            "retention",
            {"birth_event": "a", "return_event": "a"},
            {"cohort": "2026-03-02", "bucket": 99},
            "cell.bucket",
        ),
        (
            "retention",
            {"birth_event": "a", "return_event": "a", "by": "x"},
            {"cohort": "2026-03-02"},
            "cell.by",
        ),
    ],
)
def test_a_cell_the_report_does_not_have(
    report: str, question: object, cell: object, path: str
) -> None:
    """Is refused, and the path says what is wrong."""
    with pytest.raises(Problem) as caught:
        opened(report, question, cell, snapshot_of([("a", 0, "ann")]))
    assert caught.value.code == "bad_question"
    assert path == caught.value.path
