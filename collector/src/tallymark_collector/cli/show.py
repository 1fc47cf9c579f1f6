"""Results of reports as terminal tables."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from tallymark_collector.cli import draw, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from tallymark_collector.reports.result import Result

_SPARK_WIDTH: Final = 40
_BAR_WIDTH: Final = 24
_MAX_ROWS: Final = 31
_NAME_WIDTH: Final = 40


def show(console: Console, result: Result, *, points: bool = False) -> None:
    """Print a result: the sentence first, then its numbers, then how fresh they are."""
    console.print(f"[bold]{escape(str(result['sentence']))}[/]", soft_wrap=True)
    shapes = {"trends": _trends, "funnel": _funnel, "retention": _retention}
    for table in shapes[str(result["report"])](result, points):
        console.print(table)
    as_of = cast("Mapping[str, object]", result["as_of"])
    console.print(
        f"[dim]{words.number(result['rows_read'])} events read, up to position "
        f"{as_of['pos']} of the log[/]",
        soft_wrap=True,
    )


def _trends(result: Result, points: bool) -> list[Table]:
    series = cast("Sequence[Mapping[str, Any]]", result["series"])
    summary = _table("Series", f"Per {result['interval']}", "Lowest", "Highest", "Whole range")
    compared = any("previous" in one for one in series)
    if compared:
        summary.add_column("Before", justify="right", no_wrap=True)
    for one in series:
        values = [point["value"] for point in one["points"]]
        known = [value for value in values if value is not None]
        cells = [
            escape(_name(one)),
            f"[cyan]{draw.sparkline(values, _SPARK_WIDTH)}[/]",
            words.number(min(known, default=None)),
            words.number(max(known, default=None)),
            f"[bold]{words.number(one['total'])}[/]",
        ]
        if compared:
            cells.append(words.number(one["previous"]["total"]))
        summary.add_row(*cells)
    count = len(series[0]["points"]) if series else 0
    return [summary, *([_points(result, series)] if points or 1 < count <= _MAX_ROWS else [])]


def _points(result: Result, series: Sequence[Mapping[str, Any]]) -> Table:
    table = _table(str(result["interval"]).capitalize(), *(escape(_name(one)) for one in series))
    for column in table.columns[1:]:
        column.justify = "right"
    for row in zip(*(one["points"] for one in series), strict=True):
        at = f"{row[0]['at']}{' *' if row[0].get('partial') else ''}"
        table.add_row(at, *(words.number(point["value"]) for point in row))
    if any(point.get("partial") for point in series[0]["points"]):
        table.caption = "* cut by the range"
    return table


def _funnel(result: Result, points: bool) -> list[Table]:
    segments = cast("Sequence[Mapping[str, Any]]", result.get("segments") or [result])
    tables = [_steps(one) for one in segments]
    if "trend" in result and points:
        tables.append(_conversions(cast("Sequence[Mapping[str, Any]]", result["trend"])))
    elif "trend" in result:
        rates = [point["conversion"] for point in cast("Sequence[Mapping[str, Any]]", result["trend"])]
        trend = _table("Conversion", f"Per {result['interval']}")
        trend.add_row("of those who enter", f"[cyan]{draw.sparkline(rates, _SPARK_WIDTH)}[/]")
        tables.append(trend)
    return tables


def _steps(funnel: Mapping[str, Any]) -> Table:
    table = _table("Step", "Count", "Of previous", "Of first", "Median time", "")
    named = "by" in funnel or "path" in funnel
    if named:
        table.title = escape(_name({"name": " → ".join(funnel.get("path", ())), **funnel}))
        table.title_justify = "left"
    for index, step in enumerate(funnel["steps"], start=1):
        share = step["overall_conv_ratio"]
        table.add_row(
            f"{index} {escape(step['event'])}",
            words.number(step["count"]),
            words.percent(step["step_conv_ratio"]) if index > 1 else "",
            words.percent(share),
            words.duration(step["median_time_s"]) if index > 1 else "",
            f"[cyan]{draw.bar(share or 0, _BAR_WIDTH)}[/]",
        )
    return table


def _conversions(trend: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("At", "Entered", "Converted", "Conversion")
    for point in trend:
        counts = point["counts"]
        table.add_row(
            escape(str(point["at"])),
            words.number(counts[0]),
            words.number(counts[-1]),
            words.percent(point["conversion"]),
        )
    return table


def _retention(result: Result, _points: bool) -> list[Table]:
    heads = [f"{low}" if low == high else f"{low}-{high}" for low, high in _brackets(result)]
    table = _table(f"Cohort ({result['unit']})", "Users", *heads)
    rate = result["measure"] == "rate"
    write = words.percent if rate else words.number
    for cohort in cast("Sequence[Mapping[str, Any]]", result["cohorts"]):
        name = _name({"name": cohort["at"], **cohort})
        cells = [_cell(cell, write(cell["value"])) for cell in cohort["cells"]]
        table.add_row(escape(name), words.number(cohort["size"]), *cells)
    if "average" in result:
        table.add_section()
        values = cast("Sequence[object]", result["average"])
        table.add_row("[bold]average[/]", "", *(f"[bold]{write(value)}[/]" for value in values))
    for column in table.columns[1:]:
        column.justify = "right"
    return [table]


def _cell(cell: Mapping[str, Any], text: str) -> str:
    return text if cell["complete"] else f"[dim]{text} *[/]"


def _brackets(result: Result) -> Sequence[tuple[int, int]]:
    return cast("Sequence[tuple[int, int]]", result["buckets"])


def _name(series: Mapping[str, Any]) -> str:
    """Name a series: what it counts, and the segment it is of."""
    parts = [str(series["name"])] if series["name"] else []
    parts += [f"{key}={_value(value)}" for key, value in series.get("by", {}).items()]
    text = "  ".join(parts)
    return text if len(text) <= _NAME_WIDTH else text[: _NAME_WIDTH - 1] + "…"


def _value(value: object) -> str:
    return value if isinstance(value, str) and value else repr(value)


def _table(*heads: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for head in heads:
        numeric = head in _NUMERIC
        table.add_column(head, justify="right" if numeric else "left", no_wrap=True)
    return table


_NUMERIC: Final = frozenset(
    ("Count", "Of previous", "Of first", "Median time", "Lowest", "Highest", "Whole range",
     "Entered", "Converted", "Users")
)  # fmt: skip
