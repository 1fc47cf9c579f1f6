"""A process that forks with a running client: every child has a stream of its own, all arrives."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tallymark_conformance.oracles import judge_wire
from tallymark_conformance.processes import Collector
from tallymark_conformance.producers.drive import Plan
from tallymark_conformance.proxy.thread import ProxyThread
from tallymark_conformance.runs.judge import acks_of, judge_history
from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.runs.series import Series, histories
from tallymark_conformance.verdict import Verdict, Violation

NAME: Final = "fork"
EVENTS: Final = 400
CHILDREN: Final = 3
LONGEST_S: Final = 60


def run(options: Options) -> Report:
    """Fork producers with and without a spool in the middle of their calls, and judge."""
    events = EVENTS if options.events is None else options.events
    watch, violations = Watch(), []
    with (
        options.folder(NAME) as folder,
        Collector(folder / "data", folder / "logs", options.collector, options.env) as collector,
        ProxyThread(collector.url, seed=options.seed) as proxy,
    ):
        for spool in (True, False):
            plan = Plan(
                url=proxy.url,
                key=collector.key,
                history=Path(),
                producer="spool" if spool else "memory",
                life=0,
                spool=str(folder / "spool") if spool else "",
                forks=CHILDREN,
                rate=events,
            )
            rng = options.rng(NAME, spool)
            one = Series(plan, events, 0, folder / "producers", rng, options.producer, options.env)
            program = one.launch(events)
            status = program.wait(LONGEST_S)
            if status != 0:
                violations.append(Violation("promise", f"ended with {status}: {program.tail()}"))
            if spool:
                one.drain(LONGEST_S)
        exchanges = list(proxy.exchanges)
        history = histories(folder / "producers")
        verdict = judge_history(collector, history, acks_of(exchanges)) + judge_wire(exchanges)
    expected = 2 * (CHILDREN + 1) * events
    if len(history.accepted()) != expected or verdict.counts["stored"] != expected:
        found = f"{len(history.accepted())} accepted, {verdict.counts['stored']} stored"
        violations.append(Violation("lost", f"{found} of {expected}"))
    verdict += Verdict({}, tuple(violations))
    return Report(NAME, options.seed, verdict, {"children": CHILDREN, "seconds": watch.seconds})
