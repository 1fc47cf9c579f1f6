"""The fault runs by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from tallymark_conformance.mutants.bank import MUTANTS
from tallymark_conformance.runs import (
    answers,
    disk_full,
    early_close,
    ending,
    fork,
    kill9,
    net,
    postgres,
    powercut,
    sdk_kill,
    syscalls,
)
from tallymark_conformance.runs.options import Options, Report
from tallymark_conformance.verdict import Verdict, Violation

Run = Callable[[Options], list[Report]]


def net_runs(options: Options) -> list[Report]:
    """Run the net run with a spool and without."""
    return [net.run(options, spool=True), net.run(options, spool=False)]


def powercut_runs(options: Options) -> list[Report]:
    """Run the power cuts, then again under the mutant that must turn them red."""
    if options.mutant is not None:
        return [powercut.run(options)]
    return [powercut.run(options), on_mutant(powercut.run, options, "synchronous_normal")]


def on_mutant(run: Callable[[Options], Report], options: Options, name: str) -> Report:
    """Carry *run* out with the defect *name*; the report is red when nobody found the defect."""
    report = run(replace(options, mutant=name))
    kinds = report.verdict.by_kind()
    found = sum(count for kind, count in kinds.items() if kind in MUTANTS[name].kinds)
    unseen = () if found else (Violation("promise", f"nobody found the mutant {name}"),)
    notes = {**report.notes, "violations_found": found, "kinds_found": dict(kinds)}
    verdict = Verdict(report.verdict.counts, unseen)
    return Report(f"{report.run} with {name}", report.seed, verdict, notes)


RUNS: Final[Mapping[str, Run]] = {
    kill9.NAME: lambda options: [kill9.run(options)],
    sdk_kill.NAME: lambda options: [sdk_kill.run(options)],
    powercut.NAME: powercut_runs,
    net.NAME: net_runs,
    disk_full.NAME: lambda options: [disk_full.run(options)],
    syscalls.NAME: lambda options: [syscalls.run(options)],
    fork.NAME: lambda options: [fork.run(options)],
    ending.NAME: lambda options: [ending.run(options)],
    early_close.NAME: lambda options: [early_close.run(options)],
    postgres.NAME: lambda options: [postgres.run(options)],
    answers.NAME: lambda options: [answers.run(options)],
}
