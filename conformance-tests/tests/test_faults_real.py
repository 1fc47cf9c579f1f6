"""Samples of the fault runs on the real SDK and collector; the soak has the full counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
from tallymark_conformance.runs.registry import on_mutant

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.faults


def kept(report: Report) -> dict[str, object]:
    """Return what was violated, for a message that says it all."""
    return {} if report.ok else report.as_json()


def test_a_killed_collector_has_what_it_acknowledged() -> None:
    """Acked events are stored once, other batches wholly or not at all (TM-ACK-05, TM-LED-05)."""
    report = kill9.run(Options(seed=1, kills=5))
    assert {} == kept(report)
    assert report.verdict.counts["acked"] > 100


def test_a_power_cut_takes_nothing_that_was_acknowledged() -> None:
    """Only synced bytes survive, and they hold every acked event (TM-ACK-05)."""
    report = powercut.run(Options(seed=1, kills=3))
    assert {} == kept(report)
    assert report.notes["unsynced_bytes_lost"]


@pytest.mark.parametrize(
    ("run", "mutant", "kills"),
    [
        (powercut.run, "synchronous_normal", 6),
        (kill9.run, "ack_before_commit", 3),
        (kill9.run, "counts_twice", 1),
    ],
)
def test_a_planted_defect_is_found(
    run: Callable[[Options], Report], mutant: str, kills: int
) -> None:
    """The runs that are green turn red when the defect is in the collector; the soak has more."""
    report = on_mutant(run, Options(seed=1, kills=kills), mutant)
    assert {} == kept(report)


def test_a_bad_network_and_kills_on_both_sides_lose_nothing() -> None:
    """With a spool: stored = accepted, nothing lost, doubled or unaccounted, no rule broken."""
    report = net.run(Options(seed=1, events=3_000, kills=2, seconds=6), spool=True)
    assert {} == kept(report)
    counts = report.verdict.counts
    assert (3_000, counts["accepted"]) == (counts["calls"], counts["stored"])
    assert report.notes["fault_kinds"] >= 12


def test_without_a_spool_every_loss_is_counted() -> None:
    """Without a spool: lost = declared + unaccounted + tail, to the event."""
    report = net.run(Options(seed=1, events=3_000, kills=2, seconds=6), spool=False)
    assert {} == kept(report)
    assert 2 == report.notes["producer_kills"]


def test_a_killed_producer_leaves_its_events_to_the_next() -> None:
    """Every call that returned is delivered, once (TM-LED-09)."""
    report = sdk_kill.run(Options(seed=1, events=2_000, kills=6, seconds=3))
    assert {} == kept(report)
    assert 6 == report.notes["producer_kills"]


@pytest.mark.parametrize("tmpfs", [None, False])
def test_a_full_disk_is_refused_and_survived(tmpfs: bool | None) -> None:  # noqa: FBT001 (a parameter)
    """503 with Retry-After, no false ack, healthy within ten seconds of space (TM-ERR-03)."""
    report = disk_full.run(Options(seed=1, kills=1), tmpfs=tmpfs)
    assert {} == kept(report)
    assert report.notes["refusals"] > 0


def test_a_failing_system_call_is_no_false_ack() -> None:
    """A write, sync, open or truncation fails once, and the collector goes on."""
    report = syscalls.run(Options(seed=1, kills=1))
    assert {} == kept(report)
    assert report.notes["failed_calls"] >= 5


def test_a_fork_gives_every_child_a_stream() -> None:
    """Parent and children deliver all of theirs, with and without a spool (TM-LED-09)."""
    assert {} == kept(fork.run(Options(seed=1, events=60)))


def test_an_exit_on_a_dead_collector_loses_nothing() -> None:
    """The process ends soon, and the next one delivers what it left."""
    assert {} == kept(ending.run(Options(seed=1, events=200)))


def test_a_client_that_closes_early_is_heard_in_full() -> None:
    """Every complete request that arrived is stored, however the client left."""
    report = early_close.run(Options(seed=1, events=3))
    assert {} == kept(report)
    assert report.verdict.counts["sent"] == report.verdict.counts["stored"]


def test_the_answers_of_the_wild_lose_only_what_they_must() -> None:
    """Captive portals, redirects, 413, 429, one bad event and their kin (TM-RTY-07, TM-ACK-01)."""
    assert {} == kept(answers.run(Options(seed=1)))
