"""The application ends while the collector is dead: quickly, and nothing is lost with a spool."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from tallymark_conformance.processes import Collector, free_port, wait_until
from tallymark_conformance.producers.drive import Plan
from tallymark_conformance.runs.judge import judge_history
from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.runs.series import Series, histories
from tallymark_conformance.verdict import Verdict, Violation

NAME: Final = "exit"
EVENTS: Final = 1_000
LONGEST_S: Final = 25
"""The goal is 2.5 s; a busy machine gets ten times that."""
LIVE_S: Final = 120
ENDS: Final = ("exit", "close", "sigterm")
DRAIN_S: Final = 30


def run(options: Options) -> Report:
    """End producers in every way on a dead port, start the collector there, drain, and judge."""
    events = EVENTS if options.events is None else options.events
    watch, violations = Watch(), []
    cases: dict[str, dict[str, object]] = {}
    with options.folder(NAME) as folder:
        port = free_port()
        first = Collector(folder / "data", folder / "logs", options.collector, options.env)
        with first:
            key = first.key
            first.stop()
        plan = Plan(
            url=f"http://127.0.0.1:{port}",
            key=key,
            history=Path(),
            producer="",
            life=0,
            spool=str(folder / "spool"),
            count=events,
            timeout_s=2,
        )
        for end in ENDS:
            seconds, said = _live(options, plan, end, events, folder)
            cases[end] = {"took_s": seconds, "ok": not said}
            violations += said
        with Collector(
            folder / "data", folder / "logs", options.collector, options.env, port=port
        ) as collector:
            drain = replace(plan, producer="drain")
            Series(
                drain, 0, 0, folder / "producers", options.rng(NAME), options.producer, options.env
            ).drain(DRAIN_S)
            verdict = judge_history(collector, histories(folder / "producers"))
    notes = {"seconds": watch.seconds, "cases": cases}
    return Report(NAME, options.seed, verdict + Verdict({}, tuple(violations)), notes)


def _live(
    options: Options, plan: Plan, end: str, events: int, folder: Path
) -> tuple[float, list[Violation]]:
    """Live one life that ends by *end*; return how long the end took, and what was wrong."""
    own = replace(plan, producer=end, end="close" if end == "close" else "exit")
    if end == "sigterm":
        own = replace(own, rate=events / 5)
    series = Series(
        own, events, 0, folder / "producers", options.rng(NAME, end), options.producer, options.env
    )
    program = series.launch(events)
    if end == "sigterm":
        wait_until(lambda: _calls(folder, end) >= events // 5, LIVE_S, "some calls")
        program.signal(signal.SIGTERM)
    signalled = time.time()
    status = program.wait(LIVE_S)
    ended = time.time()
    last = histories(folder / "producers").ends.get((end, 1))
    seconds = round(ended - (signalled if last is None else last / 1_000), 2)
    found = []
    if seconds > LONGEST_S:
        found.append(Violation("promise", f"{end} took {seconds} s on a dead collector"))
    if status not in (0, -signal.SIGTERM, 128 + signal.SIGTERM):
        found.append(Violation("promise", f"{end} ended with {status}: {program.tail()}"))
    return seconds, found


def _calls(folder: Path, producer: str) -> int:
    return len(histories(folder / "producers").of_life(producer, 1))
