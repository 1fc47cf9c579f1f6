"""`list` and `explain`: which scenarios there are, what they demand, and which rules they cover."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tallymark_conformance.errors import ConfigurationError
from tallymark_conformance.spec import requirements
from tallymark_conformance.suite.catalogue import catalogue
from tallymark_conformance.suite.coverage import coverage, in_checkout

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tallymark_conformance.scenario.header import Scenario
    from tallymark_conformance.suite.coverage import Covered

SHOWN = 2


def add_list(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `list` to the command line."""
    parser = commands.add_parser("list", help="scenarios, or which rule is covered by what")
    parser.add_argument("--role", choices=["sdk", "server"])
    parser.add_argument("--coverage", action="store_true", help="rule, code, vectors, scenarios")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(do=show_list)


def add_explain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `explain` to the command line."""
    parser = commands.add_parser("explain", help="what a scenario does, or which judge a rule")
    parser.add_argument("id", help="id of a scenario (net.rst_after) or of a rule (TM-LED-05)")
    parser.set_defaults(do=explain)


def show_list(chosen: argparse.Namespace) -> int:
    """Print the scenarios, or the table of coverage; return 1 if a MUST cell of that is empty."""
    scenarios = [s for s in catalogue() if chosen.role in (None, s.role)]
    if chosen.coverage:
        return _coverage(coverage(scenarios), as_json=chosen.json)
    if chosen.json:
        rows = [
            {
                "id": s.id,
                "title": s.title,
                "req": s.req,
                "level": s.level,
                "tier": s.tier,
                "role": s.role,
            }
            for s in scenarios
        ]
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
        return 0
    for scenario in scenarios:
        head = f"{scenario.id:34} {scenario.role:6} {scenario.level:6} {scenario.tier:6}"
        sys.stdout.write(f"{head} {', '.join(scenario.req)}\n")
    must = sum(scenario.level == "MUST" for scenario in scenarios)
    sys.stdout.write(f"{len(scenarios)} scenarios, {must} of them MUST\n")
    return 0


def _coverage(rows: Sequence[Covered], *, as_json: bool) -> int:
    gaps = [row for row in rows if row.gaps]
    if as_json:
        value = {row.requirement.id: row.as_json() for row in rows}
        sys.stdout.write(json.dumps(value, indent=1) + "\n")
        return 1 if gaps else 0
    for row in rows:
        rule = row.requirement
        if not rule.built:
            sys.stdout.write(
                f"{rule.id:10} {rule.level:6} profile {rule.profile}: not built, absent\n"
            )
            continue
        if row.outside:
            sys.stdout.write(f"{rule.id:10} {rule.level:6} {row.outside}\n")
            continue
        cells = [_few(row.code)] if in_checkout() else []
        cells += [_few((*row.vectors, *row.tests)), _few(row.scenarios)]
        sys.stdout.write(f"{rule.id:10} {rule.level:6} {' | '.join(cells)}\n")
    for row in gaps:
        sys.stdout.write(f"empty: {row.requirement.id} has no {', no '.join(row.gaps)}\n")
    built = [row for row in rows if row.requirement.built and row.requirement.level == "MUST"]
    sys.stdout.write(f"{len(built)} MUST rules in built profiles, {len(gaps)} with an empty cell\n")
    return 1 if gaps else 0


def _few(names: Sequence[str]) -> str:
    if not names:
        return "–"
    more = "" if len(names) <= SHOWN else f" +{len(names) - SHOWN}"
    return ", ".join(names[:SHOWN]) + more


def explain(chosen: argparse.Namespace) -> int:
    """Print what the scenario or the rule of that id is about."""
    rule = requirements().get(chosen.id.upper())
    if rule is not None:
        judges = [scenario for scenario in catalogue() if rule.id in scenario.req]
        sys.stdout.write(f"{rule.id} ({rule.level}, profile {rule.profile})\n{rule.text}\n\n")
        for scenario in judges:
            sys.stdout.write(f"  {scenario.id:34} {scenario.title}\n")
        return 0
    found = next((scenario for scenario in catalogue() if scenario.id == chosen.id), None)
    if found is None:
        raise ConfigurationError(
            f"neither a scenario nor a rule is called {chosen.id!r}; see `list`"
        )
    sys.stdout.write(_explained(found))
    return 0


def _explained(scenario: Scenario) -> str:
    lines = [
        f"{scenario.id}: {scenario.title}",
        f"role {scenario.role}, {scenario.level}, tier {scenario.tier}",
        f"profile {scenario.profile}, since {scenario.since}, in {scenario.source}",
        f"needs {', '.join(sorted(scenario.needs)) or 'nothing'}",
        *(f"only where there is {ability}" for ability in sorted(scenario.when)),
        "",
    ]
    rules = requirements()
    lines += [f"{rule}: {rules[rule].text}" for rule in scenario.req if rule in rules]
    return "\n".join([*lines, "", scenario.steps])
