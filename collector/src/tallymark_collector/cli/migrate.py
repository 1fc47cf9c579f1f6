"""`tallymark migrate`: bring a store up to date, or say what that would do."""
# ruff: noqa: FBT002 -- typer reads options off the parameters

from __future__ import annotations

from typing import Annotated

import typer

from tallymark_collector.cli.local import reachable
from tallymark_collector.cli.options import AsJson, Data, DatabaseUrl, Here
from tallymark_collector.cli.output import console, emit


def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Bring the schema of a folder or database to this version's.

    `tallymark serve` does it by itself at its start; this is for those who want it done before.
    """
    place = Here(data, database_url).place()
    with reachable(place):
        names = place.migrate(dry_run=dry_run)
    if as_json:
        emit({"place": place.shown, "dry_run": dry_run, "migrations": list(names)})
        return
    out = console()
    if not names:
        out.print(f"{place.shown} is up to date.", soft_wrap=True, markup=False)
        return
    verb = "lacks" if dry_run else "now has"
    out.print(f"{place.shown} {verb} {', '.join(names)}.", soft_wrap=True, markup=False)
