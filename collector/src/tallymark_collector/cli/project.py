"""`tallymark project`: what events and keys belong to."""
# ruff: noqa: FBT002 -- typer reads options off the parameters

from __future__ import annotations

import time
from typing import Annotated

import typer

from tallymark_collector.cli.failure import EXIT_CODES, Failure
from tallymark_collector.cli.local import metadata
from tallymark_collector.cli.options import AsJson, Data, DatabaseUrl, Here
from tallymark_collector.cli.output import console, emit, table
from tallymark_collector.cli.words import day_and_time

app = typer.Typer(no_args_is_help=True, help="Create and list projects.", epilog=EXIT_CODES)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A name nobody has yet.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a project; the folder is made if there is none."""
    with metadata(Here(data, database_url).place(), create=True) as meta:
        try:
            made = meta.create_project(name, time.time_ns() // 1_000_000)
        except ValueError as error:
            raise Failure(str(error), "`tallymark project list` shows them.") from error
    if as_json:
        emit({"id": made.id, "name": made.name, "created_at": made.created_at})
    else:
        console().print(f"Created project {made.name}.", soft_wrap=True)


@app.command("list")
def list_projects(
    data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """List the projects."""
    with metadata(Here(data, database_url).place()) as meta:
        found = meta.projects()
    if as_json:
        facts = [{"id": one.id, "name": one.name, "created_at": one.created_at} for one in found]
        emit({"projects": facts})
        return
    rows = table(("Id", "Project", "Created"))
    for one in found:
        rows.add_row(str(one.id), one.name, day_and_time(one.created_at))
    console().print(rows if found else "No projects yet: `tallymark project create NAME`.")
