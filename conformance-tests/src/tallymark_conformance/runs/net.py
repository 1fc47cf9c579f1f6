"""The run that has everything: faults on the wire, kills on both sides, and exact books at the end.

Producers with an SDK talk through the fault proxy to a collector; the proxy draws from all faults,
the collector and the producers are killed by SIGKILL in between. With a spool nothing may be lost,
doubled or unaccounted; without one, what is lost is declared + unaccounted + tail, to the event.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import ProcessError
from tallymark_conformance.oracles import judge_wire
from tallymark_conformance.processes import POLL_S, Collector
from tallymark_conformance.producers.drive import Plan
from tallymark_conformance.proxy.chance import Chance
from tallymark_conformance.proxy.script import Script
from tallymark_conformance.proxy.thread import ProxyThread
from tallymark_conformance.runs.judge import acks_of, faults_met, judge_history
from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.runs.series import Series, histories
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = "net"
PRODUCERS: Final = 2
EVENTS: Final = 20_000
KILLS: Final = 10
RATE: Final = 0.3
MAKING_S: Final = 600
DRAIN_S: Final = 90
MIN_KINDS: Final = 12


@dataclass(frozen=True, slots=True)
class Shape:
    """What one variant of the run does: how many events, kills of each side, and how fast."""

    events: int
    kills: int
    spool: bool
    seconds: float
    rate: float = RATE


def run(options: Options, *, spool: bool = True) -> Report:
    """Run one variant: with a spool, or without."""
    shape = Shape(
        events=EVENTS if options.events is None else options.events,
        kills=KILLS if options.kills is None else options.kills,
        spool=spool,
        seconds=20 if options.seconds is None else options.seconds,
    )
    name = f"{NAME}-{'spool' if spool else 'memory'}"
    with (
        options.folder(name) as folder,
        Collector(folder / "data", folder / "logs", options.collector) as collector,
        ProxyThread(
            collector.url,
            script=Script(chance=Chance(shape.rate)),
            seed=options.seed,
            trace=folder / "trace.jsonl",
        ) as proxy,
    ):
        return _run(options, name, folder, shape, collector, proxy)


def _run(  # noqa: PLR0917 (the parts of one run)
    options: Options,
    name: str,
    folder: Path,
    shape: Shape,
    collector: Collector,
    proxy: ProxyThread,
) -> Report:
    watch = Watch()
    series = make_series(options, folder, shape, collector, proxy)
    kills = _make_calls(options, shape, collector, series)
    proxy.follow(Script())
    for one in series:
        if shape.spool:
            one.drain(DRAIN_S)
    births = [birth for one in series for birth in one.births]
    exchanges = list(proxy.exchanges)
    met = faults_met(exchanges)
    verdict = judge_history(collector, histories(folder / "producers"), acks_of(exchanges))
    verdict += judge_wire(exchanges, births)
    verdict += Verdict({}, tuple(_failures(series)))
    notes = {
        "collector_kills": kills,
        "producer_kills": sum(one.killed for one in series),
        "fault_kinds": len(met),
        "faults": met,
        "seconds": watch.seconds,
    }
    return Report(name, options.seed, verdict, notes)


def make_series(
    options: Options, folder: Path, shape: Shape, collector: Collector, proxy: ProxyThread
) -> list[Series]:
    """Return the producers of the run; with a spool they share one directory."""
    spool = str(folder / "spool") if shape.spool else ""
    share, kills = shape.events // PRODUCERS, shape.kills // PRODUCERS
    found = []
    for number in range(1, PRODUCERS + 1):
        plan = Plan(
            url=proxy.url,
            key=collector.key,
            history=Path(),
            producer=f"p{number}",
            life=0,
            spool=spool,
            rate=share / shape.seconds,
            timeout_s=5,
        )
        rng = options.rng(NAME, "series", number)
        producers = folder / "producers"
        found.append(Series(plan, share, kills, producers, rng, options.producer))
    return found


def _make_calls(
    options: Options, shape: Shape, collector: Collector, series: Sequence[Series]
) -> int:
    rng, kills, until = options.rng(NAME, "collector"), 0, time.monotonic() + MAKING_S
    points = sorted(rng.randrange(shape.events) for _ in range(shape.kills))
    started = time.monotonic()
    try:
        while sum(one.step() for one in series):
            done = (time.monotonic() - started) / shape.seconds * shape.events
            if kills < len(points) and done >= points[kills]:
                collector.restart()
                kills += 1
            if time.monotonic() > until:
                raise ProcessError(f"the producers are not done after {MAKING_S} s")
            time.sleep(POLL_S)
        for _ in points[kills:]:
            collector.restart()
            kills += 1
    finally:
        for one in series:
            one.end()
    return kills


def _failures(series: Sequence[Series]) -> list[Violation]:
    return [Violation("promise", failure) for one in series for failure in one.failures]
