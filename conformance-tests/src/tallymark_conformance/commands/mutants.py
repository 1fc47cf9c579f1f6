"""`mutants`: plant each defect of the bank, and demand that a scenario names the rule it breaks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tallymark_conformance.errors import ConfigurationError
from tallymark_conformance.mutants.defect import SUBJECTS, choose
from tallymark_conformance.mutants.hunt import Hunt, as_json
from tallymark_conformance.scratch import scratch

if TYPE_CHECKING:
    import argparse

    from tallymark_conformance.mutants.hunt import Catch

JOBS = 2


def add_mutants(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "mutants", help="plant defects in the SDKs and the collector; scenarios must find them"
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these defects")
    parser.add_argument("--of", nargs="+", default=[], choices=SUBJECTS, help="defects of these")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N of them, by lot")
    parser.add_argument("--seed", type=int, default=1, help="draws the sample and the scenarios")
    parser.add_argument("--jobs", type=int, default=JOBS, help="defects side by side")
    parser.add_argument("--results", type=Path, help="file for everything, as JSON")
    parser.add_argument("--list", action="store_true", help="name the defects; play nothing")
    parser.set_defaults(do=mutants)


def mutants(chosen: argparse.Namespace) -> int:
    """Play the chosen defects; return 0 when each is killed by a scenario that names its rule."""
    if chosen.jobs < 1:
        raise ConfigurationError(f"--jobs {chosen.jobs}: at least 1 defect has to be played")
    defects = choose(chosen.only, chosen.of, chosen.sample, chosen.seed)
    if chosen.list:
        for defect in defects:
            sys.stdout.write(f"{defect.subject:10}{defect.name:36}{defect.req:12}{defect.place}\n")
        return 0
    with scratch("mutants", None) as folder:
        caught = Hunt(defects, folder, chosen.seed, chosen.jobs, _tell).play()
    for catch in caught:
        if not catch.sound:
            _tell(catch)
    killed = sum(catch.killed for catch in caught)
    sys.stdout.write(f"{killed} of {len(caught)} defects killed; seed {chosen.seed}\n")
    if chosen.results is not None:
        chosen.results.parent.mkdir(parents=True, exist_ok=True)
        chosen.results.write_text(json.dumps(as_json(caught, chosen.seed), indent=1) + "\n")
    return 0 if killed == len(caught) else 1


def _tell(catch: Catch) -> None:
    sys.stdout.write(catch.as_text() + "\n")
    sys.stdout.flush()
