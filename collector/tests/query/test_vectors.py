"""The vectors of the reports: one sentence of a definition each, with the answer it must give."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.query.naive import funnel, retention, trends
from tallymark_collector.query.plan import plan_funnel, plan_retention, plan_trends
from tallymark_collector.query.question import (
    FunnelQuestion,
    RetentionQuestion,
    TrendsQuestion,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_collector.query.event import Event
    from tallymark_collector.query.snapshot import Snapshot

FILE = Path(__file__).parents[3] / "sdk-protocol/spec/vectors/reports.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
FIRST_DAY = date(2026, 3, 2)
EPOCH_MS = 1_772_409_600_000
MEASURES = {"uniques_range": "uniques", "avg_per_user": "per_user"}


def of_report(name: str) -> list[Any]:
    """Return the vectors of one report as named parameters."""
    return [pytest.param(one, id=one["id"]) for one in VECTORS if one["report"] == name]


def day(number: int) -> str:
    """Return a day of the vectors as a date."""
    return (FIRST_DAY + timedelta(days=number)).isoformat()


def common(query: dict[str, Any]) -> dict[str, Any]:
    """Return range and zone of a vector's query in the API's terms."""
    named = {"from_day": "from", "to_day": "to"}
    question = {named[key]: day(value) for key, value in query.items() if key in named}
    return {**question, "timezone": query.get("tz", "UTC")}


@pytest.fixture
def stored(event: Callable[..., Event], snapshot: Callable[..., Snapshot]) -> Callable[..., Any]:
    """Return the maker of a snapshot of a vector's events."""

    def make(vector: dict[str, Any]) -> Snapshot:
        return snapshot(
            event(one["event"], EPOCH_MS + one["t"], one["user"], pos=pos, properties=one["props"])
            for pos, one in enumerate(vector["events"], start=1)
        )

    return make


@pytest.mark.parametrize("vector", of_report("funnel"))
def test_funnel_vectors(vector: dict[str, Any], stored: Callable[..., Snapshot]) -> None:
    """A funnel must count and time each vector as its note says."""
    query = vector["query"]
    anchors = query.get("anchors", ())
    steps = [
        {"event": name, "anchor": number in anchors}
        for number, name in enumerate(query["steps"], start=1)
    ]
    options = ("reentry", "count", "order", "exclude", "hold")
    question = {
        "steps": steps,
        "window": f"{query['window_min']}m",
        "grace": f"{query.get('grace_ms', 0)}ms",
        **{name: query[name] for name in options if name in query},
        **common(query),
    }
    snapshot = stored(vector)
    plan = plan_funnel(parse(FunnelQuestion, question), snapshot.bounds)
    (line,) = funnel.evaluate(plan, snapshot).lines
    times = [time / 1000 for time in line.times_to_convert]
    assert vector["expect"] == {"steps": [step.count for step in line.steps], "ttc_s": times}


@pytest.mark.parametrize("vector", of_report("retention"))
def test_retention_vectors(vector: dict[str, Any], stored: Callable[..., Snapshot]) -> None:
    """Retention must put members and returns where each vector's note says."""
    query = vector["query"]
    question = {
        "birth_event": query["born"],
        "return_event": query["event"],
        "births": query.get("type", "first"),
        **{name: query[name] for name in ("buckets", "mode", "criteria") if name in query},
        **common(query),
    }
    snapshot = stored(vector)
    plan = plan_retention(parse(RetentionQuestion, question), snapshot.bounds)
    found = {
        cohort.start.isoformat(): {
            "first": cohort.size,
            "counts": [cell.retained for cell in cohort.cells],
        }
        for cohort in retention.evaluate(plan, snapshot).cohorts
    }
    assert vector["expect"] == found


@pytest.mark.parametrize("vector", of_report("insights"))
def test_insights_vectors(vector: dict[str, Any], stored: Callable[..., Snapshot]) -> None:
    """Trends must measure each vector as its note says."""
    query = vector["query"]
    question = {
        "events": [query["event"]],
        "measure": MEASURES.get(query["measure"], query["measure"]),
        **({"rolling": query["rolling"]} if "rolling" in query else {}),
        **common(query),
    }
    snapshot = stored(vector)
    plan = plan_trends(parse(TrendsQuestion, question), snapshot.bounds)
    (line,) = trends.evaluate(plan, snapshot).lines
    found = line.total if query["measure"] == "uniques_range" else list(line.values)
    assert vector["expect"] == found


def test_every_named_vector_is_there() -> None:
    """Each id that a definition of funnels, retention and insights names must be a vector."""
    named = {f"F{number}{part}" for number in (1, 2) for part in "abc"}
    named |= {"F3", "F8b", "F9", "F10"} | {f"F4{part}" for part in "abcd"}
    named |= {f"F{number}{part}" for number in (5, 6, 7) for part in "ab"}
    named |= {"R1a", "R1b", "R2", "R4", "R5a", "R5b"}
    named |= {f"R3-{criteria}" for criteria in ("on", "on_or_after", "on_or_before", "streak")}
    named |= {f"I{number}" for number in range(1, 7)}
    assert set() == named - {one["id"] for one in VECTORS}
