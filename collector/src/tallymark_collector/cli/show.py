"""Results of reports as terminal tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from rich.markup import escape

from tallymark_collector.cli import draw, words
from tallymark_collector.cli.grid import Drawing, Grid
from tallymark_collector.cli.output import table
from tallymark_collector.cli.plain import plain, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console
    from rich.table import Table

    from tallymark_collector.reports.result import Result

_MAX_ROWS: Final = 31
_MAX_COLUMNS: Final = 6
_MAX_OFTEN: Final = 12
_NAME_WIDTH: Final = 28
_STEP_WIDTH: Final = 40
_MOST_DRAWN: Final = 60
_TEXT: Final = "left"


def show(console: Console, result: Result, *, points: bool = False) -> None:
    """Print a result: its sentence and notes, then its numbers, then how fresh they are."""
    console.print(f"[bold]{plain(str(result['sentence']))}[/]", soft_wrap=True)
    for note in cast("Sequence[str]", result.get("notes", ())):
        console.print(f"[yellow]Note:[/] {plain(note)}", soft_wrap=True)
    console.print()
    shapes = {
        "trends": trends,
        "funnel": funnel,
        "retention": retention,
        "frequency": frequency,
    }
    for one in shapes[str(result["report"])](result, console.width, points=points):
        console.print(one)
        console.print()
    as_of = cast("Mapping[str, object]", result["as_of"])
    console.print(
        f"[dim]{words.number(result['rows_read'])} events read, up to position "
        f"{words.number(as_of['pos'])} of the log.[/]",
        soft_wrap=True,
    )


def trends(result: Result, width: int, *, points: bool) -> list[Table]:
    """Return a line with a sparkline for each series, and its points where they are few."""
    series = cast("Sequence[Mapping[str, Any]]", result["series"])
    names = names_of(series)
    compared = any("previous" in one for one in series)
    heads = ["Lowest", "Highest", "Whole range", *(["Before"] if compared else [])]
    lines = [[point["value"] for point in one["points"]] for one in series]
    rows = []
    for name, one, values in zip(names, series, lines, strict=True):
        known = [value for value in values if value is not None]
        row = [min(known, default=None), max(known, default=None), one["total"]]
        if compared:
            row.append(one["previous"]["total"])
        rows.append((escape(name), [words.number(number) for number in row]))
    drawing = Drawing(f"Per {result['interval']}", lambda room: _lines(lines, room), _MOST_DRAWN)
    summary = Grid("", heads, rows, drawing=drawing).tables(width)
    few = len(series) <= _MAX_COLUMNS and 1 < len(series[0]["points"]) <= _MAX_ROWS
    return [*summary, *(_points(result, series, names, width) if points or few else [])]


def funnel(result: Result, width: int, *, points: bool) -> list[Table]:
    """Return the steps of each segment, and the conversion over time if asked for."""
    segments = cast("Sequence[Mapping[str, Any]]", result.get("segments") or [result])
    tables = [made for one in segments for made in _steps(one, width)]
    trend = cast("Sequence[Mapping[str, Any]]", result.get("trend", ()))
    if trend and points:
        tables += _conversions(trend, width)
    elif trend and "segments" not in result:
        rates = [point["conversion"] for point in trend]
        line = table(("", f"Conversion per {result['interval']} of entry"), ())
        line.add_row("", f"[cyan]{draw.sparkline(rates, _room(width, 10, 60))}[/]")
        tables.append(line)
    return tables


def retention(result: Result, width: int, *, points: bool) -> list[Table]:
    """Return the cohorts as rows and the buckets as columns; *points* adds the users in each."""
    brackets = cast("Sequence[tuple[int, int]]", result["buckets"])
    heads = [f"{low}" if low == high else f"{low}-{high}" for low, high in brackets]
    write = _share if result["measure"] == "rate" else words.number
    cohorts = cast("Sequence[Mapping[str, Any]]", result["cohorts"])
    rows = []
    for cohort in cohorts:
        cells = [_cell(cell, write(cell["value"]), points=points) for cell in cohort["cells"]]
        name = escape(name_of(cohort, cohort["at"]))
        rows.append((name, [words.number(cohort["size"]), *cells]))
    averages = [
        (
            f"[bold]{escape(name_of(average, 'average'))}[/]",
            ["", *(f"[bold]{write(value)}[/]" for value in average["cells"])],
        )
        for average in cast("Sequence[Mapping[str, Any]]", result["averages"])
    ]
    tables = Grid("Cohort", ["Users", *heads], rows, averages, gap=2).tables(width)
    if not all(cell["complete"] for cohort in cohorts for cell in cohort["cells"]):
        _caption(tables, "* not over yet for the newest members")
    return tables


def frequency(result: Result, width: int, *, points: bool) -> list[Table]:
    """Return the periods as rows; the columns are how often, as far as anybody came so often."""
    periods = cast("Sequence[Mapping[str, Any]]", result["periods"])
    most = max((_often(period["at_least"]) for period in periods), default=0)
    columns = most if points else min(most, _MAX_OFTEN)
    heads = [f"≥ {number}" for number in range(1, columns + 1)]
    rows = []
    for period in periods:
        cells = [words.number(number) if number else "" for number in period["at_least"][:columns]]
        at = f"{period['at']}{' *' if 'partial' in period else ''}"
        rows.append((at, [*cells, *[""] * (columns - len(cells))]))
    tables = Grid(str(result["unit"]).capitalize(), heads, rows).tables(width)
    if any("partial" in period for period in periods):
        _caption(tables, "* cut by the range")
    line = table(("", f"Users per {result['unit']}"), ())
    users = [period["at_least"][0] if period["at_least"] else 0 for period in periods]
    line.add_row("", f"[cyan]{draw.sparkline(users, _room(width, 10, 60))}[/]")
    return [line, *tables]


def names_of(series: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name each series by what tells it from the others: its events, its segment, or both."""
    several = len({one["name"] for one in series}) > 1
    return [name_of(one, one["name"] if several or "by" not in one else "") for one in series]


def name_of(one: Mapping[str, Any], before: str) -> str:
    """Name a segment of a result after *before*, cut to what a table has room for."""
    segment = ", ".join(
        str(value) if isinstance(value, str) and value else repr(value)
        for value in one.get("by", {}).values()
    )
    return shortened("  ".join(part for part in (before, segment) if part), _NAME_WIDTH)


def shortened(text: str, width: int) -> str:
    """Return text with nothing hidden in it, cut to so many characters."""
    seen = shown(text)
    return seen if len(seen) <= width else seen[: width - 1] + "…"


def _points(
    result: Result, series: Sequence[Mapping[str, Any]], names: Sequence[str], width: int
) -> list[Table]:
    rows = []
    cut = False
    for row in zip(*(one["points"] for one in series), strict=True):
        cut = cut or "partial" in row[0]
        at = f"{row[0]['at']}{' *' if 'partial' in row[0] else ''}"
        rows.append((at, [words.number(point["value"]) for point in row]))
    heads = [escape(name) for name in names]
    tables = Grid(str(result["interval"]).capitalize(), heads, rows).tables(width)
    if cut:
        _caption(tables, "* cut by the range")
    return tables


def _steps(one: Mapping[str, Any], width: int) -> list[Table]:
    events = [shortened(step["event"], _STEP_WIDTH) for step in one["steps"]]
    rows = [
        (
            f"{index} {escape(event)}",
            [
                words.number(step["count"]),
                words.percent(step["step_conv_ratio"]) if index > 1 else "",
                words.percent(step["overall_conv_ratio"]),
                words.duration(step["median_time_s"]) if index > 1 else "",
            ],
        )
        for index, (event, step) in enumerate(zip(events, one["steps"], strict=True), start=1)
    ]
    shares = [step["overall_conv_ratio"] or 0 for step in one["steps"]]
    drawing = Drawing(
        "", lambda room: [f"[cyan]{draw.bar(share, room)}[/]" for share in shares], 30, at_end=True
    )
    heads = ("Count", "Of prev.", "Of first", "Median time")
    tables = Grid("Step", heads, rows, drawing=drawing).tables(width)
    title = name_of(one, " → ".join(one.get("path", ())))
    if one.get("significance", {}).get("significant"):
        title += f"  (not like the others: p {one['significance']['p_adjusted']:.2g})"
    if title:
        first = tables[0]
        first.title, first.title_justify, first.title_style = escape(title), _TEXT, "bold"
    return tables


def _conversions(trend: Sequence[Mapping[str, Any]], width: int) -> list[Table]:
    rows = [
        (
            escape(name_of(point, str(point["at"]))),
            [
                words.number(point["counts"][0]),
                words.number(point["counts"][-1]),
                words.percent(point["conversion"]),
            ],
        )
        for point in trend
    ]
    return Grid("At", ("Entered", "Converted", "Conversion"), rows).tables(width)


def _cell(cell: Mapping[str, Any], text: str, *, points: bool) -> str:
    if not cell["complete"] and not cell["users"]:
        return ""
    shown_ = f"{text} ({words.number(cell['users'])})" if points else text
    return shown_ if cell["complete"] else f"[dim]{shown_}*[/]"


def _share(value: object) -> str:
    return words.percent(value).replace(" ", "")


def _lines(lines: Sequence[Sequence[float | None]], room: int) -> list[str]:
    return [f"[cyan]{draw.sparkline(values, room)}[/]" for values in lines]


def _caption(tables: Sequence[Table], text: str) -> None:
    """Put a remark below the last of the tables."""
    tables[-1].caption, tables[-1].caption_justify = text, _TEXT


def _often(at_least: Sequence[int]) -> int:
    return sum(number > 0 for number in at_least)


def _room(width: int, taken: int, most: int) -> int:
    return max(8, min(most, width - taken))
