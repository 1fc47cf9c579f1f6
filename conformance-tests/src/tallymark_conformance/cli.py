"""The command line: `tallymark-conformance run`, `list`, `proxy`, `fault`, `soak` and others."""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tallymark_conformance.commands.mutants import add_mutants
from tallymark_conformance.commands.report import add_report
from tallymark_conformance.commands.run import add_run
from tallymark_conformance.commands.search import add_search
from tallymark_conformance.commands.show import add_explain, add_list
from tallymark_conformance.commands.validate import add_validate
from tallymark_conformance.errors import ConformanceError
from tallymark_conformance.mutants.bank import MUTANTS
from tallymark_conformance.proxy.script import Script, load
from tallymark_conformance.proxy.server import FaultProxy
from tallymark_conformance.runs.full import FULL
from tallymark_conformance.runs.options import Options, Report
from tallymark_conformance.runs.registry import RUNS
from tallymark_conformance.soak import soak, write_figures
from tallymark_conformance.trace import Exchange, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_conformance.runs.full import Part

OK, VIOLATED, BROKEN = 0, 1, 2
"""Exit codes: promises kept; a promise violated; the run could not be carried out."""


def main(arguments: Sequence[str] | None = None, parts: Sequence[Part] = FULL) -> int:
    """Do what the command line says and return the exit code; *parts* are the soak's runs."""
    options = _parser(parts).parse_args(arguments)
    try:
        do = partial(_soak, parts=parts) if options.command == "soak" else options.do
        return int(do(options))
    except ConformanceError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return BROKEN


def command() -> None:
    """Run the console script."""
    sys.exit(main())


def _parser(parts: Sequence[Part]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tallymark-conformance", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    proxy = commands.add_parser("proxy", help="stand before a collector and break things")
    proxy.add_argument("--upstream", required=True, help="URL of the collector")
    proxy.add_argument("--script", type=Path, help="YAML or JSON: rules and random")
    proxy.add_argument("--seed", type=int, default=0)
    proxy.add_argument("--port", type=int, default=0)
    proxy.add_argument("--trace", type=Path, help="file for one JSON line per exchange")
    proxy.set_defaults(do=lambda chosen: asyncio.run(_proxy(chosen)))
    for add in (add_run, add_list, add_explain, add_validate, add_report):
        add(commands)
    add_mutants(commands)
    add_search(commands)
    fault = commands.add_parser("fault", help="break real processes and judge what is left")
    fault.add_argument("run", choices=[*RUNS, "all"])
    fault.add_argument("--seconds", type=float)
    fault.add_argument("--events", type=int)
    fault.add_argument("--kills", type=int, help="kills, cuts, cycles or sites, as the run has it")
    fault.add_argument("--repeat", type=int, default=1, help="runs with the seeds that follow")
    fault.add_argument("--mutant", choices=[*MUTANTS], help="a defect to plant; the run turns red")
    fault.add_argument("--json", action="store_true", help="one JSON line per report")
    fault.set_defaults(do=_fault)
    full = commands.add_parser("soak", help="every run with its full counts, and a table")
    full.add_argument("--figures", type=Path, help="file for all figures as JSON")
    full.add_argument("--only", nargs="+", choices=[part.name for part in parts], metavar="RUN")
    for command in (fault, full):
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--keep", type=Path, help="folder for logs, histories and traces")
        command.add_argument("--collector", default="", help="command instead of the installed one")
        command.add_argument("--producer", default="", help="command instead of the Python SDK's")
    return parser


def _soak(chosen: argparse.Namespace, parts: Sequence[Part]) -> int:
    parts = [part for part in parts if not chosen.only or part.name in chosen.only]
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a file of ours, too
    found = soak(_options(chosen), parts)
    sys.stdout.write(f"\n{found.as_text()}\n")
    if chosen.figures is not None:
        write_figures(chosen.figures, found)
    if found.violated:
        return VIOLATED
    return BROKEN if found.broken else OK


def _fault(chosen: argparse.Namespace) -> int:
    options = replace(
        _options(chosen),
        seconds=chosen.seconds,
        events=chosen.events,
        kills=chosen.kills,
        mutant=chosen.mutant,
    )
    names = list(RUNS) if chosen.run == "all" else [chosen.run]
    good = True
    for name in names:
        for more in range(chosen.repeat):
            for report in RUNS[name](replace(options, seed=options.seed + more)):
                sys.stdout.write(_line(report, as_json=chosen.json) + "\n")
                sys.stdout.flush()
                good = good and report.ok
    return OK if good else VIOLATED


def _options(chosen: argparse.Namespace) -> Options:
    return Options(
        seed=chosen.seed,
        collector=shlex.split(chosen.collector),
        producer=shlex.split(chosen.producer),
        keep=None if chosen.keep is None else chosen.keep.resolve(),
    )


def _line(report: Report, *, as_json: bool) -> str:
    value = report.as_json()
    if as_json:
        return json.dumps(value, separators=(",", ":"))
    head = f"{'ok  ' if report.ok else 'FAIL'} {report.run} seed={report.seed}"
    counts = " ".join(f"{key}={number}" for key, number in report.verdict.counts.items())
    notes = " ".join(f"{key}={item}" for key, item in report.notes.items())
    shown = [f"     {item['kind']}: {item['detail']}" for item in value["first"]]
    return "\n".join([f"{head} {counts} | {notes}", *shown])


async def _proxy(chosen: argparse.Namespace) -> int:
    script = Script() if chosen.script is None else load(chosen.script)
    out = sys.stdout if chosen.trace is None else chosen.trace.open("a", encoding="utf-8")

    def record(exchange: Exchange) -> None:
        out.write(encode(exchange) + "\n")
        out.flush()

    proxy = FaultProxy(chosen.upstream, record, script, chosen.seed, chosen.port)
    url = await proxy.start()
    sys.stderr.write(json.dumps({"event": "ready", "url": url}) + "\n")
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    await proxy.stop()
    return OK
