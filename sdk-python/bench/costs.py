"""Measure what tracking costs: time and CPU of calls, memory, bytes on the wire, import."""

# ruff: noqa: INP001 -- a folder that is run, not a package

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from laboratory import Laboratory, StandIn

BURST, SMALL = 100_000, 2_000
SLOW = {"mixpanel": SMALL, "snowplow": 20_000}
"""SDKs that send within the call, or in tens: fewer events, so that a run ends."""
IMPORTS = 7


def measure(lab: Laboratory, server: StandIn, name: str, repeats: int) -> dict[str, Any]:
    """Return the medians of an SDK's costs; None where it has no such thing."""
    parts: list[Mapping[str, Any]] = [_burst(lab, server, name) for _ in range(repeats)]
    found = {key: median(part[key] for part in parts) for key in parts[0]}
    # Not the median: one run that lost something is one too many.
    found["burst_lost"] = max(part["burst_lost"] for part in parts)
    found["burst_clean_runs"] = sum(part["burst_lost"] == 0 for part in parts)
    found["burst_runs"] = repeats
    found |= _calls(lab, server, name)
    with lab.state() as environment:
        times = [lab.run(name, "import", "", 0, environment).told for _ in range(IMPORTS)]
    found["import_ms"] = median(told["import_ms"] for told in times)
    return found


def _burst(lab: Laboratory, server: StandIn, name: str) -> dict[str, Any]:
    count = SLOW.get(name, BURST)
    server.mode()
    with lab.state() as environment:
        told = lab.run(name, "burst", server.url, count, environment).told
    seen = server.seen()
    arrived = count - seen.lost(range(count))
    return {
        "burst_count": count,
        "burst_lost": count - arrived,
        "burst_p50_us": told["p50_us"],
        "burst_p99_us": told["p99_us"],
        "burst_max_ms": told["max_ms"],
        "cpu_s_per_100k": told["cpu_s"] / max(1, arrived) * 100_000,
        "events_per_s": arrived / told["wall_s"],
        "bytes_per_event": seen.size / max(1, arrived),
    }


def _calls(lab: Laboratory, server: StandIn, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with lab.state() as environment:
        server.mode()
        told = lab.run(name, "paced", server.url, 1_000, environment).told
        found["paced_p50_us"], found["paced_p99_us"] = told["p50_us"], told["p99_us"]
    with lab.state() as environment:
        server.mode()
        count = 1_000 if name == "mixpanel" else 8_000
        found["threads_p99_us"] = lab.run(name, "threads", server.url, count, environment).told[
            "p99_us"
        ]
    with lab.state() as environment:
        server.mode(delay_ms=50)
        told = lab.run(name, "deliver", server.url, 300, environment).told
        found["slow_p50_us"], found["slow_max_ms"] = told["p50_us"], told["max_ms"]
    found["bytes_per_queued"] = None
    if name != "mixpanel":
        with lab.state() as environment:
            server.mode("silent")
            told = lab.run(name, "memory", server.url, SMALL, environment).told
            found["bytes_per_queued"] = told.get("bytes_per_event")
    server.mode()
    return found
