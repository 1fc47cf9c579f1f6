"""
Drive a recorder's deliveries with threads: the only place that waits.

The threads start with the first event and end when the client is closed. They hold no reference to
the client, so that a forgotten one can be noticed. Nothing here decides what is sent, or when.
"""

from __future__ import annotations

import logging
import threading
import time
import zlib
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from tallymark_protocol import limits
from tallymark_protocol.ranges import count

from tallymark.decisions import Done, Wait
from tallymark.event_ids import EventIds
from tallymark.lanes import settled
from tallymark.lifecycle import at_exit, not_at_exit
from tallymark.losses import LossLog
from tallymark.results import Result
from tallymark.transport import Failure, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tallymark.clock import Clock
    from tallymark.decisions import Outcome
    from tallymark.guard import Guard
    from tallymark.lanes import Job, Report
    from tallymark.options import Endpoint, Hooks, Retry
    from tallymark.recorder import Recorder
    from tallymark.retry import Draws
    from tallymark.transport import Response, Transport

ADOPT_EVERY_MS = 60_000
EXIT_S = 2.0
"""What an exiting program waits at most for its events."""

_AFTER_FAULT_MS = 1_000
_GZIP_LEVEL = 6
_GZIP_WINDOW = 31


class Worker:
    """Send what the recorder decides, and tell the hooks what came of it."""

    def __init__(  # noqa: PLR0917 - the parts it joins
        self,
        recorder: Recorder,
        endpoint: Endpoint,
        retry: Retry,
        hooks: Hooks,
        clock: Clock,
        guard: Guard,
        prepare: Callable[[], tuple[Transport, Draws]],
        sdk: str,
    ) -> None:
        """Join the parts; no thread is started yet."""
        self._recorder = recorder
        self._endpoint = endpoint
        self._retry = retry
        self._hooks = hooks
        self._clock = clock
        self._guard = guard
        self._prepare = prepare
        self._sdk = sdk
        self._losses = LossLog(guard)
        self._begun = False
        self._ended = False
        self._forgotten = False
        self._signals: SimpleQueue[None] = SimpleQueue()
        # Reentrant: a signal handler may call the client while threads are being started.
        self._starting = threading.RLock()
        self._opening = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._transport: Transport | None = None
        self._adopt_at = 0
        self._adopted = threading.Event()
        recorder.wake = self.wake

    # -- called by the client ------------------------------------------------------------------

    def wake(self) -> bool:
        """Look for work now; starts the threads if they do not run yet. False = it could not."""
        if not self._begun and not self._ended:
            self._start()
        self._signals.put(None)
        return self._begun

    def _start(self) -> None:
        with self._starting:
            if self._begun or self._ended:
                return
            self._begun = True
            not_at_exit(self.exit)
            at_exit(self.exit)
            for number in range(self._retry.in_flight):
                thread = threading.Thread(target=self._run, name=f"tallymark-{number}", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:
                    # There are too many already, or the interpreter is ending.
                    self._guard.say("thread", f"{error}: events wait until one can be started")
                    break
                self._threads.append(thread)
            self._begun = bool(self._threads)

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything recorded so far is settled; False if that cannot be in time."""
        if self._recorder.interrupted():
            # By a signal handler, in the middle of a call that cannot go on before it returns.
            return False
        deadline = time.monotonic() + timeout_s
        self.wake()
        self._adopted.wait(timeout_s)
        goals = self._recorder.hurry()
        self._signals.put(None)
        with self._recorder.lock:
            return self._await(lambda: settled(goals), deadline)

    def close(self, timeout_s: float) -> bool:
        """Send what is left, say that the streams end, and stop; False if something is left."""
        deadline = time.monotonic() + timeout_s
        self._recorder.end()
        with self._recorder.lock:
            complete = self._await(self._recorder.drained, deadline)
        self.end()
        self._join(deadline)
        return complete

    def end(self) -> None:
        """Stop now: what is left stays in the spool, or is lost and said so."""
        self._ended = True
        not_at_exit(self.exit)
        lost, left = self._recorder.shut()
        self._losses.take(self._recorder.dropped(), last=True)
        self._losses.end(lost, left, self._recorder.place)
        self._tell_results()
        for _ in self._threads:
            self._signals.put(None)
        if self._transport is not None:
            self._transport.close()

    def exit(self) -> None:
        """Close within the time an exiting program has."""
        if not self._ended:
            self._guard.attempt("exit", lambda: self.close(EXIT_S))

    def abandon(self) -> None:
        """Do nothing any more: this is a forked child, the threads are the parent's."""
        self._ended = True
        self._threads.clear()

    def forget(self) -> None:
        """Take note that the client is gone; may be called by the garbage collector: no locks."""
        self._forgotten = True
        self._signals.put(None)

    def _await(self, reached: Callable[[], bool], deadline: float) -> bool:
        while not reached():
            left = deadline - time.monotonic()
            if left <= 0 or self._recorder.hopeless(left * 1_000):
                return False
            self._recorder.changed.wait(left)
        return True

    def _join(self, deadline: float) -> None:
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, min(deadline - time.monotonic(), 0.1)))

    # -- the threads ---------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended:
            decision = self._guard.attempt("worker", self._step)
            if decision is None:
                # A fault of ours: it is logged, and must not become a busy loop.
                self._rest(Wait(self._clock.steady_ms() + _AFTER_FAULT_MS))
            elif isinstance(decision, Done):
                break
        self._signals.put(None)
        if self._recorder.closed and not self._ended:
            self._guard.attempt("worker", self.end)

    def _step(self) -> Job | Wait | Done:
        self._adopt()
        decision = self._recorder.next()
        if isinstance(decision, Wait):
            self._rest(decision)
        elif not isinstance(decision, Done):
            self._work(decision)
        return decision

    def _rest(self, decision: Wait) -> None:
        self._guard.attempt("spool", self._recorder.sync)
        self._losses.take(self._recorder.dropped())
        self._tell_results()
        if self._forgotten:
            self._forgotten = False
            self._guard.say("forgotten", "a client was dropped without close(); call close()")
            self._recorder.closed = True
            self._recorder.end()
            return
        times = [self._adopt_at] if self._recorder.spooled else []
        if decision.until is not None:
            times.append(decision.until)
        self._clock.wait(self._signals, min(times, default=None))
        self._drain()

    def _drain(self) -> None:
        try:
            while True:
                self._signals.get_nowait()
        except Empty:
            return

    def _adopt(self) -> None:
        now = self._clock.steady_ms()
        if self._adopted.is_set() and now < self._adopt_at:
            return
        self._adopt_at = now + ADOPT_EVERY_MS
        try:
            self._recorder.adopt()
        finally:
            self._adopted.set()

    def _work(self, job: Job) -> None:
        if len(self._threads) > 1:
            # There may be more to do for the others.
            self._signals.put(None)
        self._guard.attempt("spool", self._recorder.sync)
        came = self._send(job)
        if self._ended:
            return
        outcome = self._recorder.settle(job, came)
        if outcome is not None:
            self._tell(job, outcome)
        self._tell_results()

    def _tell(self, job: Job, outcome: Outcome) -> None:
        for item in outcome.rejected:
            self._losses.reject(item, job.lane.ids)
        for reason, ranges in outcome.lost.items():
            self._losses.refuse(reason, count(ranges), outcome.detail)
        if outcome.detail and not outcome.lost:
            self._complain(outcome.detail)

    def _complain(self, detail: str) -> None:
        trouble = self._recorder.link.trouble
        kind = trouble or "delivery"
        level = logging.WARNING if trouble else logging.INFO
        self._guard.say(kind, f"{trouble or 'sending failed'} ({detail}); events are kept", level)

    def _send(self, job: Job) -> Response | Failure:
        came = self._guard.attempt("transport", lambda: self._open().send(self._request(job)))
        return Failure("other", "the transport failed") if came is None else came

    def _open(self) -> Transport:
        with self._opening:
            if self._transport is None:
                self._transport, self._recorder.link.draws = self._prepare()
            return self._transport

    def _request(self, job: Job) -> Request:
        headers = {
            "authorization": f"Bearer {self._endpoint.key}",
            "tallymark-sdk": self._sdk,
            "tallymark-sent-at": str(self._clock.now_ms()),
            "accept": "application/json",
        }
        timeout_s = self._retry.timeout_ms / 1_000
        if job.send.batch is None:
            path = f"/v1/streams/{job.lane.buffer.stream}"
            return Request("GET", path, headers, b"", timeout_s)
        body = job.send.batch.body
        headers["content-type"] = "application/json"
        headers["tallymark-attempt"] = str(job.send.attempt)
        if len(body) > limits.GZIP_ABOVE and not job.send.identity:
            headers["content-encoding"] = "gzip"
            body = _gzip(body)
        return Request("POST", self._endpoint.batch_path, headers, body, timeout_s)

    def _tell_results(self) -> None:
        hook = self._hooks.on_result
        if hook is None:
            return
        for report in self._recorder.take_reports():
            for result in _results(report):
                self._guard.attempt("on_result", lambda result=result: hook(result))  # type: ignore[misc]


def _results(report: Report) -> Iterator[Result]:
    ids = EventIds(report.stream)
    for item in report.rejected:
        yield Result(
            "rejected",
            item.code,
            ids.of(item.seq),
            report.stream,
            item.seq,
            item.path,
            item.limit,
        )
    for low, high in report.dropped:
        for seq in range(low, high + 1):
            yield Result("dropped", report.reason, ids.of(seq), report.stream, seq)


def _gzip(body: bytes) -> bytes:
    # The same body always gives the same bytes: zlib writes no time into the header (HDR-1).
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return compressor.compress(body) + compressor.flush()
