"""The hunt: play each defect against the scenarios that cite its rule, until one of them names it.

A scenario counts only if it is green without the defect: one that is always red finds nothing.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.errors import ConformanceError
from tallymark_conformance.mutants.javascript import copy_with
from tallymark_conformance.processes import Collector, default_collector
from tallymark_conformance.suite.catalogue import catalogue
from tallymark_conformance.suite.declaration import load_declaration
from tallymark_conformance.suite.run import SdkRun, ServerRun
from tallymark_conformance.suite.target import open_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tallymark_conformance.mutants.defect import Defect, Subject
    from tallymark_conformance.scenario.header import Scenario
    from tallymark_conformance.suite.declaration import Declaration
    from tallymark_conformance.suite.outcome import Outcome

THREADS: Final = 3
"""Scenarios of one defect side by side, after the first one did not find it."""
DETAIL: Final = 120
FEW: Final = 4
PORTION: Final = 6
ENV: Final = "/usr/bin/env"


@dataclass(frozen=True, slots=True)
class Catch:
    """What became of a defect: *killer* is the scenario that found it, None = it survives.

    *detail* is what that scenario said; of a survivor, what the tried ones came to. *sound* tells
    whether the killer is green without the defect.
    """

    defect: Defect
    killer: Scenario | None
    detail: str
    tried: int
    seconds: float
    sound: bool = True

    @property
    def killed(self) -> bool:
        """Tell whether the defect was found, by a scenario that is to be believed."""
        return self.killer is not None and self.sound

    @property
    def status(self) -> str:
        """Return the word of the table."""
        if self.killer is None:
            return "SURVIVES"
        return "killed" if self.sound else "UNSOUND"

    def as_json(self) -> dict[str, Any]:
        """Return the catch as a JSON object."""
        return {
            "name": self.defect.name,
            "subject": self.defect.subject,
            "req": self.defect.req,
            "place": self.defect.place,
            "status": self.status.lower(),
            "scenario": None if self.killer is None else self.killer.id,
            "detail": self.detail,
            "tried": self.tried,
            "seconds": round(self.seconds, 2),
        }

    def as_text(self) -> str:
        """Return the line of the table."""
        who = self.detail if self.killer is None else self.killer.id
        head = f"{self.status:9}{self.defect.subject:10}{self.defect.name:36}{self.defect.req:12}"
        return f"{head}{self.seconds:6.1f} s  {who}"


@dataclass(slots=True)
class Hunt:
    """One run of the bank. *told* hears each catch as it comes."""

    defects: Sequence[Defect]
    folder: Path
    seed: int = 0
    jobs: int = 2
    told: Callable[[Catch], None] = lambda _: None
    _sdks: dict[Subject, Declaration] = field(default_factory=dict)

    def play(self) -> list[Catch]:
        """Play every defect; raise ScriptError when one is no longer in the product's text."""
        for defect in self.defects:
            defect.check()
        self._sdks = {"python": load_declaration("python"), "node": load_declaration("node")}
        with Collector(self.folder / "sound" / "data", self.folder / "sound" / "logs") as sound:
            with ThreadPoolExecutor(self.jobs) as pool:
                caught = list(pool.map(lambda defect: self._one(defect, sound), self.defects))
            return self._held_to_account(caught, sound)

    def _one(self, defect: Defect, sound: Collector) -> Catch:
        began = time.monotonic()
        folder = self.folder / defect.subject / defect.name
        try:
            catch = self._caught(defect, sound, folder)
        except ConformanceError as error:
            raise type(error)(f"{defect.name}: {error}") from error
        finally:
            # A collector's data takes 64 MiB.
            shutil.rmtree(folder, ignore_errors=True)
        catch = replace(catch, seconds=time.monotonic() - began)
        self.told(catch)
        return catch

    def _caught(self, defect: Defect, sound: Collector, folder: Path) -> Catch:
        seen: Counter[str] = Counter()
        others: list[str] = []
        for number, scenarios in enumerate(_portions(defect)):
            outcomes = self._outcomes(defect, scenarios, sound, folder / str(number))
            seen.update(outcome.status for outcome in outcomes)
            for outcome in outcomes:
                named = [found for found in outcome.findings if found.req == defect.req]
                if outcome.status == "fail" and named:
                    detail = named[0].detail[:DETAIL]
                    return Catch(defect, outcome.scenario, detail, seen.total(), 0.0)
                others += [f"{outcome.scenario.id} ({f.req})" for f in outcome.findings[:1]]
        told = ", ".join(f"{count} {status}" for status, count in seen.items())
        if others:
            told += f"; red, but not for it: {', '.join(others[:FEW])}"
        return Catch(defect, None, told or "no scenario cites its rule", seen.total(), 0.0)

    def _outcomes(
        self, defect: Defect, scenarios: Sequence[Scenario], sound: Collector, folder: Path
    ) -> list[Outcome]:
        if defect.subject == "collector":
            return self._with_collector(defect.env, scenarios, folder) if scenarios else []
        scenarios = [scenario for scenario in scenarios if scenario.role == "sdk"]
        if not scenarios:
            return []
        folder.mkdir(parents=True)
        declaration = self._sdks[defect.subject]
        env = defect.env if defect.subject == "python" else copy_with(defect, folder)
        planted = replace(declaration, env={**declaration.env, **env})
        return self._with_sdk(planted, scenarios, sound, folder / "sdk")

    def _with_sdk(
        self,
        declaration: Declaration,
        scenarios: Sequence[Scenario],
        collector: Collector,
        folder: Path,
        command: Sequence[str] = (),
    ) -> list[Outcome]:
        chosen = [scenario for scenario in scenarios if scenario.role == "sdk"]
        if not chosen:
            return []
        run = SdkRun(
            declaration,
            chosen,
            folder,
            seed=self.seed,
            threads=THREADS,
            collector=command,
            shared=collector,
        )
        return run.play()

    def _with_collector(
        self, env: Mapping[str, str], scenarios: Sequence[Scenario], folder: Path
    ) -> list[Outcome]:
        """Play with a collector that has *env*: the server's scenarios, then an SDK's."""
        command = (ENV, *(f"{name}={text}" for name, text in env.items()), *default_collector())
        with ExitStack() as stack:
            target = open_target(stack, folder / "collector", "", "", command=command)
            asked = [scenario for scenario in scenarios if scenario.role == "server"]
            outcomes = ServerRun(target, asked, folder / "server", self.seed).play()
            assert target.collector is not None
            sdk = self._with_sdk(
                self._sdks["python"], scenarios, target.collector, folder / "sdk", command
            )
        return [*outcomes, *sdk]

    def _held_to_account(self, caught: Sequence[Catch], sound: Collector) -> list[Catch]:
        """Play every killer once more without a defect: one that is red then has found nothing."""
        red: set[tuple[str, str]] = set()
        for subject in dict.fromkeys(catch.defect.subject for catch in caught):
            killers = {
                catch.killer.id: catch.killer
                for catch in caught
                if catch.killer is not None and catch.defect.subject == subject
            }
            if not killers:
                continue
            folder = self.folder / "without" / subject
            scenarios = list(killers.values())
            if subject == "collector":
                outcomes = self._with_collector({}, scenarios, folder)
            else:
                outcomes = self._with_sdk(self._sdks[subject], scenarios, sound, folder)
            red |= {(subject, o.scenario.id) for o in outcomes if o.status != "pass"}
        return [
            replace(
                catch,
                sound=catch.killer is None or (catch.defect.subject, catch.killer.id) not in red,
            )
            for catch in caught
        ]


def _portions(defect: Defect) -> Iterator[Sequence[Scenario]]:
    """Iterate over what is played for *defect*, in portions: after a kill the rest is left out."""
    # The always-on oracles name rules that a scenario itself is not about.
    yield [scenario for scenario in catalogue() if scenario.id == defect.by]
    rest = [
        scenario
        for scenario in catalogue()
        if defect.req in scenario.req and scenario.id != defect.by
    ]
    yield [scenario for scenario in rest if scenario.role == "server"]
    sdk = [scenario for scenario in rest if scenario.role == "sdk"]
    for start in range(0, len(sdk), PORTION):
        yield sdk[start : start + PORTION]


def as_json(caught: Sequence[Catch], seed: int) -> dict[str, Any]:
    """Return everything that was caught, and the counts, as a JSON object."""
    return {
        "format": "tallymark-conformance-mutants/1",
        "python": sys.version.split()[0],
        "seed": seed,
        "counts": dict(Counter(catch.status.lower() for catch in caught)),
        "mutants": [catch.as_json() for catch in caught],
    }
