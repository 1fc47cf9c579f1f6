"""`tallymark import`: a file's events into a running collector, each once."""
# ruff: noqa: FBT002, PLR0917 -- typer reads options off the parameters

from __future__ import annotations

import dataclasses
from collections import Counter
from contextlib import closing
from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape

from tallymark_collector.cli import remote
from tallymark_collector.cli.failure import UNREACHABLE, WRONG_USE, Failure
from tallymark_collector.cli.options import AsJson  # noqa: TC001 -- typer reads them
from tallymark_collector.cli.output import console, emit, settled_progress, table
from tallymark_collector.cli.words import day_and_time, number
from tallymark_collector.connect import csv_file, export_file
from tallymark_collector.connect.record import Record, open_text, stream_of
from tallymark_collector.connect.send import Importer, ImportFailed, Outcome
from tallymark_collector.query.buckets import zone
from tallymark_collector.query.question import MAX_EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from tallymark_collector.connect.send import Item

Format = Literal["auto", "csv", "ndjson"]


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A file and how it is read."""

    path: Path
    format: Literal["csv", "ndjson"]
    chosen: Mapping[str, str]
    tz: tzinfo

    def items(self) -> Iterator[Item]:
        """Iterate over its records."""
        with open_text(self.path) as text:
            yield from self._read(text)

    def columns(self) -> csv_file.Columns | None:
        """Return what is mapped to what; None for our own export, which needs no mapping."""
        if self.format == "ndjson":
            return None
        with open_text(self.path) as text:
            return csv_file.columns(csv_file.header_of(text), self.chosen)

    def _read(self, text: IO[str]) -> Iterator[Item]:
        if self.format == "csv":
            return csv_file.read(text, self.chosen, self.tz)
        return export_file.read(text)


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or own export.")],
    url: Annotated[str, typer.Option(help="The collector.")] = "http://127.0.0.1:7300",
    key: Annotated[
        str | None, typer.Option(envvar="TALLYMARK_SECRET_KEY", help="A secret key.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="By the name if auto.")] = "auto",
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="time=created …")
    ] = None,
    timezone: Annotated[str, typer.Option(help="Zone of times without an offset.")] = "UTC",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import events from a file (gzip is recognised): CSV, or `tallymark tail --json` lines.

    A run that was broken off goes on where it stopped, and a repeated one adds nothing.
    """
    source = _source(file, format_, mapping or [], timezone)
    if dry_run:
        _show_dry_run(source, as_json=as_json)
        return
    if not key:
        raise Failure(
            "importing needs a secret key",
            "Give --key or TALLYMARK_SECRET_KEY; `tallymark key create --kind secret` makes one.",
            code="key_missing",
            exit_code=WRONG_USE,
        )
    outcome = _send(source, url, key)
    proof = _proof(source, url, key)
    if as_json:
        emit({**dataclasses.asdict(outcome), "proof": proof})
    else:
        _show_outcome(outcome, proof)


def _source(file: Path, wanted: Format, mapping: list[str], timezone: str) -> Source:
    chosen = dict(_pair(text) for text in mapping)
    name = file.name.removesuffix(".gz")
    by_name: Literal["csv", "ndjson"] = "csv" if name.endswith((".csv", ".txt")) else "ndjson"
    try:
        source = Source(file, by_name if wanted == "auto" else wanted, chosen, zone(timezone))
        source.columns()
    except (ValueError, csv_file.MappingError) as error:
        raise Failure(str(error), code="bad_mapping", exit_code=WRONG_USE) from error
    return source


def _pair(text: str) -> tuple[str, str]:
    field, equals, column = text.partition("=")
    if not equals or not column:
        raise Failure(
            f"{text!r} is no mapping", "Write --map time=created_at.", exit_code=WRONG_USE
        )
    return field.strip(), column.strip()


def _send(source: Source, url: str, key: str) -> Outcome:
    stream = stream_of(source.path) if source.format == "csv" else None
    try:
        with settled_progress() as progress, closing(Importer(url, key, stream)) as importer:
            return importer.send(source.items(), lambda outcome: progress(outcome.records))
    except ImportFailed as error:
        raise Failure(
            str(error),
            "What is stored stays stored: run it again to go on from there.",
            code="import_failed",
            exit_code=UNREACHABLE,
        ) from error


def _proof(source: Source, url: str, key: str) -> list[dict[str, Any]]:
    """Count each event name by day in the file and in the collector, and compare."""
    counts, _, first, last = _survey(source)
    rows: list[dict[str, Any]] = []
    if first is None or last is None:
        return rows
    days = {"from": day_and_time(first)[:10], "to": day_and_time(last)[:10]}
    names = sorted({name for name, _ in counts})
    for start in range(0, len(names), MAX_EVENTS):
        asked: dict[str, object] = {"events": names[start : start + MAX_EVENTS], **days}
        answer: dict[str, Any] = remote.ask(url, key, "trends", asked)
        rows += [_compared(series, counts) for series in answer["series"]]
    return rows


def _compared(series: Mapping[str, Any], counts: Counter[tuple[str, str]]) -> dict[str, Any]:
    """Compare one event's days in the collector with those in the file."""
    name: str = series["name"]
    held = {point["at"]: point["value"] for point in series["points"]}
    in_file = {day: count for (event, day), count in counts.items() if event == name}
    return {
        "event": name,
        "file": sum(in_file.values()),
        "collector": series["total"],
        "days_short": sorted(day for day, count in in_file.items() if held.get(day, 0) < count),
    }


def _survey(source: Source) -> tuple[Counter[tuple[str, str]], int, int | None, int | None]:
    """Count the file's events by name and day; also what cannot be read, and the time range."""
    counts: Counter[tuple[str, str]] = Counter()
    unreadable = 0
    first: int | None = None
    last: int | None = None
    for item in source.items():
        if not isinstance(item, Record):
            unreadable += 1
            continue
        ts = item.event["t"]
        assert isinstance(ts, int)
        first, last = min(first or ts, ts), max(last or ts, ts)
        if "e" in item.event and item.event.get("k", "track") == "track":
            counts[str(item.event["e"]), day_and_time(ts)[:10]] += 1
    return counts, unreadable, first, last


def _show_dry_run(source: Source, *, as_json: bool) -> None:
    counts, unreadable, first, last = _survey(source)
    mapped = source.columns()
    names = Counter[str]()
    for (name, _), count in counts.items():
        names[name] += count
    fields = dict(mapped.fields) if mapped else {}
    properties = list(mapped.properties) if mapped else []
    if as_json:
        emit(
            {
                "format": source.format,
                "fields": fields,
                "properties": properties,
                "events": names,
                "unreadable": unreadable,
                "first": first,
                "last": last,
            }
        )
        return
    out = console()
    if mapped:
        rows = table(("Column", "Becomes"))
        for field, column in fields.items():
            rows.add_row(escape(column), f"the event's {field}")
        for column in properties:
            rows.add_row(escape(column), "a property of that name")
        out.print(rows)
        out.print()
    listed = table(("Event",), ("Records",))
    for name, count in names.most_common():
        listed.add_row(escape(name), number(count))
    out.print(listed)
    if first is not None and last is not None:
        out.print(f"\nFrom {day_and_time(first)} to {day_and_time(last)} UTC.")
    out.print(f"{number(unreadable)} records cannot be read. Nothing was sent.", soft_wrap=True)


def _show_outcome(outcome: Outcome, proof: list[dict[str, Any]]) -> None:
    out = console()
    rejected = sum(outcome.rejected.values())
    out.print(
        f"[bold green]{number(outcome.stored)} events stored[/] of {number(outcome.records)} "
        f"records: {number(outcome.skipped + outcome.duplicate)} were there already, "
        f"{number(rejected)} rejected, {number(outcome.unreadable)} cannot be read.\n",
        soft_wrap=True,
    )
    for example in outcome.examples:
        out.print(f"[yellow]{escape(example)}[/]", soft_wrap=True)
    rows = table(("Event",), ("In the file", "In the collector"))
    rows.add_column("")
    for line in proof:
        short = f"less on {', '.join(line['days_short'][:3])}" if line["days_short"] else "complete"
        rows.add_row(escape(line["event"]), number(line["file"]), number(line["collector"]), short)
    out.print(rows)
