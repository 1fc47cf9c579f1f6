"""`tallymark tail`: the newest events, and those that arrive."""
# ruff: noqa: FBT002 -- typer reads options off the parameters

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.markup import escape

from tallymark_collector.cli.local import events_of
from tallymark_collector.cli.options import AsJson, Data, Project, data_folder
from tallymark_collector.cli.output import console, emit
from tallymark_collector.cli.words import day_and_time
from tallymark_collector.query.event import Event, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.store.log import StoredEvent
    from tallymark_collector.store.sqlite import SqliteReader

_POLL_S = 0.25
_AT_ONCE = 1_000


def tail(
    number: Annotated[int, typer.Option("-n", min=0, help="How many of the newest.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    data: Data = None,
    project: Project = "default",
    as_json: AsJson = False,
) -> None:
    """Show the newest events in order of arrival, and with --follow those that arrive."""
    out = console()
    with events_of(data_folder(data), project) as (reader, scope):
        shown = newest(reader, scope, number)
        after = max((one.pos for one in shown), default=reader.head())
        for stored in shown:
            _print(out, stored, as_json=as_json)
        if follow:
            for stored in arriving(reader, scope, after):
                _print(out, stored, as_json=as_json)


def newest(reader: SqliteReader, scope: Scope, number: int) -> Sequence[StoredEvent]:
    """Return the last *number* events of a project, looking back further as long as needed."""
    head, back = reader.head(), max(number, 1)
    while number:
        found = list(reader.read(scope, max(0, head - back), back))
        if len(found) >= number or back >= head:
            return found[-number:]
        back *= 8
    return ()


def arriving(reader: SqliteReader, scope: Scope, after: int) -> Iterator[StoredEvent]:
    """Iterate over the events behind position *after*, for ever."""
    while True:
        found = reader.read(scope, after, _AT_ONCE)
        yield from found
        if found:
            after = found[-1].pos
        else:
            time.sleep(_POLL_S)


def _print(out: Console, stored: StoredEvent, *, as_json: bool) -> None:
    if as_json:
        facts = {"pos": stored.pos, "ts": stored.ts, "received_at": stored.received_at}
        emit({**facts, "stream": stored.stream, "seq": stored.seq, "event": _body(stored)})
        return
    decoded = decode(stored)
    at = day_and_time(stored.ts)
    if not isinstance(decoded, Event):
        out.print(
            f"[dim]{at}[/]  [magenta]{escape(str(_body(stored).get('k')))}[/]", soft_wrap=True
        )
        return
    who = decoded.user or decoded.device or "-"
    properties = " ".join(
        f"[dim]{escape(name)}=[/]{escape(value if isinstance(value, str) else json.dumps(value))}"
        for name, value in decoded.properties.items()
    )
    out.print(
        f"[dim]{at}[/]  [bold cyan]{escape(decoded.name):<20}[/] {escape(who):<16} {properties}",
        soft_wrap=True,
    )


def _body(stored: StoredEvent) -> dict[str, object]:
    body: dict[str, object] = orjson.loads(stored.body)
    return body
