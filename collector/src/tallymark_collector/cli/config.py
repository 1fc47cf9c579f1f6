"""`tallymark config`: every setting, its value and where that came from."""
# ruff: noqa: FBT002 -- typer reads options off the parameters

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.markup import escape

from tallymark_collector import settings
from tallymark_collector.cli.failure import WRONG_USE, Failure
from tallymark_collector.cli.options import AsJson, Data, DatabaseUrl  # noqa: TC001 -- typer reads them
from tallymark_collector.cli.output import console, emit, table


def config(
    action: Annotated[Literal["show"], typer.Argument(help="What to do.")] = "show",  # noqa: ARG001
    origin: Annotated[bool, typer.Option("--origin", help="Also say where from.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the settings a server would start with; secrets are masked.

    Defaults give way to tallymark.toml, that to TALLYMARK_COLLECTOR_… variables, those to flags.
    """
    try:
        values, origins = settings.load_with_origins({"data": data, "database_url": database_url})
    except settings.SettingsError as error:
        raise Failure(str(error), code="bad_setting", exit_code=WRONG_USE) from error
    shown = settings.shown(values)
    if as_json:
        emit({"settings": shown, **({"origins": origins} if origin else {})})
        return
    rows = table(("Setting", "Value", *(["From"] if origin else [])))
    rows.add_column("What it is")
    for name, value in shown.items():
        about = settings.Settings.model_fields[name].description or ""
        from_ = [origins[name]] if origin else []
        rows.add_row(name, escape("" if value is None else str(value)), *from_, escape(about))
    console().print(rows)
