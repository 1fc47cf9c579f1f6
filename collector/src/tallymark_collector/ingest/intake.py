"""One request on its way into the log: admitted, judged, committed, answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tallymark_collector.ingest.ack import Answer, answer
from tallymark_collector.ingest.arrival import arrival_of
from tallymark_collector.ingest.verdict import Judge, Terms, Verdicts
from tallymark_collector.ingest.writer import WriterStopped
from tallymark_collector.problem import Problem
from tallymark_collector.store.log import Settlement, StoreBusy, StoreFull

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_protocol import Issue

    from tallymark_collector.ingest.envelope import Envelope
    from tallymark_collector.ingest.keys import Caller
    from tallymark_collector.ingest.rate import Rates
    from tallymark_collector.ingest.workers import Workers
    from tallymark_collector.ingest.writer import Writer
    from tallymark_collector.observe import Counters
    from tallymark_collector.store.log import Arrival, Log, Ranges

RETRY_MS: Final = 1_000
OFF_LOOP_BYTES: Final = 256 * 1024
"""Bodies above this are judged on a thread, so that they don't hold up everybody else's."""


def wall_ms() -> int:
    """Return ms since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Work:
    """A decoded request: its envelope, what judges it, and the digest of its body.

    `issue` is what is wrong with the one event of a request that is one event.
    """

    envelope: Envelope
    terms: Terms
    digest: bytes
    size: int
    issue: Issue | None = None


class Reservation:
    """Room in the writer's queue, given back unless it is used."""

    def __init__(self, writer: Writer, key: int) -> None:
        """Reserve nothing yet for *key*."""
        self._writer = writer
        self._key = key
        self.size = 0

    def resize(self, size: int) -> None:
        """Reserve *size* bytes instead of what was reserved; raise 503 if there is no room."""
        self.release()
        refusal = self._writer.admit(size, self._key)
        if refusal is not None:
            raise Problem(refusal.code, retry_after_ms=refusal.retry_after_s * 1000)
        self.size = size

    def shrink(self, size: int) -> None:
        """Give back what is above *size*."""
        if size < self.size:
            self._writer.abandon(self.size - size, self._key)
            self.size = size

    def spent(self) -> int:
        """Return the reserved bytes, which now belong to an arrival."""
        size, self.size = self.size, 0
        return size

    def release(self) -> None:
        """Give everything back."""
        if self.size:
            self._writer.abandon(self.spent(), self._key)


class Intake:
    """Take requests of authorised callers into the log."""

    def __init__(
        self,
        writer: Writer,
        log: Log,
        rates: Rates,
        counters: Counters,
        workers: Workers,
        *,
        default_rate: int = 0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], int] = wall_ms,
    ) -> None:
        """Commit through *writer*, judge much on *workers*.

        *default_rate* is for keys without a rate of their own.
        """
        self._writer = writer
        self._log = log
        self._rates = rates
        self._counters = counters
        self._workers = workers
        self._default_rate = default_rate
        self._clock = clock
        self.wall = wall

    def admit(self, caller: Caller, size: int) -> Reservation:
        """Reserve room before the body is read; raise 429 or 503 with the time to wait."""
        wait = self._rates.wait_ms(caller.key.id, self._rate(caller), self._clock())
        if wait:
            self._counters.refused_rate += 1
            raise Problem("rate_limited", retry_after_ms=wait)
        reservation = Reservation(self._writer, caller.key.id)
        self.reserve(reservation, size)
        return reservation

    def reserve(self, reservation: Reservation, size: int) -> None:
        """Reserve *size* bytes instead of what was reserved; raise 503 if there is no room."""
        try:
            reservation.resize(size)
        except Problem:
            self._counters.refused_overload += 1
            raise

    async def commit(self, caller: Caller, work: Work, reservation: Reservation) -> Taken:
        """Judge and commit; return only after the commit, whatever has become of the client."""
        verdicts = await self.judge(work)
        self._rates.charge(
            caller.key.id, self._rate(caller), len(work.envelope.events), self._clock()
        )
        arrival = arrival_of(
            work.envelope,
            verdicts,
            work.terms,
            project=caller.scope.project,
            digest=work.digest,
            size=reservation.spent(),
        )
        settlement = await self._settle(arrival, caller.key.id)
        result = answer(arrival, verdicts, settlement, self.wall())
        self._counters.events_stored += settlement.stored
        self._counters.events_duplicate += settlement.duplicate
        self._counters.events_rejected += result.rejected
        return Taken(arrival, verdicts, settlement, result)

    async def validate(self, caller: Caller, work: Work) -> Taken:
        """Give the verdicts `commit` would give, beside the ledger as it is (EPT-07)."""
        verdicts = await self.judge(work)
        arrival = arrival_of(
            work.envelope,
            verdicts,
            work.terms,
            project=caller.scope.project,
            digest=work.digest,
            size=0,
        )
        upto = 0
        settled: Ranges = ()
        if arrival.stream is not None:
            state = await self._workers.run(self._log.stream, caller.scope, arrival.stream)
            if state is not None:
                upto, settled = state.upto, state.settled
        settlement = Settlement(0, 0, (), upto, settled)
        return Taken(
            arrival, verdicts, settlement, answer(arrival, verdicts, settlement, self.wall())
        )

    async def judge(self, work: Work) -> Verdicts:
        """Return the verdicts, off the loop when there is much to judge."""
        judge = Judge(work.envelope, work.terms, work.issue)
        if work.size > OFF_LOOP_BYTES:
            return await self._workers.run(judge.verdicts)
        return judge.verdicts()

    async def _settle(self, arrival: Arrival, key: int) -> Settlement:
        future = self._writer.submit(arrival, key=key)
        try:
            # Shielded: an arrival that was handed over is committed, whoever waits for it.
            return await asyncio.shield(asyncio.wrap_future(future))
        except StoreFull as error:
            raise Problem("disk_full", retry_after_ms=RETRY_MS) from error
        except StoreBusy as error:
            raise Problem("store_busy", retry_after_ms=RETRY_MS) from error
        except WriterStopped as error:
            raise Problem("stopping", retry_after_ms=RETRY_MS) from error

    def _rate(self, caller: Caller) -> int:
        return caller.key.policy.rate or self._default_rate


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that is in the log, or would be, and what its sender is told."""

    arrival: Arrival
    verdicts: Verdicts
    settlement: Settlement
    answer: Answer
