"""`tallymark export`: stored events as lines of JSON, for any tool and for `tallymark import`."""
# ruff: noqa: FBT002, PLR0917 -- typer reads options off the parameters

from __future__ import annotations

import gzip
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from tallymark_collector.cli.failure import WRONG_USE, Failure
from tallymark_collector.cli.options import (
    AsJson,
    Data,
    DatabaseUrl,
    Here,
    Key,
    Project,
    Url,
)
from tallymark_collector.cli.output import console, emit
from tallymark_collector.cli.plain import json_text, plain
from tallymark_collector.cli.stored import stored
from tallymark_collector.cli.words import number
from tallymark_collector.query.buckets import local_day, zone
from tallymark_collector.query.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo

    from tallymark_collector.cli.stored import Stored
    from tallymark_collector.store.log import StoredEvent

    Write = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are exported: of some names, of some days of a zone; all without either."""

    names: frozenset[str]
    first: date
    last: date
    tz: tzinfo

    def holds(self, one: StoredEvent) -> bool:
        """Tell whether an event is wanted."""
        if not self.first <= local_day(one.ts, self.tz) <= self.last:
            return False
        body: dict[str, Any] = orjson.loads(one.body) if self.names else {}
        return not self.names or body.get("e") in self.names


def export(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Into a file, packed if it ends in .gz."),
    ] = None,
    event: Annotated[
        list[str] | None, typer.Option("--event", metavar="NAME", help="Only events of this name.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day.")] = None,
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="NAME", help="IANA zone of the days.")
    ] = "UTC",
    after: Annotated[int, typer.Option(min=0, help="Only what arrived behind a position.")] = 0,
    data: Data = None,
    database_url: DatabaseUrl = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Write events in order of arrival, one JSON object a line, to stdout or a file.

    `tallymark import` reads them back, each event once: also into the collector they came from.
    With --out a summary is printed; its position is where a further run goes on with --after.
    """
    wanted = Wanted(
        frozenset(event or ()), _day(start, date.min), _day(to, date.max), _zone(timezone)
    )
    with stored(Here(data, database_url), project, url, key) as source, _opened(out) as write:
        written, last = _export(source, after, wanted, write)
    if out is None:
        return
    if as_json:
        emit({"file": str(out), "events": written, "pos": last})
    else:
        console().print(
            f"{number(written)} events written to {plain(str(out))}, up to position {last}.",
            soft_wrap=True,
        )


def _export(source: Stored, after: int, wanted: Wanted, write: Write) -> tuple[int, int]:
    """Write all wanted events behind a position; return how many, and the last position seen."""
    written = 0
    while found := source.after(after):
        for one in found:
            if wanted.holds(one):
                write(json_text(line_of(one).decode()) + "\n")
                written += 1
        after = found[-1].pos
    return written, after


@contextmanager
def _opened(out: Path | None) -> Iterator[Write]:
    if out is None:
        yield sys.stdout.write
        sys.stdout.flush()
        return
    try:
        file = (
            gzip.open(out, "wt", encoding="utf-8")  # noqa: SIM115 -- closed below
            if out.suffix == ".gz"
            else out.open("w", encoding="utf-8")
        )
    except OSError as error:
        raise Failure(f"cannot write to {out}: {error.strerror}", code="unwritable") from error
    with file:
        yield file.write


def _day(text: str | None, default: date) -> date:
    try:
        return default if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise Failure(
            f"{text!r} is no day",
            "Write it like 2024-01-31.",
            code="bad_day",
            exit_code=WRONG_USE,
        ) from error


def _zone(name: str) -> tzinfo:
    try:
        return zone(name)
    except ValueError as error:
        raise Failure(str(error), code="bad_timezone", exit_code=WRONG_USE) from error
