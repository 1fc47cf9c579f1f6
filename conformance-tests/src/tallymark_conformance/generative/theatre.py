"""Where sequences are played: one collector, one adapter, a proxy for each sequence."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from tallymark_conformance.proxy.thread import ProxyThread
from tallymark_conformance.scenario.header import Scenario
from tallymark_conformance.stage.book import Book
from tallymark_conformance.stage.sdk import SdkStage
from tallymark_conformance.tmc.adapter import Adapter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tallymark_conformance.generative.draws import Step
    from tallymark_conformance.processes import Collector
    from tallymark_conformance.stage.finding import Finding
    from tallymark_conformance.suite.declaration import Declaration

SHRINK_S: Final = 60.0
"""How long a shorter sequence is looked for after the first that broke a promise."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A sequence that broke promises."""

    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Theatre:
    """What all sequences of one search share. *broken* is the shortest that broke a promise.

    *collector_crashes* allows sequences to kill the collector. *until* (monotonic s) ends the
    search: what is drawn after it is not played.
    """

    declaration: Declaration
    collector: Collector
    folder: Path
    seed: int = 0
    collector_crashes: bool = False
    shrink_s: float = SHRINK_S
    until: float | None = None
    broken: Broken | None = None
    sequences: int = 0
    steps: int = 0
    kills: int = 0
    requests: int = 0
    _adapter: Adapter | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def over(self) -> bool:
        """Tell whether the time to search, or to shrink, has passed."""
        return self.until is not None and time.monotonic() > self.until

    def raise_curtain(self) -> SdkStage:
        """Return a stage for the next sequence; its adapter runs."""
        self.sequences += 1
        folder = self.folder / str(self.sequences)
        folder.mkdir(parents=True)
        adapter = self._running()
        proxy = self._stack.enter_context(ProxyThread(self.collector.url, seed=self.seed))
        adapter.noise.clear()
        adapter.births[:] = adapter.births[-1:]
        book = Book(f"gen.{self.seed}.{self.sequences}.{time.monotonic_ns():x}")
        rng = Random(f"{self.seed}/{self.sequences}")
        return SdkStage(PLAYED, adapter, self.collector, proxy, folder, rng, book)

    def lower_curtain(self) -> None:
        """Let go of the sequence's proxy."""
        self._stack.close()

    def passed(self, stage: SdkStage) -> None:
        """Count a sequence that kept every promise."""
        self.steps += len(stage.notes)
        self.kills += stage.life - 1
        self.requests += len(stage.exchanges)

    def found(self, steps: Sequence[Step], findings: Sequence[Finding]) -> None:
        """Take note of a sequence that broke a promise; the adapter may be in any state now."""
        self._end_adapter()
        if self.broken is None:
            self.until = time.monotonic() + self.shrink_s
        if self.broken is None or len(steps) <= len(self.broken.steps):
            self.broken = Broken(tuple(steps), tuple(findings))

    def close(self) -> None:
        """End everything."""
        self.lower_curtain()
        self._end_adapter()

    def _running(self) -> Adapter:
        if self._adapter is not None and self._adapter.alive:
            return self._adapter
        where = self.folder / "adapter"
        self._adapter = Adapter(self.declaration.command, where, self.declaration.env)
        self._adapter.start()
        return self._adapter

    def _end_adapter(self) -> None:
        if self._adapter is not None:
            self._adapter.kill()
            self._adapter = None


def _nothing(_: object) -> None:
    """Stand for the steps, which the machine plays."""


PLAYED: Final = Scenario(
    "gen.sequence", "A drawn sequence", ("TM-LED-02",), "MUST", "gold", _nothing
)
