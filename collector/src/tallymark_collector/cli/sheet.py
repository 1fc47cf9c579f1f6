"""Results of reports as CSV: for spreadsheets, in which no text may turn into a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final, cast

from tallymark_collector.cli.plain import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tallymark_collector.reports.result import Result

Row = list[object]

# What begins a formula in a spreadsheet, also as a wide character.
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")  # noqa: RUF001 -- these are meant


def sheet(result: Result) -> str:
    """Return a result as CSV with a header."""
    shapes = {
        "trends": _trends,
        "funnel": _funnel,
        "retention": _retention,
        "frequency": _frequency,
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in shapes[str(result["report"])](result):
        writer.writerow([inert(cell) for cell in row])
    return text.getvalue()


def inert(cell: object) -> object:
    """Return a cell that a spreadsheet only shows: text that would begin a formula is quoted.

    Numbers stay numbers; what cannot be seen is written out, line breaks too.
    """
    if cell is None or isinstance(cell, int | float):
        return cell
    text = shown(str(cell))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _trends(result: Result) -> Iterator[Row]:
    series = cast("Sequence[Mapping[str, Any]]", result["series"])
    yield [result["interval"], *(_named(one, one["name"]) for one in series)]
    for points in zip(*(one["points"] for one in series), strict=True):
        yield [points[0]["at"], *(point["value"] for point in points)]
    yield ["whole range", *(one["total"] for one in series)]


def _funnel(result: Result) -> Iterator[Row]:
    segments = cast("Sequence[Mapping[str, Any]]", result.get("segments") or [result])
    names = list(segments[0].get("by", ()))
    numbers = [name for name in segments[0]["steps"][0] if name != "event"]
    paths = ["path"] if "path" in segments[0] else []
    yield [*names, *paths, "step", "event", *numbers]
    for one in segments:
        path = [" → ".join(one["path"])] if paths else []
        values = list(one.get("by", {}).values())
        for place, step in enumerate(one["steps"], start=1):
            yield [*values, *path, place, step["event"], *(step[name] for name in numbers)]


def _retention(result: Result) -> Iterator[Row]:
    brackets = cast("Sequence[tuple[int, int]]", result["buckets"])
    cohorts = cast("Sequence[Mapping[str, Any]]", result["cohorts"])
    names = list(cohorts[0].get("by", ())) if cohorts else []
    heads = [f"{low}" if low == high else f"{low} to {high}" for low, high in brackets]
    yield [f"cohort ({result['unit']})", *names, "users", *heads]
    for one in cohorts:
        values = list(one.get("by", {}).values())
        yield [one["at"], *values, one["size"], *(cell["value"] for cell in one["cells"])]


def _frequency(result: Result) -> Iterator[Row]:
    periods = cast("Sequence[Mapping[str, Any]]", result["periods"])
    most = max((len(period["at_least"]) for period in periods), default=0)
    yield [result["unit"], *(f"at least {number}" for number in range(1, most + 1))]
    for period in periods:
        yield [period["at"], *period["at_least"]]


def _named(one: Mapping[str, Any], name: str) -> str:
    values = (str(value) for value in one.get("by", {}).values())
    return " · ".join((name, *values))
