"""
Drive a recorder's deliveries with threads: the only place that waits.

The threads start with the first event and end when the client is closed. They hold no reference to
the client, so that a forgotten one can be noticed. Nothing here decides what is sent, or when.
"""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from tallymark.courier import AFTER_FAULT_MS, EXIT_S
from tallymark.decisions import Done, Wait
from tallymark.lanes import settled
from tallymark.lifecycle import FORKS, at_exit, not_at_exit
from tallymark.retry import CEILING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark.courier import Courier
    from tallymark.lanes import Job
    from tallymark.retry import Draws
    from tallymark.transport import Failure, Response, Transport


class Worker:
    """Send what the recorder decides."""

    def __init__(self, courier: Courier, transport: Transport | None) -> None:
        """Drive *courier*'s recorder by *transport*, None = HTTP; no thread is started yet."""
        self._courier = courier
        self._recorder = courier.recorder
        self._guard = courier.guard
        self._given = transport
        self._begun = False
        self._ended = False
        self._signals: SimpleQueue[None] = SimpleQueue()
        # Reentrant: a signal handler may call the client while threads are being started.
        self._starting = threading.RLock()
        self._opening = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._transport: Transport | None = None
        self._adopted = threading.Event()
        self._recorder.wake = self.wake
        courier.steered = transport is None

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
            for number in range(self._courier.retry.in_flight):
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
        self._courier.shut()
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
        self._courier.forgotten = True
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
                self._rest(Wait(self._courier.clock.steady_ms() + AFTER_FAULT_MS))
            elif isinstance(decision, Done):
                break
        self._signals.put(None)
        if self._recorder.closed and not self._ended:
            self._guard.attempt("worker", self.end)

    def _step(self) -> Job | Wait | Done:
        try:
            self._courier.adopt()
        finally:
            self._adopted.set()
        if self._courier.steered and self._courier.config_due:
            asked = self._courier.config_request()
            self._courier.take_config(self._open().send(asked))
        decision = self._recorder.next()
        if isinstance(decision, Wait):
            self._rest(decision)
        elif not isinstance(decision, Done):
            self._work(decision)
        return decision

    def _rest(self, decision: Wait) -> None:
        self._courier.tidy()
        pause = self._courier.rest(decision)
        if pause is not None:
            self._courier.clock.wait(self._signals, pause.until)
            self._drain()

    def _drain(self) -> None:
        try:
            while True:
                self._signals.get_nowait()
        except Empty:
            return

    def _work(self, job: Job) -> None:
        if len(self._threads) > 1:
            # There may be more to do for the others.
            self._signals.put(None)
        self._courier.tidy()
        came = self._guard.attempt("transport", lambda: self._send(job))
        if not self._ended:
            self._courier.settle(job, came)

    def _send(self, job: Job) -> Response | Failure:
        return self._open().send(self._courier.request(job))

    def _open(self) -> Transport:
        with self._opening:
            if self._transport is None:
                self._transport, self._recorder.link.draws = self._prepare()
            return self._transport

    def _prepare(self) -> tuple[Transport, Draws]:
        """Return what sends and what draws waits; imports it, so only called at the first send."""
        if self._given is not None:
            return self._given, getattr(self._given, "draws", CEILING)
        # Imported here, on the worker's thread: they take longer than everything else together.
        with FORKS.importing:
            from tallymark.draws import draws  # noqa: PLC0415
            from tallymark.transport.http import HttpTransport  # noqa: PLC0415

        return HttpTransport(self._courier.endpoint.url), draws()
