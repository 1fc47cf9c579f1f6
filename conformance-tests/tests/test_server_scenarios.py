"""The scenarios of a server: enough of them, each able to fail, and green with the collector."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tallymark_conformance.cli import main
from tallymark_conformance.stage.server import Target
from tallymark_conformance.standins.servers import standin_server
from tallymark_conformance.suite.catalogue import catalogue, select
from tallymark_conformance.suite.outcome import RED
from tallymark_conformance.suite.play import play_server

if TYPE_CHECKING:
    from pathlib import Path

    from tallymark_conformance.scenario.header import Scenario
    from tallymark_conformance.standins.servers import Manner

KEY = f"tmk_{'a' * 22}"
OTHERS = {"secret_key": f"tms_{'a' * 22}", "read_key": f"tmr_{'a' * 22}"}
QUICK = frozenset({"http", "secret_key", "read_key"})
EVERYWHERE = 60
MUSTS = 50


@cache
def server_scenarios() -> tuple[Scenario, ...]:
    return tuple(select(catalogue(), "server"))


def test_there_are_enough_of_them() -> None:
    """At least 60 can be played with any server and its write key, 50 of them a MUST."""
    anywhere = [one for one in server_scenarios() if one.needs == {"http"}]

    assert len(anywhere) >= EVERYWHERE
    assert sum(one.level == "MUST" for one in anywhere) >= MUSTS


def reds(manner: Manner, folder: Path) -> set[str]:
    """Return the scenarios that are red with the server that behaves in that *manner*."""
    found = set()
    with standin_server(manner) as url:
        target = Target(url, KEY, **OTHERS)
        for one in server_scenarios():
            if one.needs <= QUICK:
                place = folder / manner / one.id
                place.mkdir(parents=True)
                if play_server(one, target, place, 1).status in RED:
                    found.add(one.id)
    return found


@pytest.mark.faults
def test_no_scenario_is_content_with_a_server_that_looks_at_nothing(tmp_path: Path) -> None:
    """One that nods at everything makes most of them red, one that refuses everything the rest."""
    quick = {one.id for one in server_scenarios() if one.needs <= QUICK}

    nodding = reds("nods", tmp_path)

    assert len(nodding) > 0.9 * len(quick)
    assert set() == quick - nodding - reds("refuses", tmp_path)


@pytest.mark.faults
def test_the_collector_passes_the_short_sample(capsys: pytest.CaptureFixture[str]) -> None:
    """With the installed collector nothing of the sample is red or absent."""
    status = main(["run", "--server", "--smoke", "--verbose"])

    said = capsys.readouterr().out
    assert (0, False) == (status, "absent" in said), said
