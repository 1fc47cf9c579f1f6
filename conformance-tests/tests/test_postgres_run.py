"""Collectors over a Postgres that fails: sound ones keep every promise, each defect is found."""

from __future__ import annotations

import pytest

from tallymark_conformance.runs import postgres
from tallymark_conformance.runs.options import Options
from tallymark_conformance.runs.postgres import KINDS, plan
from tallymark_conformance.runs.registry import on_mutant

pytestmark = pytest.mark.faults


def test_collectors_over_a_failing_database_keep_their_promises() -> None:
    """After every kind of fault: acked = stored, once, in dense positions; refusals say when."""
    report = postgres.run(Options(seed=3), tuple(KINDS))
    assert () == report.verdict.violations
    assert report.figure("acked") > 0
    assert report.figure("terminated") > 0
    # Somebody was refused, so that the rule about refusals has been put to the test.
    assert report.figure("refusals") > 0


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("answers_before_postgres_commits", ("terminate",) * 3),
        ("commits_asynchronously_in_postgres", ("crash",) * 3),
        ("commits_without_the_head", ()),
        ("stores_the_last_twice_in_postgres", ()),
        ("trusts_a_lost_commit", ("terminate",) * 30),
    ],
)
def test_a_defect_of_the_store_is_found(name: str, faults: tuple[str, ...]) -> None:
    """The same run is red, with the right kind, when the store breaks one promise."""
    report = on_mutant(lambda options: postgres.run(options, faults), Options(seed=3), name)
    assert () == report.verdict.violations, report.notes


def test_the_plan() -> None:
    """Of ten faults seven end sessions and one is a crash; all kinds have their turn."""
    faults = plan(150)
    assert (105, 15) == (faults.count("terminate"), faults.count("crash"))
    assert set(KINDS) == set(faults)
