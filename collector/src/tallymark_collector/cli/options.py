"""Options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallymark_collector import app, settings
from tallymark_collector.cli.failure import UNREACHABLE, WRONG_USE, Failure
from tallymark_collector.store.place import ClientMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_collector.store.place import Place

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, nothing else.")]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The collector's folder.", show_default=False),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="The collector's Postgres database, where it has one.",
        show_default=False,
    ),
]
Project = Annotated[str, typer.Option("--project", metavar="NAME", help="The project.")]
Url = Annotated[str | None, typer.Option("--url", help="Ask the collector running there.")]
Key = Annotated[
    str | None,
    typer.Option("--key", envvar="TALLYMARK_READ_KEY", help="A read key or secret key."),
]


def chosen_settings(
    flags: Mapping[str, object] | None = None, file: Path | None = None
) -> settings.Settings:
    """Return the settings under *flags*; fail when they are wrong, or name two places."""
    try:
        chosen, origins = settings.load_with_origins(flags, file=file)
    except settings.SettingsError as error:
        raise Failure(str(error), code="bad_setting", exit_code=WRONG_USE) from error
    if chosen.database_url is not None and origins["data"] == "flag":
        raise Failure(
            f"--data names a folder, and database_url (from {origins['database_url']}) a database",
            "Give one of them.",
            code="two_places",
            exit_code=WRONG_USE,
        )
    return chosen


def place_in(chosen: settings.Settings) -> Place:
    """Return the folder or database of the settings; fail when it cannot be."""
    try:
        return app.place_in(chosen)
    except ClientMissing as error:
        raise Failure(str(error), code="client_missing", exit_code=WRONG_USE) from error
    except ValueError as error:
        raise Failure(str(error), code="bad_setting", exit_code=WRONG_USE) from error


@dataclass(frozen=True, slots=True)
class Here:
    """The folder or database that the flags of a command name, if they name one."""

    data: Path | None
    database_url: str | None = field(repr=False)

    @property
    def named(self) -> bool:
        """Tell whether a flag says where to look."""
        return self.data is not None or self.database_url is not None

    @property
    def flag(self) -> str:
        """Return the flag that does."""
        return "--data" if self.database_url is None else "--database-url"

    def settings(self) -> settings.Settings:
        """Return the settings under these flags."""
        return chosen_settings({"data": self.data, "database_url": self.database_url})

    def place(self) -> Place:
        """Return what the flags name, else what the settings do."""
        return place_in(self.settings())


def no_data(place: Place) -> Failure:
    """Return the failure of a command that finds no database in *place*."""
    return Failure(
        f"there is no collector's database in {place.shown}",
        "Start one with `tallymark serve --data DIR`, or name its folder with --data.",
        code="no_data",
        exit_code=UNREACHABLE,
    )
