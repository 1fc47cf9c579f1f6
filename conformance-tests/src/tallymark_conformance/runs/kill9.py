"""SIGKILL of the collector under load: acked events are there once, other batches wholly or not.

Every second end comes in a quiet moment, when all that was sent has been answered. Every fifth is
a SIGTERM: the collector finishes what it has received, exits with 0 in time, and the same holds.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Final

from tallymark_conformance.load import acked_by, quiet, start_loaders, stop_loaders
from tallymark_conformance.processes import Collector, wait_until
from tallymark_conformance.runs.judge import judge_load
from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.verdict import Verdict, Violation

NAME: Final = "kill9"
LOADERS: Final = 4
KILLS: Final = 40
PROGRESS_S: Final = 60
STOP_EVERY: Final = 5
STOP_S: Final = 10


def run(options: Options) -> Report:
    """Kill the collector again and again and hold its log against the acks."""
    rng = options.rng(NAME)
    kills = KILLS if options.kills is None else options.kills
    with (
        options.folder(NAME) as folder,
        Collector(folder / "data", folder / "logs", options.collector, options.env) as collector,
    ):
        watch = Watch()
        stopped: list[Violation] = []
        loaders = start_loaders(collector.url, collector.key, LOADERS, rng)
        try:
            for number in range(kills):
                before = acked_by(loaders)
                wait_until(lambda: acked_by(loaders) > before, PROGRESS_S, "an ack after a start")  # noqa: B023 (called at once)
                time.sleep(rng.uniform(0, 0.3))
                with quiet(loaders, PROGRESS_S) if number % 2 else nullcontext():
                    if number % STOP_EVERY == STOP_EVERY - 1:
                        stopped += _stop(collector)
                    else:
                        collector.kill()
                collector.start()
        finally:
            sent = stop_loaders(loaders)
        verdict = judge_load(collector, sent) + Verdict({}, tuple(stopped))
    notes = {"kills": kills, "seconds": watch.seconds}
    return Report(NAME, options.seed, verdict, notes)


def _stop(collector: Collector) -> list[Violation]:
    """Stop the collector by SIGTERM; return what was wrong with its end."""
    watch = Watch()
    status = collector.stop()
    if status == 0 and watch.seconds <= STOP_S:
        return []
    return [Violation("promise", f"SIGTERM: exit status {status} after {watch.seconds} s")]
