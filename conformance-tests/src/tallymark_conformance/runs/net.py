"""The run that has everything: faults on the wire, kills on both sides, and exact books at the end.

Producers with an SDK talk through the fault proxy to a collector; the proxy draws from all faults,
the collector and the producers are killed by SIGKILL in between. With a spool nothing may be lost,
doubled or unaccounted; without one, what is lost is declared + unaccounted + tail, to the event.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import ProcessError
from tallymark_conformance.oracles import judge_wire
from tallymark_conformance.processes import POLL_S, Collector
from tallymark_conformance.producers.drive import Plan
from tallymark_conformance.proxy.chance import DRAWS, Chance
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
IN_FLIGHT: Final = (1, 4)
"""Requests under way at once: the protocol's default and its most, taken in turn (TM-RTY-03)."""
OVERFLOW: Final = ("newest", "oldest")
QUEUE_MAX: Final = 1_000
"""Events that may wait without a spool: an outage of seconds overflows it, and that is declared."""
LARGEST: Final = 200
REQUESTS: Final = 100
"""So many requests are open to faults, and batches are small enough for them: on a slow machine
few would be made before the calls are over.
"""
MAKING_S: Final = 600
DRAIN_S: Final = 90


@dataclass(frozen=True, slots=True)
class Shape:
    """What one variant of the run does: how many events and kills, and in which time.

    *rate* is the share of requests that meet a fault, one of *kinds*; *kills* those of producers.
    """

    name: str
    events: int
    kills: int
    collector_kills: int
    spool: bool
    seconds: float
    rate: float = RATE
    kinds: tuple[str, ...] = tuple(DRAWS)

    def chance(self, until: int | None = None) -> Chance:
        """Return the choice of the faults of the first *until* requests."""
        return Chance(self.rate, self.kinds, until)


def run(options: Options, *, spool: bool = True) -> Report:
    """Run one variant: with a spool, or without."""
    kills = KILLS if options.kills is None else options.kills
    return carry_out(
        options,
        Shape(
            name=f"{NAME}-{'spool' if spool else 'memory'}",
            events=EVENTS if options.events is None else options.events,
            kills=kills,
            collector_kills=kills,
            spool=spool,
            seconds=20 if options.seconds is None else options.seconds,
        ),
    )


def carry_out(options: Options, shape: Shape) -> Report:
    """Do what *shape* says and judge it."""
    with (
        options.folder(shape.name) as folder,
        Collector(folder / "data", folder / "logs", options.collector, options.env) as collector,
        ProxyThread(
            collector.url,
            script=Script(chance=shape.chance()),
            seed=options.seed,
            trace=folder / "trace.jsonl",
        ) as proxy,
    ):
        watch = Watch()
        series = make_series(options, folder, shape, collector, proxy)
        _make_calls(options, shape, collector, series)
        left = max(0, REQUESTS - len(proxy.exchanges))
        proxy.follow(Script(chance=shape.chance(left)))
        for one in series:
            if shape.spool:
                one.drain(DRAIN_S)
        exchanges = list(proxy.exchanges)
        history = histories(folder / "producers")
        verdict = judge_history(collector, history, acks_of(exchanges))
    verdict += judge_wire(exchanges, [birth for one in series for birth in one.births])
    verdict += Verdict({}, (*_failures(series), *_given_up(shape, verdict)))
    notes = {
        "collector_kills": collector.starts - 1,
        "producer_kills": sum(one.killed for one in series),
        "fault_kinds": len(faults_met(exchanges)),
        "faults_met": sum(faults_met(exchanges).values()),
        "faults": faults_met(exchanges),
        "seconds": watch.seconds,
    }
    return Report(shape.name, options.seed, verdict, notes)


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
            in_flight=IN_FLIGHT[number % len(IN_FLIGHT)],
            queue_max=0 if shape.spool else QUEUE_MAX,
            overflow=OVERFLOW[number % len(OVERFLOW)],
            batch_max=min(LARGEST, -(-shape.events // REQUESTS)),
        )
        rng = options.rng(shape.name, "series", number)
        producers = folder / "producers"
        found.append(Series(plan, share, kills, producers, rng, options.producer, options.env))
    return found


def _make_calls(
    options: Options, shape: Shape, collector: Collector, series: Sequence[Series]
) -> None:
    rng, until = options.rng(shape.name, "collector"), time.monotonic() + MAKING_S
    points = sorted(rng.uniform(0, shape.seconds) for _ in range(shape.collector_kills))
    started = time.monotonic()
    # A restart takes its time, and the producers must not outrun their own kills meanwhile.
    with ThreadPoolExecutor(1) as restarts:
        under_way: Future[None] | None = None
        try:
            while sum(one.step() for one in series):
                if under_way is not None and under_way.done():
                    under_way = under_way.result()
                if points and under_way is None and time.monotonic() - started >= points[0]:
                    under_way = restarts.submit(collector.restart)
                    del points[0]
                if time.monotonic() > until:
                    raise ProcessError(f"the producers are not done after {MAKING_S} s")
                time.sleep(POLL_S)
            for _ in points:
                restarts.submit(collector.restart).result()
        finally:
            for one in series:
                one.end()


def _failures(series: Sequence[Series]) -> list[Violation]:
    return [Violation("promise", failure) for one in series for failure in one.failures]


def _given_up(shape: Shape, verdict: Verdict) -> list[Violation]:
    """Find events that producers with a spool declared lost: no fault of this run excuses it."""
    given_up = verdict.counts["dropped"] + verdict.counts["rejected"]
    if not shape.spool or not given_up:
        return []
    return [Violation("lost", f"{given_up} events were declared lost in spite of the spool")]
