"""The shared vectors of the reports, answered from columns: one sentence of a definition each."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tallymark_collector.engine.answers import answer_funnel, answer_retention, answer_trends
from tallymark_collector.query.question import (
    FunnelQuestion,
    RetentionQuestion,
    TrendsQuestion,
    parse,
)

sys.path.insert(0, str(Path(__file__).parent))
from world import World

FILE = Path(__file__).parents[3] / "sdk-protocol/spec/vectors/reports.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
EPOCH_MS = 1_772_409_600_000
MEASURES = {"uniques_range": "uniques", "avg_per_user": "per_user"}


def of_report(name: str) -> list[Any]:
    """Return the vectors of one report as named parameters."""
    return [pytest.param(one, id=one["id"]) for one in VECTORS if one["report"] == name]


def common(query: dict[str, Any]) -> dict[str, Any]:
    """Return range and zone of a vector's query in the API's terms."""
    named = {"from_day": "from", "to_day": "to"}
    first = date(2026, 3, 2)
    days = {
        named[key]: (first + timedelta(days=value)).isoformat()
        for key, value in query.items()
        if key in named
    }
    return {**days, "timezone": query.get("tz", "UTC")}


def store(world: World, vector: dict[str, Any]) -> None:
    """Store a vector's events, looking in between: each is in a segment of its own."""
    for one in vector["events"]:
        body = {"e": one["event"], "p": one["props"], **({"u": one["user"]} if one["user"] else {})}
        world.do(["store", EPOCH_MS + one["t"], body, 1])
        world.do(["look"])


@pytest.mark.parametrize("vector", of_report("funnel"))
def test_funnel_vectors(vector: dict[str, Any]) -> None:
    """A funnel must count and time each vector as its note says, on columns too."""
    query = vector["query"]
    anchors = query.get("anchors", ())
    question = {
        "steps": [
            {"event": name, "anchor": number in anchors}
            for number, name in enumerate(query["steps"], start=1)
        ],
        "window": f"{query['window_min']}m",
        "grace": f"{query.get('grace_ms', 0)}ms",
        **{name: query[name] for name in ("reentry", "count", "order", "exclude", "hold")
           if name in query},
        **common(query),
    }  # fmt: skip
    with World(small=0) as world:
        store(world, vector)
        _, found, _ = answer_funnel(parse(FunnelQuestion, question), world.columns())
    (line,) = found.lines
    times = [time / 1000 for time in line.times_to_convert]
    assert vector["expect"] == {"steps": [step.count for step in line.steps], "ttc_s": times}


@pytest.mark.parametrize("vector", of_report("retention"))
def test_retention_vectors(vector: dict[str, Any]) -> None:
    """Retention must put members and returns where each vector's note says, on columns too."""
    query = vector["query"]
    question = {
        "birth_event": query["born"],
        "return_event": query["event"],
        "births": query.get("type", "first"),
        **{name: query[name] for name in ("buckets", "mode", "criteria") if name in query},
        **common(query),
    }
    with World(small=0) as world:
        store(world, vector)
        _, answer, _ = answer_retention(parse(RetentionQuestion, question), world.columns())
    found = {
        cohort.start.isoformat(): {
            "first": cohort.size,
            "counts": [cell.retained for cell in cohort.cells],
        }
        for cohort in answer.cohorts
    }
    assert vector["expect"] == found


@pytest.mark.parametrize("vector", of_report("insights"))
def test_insights_vectors(vector: dict[str, Any]) -> None:
    """Trends must measure each vector as its note says, on columns too."""
    query = vector["query"]
    question = {
        "events": [query["event"]],
        "measure": MEASURES.get(query["measure"], query["measure"]),
        **({"rolling": query["rolling"]} if "rolling" in query else {}),
        **common(query),
    }
    with World(small=0) as world:
        store(world, vector)
        _, answer, _ = answer_trends(parse(TrendsQuestion, question), world.columns())
    (line,) = answer.lines
    found = line.total if query["measure"] == "uniques_range" else list(line.values)
    assert vector["expect"] == found
