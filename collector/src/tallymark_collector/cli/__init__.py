"""The command line: one module per command, joined here."""
# ruff: noqa: FBT002 -- typer reads options off the parameters

from __future__ import annotations

import importlib.metadata
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tallymark_collector.cli import (
    config,
    demo,
    export,
    import_file,
    key,
    migrate,
    project,
    query,
    serve,
    tail,
)
from tallymark_collector.cli.failure import (
    BROKEN_PIPE,
    DONE,
    EXIT_CODES,
    FAILED,
    INTERRUPTED,
    WRONG_USE,
    Failure,
    exit_code_of,
)
from tallymark_collector.cli.output import report_failure
from tallymark_collector.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main", "run"]

app = typer.Typer(
    name="tallymark",
    help="Product analytics you host: collect events, ask for reports.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command()(serve.serve)
app.add_typer(key.app, name="key")
app.add_typer(project.app, name="project")
app.command()(config.config)
app.command()(migrate.migrate)
app.command()(tail.tail)
app.add_typer(query.app, name="query")
app.command("import")(import_file.import_file)
app.command()(export.export)
app.command()(demo.demo)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 -- typer's callback
    if wanted:
        typer.echo(f"tallymark {importlib.metadata.version('tallymark-collector')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code."""
    as_json = "--json" in arguments
    try:
        return _ended(arguments, as_json=as_json)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    except Failure as failure:
        report_failure(failure, as_json=as_json)
        return failure.exit_code
    except Problem as problem:
        exit_code = exit_code_of(problem.code)
        answered = Failure(
            problem.detail, code=problem.code, path=problem.path, exit_code=exit_code
        )
        report_failure(answered, as_json=as_json)
        return exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _left_alone()


def _ended(arguments: Sequence[str], *, as_json: bool) -> int:
    """Run a command; wrong use is told to a program like every failure, to a person in a box."""
    try:
        ended = app(list(arguments), prog_name="tallymark", standalone_mode=not as_json)
    except typer.TyperException as error:
        advice = "See --help of the command."
        raise Failure(
            error.format_message(), advice, code="wrong_use", exit_code=WRONG_USE
        ) from error
    return ended if isinstance(ended, int) else DONE


def _left_alone() -> int:
    """Whoever read our output has enough of it (`| head`): end, and let nothing more be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def main() -> None:
    """Run the command the process was started with."""
    sys.exit(run(sys.argv[1:]))
