"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallymark_collector import settings
from tallymark_collector.cli.failure import UNREACHABLE, WRONG_USE, Failure

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, nothing else.")]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The collector's folder.", show_default=False),
]
Project = Annotated[str, typer.Option("--project", metavar="NAME", help="The project.")]
Url = Annotated[str | None, typer.Option("--url", help="Ask the collector running there.")]
Key = Annotated[
    str | None,
    typer.Option("--key", envvar="TALLYMARK_READ_KEY", help="A read key or secret key."),
]


def data_folder(data: Path | None) -> Path:
    """Return the folder given, else the one the settings name."""
    try:
        return settings.load({"data": data}).data
    except settings.SettingsError as error:
        raise Failure(str(error), code="bad_setting", exit_code=WRONG_USE) from error


def no_data(folder: Path) -> Failure:
    """Return the failure of a command that finds no database in *folder*."""
    return Failure(
        f"there is no collector's database in {folder}",
        "Start one with `tallymark serve --data DIR`, or name its folder with --data.",
        code="no_data",
        exit_code=UNREACHABLE,
    )
