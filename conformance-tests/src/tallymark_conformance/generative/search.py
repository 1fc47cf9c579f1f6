"""The search: draw sequences until one breaks a promise, shrink it, write it, play it again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import HypothesisException
from hypothesis.stateful import run_state_machine_as_test

from tallymark_conformance.generative.draws import DRAINED
from tallymark_conformance.generative.machine import ViolationError, machine_of
from tallymark_conformance.scenario.yaml import load
from tallymark_conformance.suite.run import SdkRun

if TYPE_CHECKING:
    from pathlib import Path

    from tallymark_conformance.generative.theatre import Broken, Theatre
    from tallymark_conformance.suite.outcome import Outcome

MOST_STEPS: Final = 12
"""Steps of a sequence, its creation and its end aside."""
SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to. *scenario* is the file of the shortest sequence that broke a promise.

    *again* is what came of playing that file on its own.
    """

    sequences: int
    steps: int
    kills: int
    requests: int
    broken: Broken | None = None
    scenario: Path | None = None
    again: Outcome | None = None

    def as_text(self) -> str:
        """Return what a search ends with."""
        played = f"{self.sequences} sequences, {self.requests} requests, {self.kills} kills"
        if self.broken is None or self.again is None:
            return f"{played}: every promise was kept"
        lines = [f"{found.req}: {found.detail}" for found in self.broken.findings[:SHOWN]]
        head = f"{played}: broken by {len(self.broken.steps)} steps, written to {self.scenario}"
        return "\n    ".join([head, *lines, f"played on its own: {self.again.status}"])


def search(theatre: Theatre, sequences: int, where: Path) -> Found:
    """Play up to *sequences* drawn ones; write the shortest that breaks a promise to *where*."""
    machine = seed(theatre.seed)(machine_of(theatre))
    try:
        run_state_machine_as_test(machine, settings=_settings(sequences))
    except (ViolationError, HypothesisException, ExceptionGroup):
        # Once its time is over, nothing breaks any more, which Hypothesis calls flaky: what counts
        # is the shortest sequence that was seen to break a promise.
        if theatre.broken is None:
            raise
    finally:
        theatre.close()
    counts = (theatre.sequences, theatre.steps, theatre.kills, theatre.requests)
    if theatre.broken is None:
        return Found(*counts)
    path = write(theatre.broken, theatre.seed, where)
    return Found(*counts, theatre.broken, path, replay(theatre, path))


def _settings(sequences: int) -> settings:
    return settings(
        max_examples=sequences,
        stateful_step_count=MOST_STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def write(broken: Broken, drawn_by: int, where: Path) -> Path:
    """Write a sequence as a scenario file; its name is that of its content."""
    steps = [*broken.steps, *_rest(broken)]
    content = json.dumps(steps, sort_keys=True).encode()
    name = hashlib.sha256(content).hexdigest()[:8]
    scenario: dict[str, Any] = {
        "id": f"gen.found_{name}",
        "title": f"A sequence of {len(broken.steps)} steps loses nothing and counts nothing twice.",
        "req": sorted({found.req for found in broken.findings}),
        "tier": "gold",
        "needs": ["track", "stats", "hook", "virtual_clock", "max_age", "spool", "reset"],
        "process": "own",
        "steps": steps,
    }
    where.mkdir(parents=True, exist_ok=True)
    path = where / f"found_{name}.yaml"
    why = [f"# {found.req}: {found.detail}" for found in broken.findings[:SHOWN]]
    head = "\n".join([f"# Found by `tallymark-conformance search --seed {drawn_by}`.", *why])
    text = yaml.safe_dump([scenario], sort_keys=False, allow_unicode=True)
    path.write_text(f"{head}\n{text}", "utf-8")
    return path


def _rest(broken: Broken) -> list[dict[str, Any]]:
    """Return the steps of the end that a sequence which stopped early did not come to."""
    length = len(DRAINED)
    for done in range(length, 0, -1):
        if list(broken.steps[-done:]) == list(DRAINED[:done]):
            return list(DRAINED[done:])
    return list(DRAINED)


def replay(theatre: Theatre, path: Path) -> Outcome:
    """Play the scenario file on its own, in a new process of the SDK."""
    run = SdkRun(
        theatre.declaration,
        load(path),
        theatre.folder / "again",
        seed=theatre.seed,
        threads=1,
        shared=theatre.collector,
    )
    return run.play()[0]
