"""Where `tallymark query` asks, and how it prints what comes back."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from tallymark_collector.cli import remote
from tallymark_collector.cli.failure import WRONG_USE, Failure
from tallymark_collector.cli.local import events_of
from tallymark_collector.cli.output import console, emit
from tallymark_collector.cli.sheet import sheet
from tallymark_collector.cli.show import show
from tallymark_collector.query.events import Events
from tallymark_collector.reports.answers import answer, understood

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_collector.cli.options import Here

From = Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, 2024-01-31.")]
To = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, included.")]
Zone = Annotated[str, typer.Option("--timezone", metavar="NAME", help="IANA zone of the days.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="COND", help="platform=mobile, price>=10, plan, !plan …"),
]
By = Annotated[list[str] | None, typer.Option("--by", metavar="PROPERTY", help="Split by it.")]
Limit = Annotated[int, typer.Option(help="Segments to show of a split.")]
Session = Annotated[str, typer.Option(help="What ends a visit: 30m without an event, or id.")]
Points = Annotated[bool, typer.Option("--points", help="List every point, however many.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet, nothing else.")]


@dataclass(frozen=True, slots=True)
class Asking:
    """A folder or database, or a collector's address, and how the answer is printed."""

    here: Here
    project: str
    url: str | None
    key: str | None
    as_json: bool
    as_csv: bool = False
    points: bool = False

    def ask(self, report: str, question: Mapping[str, object]) -> None:
        """Ask, and print what comes back; options that were not given are left out."""
        if self.as_json and self.as_csv:
            raise Failure("--json and --csv say how to print", "Give one.", exit_code=WRONG_USE)
        asked = {key: value for key, value in question.items() if value not in (None, [])}
        result = self._answer(report, asked)
        if self.as_json:
            emit(result)
        elif self.as_csv:
            sys.stdout.write(sheet(result))
            sys.stdout.flush()
        else:
            show(console(), result, points=self.points)

    def _answer(self, report: str, question: dict[str, object]) -> dict[str, object]:
        if self.url is None:
            asked = understood(report, question)
            with events_of(self.here.place(), self.project) as (reader, scope):
                answered = answer(report, asked, Events(reader).snapshot(scope))
                # As a collector sends it: without numbers that JSON cannot carry.
                sent: dict[str, object] = orjson.loads(orjson.dumps(answered))
                return sent
        if self.here.named:
            raise Failure(
                f"{self.here.flag} and --url both say where to ask",
                "Give one.",
                exit_code=WRONG_USE,
            )
        return remote.ask(self.url, remote.reading_key(self.url, self.key), report, question)
