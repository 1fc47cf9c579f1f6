"""Where a command writes: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tallymark_collector.cli.failure import Failure


def console() -> Console:
    """Return a console on stdout; it has no colours with NO_COLOR or without a terminal."""
    return Console(highlight=False, soft_wrap=False, emoji=False)


def notes() -> Console:
    """Return a console on stderr, for progress and remarks."""
    return Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def table(texts: Sequence[str], numbers: Sequence[str] = ()) -> Table:
    """Return an empty table: columns of text on the left, of numbers on the right."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for head in texts:
        made.add_column(head, justify="left", no_wrap=True)
    for head in numbers:
        made.add_column(head, justify="right", no_wrap=True)
    return made


@contextmanager
def settled_progress() -> Iterator[Callable[[int], None]]:
    """Show on stderr how many records are settled: a counter on a terminal, else a JSON line/s."""
    if not sys.stderr.isatty():
        yield _JsonLines()
        return
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} records"), TimeElapsedColumn())
    with Progress(*columns, console=notes(), transient=True) as shown:
        task = shown.add_task("", total=None)
        yield lambda done: shown.update(task, completed=done)


class _JsonLines:
    """Progress for programs: at most a line a second."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 1

    def __call__(self, done: int) -> None:
        if time.monotonic() >= self._next:
            sys.stderr.write(json.dumps({"progress": "send", "done": done}) + "\n")
            self._next = time.monotonic() + 1


def emit(value: object) -> None:
    """Print one JSON value as one line on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def report_failure(failure: Failure, *, as_json: bool) -> None:
    """Say on stderr why a command failed, as one JSON line or in words."""
    if as_json:
        error: dict[str, object] = {"code": failure.code, "detail": failure.detail}
        if failure.path is not None:
            error["path"] = failure.path
        if failure.advice:
            error["advice"] = failure.advice
        sys.stderr.write(json.dumps({"error": error}, ensure_ascii=False) + "\n")
        return
    place = f"{failure.path}: " if failure.path else ""
    out = notes()
    out.print(f"[bold red]tallymark:[/] {escape(place + failure.detail)}")
    if failure.advice:
        out.print(f"           {escape(failure.advice)}")
