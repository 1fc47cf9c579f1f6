"""`run`: play scenarios with an SDK or against a server, and say what came of them."""

from __future__ import annotations

import shlex
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tallymark_conformance.errors import ConfigurationError
from tallymark_conformance.scenario.yaml import load
from tallymark_conformance.scratch import scratch
from tallymark_conformance.suite.catalogue import catalogue, select
from tallymark_conformance.suite.declaration import load_declaration, shipped_names
from tallymark_conformance.suite.levels import level_of
from tallymark_conformance.suite.outcome import RED
from tallymark_conformance.suite.results import Results, write_results
from tallymark_conformance.suite.run import THREADS, SdkRun, ServerRun
from tallymark_conformance.suite.target import open_target

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from tallymark_conformance.scenario.header import Role, Scenario
    from tallymark_conformance.suite.outcome import Outcome

SHOWN = 5


def add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("run", help="play scenarios with an SDK or against a server")
    parser.add_argument(
        "--sdk",
        metavar="TOML",
        help=f"declaration of an adapter, or a shipped one: {', '.join(shipped_names())}",
    )
    parser.add_argument(
        "--server",
        metavar="URL",
        nargs="?",
        const="",
        help="server under test; without a URL the installed collector is started",
    )
    parser.add_argument("--key", default="", help="write key of the server")
    parser.add_argument("--secret-key", help="secret key of the server")
    parser.add_argument("--read-key", help="read key of the server")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="ID", help="ids or patterns: net.*"
    )
    parser.add_argument("--scenario", type=Path, help="a YAML file instead of the shipped ones")
    parser.add_argument("--tier", nargs="+", default=[], help="bronze, silver, gold, device")
    parser.add_argument("--smoke", action="store_true", help="the short sample")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=0, help="cases of a drawn one, as srv.fuzz")
    parser.add_argument("--repeat", type=int, default=1, help="differing repeats are flaky")
    parser.add_argument("--threads", type=int, default=THREADS, help="scenarios side by side")
    parser.add_argument("--known-failing", nargs="+", default=[], metavar="ID")
    parser.add_argument("--results", type=Path, help="file for everything, as JSON, for `report`")
    parser.add_argument("--keep", type=Path, help="folder for logs and data")
    parser.add_argument(
        "--collector", type=shlex.split, default=[], metavar="COMMAND", help="another collector"
    )
    parser.add_argument("--verbose", action="store_true", help="a line for each scenario")
    parser.set_defaults(do=run)


def run(chosen: argparse.Namespace) -> int:
    """Play what was chosen; return 0 when nothing is red and the declared level is reached."""
    if (chosen.sdk is None) == (chosen.server is None):
        raise ConfigurationError("give either --sdk or --server")
    role: Role = "sdk" if chosen.sdk is not None else "server"
    shipped = catalogue() if chosen.scenario is None else load(chosen.scenario)
    scenarios = select(shipped, role, only=chosen.only, tiers=chosen.tier, smoke=chosen.smoke)
    began = time.monotonic()
    with scratch("conformance", chosen.keep) as folder:
        play = _sdk if role == "sdk" else _server
        results = play(chosen, scenarios, folder)
    whole = not (chosen.only or chosen.tier or chosen.smoke or chosen.scenario)
    return _conclude(chosen, results, time.monotonic() - began, whole=whole)


def _sdk(chosen: argparse.Namespace, scenarios: Sequence[Scenario], folder: Path) -> Results:
    declaration = load_declaration(chosen.sdk)
    known = {**declaration.known_failing, **dict.fromkeys(chosen.known_failing, "")}
    playing = SdkRun(
        declaration,
        scenarios,
        folder,
        seed=chosen.seed,
        repeat=chosen.repeat,
        threads=chosen.threads,
        collector=chosen.collector,
        known_failing=known,
        told=_teller(verbose=chosen.verbose),
    )
    outcomes = playing.play()
    assert playing.hello is not None
    return Results.of_sdk(declaration, playing.hello, outcomes, chosen.seed)


def _server(chosen: argparse.Namespace, scenarios: Sequence[Scenario], folder: Path) -> Results:
    with ExitStack() as stack:
        target = open_target(
            stack,
            folder,
            chosen.server,
            chosen.key,
            secret_key=chosen.secret_key,
            read_key=chosen.read_key,
            command=chosen.collector,
        )
        known = dict.fromkeys(chosen.known_failing, "")
        told = _teller(verbose=chosen.verbose)
        playing = ServerRun(
            target,
            scenarios,
            folder,
            seed=chosen.seed,
            repeat=chosen.repeat,
            count=chosen.count,
            known_failing=known,
            told=told,
        )
        return Results.of_server(target, playing.play(), chosen.seed)


def _teller(*, verbose: bool) -> Callable[[Outcome], None]:
    def tell(outcome: Outcome) -> None:
        if not verbose and outcome.status not in RED:
            return
        line = f"{outcome.status:15} {outcome.scenario.id:36} {outcome.seconds:6.2f} s"
        sys.stdout.write(f"{line}  {outcome.reason}".rstrip() + "\n")
        for found in outcome.findings[:SHOWN]:
            sys.stdout.write(f"    {found.req}: {found.detail}\n")
        sys.stdout.flush()

    return tell


def _conclude(chosen: argparse.Namespace, results: Results, seconds: float, *, whole: bool) -> int:
    if chosen.results is not None:
        write_results(chosen.results, results)
    counts = results.counts()
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    standing = level_of(results.outcomes, results.platform) if results.role == "sdk" else None
    sys.stdout.write(
        f"{results.name} {results.version}: {told}; {seconds:.0f} s, seed {chosen.seed}\n"
    )
    red = any(outcome.status in RED for outcome in results.outcomes)
    if standing is None or not whole:
        return 1 if red else 0
    sys.stdout.write(f"{standing.as_text()}\n")
    if not standing.reaches(results.claimed):
        sys.stdout.write(f"the declaration claims {results.claimed}\n")
        return 1
    return 1 if red else 0
