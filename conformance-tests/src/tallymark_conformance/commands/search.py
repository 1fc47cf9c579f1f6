"""`search`: draw sequences of calls, faults, crashes and time, and write down what breaks."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tallymark_conformance.errors import ConfigurationError
from tallymark_conformance.generative.theatre import SHRINK_S, Theatre
from tallymark_conformance.mutants.defect import choose
from tallymark_conformance.mutants.javascript import copy_with
from tallymark_conformance.processes import Collector
from tallymark_conformance.scratch import scratch
from tallymark_conformance.suite.declaration import load_declaration

if TYPE_CHECKING:
    import argparse

    from tallymark_conformance.suite.declaration import Declaration

SEQUENCES = 20


def add_search(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "search", help="draw sequences of calls, faults, crashes and time; write down what breaks"
    )
    parser.add_argument("--sdk", default="python", metavar="TOML", help="as for `run`")
    parser.add_argument("--sequences", type=int, default=SEQUENCES)
    parser.add_argument("--seconds", type=float, help="ends the search early")
    parser.add_argument("--shrink", type=float, default=SHRINK_S, metavar="S", help="at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--collector-crashes", action="store_true", help="kill the collector, too")
    parser.add_argument(
        "--out", type=Path, default=Path("found"), help="folder for scenario files of what broke"
    )
    parser.add_argument("--mutant", metavar="NAME", help="a defect of the bank to plant in the SDK")
    parser.set_defaults(do=find)


def find(chosen: argparse.Namespace) -> int:
    """Search; return 0 when no sequence broke a promise."""
    try:
        # Hypothesis is an extra of its own: who plays scenarios does not need it.
        from tallymark_conformance.generative.search import search  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{error}: pip install tallymark-conformance[generative]"
        ) from error
    if chosen.sequences < 1:
        raise ConfigurationError(f"--sequences {chosen.sequences}: at least 1 has to be played")
    with scratch("search", None) as folder:
        declaration = _planted(load_declaration(chosen.sdk), chosen.mutant, folder)
        until = None if chosen.seconds is None else time.monotonic() + chosen.seconds
        with Collector(folder / "collector" / "data", folder / "collector" / "logs") as collector:
            theatre = Theatre(
                declaration,
                collector,
                folder / "sequences",
                seed=chosen.seed,
                collector_crashes=chosen.collector_crashes,
                shrink_s=chosen.shrink,
                until=until,
            )
            found = search(theatre, chosen.sequences, chosen.out)
    sys.stdout.write(f"{found.as_text()}; seed {chosen.seed}\n")
    return 0 if found.broken is None else 1


def _planted(declaration: Declaration, name: str | None, folder: Path) -> Declaration:
    """Return the declaration of the SDK with a defect in it, if one is named."""
    if name is None:
        return declaration
    found = choose([name], [declaration.name])
    if not found:
        raise ConfigurationError(f"{name} is no defect of the SDK {declaration.name}")
    (defect,) = found
    defect.check()
    env = defect.env if defect.subject == "python" else copy_with(defect, folder / "mutant")
    return replace(declaration, env={**declaration.env, **env})
