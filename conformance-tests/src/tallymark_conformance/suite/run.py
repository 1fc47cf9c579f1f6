"""Play many scenarios side by side: a few threads, one collector, an adapter for each thread."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import ConformanceError
from tallymark_conformance.processes import Collector
from tallymark_conformance.suite.outcome import Outcome, together
from tallymark_conformance.suite.play import play_sdk, play_server
from tallymark_conformance.tmc.adapter import Adapter, Hello

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tallymark_conformance.scenario.header import Scenario
    from tallymark_conformance.stage.server import Target
    from tallymark_conformance.suite.declaration import Declaration

THREADS: Final = 6
"""Scenarios mostly wait; so many at once keep two cores busy."""


@dataclass(slots=True)
class SdkRun:
    """One run of scenarios with one SDK. *told* hears each outcome as it comes.

    *shared* is a running collector to play with; without one the run starts its own.
    """

    declaration: Declaration
    scenarios: Sequence[Scenario]
    folder: Path
    seed: int = 0
    repeat: int = 1
    threads: int = THREADS
    collector: Sequence[str] = ()
    known_failing: Mapping[str, str] = field(default_factory=dict)
    told: Callable[[Outcome], None] = lambda _: None
    hello: Hello | None = None
    shared: Collector | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _outcomes: dict[str, list[Outcome]] = field(default_factory=dict)

    def play(self) -> list[Outcome]:
        """Play everything and return the outcomes in the order of the scenarios."""
        first = self._adapter("first")
        self.hello = self._narrowed(first.start())
        work: queue.SimpleQueue[Scenario | None] = queue.SimpleQueue()
        later = []
        for scenario in self._ordered():
            absent = self._absence(scenario)
            if absent is None:
                later.append(scenario)
            else:
                self._add(absent)
        for scenario in [one for _ in range(self.repeat) for one in later]:
            work.put(scenario)
        with ExitStack() as stack:
            shared = self.shared
            if shared is None:
                shared = stack.enter_context(self._collector(self.folder / "collector"))
            count = self.declaration.processes or min(self.threads, max(1, len(later)))
            workers = [
                threading.Thread(
                    target=self._work, args=(number, work, shared, first if number == 0 else None)
                )
                for number in range(count)
            ]
            for worker in workers:
                work.put(None)
                worker.start()
            for worker in workers:
                worker.join()
        return [self._outcome(scenario) for scenario in self.scenarios]

    def _outcome(self, scenario: Scenario) -> Outcome:
        return together(self._outcomes[scenario.id], self.known_failing.get(scenario.id))

    def _ordered(self) -> list[Scenario]:
        """Return the scenarios, those that take long first: nobody waits for the last one."""
        return sorted(self.scenarios, key=lambda scenario: -scenario.limit_s)

    def _narrowed(self, hello: Hello) -> Hello:
        allowed = self.declaration.capabilities
        if allowed is None:
            return hello
        return Hello(
            hello.name, hello.version, hello.language, hello.platform, hello.capabilities & allowed
        )

    def _absence(self, scenario: Scenario) -> Outcome | None:
        """Return the outcome of a scenario that the SDK says it cannot play, or None."""
        hello = self.hello
        assert hello is not None
        reason, caps = "", False
        if hello.platform not in scenario.platforms:
            reason = f"not for a {hello.platform}"
        elif missing := sorted(scenario.needs - hello.capabilities):
            reason, caps = f"needs {', '.join(missing)}", True
        elif missing := sorted(scenario.when - hello.capabilities):
            reason = f"the platform has no {', '.join(missing)}"
        if not reason:
            return None
        return Outcome(scenario, "absent", self.seed, reason=reason, caps=caps)

    def _work(
        self,
        number: int,
        work: queue.SimpleQueue[Scenario | None],
        shared: Collector,
        adapter: Adapter | None,
    ) -> None:
        plays = 0
        while (scenario := work.get()) is not None:
            plays += 1
            folder = self.folder / f"worker-{number}" / str(plays)
            folder.mkdir(parents=True)
            outcome, adapter = self._one(scenario, shared, adapter, folder)
            self._add(outcome)
        if adapter is not None:
            adapter.kill()

    def _one(
        self, scenario: Scenario, shared: Collector, adapter: Adapter | None, folder: Path
    ) -> tuple[Outcome, Adapter | None]:
        """Play one scenario; return its outcome and the adapter that the next one may use."""
        began = time.monotonic()
        if adapter is not None and scenario.process == "own":
            adapter.kill()
            adapter = None
        try:
            with ExitStack() as stack:
                if adapter is None:
                    adapter = self._adapter(folder.name, folder)
                    adapter.start()
                adapter.hello = self.hello
                collector = shared
                if scenario.collector == "own":
                    collector = stack.enter_context(self._collector(folder / "collector"))
                outcome, again = play_sdk(scenario, adapter, collector, folder, self.seed)
        except ConformanceError as error:
            if adapter is not None:
                adapter.kill()
            spent = time.monotonic() - began
            return Outcome(
                scenario, "error", self.seed, reason=str(error), caps=True, seconds=spent
            ), None
        if again:
            return outcome, adapter
        adapter.kill()
        return outcome, None

    def _adapter(self, name: str, folder: Path | None = None) -> Adapter:
        where = self.folder / "adapters" / name if folder is None else folder
        return Adapter(self.declaration.command, where, self.declaration.env)

    def _collector(self, folder: Path) -> Collector:
        return Collector(folder / "data", folder / "logs", self.collector)

    def _add(self, outcome: Outcome) -> None:
        with self._lock:
            self._outcomes.setdefault(outcome.scenario.id, []).append(outcome)
            self.told(outcome)


@dataclass(slots=True)
class ServerRun:
    """One run of scenarios against one server; *count* is that of drawn ones, 0 = their own."""

    target: Target
    scenarios: Sequence[Scenario]
    folder: Path
    seed: int = 0
    repeat: int = 1
    count: int = 0
    known_failing: Mapping[str, str] = field(default_factory=dict)
    told: Callable[[Outcome], None] = lambda _: None

    def play(self) -> list[Outcome]:
        """Play everything, one after the other, and return the outcomes."""
        return [self._one(scenario) for scenario in self.scenarios]

    def _one(self, scenario: Scenario) -> Outcome:
        missing = sorted((scenario.needs | scenario.when) - self.target.capabilities)
        if missing:
            caps = bool(scenario.needs - self.target.capabilities)
            reason = f"needs {', '.join(missing)}"
            outcome = Outcome(scenario, "absent", self.seed, reason=reason, caps=caps)
        else:
            plays = []
            for count in range(self.repeat):
                folder = self.folder / scenario.id / str(count)
                folder.mkdir(parents=True)
                play = play_server(scenario, self.target, folder, self.seed, self.count)
                plays.append(play)
            outcome = together(plays, self.known_failing.get(scenario.id))
        self.told(outcome)
        return outcome
