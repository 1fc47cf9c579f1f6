"""Each write, sync, open and truncation of the collector fails once: no false ack, it recovers."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import ProcessError
from tallymark_conformance.load import Loader, acked_by, start_loaders, stop_loaders
from tallymark_conformance.powercut.build import build
from tallymark_conformance.powercut.disk import SHORT_WRITE, Call, Disk, FailingCalls
from tallymark_conformance.processes import POLL_S, Collector
from tallymark_conformance.runs.judge import judge_load
from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = "syscalls"
SITES: Final = 8
LOADERS: Final = 2
MEET_S: Final = 1.0
RECOVER_S: Final = 10

FAULTS: Final[tuple[tuple[Call, int], ...]] = (
    ("write", errno.EIO),
    ("write", errno.ENOSPC),
    ("write", SHORT_WRITE),
    ("sync", errno.EIO),
    ("sync", errno.ENOSPC),
    ("open", errno.EMFILE),
    ("open", errno.EIO),
    ("truncate", errno.EIO),
)


def run(options: Options) -> Report:
    """Let the N-th call of each kind fail under load, N from 0 on, and judge at the end."""
    rng, watch = options.rng(NAME), Watch()
    sites = SITES if options.kills is None else options.kills
    found: list[Violation] = []
    met = restarts = 0
    with options.folder(NAME) as folder:
        disk = Disk.make(folder, build(folder / "library"))
        calls = FailingCalls(folder / "control")
        env = {key: value for key, value in disk.env.items() if key != "TALLYMARK_SHADOW"}
        with Collector(
            disk.data, folder / "logs", options.collector, {**env, **calls.env, **options.env}
        ) as collector:
            loaders = start_loaders(collector.url, collector.key, LOADERS, rng)
            try:
                for call, error in FAULTS:
                    for after in range(sites):
                        met += _meet(calls, call, error, after)
                        restarts += _recover(collector, loaders, f"{call} {error}", found)
            finally:
                sent = stop_loaders(loaders)
            seen = calls.seen()
            verdict = judge_load(collector, sent)
        calls.close()
    notes = {"failed_calls": met, "restarts": restarts, "calls": seen, "seconds": watch.seconds}
    return Report(NAME, options.seed, verdict + Verdict({}, tuple(found)), notes)


def _meet(calls: FailingCalls, call: Call, error: int, after: int) -> int:
    """Let one call fail; return 1 when one did before time was up (some kinds are rare)."""
    before, until = calls.failed, time.monotonic() + MEET_S
    calls.arm(call, error=error, after=after)
    while calls.failed == before and time.monotonic() < until:
        time.sleep(POLL_S)
    calls.disarm()
    return calls.failed - before


def _recover(
    collector: Collector, loaders: Sequence[Loader], what: str, found: list[Violation]
) -> int:
    """See an ack again; a collector that ended itself is started again. Return the starts."""
    acked, until, starts = acked_by(loaders), time.monotonic() + RECOVER_S, 0
    while acked_by(loaders) == acked:
        if not collector.program.alive:
            collector.start()
            starts += 1
        if time.monotonic() > until:
            found.append(Violation("promise", f"no ack {RECOVER_S} s after {what} failed"))
            collector.restart()
            return starts + 1
        time.sleep(POLL_S)
    if starts > 1:
        raise ProcessError(f"the collector ended {starts} times after {what} failed")
    return starts
