"""`tallymark import`: a file's events into a collector, each once."""
# ruff: noqa: FBT002, PLR0917 -- typer reads options off the parameters

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tallymark_collector.cli import import_show
from tallymark_collector.cli.failure import FAILED, UNREACHABLE, WRONG_USE, Failure
from tallymark_collector.cli.import_proof import proof_of, trial_of
from tallymark_collector.cli.inside import inside
from tallymark_collector.cli.options import AsJson, Data, DatabaseUrl, Here, Project
from tallymark_collector.cli.output import bytes_progress
from tallymark_collector.connect import csv_file
from tallymark_collector.connect.collectors import HttpCollector
from tallymark_collector.connect.record import BrokenFile
from tallymark_collector.connect.send import Importer, ImportFailed, ImportRefused, Outcome
from tallymark_collector.connect.source import Source, UnknownFormat, format_of
from tallymark_collector.ingest.intake import wall_ms
from tallymark_collector.query.buckets import zone
from tallymark_collector.store.keys import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from tallymark_collector.connect.collectors import Collector

Format = Literal["auto", "csv", "ndjson", "mixpanel"]
DEFAULT_URL = "http://127.0.0.1:7300"


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file, or a .gz.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    url: Annotated[
        str | None, typer.Option(help=f"A running collector.  [default with --key: {DEFAULT_URL}]")
    ] = None,
    key: Annotated[
        str | None, typer.Option(envvar="TALLYMARK_SECRET_KEY", help="Its secret key.")
    ] = None,
    project: Project = "default",
    format_: Annotated[
        Format, typer.Option("--format", help="auto looks at the name and the first line.")
    ] = "auto",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Of a CSV file: time=created_at …"),
    ] = None,
    timezone: Annotated[
        str, typer.Option(metavar="NAME", help="IANA zone of times that name none.")
    ] = "UTC",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import events from a file: CSV, `tallymark export`, or Mixpanel's raw export.

    Into the folder of a collector that is not running (--data), into a database (--database-url),
    or into a running collector (--url and --key). A run that was broken off goes on where it
    stopped, and a repeated one adds nothing.
    """
    source = _source(file, format_, mapping or [], _zone(timezone))
    try:
        if dry_run:
            import_show.dry_run(source, trial_of(source, wall_ms()), as_json=as_json)
            return
        with _collector(Here(data, database_url), url, key, project) as collector:
            outcome = _send(source, collector)
            proof = proof_of(source, collector)
    except BrokenFile as error:
        raise Failure(str(error), code="broken_file", exit_code=FAILED) from error
    import_show.outcome(outcome, proof, as_json=as_json)
    if not outcome.adds_up:
        raise Failure(
            f"{outcome.records + outcome.added:,} events were read, but {outcome.settled:,} have "
            "an end: the collector's answers do not add up",
            code="does_not_add_up",
        )


def _source(file: Path, wanted: Format, mapping: list[str], tz: tzinfo) -> Source:
    chosen = dict(_pair(text) for text in mapping)
    try:
        source = Source(file, format_of(file) if wanted == "auto" else wanted, chosen, tz)
        if chosen and source.format != "csv":
            raise Failure(
                f"--map is for CSV files; {file.name} is read as {source.format}",
                "Leave it out, or say --format csv.",
                code="bad_mapping",
                exit_code=WRONG_USE,
            )
        source.columns()
    except csv_file.MappingError as error:
        raise Failure(str(error), code="bad_mapping", exit_code=WRONG_USE) from error
    except UnknownFormat as error:
        advice = "Name its format with --format csv, ndjson (our own export) or mixpanel."
        raise Failure(
            f"{file}: {error}", advice, code="unknown_format", exit_code=WRONG_USE
        ) from error
    except BrokenFile as error:
        raise Failure(str(error), code="broken_file", exit_code=FAILED) from error
    return source


def _zone(name: str) -> tzinfo:
    try:
        return zone(name)
    except ValueError as error:
        raise Failure(str(error), code="bad_timezone", exit_code=WRONG_USE) from error


def _pair(text: str) -> tuple[str, str]:
    field, equals, column = text.partition("=")
    if not equals or not column:
        raise Failure(
            f"{text!r} is no mapping",
            "Write --map time=created_at.",
            code="bad_mapping",
            exit_code=WRONG_USE,
        )
    return field.strip(), column.strip()


@contextmanager
def _collector(here: Here, url: str | None, key: str | None, project: str) -> Iterator[Collector]:
    """Return where to import into: a folder, unless an address or a key says otherwise."""
    if here.named and url is not None:
        raise Failure(
            f"{here.flag} and --url both say where to import into", "Give one.", exit_code=WRONG_USE
        )
    if here.named or (url is None and not key):
        with inside(here, project) as collector:
            yield collector
        return
    kind = kind_of(key or "")
    if not key or kind in ("write", "read"):
        raise Failure(
            f"importing over HTTP needs a secret key{f', not a {kind} key' if kind else ''}",
            "Give --key or TALLYMARK_SECRET_KEY; `tallymark key create --kind secret` makes one.",
            code="forbidden" if kind else "key_missing",
            exit_code=WRONG_USE,
        )
    if project != "default":
        raise Failure(
            "--project is for --data and --database-url: a key is of one project already",
            "Leave it out.",
            exit_code=WRONG_USE,
        )
    with closing(HttpCollector(url or DEFAULT_URL, key)) as remote:
        yield remote


def _send(source: Source, collector: Collector) -> Outcome:
    importer = Importer(collector, source.stream)
    try:
        with bytes_progress(source.path.name, source.size) as heard:
            return importer.send(source.items(heard.read), lambda one: heard.settled(one.settled))
    except ImportRefused as error:
        raise Failure(str(error), code="import_refused", exit_code=FAILED) from error
    except ImportFailed as error:
        raise Failure(
            str(error),
            "What is stored stays stored: run it again to go on from there.",
            code="import_failed",
            exit_code=UNREACHABLE,
        ) from error
