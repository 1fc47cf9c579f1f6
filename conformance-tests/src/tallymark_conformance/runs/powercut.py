"""Power cuts under load: whatever was acked is still there when only synced bytes survive.

Two of three come in a quiet moment, when all that was sent has been answered.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from tallymark_conformance.intervals import settled
from tallymark_conformance.load import Loader, acked_by, quiet, start_loaders, stop_loaders
from tallymark_conformance.log_reader import read_log
from tallymark_conformance.powercut.build import build
from tallymark_conformance.powercut.disk import Disk
from tallymark_conformance.processes import Collector, wait_until
from tallymark_conformance.runs.judge import judge_load
from tallymark_conformance.runs.options import Options, Report, Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_conformance.history import Log
    from tallymark_conformance.verdict import Verdict

NAME: Final = "powercut"
LOADERS: Final = 3
CUTS: Final = 40
AT_RISK: Final = 150
"""Acked events between two cuts: what a weaker promise would lose."""
QUIET_EVERY: Final = 3
PROGRESS_S: Final = 60


def run(options: Options) -> Report:
    """Cut the power again and again; every second cut leaves torn sectors.

    With a mutant the run ends with the first loss.
    """
    with options.folder(NAME) as folder:
        disk = Disk.make(folder, build(folder / "library"))
        env = {**disk.env, **options.env}
        watch = Watch()
        with Collector(disk.data, folder / "logs", options.collector, env) as collector:
            verdict, notes = _cut(options, disk, collector, stop_at_loss=options.mutant is not None)
    notes = {**notes, "seconds": watch.seconds}
    return Report(NAME, options.seed, verdict, notes)


def _cut(
    options: Options, disk: Disk, collector: Collector, *, stop_at_loss: bool
) -> tuple[Verdict, dict[str, object]]:
    rng, done, bytes_lost, acked_lost = options.rng(NAME), 0, 0, 0
    cuts = CUTS if options.kills is None else options.kills
    loaders = start_loaders(collector.url, collector.key, LOADERS, rng)
    try:
        while done < cuts and not (stop_at_loss and acked_lost):
            goal = acked_by(loaders) + AT_RISK
            wait_until(lambda: acked_by(loaders) >= goal, PROGRESS_S, "acks before a cut")  # noqa: B023 (called at once)
            time.sleep(rng.uniform(0, 0.1))
            with quiet(loaders, PROGRESS_S) if done % QUIET_EVERY else nullcontext():
                collector.kill()
            promised = promises(loaders)
            bytes_lost += disk.cut(torn=rng if done % 2 else None)
            collector.start()
            done += 1
            if stop_at_loss:
                acked_lost += missing(promised, read_log(disk.data))
    finally:
        sent = stop_loaders(loaders)
    return judge_load(collector, sent), {"cuts": done, "unsynced_bytes_lost": bytes_lost}


def promises(loaders: list[Loader]) -> dict[str, set[int]]:
    """Return the numbers of each stream that were acknowledged so far."""
    found: dict[str, set[int]] = {}
    for loader in loaders:
        for ack in list(loader.sent.acks):
            found.setdefault(ack.stream, set()).update(settled(ack.upto, ack.settled))
    return found


def missing(promised: Mapping[str, set[int]], log: Log) -> int:
    """Return how many acknowledged numbers the log does not have."""
    stored: dict[str, set[int]] = {}
    for row in log.rows:
        stored.setdefault(row.stream, set()).add(row.seq)
    return sum(len(numbers - stored.get(stream, set())) for stream, numbers in promised.items())
