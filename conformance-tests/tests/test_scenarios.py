from __future__ import annotations

import pytest

from tallymark_conformance.errors import ConfigurationError, ScenarioError
from tallymark_conformance.scenario.steps import SDK_VERBS, SERVER_VERBS
from tallymark_conformance.scenario.yaml import parse
from tallymark_conformance.suite.catalogue import catalogue, select
from tallymark_conformance.suite.coverage import ROOT, coverage, places, unknown_rules

GOOD = """
id: net.try
title: It holds.
req: [TM-LED-05]
steps: [{create: {}}, {track: {count: 3}}, {close: {}}]
"""


def test_there_are_enough() -> None:
    """At least 120 scenarios, 90 of them MUST; each id is there once and each rule exists."""
    scenarios = catalogue()
    assert len(scenarios) >= 120
    assert sum(scenario.level == "MUST" for scenario in scenarios) >= 90
    assert len({scenario.id for scenario in scenarios}) == len(scenarios)
    assert [] == unknown_rules(scenarios)


def test_no_must_cell_is_empty() -> None:
    """Each MUST rule of a built profile has code, a vector or test, and a scenario."""
    assert [] == [(row.requirement.id, row.gaps) for row in coverage(catalogue()) if row.gaps]


def test_profiles_not_built_are_shown() -> None:
    """Rules of profiles that are only specified are in the table, marked as not built."""
    absent = {row.requirement.profile for row in coverage(()) if not row.requirement.built}
    assert {"flags", "receipt", "signed", "tables"} <= absent


def test_named_places_exist() -> None:
    """Every file that the table of places names is there, and every rule is one."""
    known = {row.requirement.id for row in coverage(())}
    for part in ("code", "tests"):
        for rule, files in places()[part].items():
            assert rule in known
            assert [] == [name for name in files if not (ROOT / name).is_file()]
    assert set(places()["outside"]) <= known


def test_the_language_does_not_grow() -> None:
    """The verbs of both roles together are at most 25."""
    assert len({*SDK_VERBS, *SERVER_VERBS}) <= 25


def test_titles_are_sentences() -> None:
    """Each title is one sentence that begins with a capital, a figure or a sign, and ends."""
    wrong = [
        scenario.id
        for scenario in catalogue()
        if not scenario.title.endswith((".", "?")) or scenario.title[0].islower()
    ]
    assert [] == wrong


def test_a_good_scenario_is_read() -> None:
    """Header and defaults of a YAML scenario are what it says."""
    (scenario,) = parse(GOOD, "here.yaml")
    assert ("net.try", "MUST", "bronze", "sdk") == (
        scenario.id,
        scenario.level,
        scenario.tier,
        scenario.role,
    )
    assert frozenset({"track"}) == scenario.needs


def test_variants_are_scenarios_of_their_own() -> None:
    """Each variant has its values in id, title, faults and steps, numbers as numbers."""
    text = GOOD.replace("net.try", "net.try_<n>").replace("count: 3", "count: <n>")
    found = list(parse(text + "variants: [{n: 4}, {n: 5}]", "here.yaml"))
    assert ["net.try_4", "net.try_5"] == [scenario.id for scenario in found]
    assert "count: 4" in found[0].steps


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("title: It holds.", "title: It holds.\ncolour: red"), "colour"),
        (("title: It holds.", ""), "title"),
        (("req: [TM-LED-05]", "req: [LED-5]"), "req.0"),
        (("{close: {}}", "{dance: {}}"), "no verb 'dance'"),
        (("{close: {}}", "{wait: {moons: 2}}"), "moons"),
        (("{close: {}}", "{close: {}, track: {}}"), "steps.2"),
        (("steps:", "level: PERHAPS\nsteps:"), "level"),
        (("steps:", "faults: [{do: no_such_fault}]\nsteps:"), "no_such_fault"),
        (("steps:", "steps: ]"), "here.yaml"),
    ],
)
def test_a_wrong_scenario_says_where(change: tuple[str, str], said: str) -> None:
    """The error names the file and the place or the word that is wrong."""
    with pytest.raises(ScenarioError) as caught:
        list(parse(GOOD.replace(*change), "here.yaml"))
    assert said in str(caught.value)
    assert "here.yaml" in str(caught.value)


def test_selection() -> None:
    """Patterns, tiers and the sample narrow a run; a pattern that names nothing is an error."""
    scenarios = catalogue()
    chosen = select(scenarios, "sdk", only=["net.rst_*"])
    assert {"net.rst_before", "net.rst_after"} == {scenario.id for scenario in chosen}
    assert all(s.tier == "gold" for s in select(scenarios, "sdk", tiers=["gold"]))
    assert 10 <= len(select(scenarios, "sdk", smoke=True)) <= 60
    with pytest.raises(ConfigurationError, match="nothing_like_it"):
        select(scenarios, "sdk", only=["nothing_like_it"])
