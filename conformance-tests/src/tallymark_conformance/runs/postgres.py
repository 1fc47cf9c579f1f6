"""Two collectors over one Postgres database, which fails in every way it can under load.

Sessions are ended by an operator, the server crashes and recovers, one collector is killed, both
are restarted one after the other, somebody holds a lock, no connection is to be had, one collector
is frozen in the midst of whatever it does. After each the other one, or both, must acknowledge
again within ten seconds; what they refuse meanwhile is refused for now and says when to come back.
In the end what was acknowledged is in the log, once, at positions without a gap.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Final

from tallymark_conformance.checker import check
from tallymark_conformance.load import Loader, Sent, acked_by, stop_loaders
from tallymark_conformance.processes import wait_until
from tallymark_conformance.runs.judge import torn_batches
from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.runs.postgres_cluster import Cluster
from tallymark_conformance.runs.postgres_collector import DatabaseCollector, read_database
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tallymark_conformance.history import Log

NAME: Final = "postgres"
DATABASE: Final = "tm"
ROLE: Final = "collector"
LOADERS: Final = 2
"""Of each collector."""
FAULTS: Final = 14
RECOVERED_S: Final = 10.0
PROGRESS_S: Final = 60
HELD_S: Final = 3
EXHAUSTED_S: Final = 1
END_SESSIONS: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'collector'
"""
_SETTINGS: Final = {"log_min_messages": "fatal"}


@dataclass(slots=True)
class Stage:
    """What the faults act on, and what they have done so far."""

    cluster: Cluster
    collectors: Sequence[DatabaseCollector]
    rng: Random
    loaders: list[Sequence[Loader]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    slowest_s: float = 0.0

    def recovered(self, *places: int) -> None:
        """Wait until the collectors at *places*, or both, acknowledge again; note how long."""
        watch = Watch()
        before = {place: acked_by(self.loaders[place]) for place in places or (0, 1)}
        wait_until(
            lambda: all(acked_by(self.loaders[place]) > n for place, n in before.items()),
            PROGRESS_S,
            "an ack after a fault",
        )
        self.slowest_s = max(self.slowest_s, watch.seconds)
        if watch.seconds > RECOVERED_S:
            self.violations.append(Violation("promise", f"recovered after {watch.seconds} s"))

    def end_sessions(self) -> None:
        """End every session of the collectors."""
        self.counts["terminated"] += len(self.cluster.sql(END_SESSIONS))


def terminate(stage: Stage) -> None:
    """End all sessions, as an operator or a fail-over does."""
    stage.end_sessions()
    stage.recovered()


def crash(stage: Stage) -> None:
    """Let the server crash and recover."""
    stage.cluster.crash()
    stage.recovered()


def kill(stage: Stage) -> None:
    """Kill one collector; the other goes on, and it comes back."""
    place = stage.rng.randrange(2)
    stage.collectors[place].kill()
    stage.recovered(1 - place)
    stage.collectors[place].start()
    stage.recovered()


def roll(stage: Stage) -> None:
    """Restart one collector after the other, as for a new version."""
    for place, collector in enumerate(stage.collectors):
        status = collector.stop()
        if status != 0:
            stage.violations.append(Violation("promise", f"SIGTERM: exit status {status}"))
        stage.recovered(1 - place)
        collector.start()
    stage.recovered()


def lock(stage: Stage) -> None:
    """Hold the lock that every commit needs."""
    held = f"BEGIN; LOCK TABLE head IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({HELD_S});"
    stage.cluster.sql(held, DATABASE)
    stage.recovered()


def exhaust(stage: Stage) -> None:
    """Let no connection be had for a while."""
    stage.cluster.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
    stage.end_sessions()
    time.sleep(EXHAUSTED_S)
    stage.cluster.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
    stage.recovered()


def freeze(stage: Stage) -> None:
    """Freeze one collector, perhaps in the midst of a commit; the other must not wait for it."""
    place = stage.rng.randrange(2)
    stage.collectors[place].program.signal(signal.SIGSTOP)
    try:
        stage.recovered(1 - place)
    finally:
        stage.collectors[place].program.signal(signal.SIGCONT)
    stage.recovered()


KINDS: Final[Mapping[str, Callable[[Stage], None]]] = {
    one.__name__: one for one in (terminate, crash, kill, roll, lock, exhaust, freeze)
}
_ROUND: Final = (
    "terminate",
    "crash",
    *("terminate",) * 4,
    "{turn}",
    "terminate",
    "{held}",
    "terminate",
)
_TURNS: Final = ("kill", "roll")
_HELD: Final = ("lock", "freeze", "exhaust")


def plan(count: int) -> list[str]:
    """Return *count* faults: of ten, seven end sessions and one is a crash."""
    turns, held = cycle(_TURNS), cycle(_HELD)
    named = {"{turn}": turns, "{held}": held}
    return [next(named[name]) if name in named else name for name in islice(cycle(_ROUND), count)]


def run(options: Options, faults: Iterable[str] | None = None) -> Report:
    """Carry the *faults* out, or a plan of `options.kills`, and hold the log against the acks."""
    chosen = list(plan(options.kills or FAULTS) if faults is None else faults)
    rng = options.rng(NAME)
    with options.folder(NAME) as folder, Cluster(folder, True, _SETTINGS) as cluster:  # noqa: FBT003 - durable
        cluster.sql(f"CREATE ROLE {ROLE} LOGIN; CREATE DATABASE {DATABASE} OWNER {ROLE}")
        url = cluster.url(DATABASE, user=ROLE)
        with (
            DatabaseCollector(url, folder / "one", options.collector, options.env) as one,
            DatabaseCollector(url, folder / "two", options.collector, options.env) as two,
        ):
            stage = Stage(cluster, (one, two), rng)
            watch = Watch()
            sent = _load(stage, chosen)
            log = read_database(cluster, DATABASE, one)
    verdict = check(sent.history, log, sent.acks) + _judged(stage, sent, log)
    figures = {"faults": len(chosen), **Counter(chosen), **stage.counts}
    notes = {**figures, "slowest_s": stage.slowest_s, "seconds": watch.seconds}
    return Report(NAME, options.seed, verdict, notes)


def _load(stage: Stage, faults: Iterable[str]) -> Sent:
    """Break things under load and return what was sent."""
    try:
        for place, collector in enumerate(stage.collectors, 1):
            stage.loaders.append(_start(collector, str(place), stage.rng))
        stage.recovered()
        for name in faults:
            time.sleep(stage.rng.uniform(0, 0.2))
            KINDS[name](stage)
    finally:
        sent = stop_loaders([loader for loaders in stage.loaders for loader in loaders])
    return sent


def _start(collector: DatabaseCollector, name: str, rng: Random) -> list[Loader]:
    loaders = [
        Loader(collector.url, collector.key, f"{name}/{number}", Random(rng.getrandbits(32)))
        for number in range(LOADERS)
    ]
    for loader in loaders:
        loader.start()
    return loaders


def _judged(stage: Stage, sent: Sent, log: Log) -> Verdict:
    """Return what no other judge looks at: the batches, the positions, the refusals."""
    found = [*stage.violations, *torn_batches(sent.batches, log), *_refusals(sent)]
    positions = [row.pos for row in log.rows]
    if positions != list(range(1, len(positions) + 1)):
        found.append(Violation("promise", "the positions are not dense"))
    counts = {"batches": len(sent.batches), "acked": sent.acked, "refusals": len(sent.refusals)}
    return Verdict(counts, tuple(found))


def _refusals(sent: Sent) -> Iterator[Violation]:
    """Find good batches that were answered with anything but "not now, come back in …"."""
    wrong = Counter(
        (refusal.status, refusal.code)
        for refusal in sent.refusals
        if refusal.status != HTTPStatus.SERVICE_UNAVAILABLE or refusal.retry_after is None
    )
    for (status, code), count in wrong.items():
        yield Violation("promise", f"{count} good batches were answered {status} {code}")
