"""`tallymark demo`: see it work, from an empty folder to a funnel."""
# ruff: noqa: FBT002 -- typer reads options off the parameters

from __future__ import annotations

import dataclasses
import random
import secrets
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tallymark_collector.cli import remote
from tallymark_collector.cli.failure import Failure
from tallymark_collector.cli.options import AsJson  # noqa: TC001 -- typer reads it
from tallymark_collector.cli.output import console, count_progress, emit, notes
from tallymark_collector.cli.show import show
from tallymark_collector.demo import ecom, shop
from tallymark_collector.demo.anchor import anchor
from tallymark_collector.demo.check import differences
from tallymark_collector.demo.collector import (
    ECOM,
    SHOP,
    Collector,
    DemoFailed,
    collector,
    forget_keys,
    free_port,
)
from tallymark_collector.demo.live import arrivals, live
from tallymark_collector.demo.sending import Sent, send

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Future
    from types import FrameType

    from rich.console import Console

    from tallymark_collector.demo.call import History
    from tallymark_collector.demo.shop import Known

DEFAULT_FOLDER = Path("tallymark-demo")


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the reports.")] = False,
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="Folder of the demo's collector.")
    ] = DEFAULT_FOLDER,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port; if taken, the next free one.")
    ] = 7300,
    as_json: AsJson = False,
) -> None:
    """Start a collector with two shops, sent through the SDK: one invented, one real.

    The invented one (project shop) has four weeks that end now and answers known beforehand; the
    real one (project ecom) is a file of 31,106 events. Then new visitors keep coming to the
    invented shop, until Ctrl-C. A second run on the same folder stores neither history again.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        kept = anchor(data, time.time_ns() // 1_000_000)
        with (
            _stopped_by_signals(),
            ThreadPoolExecutor(1) as making,
            _made(making, kept.end, kept.seed) as making_shop,
            collector(data, free_port(port)) as running,
        ):
            _present(running, making_shop, data, port, as_json=as_json)
            if not once:
                _stay(running, as_json=as_json)
    except DemoFailed as error:
        raise Failure(str(error), error.advice, code=error.code) from error


@contextmanager
def _made(
    making: ThreadPoolExecutor, end: int, seed: int
) -> Iterator[Future[tuple[History, Known]]]:
    """Make the shop's history while the collector starts."""
    yield making.submit(shop.made, end, seed)


def _present(
    running: Collector,
    making_shop: Future[tuple[History, Known]],
    data: Path,
    port: int,
    *,
    as_json: bool,
) -> None:
    """Send both shops, ask for their reports, and print what came of it."""
    out = console()
    if not as_json:
        _say_where(out, running, data, port)
    history, known = making_shop.result()
    invented = _sent(running, SHOP, history)
    answers = _asked(running, SHOP, shop.questions(known))
    wrong = differences(known, answers)
    if not as_json:
        _say_project(out, SHOP, invented, answers)
        _say_known(out, wrong)
    real = _sent(running, ECOM, ecom.history())
    real_answers = _asked(running, ECOM, ecom.QUESTIONS)
    forget_keys(data, running)
    if as_json:
        shown = {
            "url": running.url,
            SHOP: {**_facts(invented, answers), "as_made": not wrong},
            ECOM: _facts(real, real_answers),
        }
        emit(shown)
    else:
        _say_project(out, ECOM, real, real_answers)
    if wrong:
        raise DemoFailed(f"the shop's answers are not those it was made to give: {wrong[0]}")


def _sent(running: Collector, project: str, history: History) -> Sent:
    with count_progress(f"Sending {project}", len(history.calls)) as progress:
        return send(running.url, running.keys[project], history, progress)


def _asked(
    running: Collector, project: str, questions: Mapping[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    key = running.keys[project]
    return {
        report: remote.ask(running.url, key, report, question)
        for report, question in questions.items()
    }


def _facts(sent: Sent, answers: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return {**dataclasses.asdict(sent), **answers}


def _say_where(out: Console, running: Collector, data: Path, port: int) -> None:
    out.print(
        f"[bold]A collector runs at {running.url}[/], its data in {data}. Open it in a browser: "
        "events are on their way.",
        soft_wrap=True,
    )
    if port and not running.url.endswith(f":{port}"):
        out.print(f"[dim](Port {port} is taken, so it took the next free one.)[/]", soft_wrap=True)


def _say_project(
    out: Console, project: str, sent: Sent, answers: Mapping[str, dict[str, Any]]
) -> None:
    about = {SHOP: "an invented shop's last four weeks", ECOM: "a real shop's half year"}
    out.print(f"\n[bold]Project {project}[/], {about[project]}", soft_wrap=True)
    out.print(
        f"[bold green]{sent.stored:,} events stored[/]: {sent.new:,} new, "
        f"{sent.duplicate:,} already there, {sent.rejected:,} rejected.\n",
        soft_wrap=True,
    )
    for answer in answers.values():
        show(out, answer)
        out.print()


def _say_known(out: Console, wrong: list[str]) -> None:
    if not wrong:
        out.print(
            "[green]Each of these numbers is what the shop was made to give.[/]", soft_wrap=True
        )


def _stay(running: Collector, *, as_json: bool) -> None:
    """Let visitors come until somebody ends the demo, or the collector ends by itself."""
    if not as_json:
        console().print(
            f"\nVisitors keep coming to [bold]{running.url}[/]; Ctrl-C stops it.", soft_wrap=True
        )
    calls = arrivals(time.time_ns() // 1_000_000, secrets.token_hex(3), random.Random())  # noqa: S311 -- visitors, no secrets
    live(running.url, running.write_key, calls, lambda ts: _is_up_at(running, ts))


def _is_up_at(running: Collector, ts: int) -> bool:
    """Wait until *ts* (ms); raise `DemoFailed` when the collector ends before."""
    try:
        code = running.process.wait(max(0.0, ts / 1_000 - time.time()))
    except subprocess.TimeoutExpired:
        return True
    raise DemoFailed(f"the collector ended by itself with exit code {code}")


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the block, once: that is how a demo ends well."""

    def end(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    except KeyboardInterrupt:
        notes().print("[dim]The demo has stopped.[/]")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
