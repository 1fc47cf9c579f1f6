"""`tallymark query`: reports in the terminal, from a folder or from a running collector."""
# ruff: noqa: FBT002, PLR0917 -- typer reads options off the parameters

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from typing import Annotated, Any

import orjson
import typer

from tallymark_collector.cli.asking import (
    AsCsv,
    Asking,
    By,
    From,
    Limit,
    Points,
    Session,
    To,
    Where,
    Zone,
)
from tallymark_collector.cli.conditions import all_of
from tallymark_collector.cli.failure import EXIT_CODES, WRONG_USE, Failure
from tallymark_collector.cli.options import (
    AsJson,
    Data,
    DatabaseUrl,
    Here,
    Key,
    Project,
    Url,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Ask for a report: of a collector's folder (--data), or of a running one (--url, --key).",
    epilog=EXIT_CODES,
)

_BRACKET_PARTS = 2


@app.command()
def trends(
    events: Annotated[list[str], typer.Argument(help="Event names; * is every event.")],
    measure: Annotated[str, typer.Option(help="total, uniques, dau, sum, p90 …")] = "total",
    property_: Annotated[str | None, typer.Option("--property", help="What to sum, say.")] = None,
    per_user: Annotated[
        str | None, typer.Option(help="First each user's sum, average, min, max or count.")
    ] = None,
    interval: Annotated[str, typer.Option(help="hour, day, week or month.")] = "day",
    by: By = None,
    limit: Limit = 10,
    segment: Annotated[
        str, typer.Option(help="Where a user counts in a split: every, first or last.")
    ] = "every",
    where: Where = None,
    start: From = None,
    to: To = None,
    timezone: Zone = "UTC",
    rolling: Annotated[int | None, typer.Option(help="Average over so many intervals.")] = None,
    cumulative: Annotated[bool, typer.Option("--cumulative", help="Count from the start.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="Beside the period before.")] = False,
    formula: Annotated[str | None, typer.Option(help="Over the series, like A / B.")] = None,
    session: Session = "30m",
    points: Points = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """How often, by how many users, or how much: over time."""
    question: dict[str, object] = {
        "events": events,
        "measure": measure,
        "property": property_,
        "per_user": per_user,
        "interval": interval,
        "by": by,
        "limit": limit,
        "segment": segment,
        "where": all_of(where or ()),
        "from": start,
        "to": to,
        "timezone": timezone,
        "rolling": rolling,
        "cumulative": cumulative,
        "compare": "previous" if compare else None,
        "formula": formula,
        "session": session,
    }
    Asking(Here(data, database_url), project, url, key, as_json, as_csv, points).ask(
        "trends", question
    )


@app.command()
def funnel(
    steps: Annotated[list[str], typer.Argument(help="Event names, in order.")],
    window: Annotated[str, typer.Option(help="Time to convert: 30m, 24h, 7d.")] = "7d",
    order: Annotated[str, typer.Option(help="ordered, any or strict.")] = "ordered",
    count: Annotated[str, typer.Option(help="uniques, totals or sessions.")] = "uniques",
    reentry: Annotated[str, typer.Option(help="first or best.")] = "first",
    grace: Annotated[str, typer.Option(help="How much earlier a step may come: 2s.")] = "0s",
    ties: Annotated[
        str, typer.Option(help="Order within a millisecond: arrival or either.")
    ] = "arrival",
    within: Annotated[str, typer.Option(help="Later steps: in the window or range.")] = "window",
    hold: Annotated[list[str] | None, typer.Option(help="Property all steps share.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Event that ends it.")] = None,
    excluded: Annotated[
        str, typer.Option(help="Whom that stops counts as entered, or is dropped.")
    ] = "entered",
    by: By = None,
    limit: Limit = 10,
    attribution: Annotated[str, typer.Option(help="first, last or step:2.")] = "first",
    where: Where = None,
    where_before: Annotated[
        bool, typer.Option("--where-before", help="Filter events, not attempts.")
    ] = False,
    total: Annotated[
        str | None, typer.Option("--sum", metavar="PROPERTY", help="Sum it at each step.")
    ] = None,
    start: From = None,
    to: To = None,
    timezone: Zone = "UTC",
    interval: Annotated[str | None, typer.Option(help="Also over time, by day, say.")] = None,
    session: Session = "30m",
    points: Points = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """How many get from step to step, and how long it takes them."""
    question: dict[str, object] = {
        "steps": steps,
        "window": window,
        "order": order,
        "count": count,
        "reentry": reentry,
        "grace": grace,
        "ties": ties,
        "within": within,
        "hold": hold,
        "exclude": exclude,
        "excluded": excluded,
        "by": by,
        "limit": limit,
        "attribution": attribution,
        "where": all_of(where or ()),
        "where_applies": "before" if where_before else None,
        "sum": total,
        "from": start,
        "to": to,
        "timezone": timezone,
        "interval": interval,
        "session": session,
    }
    Asking(Here(data, database_url), project, url, key, as_json, as_csv, points).ask(
        "funnel", question
    )


@app.command()
def retention(
    birth_event: Annotated[str, typer.Argument(help="The event that begins it.")],
    return_event: Annotated[str, typer.Argument(help="The event of coming back.")],
    unit: Annotated[str, typer.Option(help="day, week or month.")] = "day",
    buckets: Annotated[int, typer.Option(help="How many to show.")] = 8,
    bracket: Annotated[
        list[str] | None, typer.Option(metavar="A-B", help="Instead of buckets: 1-1, 2-3, 4-7.")
    ] = None,
    mode: Annotated[str, typer.Option(help="rolling or calendar.")] = "rolling",
    criteria: Annotated[str, typer.Option(help="on, on_or_after, on_or_before, streak.")] = "on",
    births: Annotated[str, typer.Option(help="first, first_ever or compounded.")] = "first",
    measure: Annotated[str, typer.Option(help="rate, users, sum or average.")] = "rate",
    property_: Annotated[str | None, typer.Option("--property", help="What to sum.")] = None,
    average: Annotated[str, typer.Option(help="pooled, simple or mixpanel.")] = "pooled",
    size_column: Annotated[
        bool, typer.Option("--size-column", help="Bucket 0 is everybody: 100 %.")
    ] = False,
    birth_where: Annotated[
        list[str] | None, typer.Option(metavar="COND", help="Of the event that begins it.")
    ] = None,
    return_where: Annotated[
        list[str] | None, typer.Option(metavar="COND", help="Of the event of coming back.")
    ] = None,
    by: By = None,
    limit: Limit = 10,
    match: Annotated[
        str, typer.Option(help="Which event has a split's value: birth or both.")
    ] = "birth",
    start: From = None,
    to: To = None,
    timezone: Zone = "UTC",
    points: Points = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Who comes back after a first event, cohort by cohort."""
    question: dict[str, object] = {
        "birth_event": _event(birth_event, birth_where),
        "return_event": _event(return_event, return_where),
        "unit": unit,
        "buckets": buckets,
        "brackets": [_bracket(text) for text in bracket or ()],
        "mode": mode,
        "criteria": criteria,
        "births": births,
        "measure": measure,
        "property": property_,
        "average": average,
        "size_column": size_column,
        "by": by,
        "limit": limit,
        "match": match,
        "from": start,
        "to": to,
        "timezone": timezone,
    }
    Asking(Here(data, database_url), project, url, key, as_json, as_csv, points).ask(
        "retention", question
    )


@app.command()
def frequency(
    event: Annotated[str, typer.Argument(help="Event name; * is every event.")] = "*",
    unit: Annotated[str, typer.Option(help="Of each day, week or month.")] = "day",
    sub_unit: Annotated[str, typer.Option(help="How many hours or days of it.")] = "hour",
    where: Where = None,
    start: From = None,
    to: To = None,
    timezone: Zone = "UTC",
    points: Points = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """How many users come often: in at least 1, 2, 3 … hours of a day, or days of a week."""
    question: dict[str, object] = {
        "event": event,
        "unit": unit,
        "sub_unit": sub_unit,
        "where": all_of(where or ()),
        "from": start,
        "to": to,
        "timezone": timezone,
    }
    Asking(Here(data, database_url), project, url, key, as_json, as_csv, points).ask(
        "frequency", question
    )


@app.command()
def ask(
    report: Annotated[str, typer.Argument(help="trends, funnel, retention or frequency.")],
    file: Annotated[
        Path, typer.Argument(help="The question in JSON, as the API takes it; - is stdin.")
    ],
    points: Points = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Ask anything the API can be asked: nested filters, unions, compared or anchored steps."""
    Asking(Here(data, database_url), project, url, key, as_json, as_csv, points).ask(
        report, _question(file)
    )


def _question(file: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        question = orjson.loads(text)
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror}", exit_code=WRONG_USE) from error
    except orjson.JSONDecodeError as error:
        raise Failure(f"{file} is not JSON: {error}", exit_code=WRONG_USE) from error
    if not isinstance(question, dict):
        raise Failure(f"{file} holds no JSON object", exit_code=WRONG_USE)
    return question


def _event(name: str, where: list[str] | None) -> object:
    return {"event": name, "where": all_of(where)} if where else name


def _bracket(text: str) -> list[int]:
    parts = text.split("-")
    if len(parts) != _BRACKET_PARTS or not all(part.isdecimal() for part in parts):
        raise Failure(f"{text!r} is no bracket", "Write it like 2-3, or 1-1.", exit_code=WRONG_USE)
    return [int(part) for part in parts]
