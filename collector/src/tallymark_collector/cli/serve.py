"""`tallymark serve`: the collector, until it is told to stop."""
# ruff: noqa: FBT002, PLR0917 -- typer reads options off the parameters

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tallymark_collector import app, settings
from tallymark_collector.cli.failure import UNREACHABLE, Failure
from tallymark_collector.cli.local import reachable
from tallymark_collector.cli.options import AsJson, Data, DatabaseUrl, chosen_settings, place_in
from tallymark_collector.cli.output import console, emit
from tallymark_collector.store.sqlite import WriterLocked

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(
    data: Data = None,
    database_url: DatabaseUrl = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that serve; several need a database.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port, 0 for a free one.")] = None,
    config: Annotated[Path | None, typer.Option(help="A settings file.")] = None,
    log_format: Annotated[Literal["auto", "json", "text"] | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Collect events and answer questions, until Ctrl-C or SIGTERM.

    Says on stdout where it listens once it does; its log goes to stderr.
    """
    flags = {
        "data": data,
        "database_url": database_url,
        "workers": workers,
        "host": host,
        "port": port,
        "log_format": log_format,
    }
    chosen = chosen_settings(flags, config)
    announce = announce_json if as_json else announce_text
    with reachable(place_in(chosen)):
        run(chosen, announce)


def run(chosen: settings.Settings, announce: Callable[[app.Ready], None]) -> None:
    """Serve, or fail saying what keeps the collector from it."""
    try:
        app.serve(chosen, announce)
    except WriterLocked as error:
        raise Failure(
            f"another collector writes to {chosen.data}",
            "Stop it, or give this one a folder of its own with --data.",
            code="data_in_use",
            exit_code=UNREACHABLE,
        ) from error
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
            raise
        raise Failure(
            f"cannot listen on {chosen.host} port {chosen.port}: {os.strerror(error.errno)}",
            "Choose another with --port (0 takes a free one) or --host.",
            code="address_unusable",
            exit_code=UNREACHABLE,
        ) from error


def announce_json(ready: app.Ready) -> None:
    """Print the ready line programs wait for."""
    emit(
        {
            "event": "ready",
            "url": ready.url,
            **({"database": ready.database} if ready.database else {"data": str(ready.data)}),
            "write_key": ready.write_key,
            "pid": os.getpid(),
        }
    )


def announce_text(ready: app.Ready) -> None:
    """Print what a person needs to begin."""
    out = console()
    out.print(f"[bold]Tallymark collects at {ready.url}[/]", soft_wrap=True)
    kept = ready.database or ready.data.resolve()
    out.print(f"  {'database  ' if ready.database else 'data      '} {kept}", soft_wrap=True)
    out.print(f"  write key  {ready.write_key}", soft_wrap=True)
    out.print("  stop       Ctrl-C", soft_wrap=True)
    sys.stdout.flush()
