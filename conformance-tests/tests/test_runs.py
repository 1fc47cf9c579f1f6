"""The judges are seen to find what they are for, in stand-ins that are sound or broken."""

from __future__ import annotations

import pytest

from tallymark_conformance.processes import standin_collector
from tallymark_conformance.proxy.chance import DRAWS
from tallymark_conformance.runs import early_close, ending, kill9, net, powercut, syscalls
from tallymark_conformance.runs.disk_full import run as disk_full
from tallymark_conformance.runs.net import Shape
from tallymark_conformance.runs.options import Options, Report
from tallymark_conformance.runs.registry import RUNS, on_mutant
from tallymark_conformance.runs.series import standin_producer
from tallymark_conformance.standins.sdk import DEFECT, Defect
from tallymark_conformance.verdict import Kind, Verdict, Violation

pytestmark = pytest.mark.faults
SOUND = Options(seed=3, collector=standin_collector(), producer=standin_producer())


def with_collector(*flags: str, kills: int = 2) -> Options:
    return Options(seed=3, kills=kills, collector=standin_collector(*flags))


def with_sdk(defect: Defect) -> Options:
    producer = ("/usr/bin/env", f"{DEFECT}={defect}", *standin_producer())
    return Options(seed=3, collector=standin_collector(), producer=producer)


def shape(*, spool: bool, kinds: tuple[str, ...] = tuple(DRAWS)) -> Shape:
    kills = 2 if spool else 0
    return Shape("net", 800, kills, 0, spool=spool, seconds=2, rate=0.6, kinds=kinds)


def test_a_sound_pair_is_green() -> None:
    """The stand-ins keep every promise of the net run, faults and kills included."""
    report = net.carry_out(SOUND, Shape("net", 800, 2, 1, spool=True, seconds=2))
    assert () == report.verdict.violations
    assert (800, 800) == (report.verdict.counts["accepted"], report.verdict.counts["stored"])
    assert (2, 1) == (report.notes["producer_kills"], report.notes["collector_kills"])


def test_a_sound_pair_without_a_spool_loses_and_says_so() -> None:
    """What a kill takes is unaccounted or in the tail, and the equation holds to the event."""
    report = net.carry_out(SOUND, Shape("net", 800, 2, 0, spool=False, seconds=1, rate=0.8))
    counts = report.verdict.counts
    assert () == report.verdict.violations
    assert counts["accepted"] == counts["stored"] + counts["unaccounted"] + counts["tail"]


@pytest.mark.parametrize(
    ("defect", "told", "kind"),
    [
        ("trusts_any_2xx", shape(spool=False), "lost"),
        ("forgets", shape(spool=True), "lost"),
        ("new_bytes", shape(spool=True), "wire"),
        # On a busy machine one attempt or another comes late enough by itself.
        ("ignores_retry_after", shape(spool=True, kinds=("retry_after",)), "wire"),
    ],
)
def test_a_defect_of_an_sdk_is_found(defect: Defect, told: Shape, kind: str) -> None:
    """An SDK that breaks one promise turns the run red, with the right kind."""
    assert kind in net.carry_out(with_sdk(defect), told).verdict.by_kind()


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        (("--ack-before-commit",), "false_ack"),
        (("--no-dedupe",), "doubled"),
        (("--forgets-every", "50"), "false_ack"),
    ],
)
def test_a_defect_of_a_collector_is_found(flags: tuple[str, ...], kind: str) -> None:
    """A collector that breaks one promise turns the kill run red, with the right kind."""
    assert kind in kill9.run(with_collector(*flags)).verdict.by_kind()


def test_a_power_cut_finds_what_a_kill_cannot() -> None:
    """Without full synchronisation a kill loses nothing, a power cut does."""
    weak = with_collector("--synchronous", "NORMAL", kills=3)
    assert () == kill9.run(weak).verdict.violations
    assert "false_ack" in powercut.run(weak).verdict.by_kind()
    assert () == powercut.run(with_collector(kills=3)).verdict.violations


def test_an_early_close_is_found() -> None:
    """A server that stops at the first answer it cannot write loses what follows."""
    options = Options(seed=3, events=1, collector=standin_collector())
    report = early_close.run(options)
    assert {"lost"} == set(report.verdict.by_kind())
    assert report.verdict.counts["stored"] < report.verdict.counts["sent"]


def test_failing_writes_are_survived_by_the_sound() -> None:
    """Full disks and failing calls turn nothing red that keeps its promises."""
    assert () == disk_full(with_collector(kills=1), tmpfs=False).verdict.violations
    assert () == syscalls.run(with_collector(kills=1)).verdict.violations


def test_an_exit_of_the_sound() -> None:
    """The stand-in SDK keeps its events over every kind of end."""
    options = Options(seed=3, events=50, collector=SOUND.collector, producer=SOUND.producer)
    assert () == ending.run(options).verdict.violations


def test_a_mutant_that_nobody_finds_is_red() -> None:
    """The report on a mutant is the other way round, and only its own kinds count."""

    def judged(*kinds: Kind) -> Report:
        verdict = Verdict({}, tuple(Violation(kind, "gone") for kind in kinds))
        return on_mutant(lambda options: Report("x", options.seed, verdict), SOUND, "counts_twice")

    assert judged("doubled").ok
    assert not judged().ok
    assert not judged("promise").ok
    assert {"violations_found": 2, "kinds_found": {"doubled": 2}} == judged(*["doubled"] * 2).notes


def test_every_run_has_a_name_of_the_command_line() -> None:
    """The table is what `fault` offers."""
    expected = {
        "kill9",
        "sdk-kill",
        "powercut",
        "net",
        "disk-full",
        "syscalls",
        "fork",
        "exit",
        "early-close",
        "postgres",
        "answers",
    }
    assert expected == set(RUNS)
