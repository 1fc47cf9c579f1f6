"""What a run is told, and what it reports."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from tallymark_conformance.mutants import mutant_env
from tallymark_conformance.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tallymark_conformance.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Options:
    """How long and how hard a run is.

    None leaves the figure to the run. *collector* and *producer* are commands that take the place
    of the installed ones; *keep* is a folder for everything the run leaves behind. *mutant* is the
    defect that is planted in the programs under test.
    """

    seed: int = 0
    seconds: float | None = None
    events: int | None = None
    kills: int | None = None
    collector: Sequence[str] = ()
    producer: Sequence[str] = ()
    keep: Path | None = None
    mutant: str | None = None

    @property
    def env(self) -> dict[str, str]:
        """Return what the environment of every program under test holds in addition."""
        return {} if self.mutant is None else mutant_env(self.mutant)

    def rng(self, *more: object) -> Random:
        """Return the generator of a part of the run; the same seed gives the same draws."""
        return Random("/".join(str(part) for part in (self.seed, *more)))

    @contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        """Give a folder for the part *name* of a run; it is removed unless it is to be kept."""
        if self.mutant is not None:
            name = f"{name}-{self.mutant}"
        with scratch(name, None if self.keep is None else self.keep / name) as path:
            yield path


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found; *notes* are figures that are reported and not judged."""

    run: str
    seed: int
    verdict: Verdict
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Tell whether every promise was kept."""
        return self.verdict.ok

    def figure(self, name: str) -> float:
        """Return the count, the note or the number of violations that is called *name*, else 0."""
        for table in (self.verdict.counts, self.notes, self.verdict.by_kind()):
            value = table.get(name)
            if isinstance(value, (int, float)):
                return value
        return 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "run": self.run,
            "seed": self.seed,
            "notes": dict(self.notes),
            **self.verdict.as_json(),
        }


@dataclass(slots=True)
class Watch:
    """Measure how long something takes."""

    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Return the time since the start, in seconds."""
        return round(time.monotonic() - self.started, 2)
