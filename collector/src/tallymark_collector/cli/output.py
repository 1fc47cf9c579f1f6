"""Where a command writes: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from tallymark_collector.cli.plain import json_text, plain

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


class Heard:
    """How far a file has been read, and how many of its records have an end."""

    def __init__(self, show: Callable[[int, int], object]) -> None:
        """Show bytes read and records settled whenever more are settled."""
        self._show = show
        self._bytes = 0

    def read(self, size: int) -> None:
        """Take note that *size* bytes have been read."""
        self._bytes = size

    def settled(self, records: int) -> None:
        """Show that so many records are settled."""
        self._show(self._bytes, records)


@contextmanager
def bytes_progress(name: str, size: int) -> Iterator[Heard]:
    """Show on stderr how far a file is: a bar on a terminal, else a JSON line a second."""
    if not sys.stderr.isatty():
        lines = _JsonLines()
        yield Heard(
            lambda done, records: lines(progress=name, bytes=done, of=size, records=records)
        )
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[records]:,} records"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=notes(), transient=True) as bar:
        task = bar.add_task(plain(name), total=size, records=0)
        yield Heard(lambda done, records: bar.update(task, completed=done, records=records))


@contextmanager
def count_progress(what: str, total: int) -> Iterator[Callable[[int, int], object]]:
    """Show on stderr how many of *total* are done: a bar on a terminal, else a JSON line a second.

    What is returned is called with how many are done, of how many.
    """
    if not sys.stderr.isatty():
        lines = _JsonLines()
        yield lambda done, of: lines(progress=what, done=done, of=of)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=notes(), transient=True) as bar:
        task = bar.add_task(plain(what), total=total)
        yield lambda done, _of: bar.update(task, completed=done)


class _JsonLines:
    """Progress for programs: at most a line a second."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 1

    def __call__(self, **line: object) -> None:
        if time.monotonic() >= self._next:
            sys.stderr.write(json.dumps(line) + "\n")
            self._next = time.monotonic() + 1


def emit(value: object) -> None:
    """Print one JSON value as one line on stdout, harmless for a terminal too."""
    sys.stdout.write(json_text(json.dumps(value, ensure_ascii=False)) + "\n")
    sys.stdout.flush()


def report_failure(failure: Failure, *, as_json: bool) -> None:
    """Say on stderr why a command failed, as one JSON line or in words."""
    if as_json:
        error: dict[str, object] = {"code": failure.code, "detail": failure.detail}
        if failure.path is not None:
            error["path"] = failure.path
        if failure.advice:
            error["advice"] = failure.advice
        sys.stderr.write(json_text(json.dumps({"error": error}, ensure_ascii=False)) + "\n")
        return
    place = f"{failure.path}: " if failure.path else ""
    out = notes()
    out.print(f"[bold red]tallymark:[/] {plain(place + failure.detail)}")
    if failure.advice:
        out.print(f"           {plain(failure.advice)}")
