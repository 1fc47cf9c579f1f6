"""SIGKILL of the collector under load: acked events are there once, other batches wholly or not."""

from __future__ import annotations

import time
from typing import Final

from tallymark_conformance.load import acked_by, start_loaders, stop_loaders
from tallymark_conformance.processes import Collector, wait_until
from tallymark_conformance.runs.judge import judge_load
from tallymark_conformance.runs.options import Options, Report, Watch

NAME: Final = "kill9"
LOADERS: Final = 4
KILLS: Final = 40
PROGRESS_S: Final = 20


def run(options: Options) -> Report:
    """Kill the collector again and again and hold its log against the acks."""
    rng = options.rng(NAME)
    kills = KILLS if options.kills is None else options.kills
    with (
        options.folder(NAME) as folder,
        Collector(folder / "data", folder / "logs", options.collector) as collector,
    ):
        watch = Watch()
        loaders = start_loaders(collector.url, collector.key, LOADERS, rng)
        try:
            for _ in range(kills):
                before = acked_by(loaders)
                wait_until(lambda: acked_by(loaders) > before, PROGRESS_S, "an ack after a start")  # noqa: B023 (called at once)
                time.sleep(rng.uniform(0, 0.3))
                collector.restart()
        finally:
            sent = stop_loaders(loaders)
        verdict = judge_load(collector, sent)
    notes = {"kills": kills, "seconds": watch.seconds}
    return Report(NAME, options.seed, verdict, notes)
