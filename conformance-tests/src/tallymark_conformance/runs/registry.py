"""The fault runs by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tallymark_conformance.runs import (
    answers,
    disk_full,
    early_close,
    ending,
    fork,
    kill9,
    net,
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
    return [powercut.run(options), inverted(powercut.run(options, "synchronous_normal"))]


def inverted(report: Report) -> Report:
    """Return the report on a mutant: red when the judges found nothing."""
    kinds = report.verdict.by_kind()
    found = () if kinds.get("false_ack") else (Violation("promise", "the mutant was not found"),)
    notes = {**report.notes, "found": dict(kinds)}
    return Report(f"{report.run}-mutant", report.seed, Verdict(report.verdict.counts, found), notes)


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
    answers.NAME: lambda options: [answers.run(options)],
}
