"""The one thread that writes: it commits whatever waits, in one transaction, and then answers.

There is no timer: while one group is committed the next gathers by itself. An answer exists only
after the commit that makes it true.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import TYPE_CHECKING, Literal

from tallymark_collector.ingest.pressure import MIB, Pressure, PressureLimits, Refusal
from tallymark_collector.store.log import Arrival, Log, Settlement, StoreBusy, StoreFull

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_log = logging.getLogger(__name__)

_SOON_S = 1

Obstacle = Literal["disk_full", "store_busy"]
"""What keeps commits from succeeding: a full disk, or a database that does not take writes."""


class WriterStopped(Exception):  # noqa: N818 - names the state
    """Raised in the future of an arrival that the writer could not write before it ended."""


@dataclass(frozen=True, slots=True)
class WriterLimits:
    """How much is committed at once, how much may wait, and when it is too slow.

    `stale_s` is the longest an arrival may wait before the writer says it is not ready; `probe_s`
    the pause between two looks at a full disk, or at a database that refuses while nobody sends.
    """

    group_events: int = 20_000
    group_bytes: int = 8 * MIB
    stale_s: float = 2.0
    probe_s: float = 1.0
    pressure: PressureLimits = field(default_factory=PressureLimits)


@dataclass(frozen=True, slots=True)
class WriterStatistics:
    """What the writer has done since its start, and what it holds now.

    `reserved_bytes` counts requests that are still being read too; `refused` is by refusal code,
    `failed` the arrivals whose commit failed, by the error's name.
    """

    queued: int
    reserved_bytes: int
    cap_bytes: int
    drain_bytes_per_s: float
    oldest_wait_s: float
    commits: int
    arrivals: int
    stored: int
    duplicate: int
    conflicts: int
    refused: Mapping[str, int]
    failed: Mapping[str, int]
    disk_full: bool


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrival: Arrival
    key: int
    since: float
    future: Future[Settlement]


class Writer:
    """Commits arrivals in groups on a thread of its own.

    `admit` reserves room before a body is read. Each reservation ends in exactly one `submit` of
    arrivals of that size and key, or in one `abandon`.
    """

    def __init__(
        self,
        log: Log,
        *,
        limits: WriterLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Write to *log*; *clock* gives monotonic seconds."""
        self._log = log
        self._limits = limits or WriterLimits()
        self._clock = clock
        self._pressure = Pressure(self._limits.pressure)
        self._queue: deque[_Waiting] = deque()
        self._wake = Condition()
        self._thread = Thread(target=self._run, name="tallymark-writer", daemon=True)
        self._deadline: float | None = None
        self._probe_at: float | None = None
        self._obstacle: Obstacle | None = None
        self._oldest: float | None = None
        self._ended = False
        self._counts: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def admit(self, size: int, key: int) -> Refusal | None:
        """Reserve *size* bytes for a request of *key*, or say why it is refused."""
        with self._wake:
            if self._deadline is not None or self._ended:
                refusal: Refusal | None = Refusal("stopping", _SOON_S)
            elif self._obstacle == "disk_full":
                refusal = Refusal("disk_full", _SOON_S)
            else:
                refusal = self._pressure.admit(size, key)
            if refusal is not None:
                self._refused[refusal.code] += 1
            return refusal

    def abandon(self, size: int, key: int = 0) -> None:
        """Give back what `admit` reserved for a request that will not be submitted."""
        with self._wake:
            self._pressure.abandon(size, key)
            self._wake.notify()

    def submit(self, arrival: Arrival, *, key: int = 0) -> Future[Settlement]:
        """Queue an arrival whose size was admitted for *key*; raise ValueError if it was not.

        The future resolves after the commit. It fails with `StoreFull` or `StoreBusy` when nothing
        could be written, with `WriterStopped` at once when the time of `stop` is over, and with
        whatever a value that breaks the commit raises; then nothing of the arrival is stored.
        """
        waiting = _Waiting(arrival, key, self._clock(), Future())
        # From here on nobody can cancel it: an arrival is committed even if its client has gone.
        waiting.future.set_running_or_notify_cancel()
        with self._wake:
            self._pressure.enqueue(arrival.size, key)
            ended = self._ended or self._out_of_time(waiting.since)
            if not ended:
                self._queue.append(waiting)
                self._wake.notify()
        if ended:
            self._fail([waiting], WriterStopped("The writer has stopped."))
        return waiting.future

    def ready(self) -> str | None:
        """Return why no requests should be sent here now, or None."""
        with self._wake:
            if self._deadline is not None:
                return "stopping"
            if not self._thread.is_alive():
                return "writer_down"
            if self._obstacle is not None:
                return self._obstacle
            return "overloaded" if self._oldest_wait() > self._limits.stale_s else None

    def statistics(self) -> WriterStatistics:
        """Return counts and levels as one value."""
        with self._wake:
            return WriterStatistics(
                queued=len(self._queue),
                reserved_bytes=self._pressure.total,
                cap_bytes=self._pressure.cap,
                drain_bytes_per_s=self._pressure.drain,
                oldest_wait_s=self._oldest_wait(),
                commits=self._counts["commits"],
                arrivals=self._counts["arrivals"],
                stored=self._counts["stored"],
                duplicate=self._counts["duplicate"],
                conflicts=self._counts["conflicts"],
                refused=dict(self._refused),
                failed=dict(self._failed),
                disk_full=self._obstacle == "disk_full",
            )

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Refuse new requests, commit what was admitted, checkpoint, end the thread.

        What is not committed within *timeout_s* seconds fails with `WriterStopped`. Return False
        if a commit is still under way then: the store must be left open for it.
        """
        with self._wake:
            if self._deadline is None:
                self._deadline = self._clock() + timeout_s
            self._wake.notify()
        if self._thread.ident is None:
            self._finish()
            return True
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            _log.error("The last commit is still under way; it has not been acknowledged.")
            return False
        return True

    def _out_of_time(self, now: float) -> bool:
        return self._deadline is not None and now >= self._deadline

    def _oldest_wait(self) -> float:
        since = self._oldest
        if since is None and self._queue:
            since = self._queue[0].since
        return 0.0 if since is None else max(0.0, self._clock() - since)

    def _run(self) -> None:
        try:
            while (group := self._take()) is not None:
                if group:
                    self._commit(group)
                else:
                    self._probe()
        finally:
            self._finish()

    def _take(self) -> list[_Waiting] | None:
        """Wait for work and return the next group: empty to probe the store, None to end."""
        with self._wake:
            self._oldest = None
            while True:
                now = self._clock()
                stopping = self._deadline is not None
                if self._out_of_time(now) or (stopping and not self._pressure.total):
                    return None
                if self._queue:
                    group = self._next_group()
                    self._oldest = group[0].since
                    return group
                if self._probe_at is not None and now >= self._probe_at:
                    return []
                due = [at for at in (self._deadline, self._probe_at) if at is not None]
                self._wake.wait(min(due) - now if due else None)

    def _next_group(self) -> list[_Waiting]:
        """Take as many arrivals as one transaction should hold, at least one."""
        group: list[_Waiting] = []
        events = size = 0
        while self._queue:
            arrival = self._queue[0].arrival
            events += len(arrival.rows)
            size += arrival.size
            if group and (events > self._limits.group_events or size > self._limits.group_bytes):
                break
            group.append(self._queue.popleft())
        return group

    def _commit(self, group: Sequence[_Waiting]) -> None:
        if self._obstacle == "disk_full":
            self._fail(group, StoreFull("The disk is full."))
            return
        started = self._clock()
        try:
            settlements = self._log.commit([waiting.arrival for waiting in group])
        except (StoreFull, StoreBusy) as error:
            self._refuse(group, error)
        except Exception as error:  # noqa: BLE001 - one arrival's fault must not stop the writer
            self._isolate(group, error)
        else:
            self._answer(group, settlements, self._clock() - started)

    def _isolate(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Commit the arrivals of a broken group one by one, so that only the culprit fails."""
        if len(group) > 1:
            for waiting in group:
                self._commit([waiting])
            return
        _log.error("An arrival broke its commit.", exc_info=error)
        self._fail(group, error)

    def _refuse(self, group: Sequence[_Waiting], error: StoreFull | StoreBusy) -> None:
        _log.warning("Nothing could be written.", extra={"reason": str(error)})
        with self._wake:
            self._obstacle = "disk_full" if isinstance(error, StoreFull) else "store_busy"
            self._probe_at = self._clock() + self._limits.probe_s
        self._fail(group, error)

    def _answer(
        self, group: Sequence[_Waiting], settlements: Sequence[Settlement], seconds: float
    ) -> None:
        with self._wake:
            self._obstacle = self._probe_at = None
            self._pressure.drained(sum(waiting.arrival.size for waiting in group), seconds)
            self._counts["commits"] += 1
            self._counts["arrivals"] += len(group)
            for waiting, settlement in zip(group, settlements, strict=True):
                self._pressure.settle(waiting.arrival.size, waiting.key)
                self._counts["stored"] += settlement.stored
                self._counts["duplicate"] += settlement.duplicate
                self._counts["conflicts"] += len(settlement.conflicts)
        for waiting, settlement in zip(group, settlements, strict=True):
            waiting.future.set_result(settlement)

    def _fail(self, group: Sequence[_Waiting], error: Exception) -> None:
        with self._wake:
            for waiting in group:
                self._pressure.settle(waiting.arrival.size, waiting.key)
            self._failed[type(error).__name__] += len(group)
        for waiting in group:
            # Raising one instance in many places would let its traceback grow with each.
            waiting.future.set_exception(error if len(group) == 1 else copy(error))

    def _probe(self) -> None:
        probe_at: float | None = self._clock() + self._limits.probe_s
        try:
            self._log.probe()
        except (StoreFull, StoreBusy):
            pass
        except Exception as error:  # noqa: BLE001 - the writer outlives whatever stops a probe
            _log.warning("The store cannot be probed.", extra={"reason": repr(error)})
        else:
            _log.info("The store takes writes again.")
            probe_at = None
        with self._wake:
            self._probe_at = probe_at
            if probe_at is None:
                self._obstacle = None

    def _finish(self) -> None:
        with self._wake:
            self._ended = True
            left, self._queue = list(self._queue), deque()
        self._fail(left, WriterStopped("The writer stopped before it could write this."))
        try:
            self._log.checkpoint()
        except (StoreFull, StoreBusy) as error:
            _log.warning(
                "The write-ahead log stays; the next start takes it up.",
                extra={"reason": str(error)},
            )
