"""The collector's counts and levels in the text format of Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from starlette.responses import Response

from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.requests import Request

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """One name, and where its value stands in the statistics.

    A mapping instead of a number has a line for each key, told by the label `label`.
    """

    part: str
    field: str
    name: str
    kind: Literal["counter", "gauge"]
    text: str
    label: str = ""


METRICS: Final = (
    Metric("counters", "requests", "requests_total", "counter", "requests answered"),
    Metric("counters", "problems", "problems_total", "counter", "answers that were problems"),
    Metric("counters", "failures", "failures_total", "counter", "requests that failed in here"),
    Metric("counters", "events_stored", "events_stored_total", "counter", "events stored"),
    Metric(
        "counters", "events_duplicate", "events_duplicate_total", "counter", "events stored before"
    ),
    Metric(
        "counters", "events_rejected", "events_rejected_total", "counter", "events with a verdict"
    ),
    Metric("counters", "refused_overload", "overload_refusals_total", "counter", "503 for no room"),
    Metric("counters", "refused_rate", "rate_refusals_total", "counter", "429 for a key's rate"),
    Metric(
        "counters", "clients_gone", "clients_gone_total", "counter", "requests cut off half way"
    ),
    Metric("connections", "open", "connections_open", "gauge", "connections open now"),
    Metric("connections", "idle", "connections_idle", "gauge", "open ones with nothing under way"),
    Metric("connections", "refused", "connections_refused_total", "counter", "over a cap"),
    Metric("connections", "evicted", "connections_evicted_total", "counter", "closed to make room"),
    Metric(
        "connections", "overdue", "connections_overdue_total", "counter", "closed by a deadline"
    ),
    Metric(
        "connections",
        "rescued",
        "requests_rescued_total",
        "counter",
        "run after their peer had gone",
    ),
    Metric(
        "connections", "unheard", "refusals_unheard_total", "counter", "429 and 503 nobody was told"
    ),
    Metric("writer", "queued", "queued_requests", "gauge", "requests that wait for their commit"),
    Metric("writer", "reserved_bytes", "queued_bytes", "gauge", "bytes reserved or waiting"),
    Metric("writer", "cap_bytes", "queued_bytes_limit", "gauge", "bytes that may wait"),
    Metric(
        "writer", "drain_bytes_per_s", "drain_bytes_per_second", "gauge", "what commits take away"
    ),
    Metric("writer", "oldest_wait_s", "oldest_wait_seconds", "gauge", "wait of the oldest request"),
    Metric("writer", "commits", "commits_total", "counter", "transactions committed"),
    Metric("writer", "arrivals", "committed_requests_total", "counter", "requests committed"),
    Metric("writer", "conflicts", "conflicts_total", "counter", "numbers with other content"),
    Metric("writer", "refused", "refusals_total", "counter", "requests not admitted", "code"),
    Metric("writer", "failed", "failed_commits_total", "counter", "requests not written", "error"),
    Metric("writer", "disk_full", "disk_full", "gauge", "1 while nothing can be written"),
)
"""The statistics by their names outside; the writer's events are counted by `counters` too."""


def exposition(statistics: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the statistics as lines of text."""
    return "".join(
        line for metric in METRICS for line in _lines(metric, statistics[metric.part][metric.field])
    )


def _lines(metric: Metric, value: float | Mapping[str, int]) -> Iterator[str]:
    name = f"tallymark_{metric.name}"
    yield f"# HELP {name} {metric.text}\n# TYPE {name} {metric.kind}\n"
    if metric.label:
        assert not isinstance(value, (int, float))
        for key, count in sorted(value.items()):
            yield f'{name}{{{metric.label}="{key}"}} {count}\n'
    else:
        assert isinstance(value, (int, float))
        yield f"{name} {value:d}\n" if isinstance(value, int) else f"{name} {value!r}\n"


class MetricsApi:
    """What a monitoring system collects."""

    def __init__(self, statistics: Callable[[], dict[str, Any]]) -> None:
        """Tell *statistics* as they are when asked."""
        self._statistics = statistics

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        return [Route("GET", "/metrics", self.metrics, "public")]

    async def metrics(self, _request: Request) -> Response:
        """Answer counts and levels; never a name, a key or an address of anybody."""
        headers = {"cache-control": "no-store", "content-type": MEDIA_TYPE}
        return Response(exposition(self._statistics()).encode(), headers=headers)
