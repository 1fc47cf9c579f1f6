"""`tallymark query`: reports in the terminal, from a folder or from a running collector."""
# ruff: noqa: FBT002, PLR0917 -- typer reads options off the parameters

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from typing import Annotated

import typer

from tallymark_collector.cli import remote
from tallymark_collector.cli.conditions import all_of
from tallymark_collector.cli.failure import EXIT_CODES, WRONG_USE, Failure
from tallymark_collector.cli.local import events_of
from tallymark_collector.cli.options import AsJson, Data, Key, Project, Url, data_folder
from tallymark_collector.cli.output import console, emit
from tallymark_collector.cli.show import show
from tallymark_collector.query.events import Events
from tallymark_collector.reports.answers import answer

app = typer.Typer(
    no_args_is_help=True,
    help="Ask for a report: of a collector's folder (--data), or of a running one (--url, --key).",
    epilog=EXIT_CODES,
)

From = Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, 2024-01-31.")]
To = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, included.")]
Zone = Annotated[str, typer.Option("--timezone", metavar="NAME", help="IANA zone of the days.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="COND", help="platform=mobile, price>=10, plan, !plan …"),
]
By = Annotated[list[str] | None, typer.Option("--by", metavar="PROPERTY", help="Split by it.")]
Points = Annotated[bool, typer.Option("--points", help="List every point, however many.")]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a question goes: a folder on this machine, or a collector's address."""

    data: Path | None
    project: str
    url: str | None
    key: str | None

    def ask(self, report: str, question: dict[str, object], *, as_json: bool, points: bool) -> None:
        """Ask, and print what comes back."""
        asked = {key: value for key, value in question.items() if value not in (None, [])}
        result = self._answer(report, asked)
        if as_json:
            emit(result)
        else:
            show(console(), result, points=points)

    def _answer(self, report: str, question: dict[str, object]) -> dict[str, object]:
        if self.url is None:
            with events_of(data_folder(self.data), self.project) as (reader, scope):
                return answer(report, question, Events(reader).snapshot(scope))
        if self.data is not None:
            raise Failure(
                "--data and --url both say where to ask", "Give one.", exit_code=WRONG_USE
            )
        return remote.ask(self.url, remote.reading_key(self.url, self.key), report, question)


@app.command()
def trends(
    events: Annotated[list[str], typer.Argument(help="Event names; * is every event.")],
    measure: Annotated[str, typer.Option(help="total, uniques, dau, sum, p90 …")] = "total",
    property_: Annotated[str | None, typer.Option("--property", help="What to sum, say.")] = None,
    interval: Annotated[str, typer.Option(help="hour, day, week or month.")] = "day",
    by: By = None,
    where: Where = None,
    start: From = None,
    to: To = None,
    timezone: Zone = "UTC",
    rolling: Annotated[int | None, typer.Option(help="Average over so many intervals.")] = None,
    cumulative: Annotated[bool, typer.Option("--cumulative", help="Count from the start.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="Beside the period before.")] = False,
    formula: Annotated[str | None, typer.Option(help="Over the series, like A / B.")] = None,
    limit: Annotated[int, typer.Option(help="Segments to show of a split.")] = 10,
    points: Points = False,
    data: Data = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """How often, by how many users, or how much: over time."""
    question: dict[str, object] = {
        "events": events,
        "measure": measure,
        "property": property_,
        "interval": interval,
        "by": by,
        "where": all_of(where or ()),
        "from": start,
        "to": to,
        "timezone": timezone,
        "rolling": rolling,
        "cumulative": cumulative,
        "compare": "previous" if compare else None,
        "formula": formula,
        "limit": limit,
    }
    Source(data, project, url, key).ask("trends", question, as_json=as_json, points=points)


@app.command()
def funnel(
    steps: Annotated[list[str], typer.Argument(help="Event names, in order.")],
    window: Annotated[str, typer.Option(help="Time to convert: 30m, 24h, 7d.")] = "7d",
    order: Annotated[str, typer.Option(help="ordered, any or strict.")] = "ordered",
    count: Annotated[str, typer.Option(help="uniques, totals or sessions.")] = "uniques",
    reentry: Annotated[str, typer.Option(help="first or best.")] = "first",
    hold: Annotated[list[str] | None, typer.Option(help="Property all steps share.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Event that ends it.")] = None,
    by: By = None,
    attribution: Annotated[str, typer.Option(help="first, last or step:2.")] = "first",
    where: Where = None,
    start: From = None,
    to: To = None,
    timezone: Zone = "UTC",
    interval: Annotated[str | None, typer.Option(help="Also over time, by day, say.")] = None,
    limit: Annotated[int, typer.Option(help="Segments to show of a split.")] = 10,
    points: Points = False,
    data: Data = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """How many get from step to step, and how long it takes them."""
    question: dict[str, object] = {
        "steps": steps,
        "window": window,
        "order": order,
        "count": count,
        "reentry": reentry,
        "hold": hold,
        "exclude": exclude,
        "by": by,
        "attribution": attribution,
        "where": all_of(where or ()),
        "from": start,
        "to": to,
        "timezone": timezone,
        "interval": interval,
        "limit": limit,
    }
    Source(data, project, url, key).ask("funnel", question, as_json=as_json, points=points)


@app.command()
def retention(
    birth_event: Annotated[str, typer.Argument(help="The event that begins it.")],
    return_event: Annotated[str, typer.Argument(help="The event of coming back.")],
    unit: Annotated[str, typer.Option(help="day, week or month.")] = "day",
    buckets: Annotated[int, typer.Option(help="How many to show.")] = 8,
    mode: Annotated[str, typer.Option(help="rolling or calendar.")] = "rolling",
    criteria: Annotated[str, typer.Option(help="on, on_or_after, on_or_before, streak.")] = "on",
    births: Annotated[str, typer.Option(help="first, first_ever or compounded.")] = "first",
    by: By = None,
    start: From = None,
    to: To = None,
    timezone: Zone = "UTC",
    limit: Annotated[int, typer.Option(help="Segments to show of a split.")] = 10,
    data: Data = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Who comes back after a first event, cohort by cohort."""
    question: dict[str, object] = {
        "birth_event": birth_event,
        "return_event": return_event,
        "unit": unit,
        "buckets": buckets,
        "mode": mode,
        "criteria": criteria,
        "births": births,
        "by": by,
        "from": start,
        "to": to,
        "timezone": timezone,
        "limit": limit,
    }
    Source(data, project, url, key).ask("retention", question, as_json=as_json, points=False)
