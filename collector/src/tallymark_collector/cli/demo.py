"""`tallymark demo`: see it work, from an empty folder to a funnel."""
# ruff: noqa: FBT002 -- typer reads options off the parameters

from __future__ import annotations

import dataclasses
import json
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tallymark_collector import demo as shop_demo
from tallymark_collector.cli import remote
from tallymark_collector.cli.failure import Failure
from tallymark_collector.cli.output import console, emit, notes
from tallymark_collector.cli.show import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from rich.console import Console

DEFAULT_FOLDER = Path("tallymark-demo")


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the reports.")] = False,
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="Folder of the demo's collector.")
    ] = DEFAULT_FOLDER,
    port: Annotated[int, typer.Option(help="Port; if taken, the next free one.")] = 7300,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")
    ] = False,
) -> None:
    """Start a collector, send it a shop's 31,106 events through the SDK, show two reports.

    Then it stays up until Ctrl-C. A second run on the same folder stores nothing new.
    """
    try:
        with _stopped_by_signals(), shop_demo.collector(data, shop_demo.free_port(port)) as running:
            _present(running, data, port, as_json=as_json)
            if not once:
                _stay(running, as_json=as_json)
    except shop_demo.DemoFailed as error:
        raise Failure(str(error), code="demo_failed") from error


def _present(running: shop_demo.Collector, data: Path, port: int, *, as_json: bool) -> None:
    """Send the events, ask for the reports, and print what came of it."""
    source = shop_demo.shop()
    out = console()
    if not as_json:
        _say_where(out, running, data, port)
    with _progress(len(source.rows)) as progress:
        sent = shop_demo.send(running, source, progress)
    trend = remote.ask(running.url, running.key, "trends", dict(shop_demo.TREND))
    funnel = remote.ask(running.url, running.key, "funnel", dict(shop_demo.FUNNEL))
    shop_demo.forget_key(data, running.key)
    if as_json:
        emit({**dataclasses.asdict(sent), "url": running.url, "trend": trend, "funnel": funnel})
        return
    _say_stored(out, sent)
    show(out, trend)
    out.print()
    show(out, funnel)


def _say_where(out: Console, running: shop_demo.Collector, data: Path, port: int) -> None:
    out.print(f"[bold]A collector runs at {running.url}[/], its data in {data}.", soft_wrap=True)
    if port and not running.url.endswith(f":{port}"):
        out.print(f"[dim](Port {port} is taken, so it took the next free one.)[/]", soft_wrap=True)


def _say_stored(out: Console, sent: shop_demo.Sent) -> None:
    out.print(
        f"[bold green]{sent.stored:,} events stored[/]: {sent.new:,} new, "
        f"{sent.duplicate:,} already there, {sent.rejected:,} rejected.\n",
        soft_wrap=True,
    )


def _stay(running: shop_demo.Collector, *, as_json: bool) -> None:
    """Leave the collector running until somebody ends the demo, or it ends by itself."""
    if not as_json:
        console().print(
            f"\nThe collector stays at [bold]{running.url}[/]; Ctrl-C stops it.", soft_wrap=True
        )
    code = running.process.wait()
    raise shop_demo.DemoFailed(f"the collector ended by itself with exit code {code}")


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the block: that is how a demo ends well."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except KeyboardInterrupt:
        notes().print("[dim]The demo has stopped.[/]")
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int, int], None]]:
    """Show progress on stderr: a bar on a terminal, else a JSON line each second."""
    if not sys.stderr.isatty():
        yield _JsonLines()
        return
    columns = (
        TextColumn("Sending events"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=notes(), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, _total: bar.update(task, completed=done)


class _JsonLines:
    """Progress for programs: at most a line a second."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 1

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self._next:
            line: dict[str, Any] = {"progress": "send", "done": done, "total": total}
            sys.stderr.write(json.dumps(line) + "\n")
            self._next = time.monotonic() + 1
