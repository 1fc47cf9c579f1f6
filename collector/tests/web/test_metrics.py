"""The figures a monitoring system collects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tallymark_collector.web.api.metrics import METRICS, exposition

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Running

SAME_AS_COUNTERS = {("writer", "stored"), ("writer", "duplicate")}
LINE = re.compile(
    r"# (?:HELP|TYPE) tallymark_\w+ .+|tallymark_\w+(?:\{\w+=\"\w+\"\})? \d+(?:\.\d+)?(?:e[+-]\d+)?"
)


def values(text: str) -> dict[str, float]:
    """Return the samples by their names."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_metrics_tell_what_has_happened(
    collector: Running, batch: Callable[..., dict[str, Any]]
) -> None:
    """Without a key, in the text format, counting what was answered before."""
    events = batch(3)
    events["events"][1]["e"] = ""
    collector.ask("POST", "/v1/batch", events)
    collector.ask("POST", "/v1/batch", events)
    collector.ask("POST", "/v1/batch", b"{")
    answer = collector.ask("GET", "/metrics", key=None)

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.body.decode()
    assert [line for line in text.splitlines() if not LINE.fullmatch(line)] == []
    found = values(text)
    names = ("requests", "problems", "events_stored", "events_duplicate", "events_rejected")
    assert [found[f"tallymark_{name}_total"] for name in names] == [4, 1, 2, 2, 2]
    assert (found["tallymark_disk_full"], found["tallymark_connections_open"]) == (0, 1)


def test_refusals_are_told_by_their_code(collector: Running) -> None:
    """Each reason has a line of its own."""
    collector.application.writer.stop(5)
    collector.ask("POST", "/v1/batch", b"{}")
    found = values(collector.ask("GET", "/metrics", key=None).body.decode())

    assert found['tallymark_refusals_total{code="stopping"}'] == 1


def test_every_statistic_is_told_once(collector: Running) -> None:
    """A new counter has to be given a name here."""
    statistics = collector.ask("GET", "/readyz", key=None).json
    there = {(part, name) for part in statistics if part != "status" for name in statistics[part]}

    assert {(metric.part, metric.field) for metric in METRICS} == there - SAME_AS_COUNTERS
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert exposition({part: statistics[part] for part in ("counters", "connections", "writer")})
    for metric in METRICS:
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric
