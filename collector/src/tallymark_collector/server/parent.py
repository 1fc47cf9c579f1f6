"""Several processes that serve on one socket: started, watched, replaced and stopped together."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from tallymark_collector.observe import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.context import SpawnProcess

POLL_S: Final = 0.2
RESTART_S: Final = 1.0
"""A process that has ended unasked is replaced, but not more often than this."""
SLACK_S: Final = 5.0
"""How much longer than it may take a stop is waited for."""

_SPAWN: Final = multiprocessing.get_context("spawn")


class ChildFailed(Exception):  # noqa: N818 - names what happened
    """Raised when a process ended before it served, without saying why."""


@dataclass(slots=True)
class Child:
    """One serving process, and the pipe over which it says that it is ready."""

    process: SpawnProcess
    pipe: connection.Connection[Any, Any]
    since: float

    def end(self, timeout_s: float) -> None:
        """Stop it gracefully; kill it when that takes too long."""
        self.process.terminate()
        self.process.join(timeout_s)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        self.pipe.close()


class Parent:
    """Keeps *count* children serving; SIGTERM and SIGINT stop them all, SIGHUP replaces each."""

    def __init__(
        self, work: Callable[..., None], arguments: Sequence[object], count: int, stop_s: float
    ) -> None:
        """Let each child call *work* with *arguments* and its pipe; a stop may take *stop_s*."""
        self._work = work
        self._arguments = tuple(arguments)
        self._count = count
        self._stop_s = stop_s
        self._children: list[Child] = []
        self._stopping = False
        self._renewing = False

    def run(self, on_ready: Callable[[Any], None]) -> None:
        """Serve until a signal; call *on_ready* with what the first child says once all serve.

        Raises what keeps a child from its first start.
        """
        with self._signals():
            try:
                self._children += [self._start() for _ in range(self._count)]
                said = [self._first_word(child) for child in self._children]
                if not self._stopping:
                    on_ready(said[0])
                while not self._stopping:
                    self._watch()
            finally:
                self._end_all()

    def _start(self) -> Child:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_begin, args=(self._work, self._arguments, theirs))
        process.start()
        theirs.close()
        return Child(process, ours, time.monotonic())

    def _first_word(self, child: Child) -> Any:  # noqa: ANN401 - whatever the work says
        """Wait for what a child says first, and raise it if it is an error."""
        while not self._stopping:
            if not child.pipe.poll(POLL_S):
                continue
            try:
                word = child.pipe.recv()
            except EOFError:
                child.process.join()
                raise ChildFailed(
                    f"A process ended with {child.process.exitcode} before it served."
                ) from None
            if isinstance(word, BaseException):
                raise word
            return word
        return None

    def _watch(self) -> None:
        connection.wait([child.process.sentinel for child in self._children], POLL_S)
        for place, child in enumerate(self._children):
            ended = child.process.exitcode is not None
            if ended and time.monotonic() >= child.since + RESTART_S:
                log(
                    logging.ERROR, "A process ended unasked.", exit_code=str(child.process.exitcode)
                )
                child.pipe.close()
                self._children[place] = self._start()
        if self._renewing:
            self._renewing = False
            self._renew()
        elif any(child.process.exitcode is not None for child in self._children):
            # Its sentinel would end the next wait at once.
            time.sleep(POLL_S)

    def _renew(self) -> None:
        """Replace one child after the other; a new one that does not serve ends the attempt."""
        for place in range(self._count):
            fresh = self._start()
            try:
                self._first_word(fresh)
            except Exception as error:  # noqa: BLE001 - whatever it is, the old ones go on
                log(logging.ERROR, "A new process does not serve.", error=type(error).__name__)
                fresh.end(self._stop_s + SLACK_S)
                return
            old, self._children[place] = self._children[place], fresh
            old.end(self._stop_s + SLACK_S)
        log(logging.INFO, "All processes are new.")

    def _end_all(self) -> None:
        for child in self._children:
            child.process.terminate()
        for child in self._children:
            child.end(self._stop_s + SLACK_S)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        before = {
            number: signal.signal(number, self._heard)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _heard(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self._renewing = True
        else:
            self._stopping = True


def _begin(
    work: Callable[..., None], arguments: Sequence[object], pipe: connection.Connection[Any, Any]
) -> None:
    """Do a child's work; what keeps it from that is told to the parent."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    Thread(target=_end_with_parent, args=(pipe,), daemon=True).start()
    try:
        work(*arguments, pipe.send)
    except Exception as error:  # noqa: BLE001 - the parent raises it
        pipe.send(error)


def _end_with_parent(pipe: connection.Connection[Any, Any]) -> None:
    """Stop gracefully when the parent has gone: it never says anything, so reading ends then."""
    try:
        pipe.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)
