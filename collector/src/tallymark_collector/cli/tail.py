"""`tallymark tail`: the newest events, and those that arrive."""
# ruff: noqa: FBT002, PLR0917 -- typer reads options off the parameters

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from tallymark_collector.cli.options import (
    AsJson,
    Data,
    DatabaseUrl,
    Here,
    Key,
    Project,
    Url,
)
from tallymark_collector.cli.output import console
from tallymark_collector.cli.plain import json_text, plain
from tallymark_collector.cli.stored import stored
from tallymark_collector.cli.words import day_and_time
from tallymark_collector.query.event import Event, decode
from tallymark_collector.query.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from tallymark_collector.cli.stored import Stored
    from tallymark_collector.store.log import StoredEvent

_POLL_S = 0.25


def tail(
    number: Annotated[int, typer.Option("-n", min=0, help="How many of the newest.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    project: Project = "default",
    url: Url = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest events in order of arrival, and with --follow those that arrive.

    From a folder (--data), also beside a server that uses it, or from a running collector (--url).
    """
    out = console()
    with stored(Here(data, database_url), project, url, key) as source:
        shown = source.newest(max(number, 1))
        after = max((one.pos for one in shown), default=0)
        for one in shown if number else ():
            _print(out, one, as_json=as_json)
        if follow:
            for one in arriving(source, after):
                _print(out, one, as_json=as_json)


def arriving(source: Stored, after: int) -> Iterator[StoredEvent]:
    """Iterate over the events behind position *after*, for ever."""
    while True:
        found = source.after(after)
        yield from found
        if found:
            after = found[-1].pos
        else:
            time.sleep(_POLL_S)


def _print(out: Console, one: StoredEvent, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json_text(line_of(one).decode()) + "\n")
        sys.stdout.flush()
        return
    decoded = decode(one)
    at = day_and_time(one.ts)
    if not isinstance(decoded, Event):
        kind = str(json.loads(one.body).get("k"))
        out.print(f"[dim]{at}[/]  [magenta]{plain(kind)}[/]", soft_wrap=True)
        return
    who = decoded.user or decoded.device or "-"
    properties = " ".join(
        f"[dim]{plain(name)}=[/]{plain(value if isinstance(value, str) else json.dumps(value))}"
        for name, value in decoded.properties.items()
    )
    out.print(
        f"[dim]{at}[/]  [bold cyan]{plain(decoded.name):<20}[/] {plain(who):<16} {properties}",
        soft_wrap=True,
    )
