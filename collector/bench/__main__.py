"""Compare reports with DuckDB on the same events, and write what was found as a page.

usage: python -m bench EVENTS PYTHON PAGE, from the collector's folder; PYTHON has DuckDB.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from tallymark_collector.engine.local import funnel, retention, trends
from tallymark_collector.govern.access import Scope
from tallymark_collector.query.plan import plan_funnel, plan_retention, plan_trends
from tallymark_collector.query.question import (
    FunnelQuestion,
    RetentionQuestion,
    TrendsQuestion,
    parse,
)
from tallymark_collector.segments.files import Folder, bytes_of
from tallymark_collector.segments.project import Project

from bench.questions import DAY, FUNNEL, ROUNDS, START
from bench.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Callable

SCOPE = Scope(1, "bench", frozenset({"read"}))
Rows = list[list[Any]]


def questions(columns: Any) -> dict[str, tuple[Callable[[], Any], Callable[[Any], Rows]]]:
    """Return how each question is answered, and its answer as rows of SQL."""
    kinds = {
        "trends": (TrendsQuestion, plan_trends, trends),
        "funnel": (FunnelQuestion, plan_funnel, funnel),
        "retention": (RetentionQuestion, plan_retention, retention),
    }

    def asked(report: str, **question: Any) -> Callable[[], Any]:
        model, bind, kernel = kinds[report]
        plan = bind(parse(model, question), columns.bounds)
        return lambda: kernel.evaluate(plan, columns)

    steps = list(FUNNEL)
    where = {"property": "country", "value": ["CZ", "SK", "DE"]}
    return {
        "daily count": (asked("trends", events=["view_item"]), by_day),
        "users per day and property": (
            asked("trends", events=["search"], measure="uniques", by="source"),
            by_day_and_value,
        ),
        "funnel, first entry": (
            asked("funnel", steps=steps, window="7d", by="country", limit=100),
            by_step,
        ),
        "weekly retention": (
            asked("retention", birth_event="app_open", return_event="app_open", unit="week",
                  buckets=12),
            by_week,
        ),
        "daily sum with a filter": (
            asked("trends", events=["purchase"], measure="sum", property="price", where=where),
            by_day,
        ),
    }  # fmt: skip


def by_day(answer: Any) -> Rows:
    """Return the days that have a value."""
    pairs = zip(answer.buckets, answer.lines[0].values, strict=True)
    return [[(bucket.span.start - START) // DAY, value] for bucket, value in pairs if value]


def by_day_and_value(answer: Any) -> Rows:
    """Return the segments' days that have a value, without the rest."""
    found = [
        [line.segment.values[0], (bucket.span.start - START) // DAY, value]
        for line in answer.lines[:-1]
        for bucket, value in zip(answer.buckets, line.values, strict=True)
        if value
    ]
    return sorted(found)


def by_step(answer: Any) -> Rows:
    """Return the counts of each segment."""
    counted = [
        [line.segment.values[0], *(step.count for step in line.steps)] for line in answer.lines
    ]
    return sorted(counted)


def by_week(answer: Any) -> Rows:
    """Return the cells of each cohort that are not empty."""
    monday = START - 3 * DAY
    return [
        [
            int((datetime.combine(one.start, datetime.min.time(), UTC).timestamp() * 1000 - monday)
                // (7 * DAY)),
            number,
            cell.retained,
        ]
        for one in answer.cohorts
        for number, cell in enumerate(one.cells)
        if cell.retained
    ]  # fmt: skip


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return the median of the CPU ms of some runs, after one that warms up, and the answer."""
    found, spent = run(), []
    for _ in range(ROUNDS):
        begun = time.process_time()
        run()
        spent.append((time.process_time() - begun) * 1_000)
    return statistics.median(spent), found


def main(size: int, python: str, page: Path) -> int:
    """Build, ask both, compare, write; return 1 when an answer differs."""
    with TemporaryDirectory(prefix="tallymark-bench-") as folder:
        shop, root = Shop(size), Path(folder) / "1"
        begun = time.process_time()
        project = Project(shop, Folder(root), SCOPE)
        while project.build():
            pass
        built = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        columns = project.snapshot(_unasked)
        segments = [one.entry for one in project.sealed if one.entry is not None]
        ours = {name: (*timed(run), rows) for name, (run, rows) in questions(columns).items()}
        child = Path(__file__).parent / "by_duckdb.py"
        told = subprocess.run([python, child, root], check=True, capture_output=True)  # noqa: S603
        theirs: dict[str, Any] = json.loads(told.stdout)
        facts = {
            "events": size,
            "segments": len(segments),
            "built": size / built,
            "bytes": bytes_of(segments) / size,
            "peak": peak,
        }
    lines, same = table(ours, theirs)
    page.write_text(text(facts, lines, theirs["version"]), encoding="utf-8")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if same else 1


def table(ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[list[str], bool]:
    """Return the rows of the table, and whether each question has an answer of DuckDB's alike."""
    lines: list[str] = []
    for name, (spent, answer, rows) in ours.items():
        expected = rows(answer)
        cells = [name, f"{spent:.1f}"]
        for place in ("files", "own tables"):
            alike = [
                one["ms"]
                for key, one in theirs.items()
                if key.startswith(f"{name} | {place}") and _same(one["rows"], expected)
            ]
            cells.append(f"{min(alike):.1f} ({spent / min(alike):.2f})" if alike else "differs")
        lines.append(f"| {' | '.join(cells)} |")
    return lines, not any("differs" in line for line in lines)


def text(facts: dict[str, float], lines: list[str], version: str) -> str:
    """Return the page."""
    rows = "\n".join(lines)
    made = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"""# Reports compared with DuckDB

CPU milliseconds for one answer, one thread, files in memory: the median of {ROUNDS} runs after \
one. In brackets: ours ÷ DuckDB's, so less than 1 is faster. "Files" are our own segments, which \
DuckDB reads through Arrow; "own tables" are tables it made of them. Of several ways to write a \
question in SQL (chains of joins, ASOF joins) the fastest is shown whose answer is the same, row \
by row.

{facts["events"]:,} events in {facts["segments"]} segments:

| Question | ours, ms | DuckDB on files | DuckDB, own tables |
|---|---|---|---|
{rows}

Building: {facts["built"]:,.0f} events per second of CPU, from the log's bytes to synced files; \
{facts["bytes"]:.1f} bytes per event; the process had {facts["peak"]:.0f} MB at most.

Made on {made} by `make bench-reports` with Python {platform.python_version()}, NumPy \
{np.__version__}, Arrow {pa.__version__}, DuckDB {version}, on {os.cpu_count()} shared cores \
({platform.machine()}): other work ran beside it, so trust the ratios more than the times.
"""


def _same(found: Rows, expected: Rows) -> bool:
    return [list(row) for row in found] == expected


def _unasked() -> Any:
    raise AssertionError("no question goes to the plain evaluator")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
