"""Lay the reports of a soak out as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_conformance.runs.options import Report

SHOWN: Final = 5
"""Violations of each run that stand below the table; the JSON file has more."""


def table(reports: Sequence[tuple[Report, Sequence[str]]], broken: Sequence[str] = ()) -> str:
    """Return a line for each report and each of its cases, with the figures that are named.

    *broken* are the runs that have no report.
    """
    lines = [("run", "", "seconds", "figures")]
    for report, shown in reports:
        seconds = f"{report.figure('seconds'):.1f}"
        figures = " · ".join(f"{name_of(name)} {report.figure(name):,}" for name in shown)
        lines.append((report.run, mark(ok=report.ok), seconds, figures))
        cases: Mapping[str, Mapping[str, Any]] = report.notes.get("cases", {})
        lines += [_case(name, values) for name, values in cases.items()]
    lines += [(name, "BROKEN", "", "") for name in broken]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "\n".join(
        f"{name:<{widths[0]}}  {verdict:<{widths[1]}}  {seconds:>{widths[2]}}  {figures}".rstrip()
        for name, verdict, seconds, figures in lines
    )


def complaints(report: Report) -> list[str]:
    """Return a line for each kind of violation and for the first violations of all."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.verdict.by_kind().items())
    first = [
        " ".join(str(part) for part in violation.as_json().values())
        for violation in report.verdict.violations[:SHOWN]
    ]
    return [f"{report.run}: {kinds}", *(f"  {line}" for line in first)] if kinds else []


def mark(*, ok: bool) -> str:
    """Return the word for a verdict."""
    return "ok" if ok else "FAIL"


def name_of(figure: str) -> str:
    """Return what people call a figure."""
    return figure.replace("_", " ")


def _case(name: str, values: Mapping[str, Any]) -> tuple[str, str, str, str]:
    figures = " · ".join(f"{name_of(key)} {item:,}" for key, item in values.items() if key != "ok")
    return f"  {name}", mark(ok=bool(values["ok"])), "", figures
