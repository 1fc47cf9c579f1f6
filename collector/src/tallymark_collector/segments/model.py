"""The read models of a collector's projects, and the thread that seals them."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tallymark_collector import observe
from tallymark_collector.govern.access import Scope
from tallymark_collector.problem import Problem
from tallymark_collector.segments.claim import Claim
from tallymark_collector.segments.files import Folder
from tallymark_collector.segments.project import SEAL_AT, Project
from tallymark_collector.store.log import StoreBusy, StoreFull

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tallymark_collector.query.events import Events
    from tallymark_collector.query.snapshot import Snapshot
    from tallymark_collector.segments.columns import Columns
    from tallymark_collector.segments.segment import EventSource
    from tallymark_collector.store.log import StoredEvent

MAX_PROJECTS: Final = 16
PAUSE_S: Final = 1.0
"""Between two looks at what waits to be sealed."""


class Stopped(Exception):  # noqa: N818 -- names the state
    """Raised by reads after the collector has begun to stop."""


class _Until:
    """The reads of a log until a moment: whatever is being built ends soon after it."""

    def __init__(self, log: EventSource, ended: threading.Event) -> None:
        self._log, self._ended = log, ended

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*, in `pos` order."""
        if self._ended.is_set():
            raise Stopped
        return self._log.read(scope, after, limit)

    def head(self) -> int:
        """Return the highest `pos` that is committed, 0 when the log is empty."""
        return self._log.head()


class ReadModel:
    """The columns of each project of a log, kept below a folder; safe to use from threads.

    *events* give the same log to the plain evaluator, for questions that have no kernel.
    """

    def __init__(self, log: EventSource, folder: Path, events: Events) -> None:
        """Read nothing yet."""
        self.ended = threading.Event()
        self._log, self._events = _Until(log, self.ended), events
        self._folder, self._claims = folder, True
        self._claim: Claim | None = None
        self._lock = threading.Lock()
        self._projects: OrderedDict[int, Project] = OrderedDict()

    def snapshot(self, scope: Scope) -> Columns | Snapshot:
        """Return everything the scope's project has stored until now.

        Where no folder can be had they are decoded events, for the plain evaluator.
        """
        if not scope.allows("read"):
            raise Problem("forbidden", "this key may not read; use a read key or a secret key")
        project = self._project(scope.project)
        if project is None:
            return self._events.snapshot(scope)
        return project.snapshot(lambda: self._events.snapshot(scope))

    def build(self, least: int = SEAL_AT) -> None:
        """Seal what waits in each project that was asked for."""
        with self._lock:
            projects = list(self._projects.values())
        for project in projects:
            project.build(least)

    def close(self) -> None:
        """Leave the segments to the next process."""
        self.ended.set()
        if self._claim is not None:
            self._claim.release()

    def _claimed(self) -> Claim | None:
        """Return the folder of this process, taken when it is first needed."""
        if self._claim is None and self._claims:
            try:
                self._claim = Claim(self._folder)
            except OSError as error:
                self._claims = False
                observe.log(logging.WARNING, "There is no folder for segments.", error=str(error))
        return self._claim

    def _project(self, number: int) -> Project | None:
        """Return a project's model; the one asked for longest ago is forgotten beyond the limit."""
        with self._lock:
            claim = self._claimed()
            if claim is None:
                return None
            known = self._projects.get(number)
            if known is None:
                scope = Scope(number, "segments", frozenset({"read"}))
                known = Project(self._log, Folder(claim.folder / str(number)), scope)
                self._projects[number] = known
            self._projects.move_to_end(number)
            if len(self._projects) > MAX_PROJECTS:
                self._projects.popitem(last=False)
            return known


class Builder:
    """The thread that seals what is in memory, in its own time."""

    def __init__(self, model: ReadModel, pause_s: float = PAUSE_S) -> None:
        """Prepare; `start` begins."""
        self._model, self._pause_s = model, pause_s
        self._thread = threading.Thread(target=self._run, name="segments", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Leave off what is being built; tell whether that was done in time."""
        self._model.ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with suppress(Stopped):
            while not self._model.ended.wait(self._pause_s):
                self._build()

    def _build(self) -> None:
        try:
            self._model.build()
        except (OSError, StoreBusy, StoreFull) as error:
            # Answers come from memory meanwhile: nothing is lost by waiting.
            observe.log(logging.WARNING, "Segments were not written.", error=str(error))
