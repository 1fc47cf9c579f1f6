"""Write what was measured as a page of the documentation."""

# ruff: noqa: INP001, PLR2004, RUF001 -- a folder that is run, not a package; the goals are literals

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from faults import COUNT, KINDS, ROWS
from laboratory import OURS, PEERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Costs = Mapping[str, Mapping[str, Any]]

HEAD = """\
# The Python SDK beside its peers

What follows was measured by `make bench-sdk`, every SDK in a virtual environment of its own with
its released version, set up as its documentation's first example does and with its defaults,
against one collector stand-in on the same machine. Ratios within a row mean something; absolute
figures are those of this machine, under whatever else it did.

"""
BURSTS = (
    "A burst is 100,000 calls in a loop, of Mixpanel 2,000 (it sends within the call) and of "
    "Snowplow 20,000. Memory is what a process's anonymous memory grows by while the collector is "
    "silent; what lies in a spool's file is not in it."
)
LOSSES = (
    f"Lost events of {COUNT} (429: of 50, odd values: of {3 * KINDS}) in each run, summed over the "
    "runs; *hung* runs are those in which a flush or an exit took longer than its limit. In "
    "brackets the row's figure, least to most."
)
COSTS: dict[str, tuple[str, str, str]] = {
    "burst_p50_us": ("`track()` in a burst, p50", "µs", "{:,.1f}"),
    "burst_p99_us": ("`track()` in a burst, p99", "µs", "{:,.0f}"),
    "paced_p50_us": ("`track()` at 500 a second, p50", "µs", "{:,.1f}"),
    "paced_p99_us": ("`track()` at 500 a second, p99", "µs", "{:,.0f}"),
    "threads_p99_us": ("`track()` of four threads, p99", "µs", "{:,.0f}"),
    "slow_max_ms": ("longest `track()`, 50 ms round trip", "ms", "{:,.1f}"),
    "cpu_s_per_100k": ("CPU for 100,000 delivered events", "s", "{:,.2f}"),
    "events_per_s": ("delivered events in a burst", "1/s", "{:,.0f}"),
    "burst_lost": ("events lost in the worst burst", "", "{:,.0f}"),
    "bytes_per_event": ("bytes on the wire per event", "B", "{:,.0f}"),
    "bytes_per_queued": ("memory per queued event", "B", "{:,.0f}"),
    "import_ms": ("import", "ms of CPU", "{:,.0f}"),
}


def page(found: Mapping[str, Any]) -> str:
    """Return the page."""
    return HEAD + "\n".join(
        [
            f"{found['date']}, {found['machine']}, Python {found['python']}; "
            + ", ".join(f"{name} {version}" for name, version in found["versions"].items())
            + f". A burst is the median of {_runs(found['costs'])} runs; "
            f"the load average was {found['load']}. {found['note']}".rstrip(),
            "",
            "## Goals",
            "",
            *_goals(found["costs"], found["faults"]),
            "",
            "## Costs",
            "",
            *_costs(found["costs"]),
            "",
            BURSTS,
            "",
            "## Faults",
            "",
            LOSSES,
            "",
            *_faults(found["faults"]),
            "",
            *(_told(row, text, unit) for row, (_, text, unit) in ROWS.items()),
            "",
        ]
    )


def _runs(costs: Costs) -> str:
    counts = {int(cost["burst_runs"]) for cost in costs.values()}
    return " or ".join(str(count) for count in sorted(counts))


def _told(row: str, text: str, unit: str) -> str:
    return f"- **{row}**: {text}" + (f" ({unit})" if unit else "")


def _named(costs: Mapping[str, Any]) -> list[str]:
    return [name for name in (*OURS, *PEERS) if name in costs]


def _costs(costs: Costs) -> Iterator[str]:
    names = _named(costs)
    yield "| | " + " | ".join(names) + " |"
    yield "|---|" + "--:|" * len(names)
    for key, (text, unit, form) in COSTS.items():
        cells = [_shown(costs[name].get(key), form) for name in names]
        yield f"| {text}{', ' + unit if unit else ''} | " + " | ".join(cells) + " |"


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def _faults(faults: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    names = _named(faults)
    yield "| | " + " | ".join(names) + " |"
    yield "|---|" + "--:|" * len(names)
    for row in ROWS:
        cells = [_fault(faults[name].get(row)) for name in names]
        yield f"| {row} | " + " | ".join(cells) + " |"


def _fault(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "–"
    text = f"{cell['lost']} in {cell['runs']}"
    if cell["doubled"]:
        text += f", {cell['doubled']} doubled"
    if cell["hung"]:
        text += f", {cell['hung']} hung"
    if cell["most"] is not None:
        least, most = (f"{cell[key]:.3g}" for key in ("least", "most"))
        text += f" ({most})" if least == most else f" ({least}–{most})"
    return text


def _goals(costs: Costs, faults: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "| Goal | Figure | Reached |"
    yield "|---|--:|---|"
    for text, figure, reached in goals(costs, faults):
        yield f"| {text} | {figure} | {'yes' if reached else '**no**'} |"


def goals(costs: Costs, faults: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, bool]]:
    """Yield each goal, what was measured, and whether that reaches it."""
    ours, plain = costs["tallymark"], costs["tallymark-plain"]
    best = {key: _best(costs, key) for key in COSTS}

    def ratio(text: str, key: str, mine: Mapping[str, Any], most: float) -> tuple[str, str, bool]:
        share = mine[key] / best[key]
        return f"{text} ≤ {most:.2f} of the best peer's", f"{share:.2f}", share <= most

    yield ratio("`track()` p50 in a burst", "burst_p50_us", ours, 1 / 6)
    yield ratio("the same without orjson", "burst_p50_us", plain, 1 / 3)
    yield ratio("`track()` p99 in a burst", "burst_p99_us", ours, 1 / 5)
    yield ratio("`track()` p99 of four threads", "threads_p99_us", ours, 1 / 3)
    yield ratio("CPU for 100,000 events", "cpu_s_per_100k", ours, 1 / 8)
    yield ratio("the same without orjson", "cpu_s_per_100k", plain, 1 / 5)
    yield ratio("memory per queued event", "bytes_per_queued", ours, 1 / 3)
    yield ratio("import", "import_ms", ours, 1 / 5)
    lossless = [
        costs[name]["events_per_s"]
        for name in PEERS
        if name in costs and not costs[name]["burst_lost"]
    ]
    times = ours["events_per_s"] / max(lossless, default=1)
    yield (
        "events a second in a burst ≥ 5 × the fastest peer that loses none",
        f"{times:.1f} ×",
        times >= 5,
    )
    clean = f"{ours['burst_clean_runs']} of {ours['burst_runs']}"
    yield "bursts of 100,000 without a loss: all", clean, ours["burst_lost"] == 0
    yield (
        "bytes on the wire per event, batches of 500 ≤ 17",
        f"{ours['bytes_per_event']:.1f}",
        ours["bytes_per_event"] <= 17,
    )
    rows = faults["tallymark"]
    leave = rows["exit, no collector"]["most"]
    yield (
        "exit with a dead collector ≤ 2.5 s, the interpreter's start included",
        f"{leave:.1f} s",
        leave <= 2.5,
    )
    longest = max(rows[row]["most"] for row in ("login page", "redirect", "413", "400"))
    yield "longest `track()` in a network fault ≤ 10 ms", f"{longest:.1f} ms", longest <= 10
    runs, good = (sum(row[key] for row in rows.values()) for key in ("runs", "clean"))
    yield "rows of faults without a loss or a double: all", f"{good} of {runs}", good == runs


def _best(costs: Costs, key: str) -> float:
    """Return the best figure of the peers, the smallest one (the largest of rates is not asked)."""
    pick: Callable[..., Any] = min
    found = [costs[name].get(key) for name in PEERS if name in costs]
    return float(pick((value for value in found if value), default=float("nan")))
