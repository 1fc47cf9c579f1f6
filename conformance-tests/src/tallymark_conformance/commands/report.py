"""`report`: JUnit, Markdown, HTML matrix, badges and coverage from the records of runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tallymark_conformance.errors import ConfigurationError
from tallymark_conformance.report.badge import badge
from tallymark_conformance.report.html import html
from tallymark_conformance.report.junit import junit
from tallymark_conformance.report.markdown import markdown
from tallymark_conformance.suite.catalogue import catalogue
from tallymark_conformance.suite.coverage import coverage

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

FORMAT = "tallymark-conformance/1"


def add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "report", help="JUnit, Markdown, HTML, badges from `run --results`"
    )
    parser.add_argument("results", nargs="+", type=Path, help="files that `run --results` wrote")
    parser.add_argument("--out", type=Path, default=Path("conformance-report"), help="folder")
    parser.set_defaults(do=report)


def report(chosen: argparse.Namespace) -> int:
    """Write every report of the records that were named, and say where they are."""
    records = [_read(path) for path in chosen.results]
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, text in written(records).items():
        (chosen.out / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{chosen.out / name}\n")
    return 0


def written(records: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the text of each report by the name of its file."""
    rules = {row.requirement.id: row.as_json() for row in coverage(catalogue())}
    return {
        "junit.xml": junit(records),
        "summary.md": markdown(records),
        "matrix.html": html(records),
        "coverage.json": json.dumps(rules, indent=1) + "\n",
        **{f"badge-{record['name']}.svg": badge(record) for record in records},
    }


def _read(path: Path) -> Mapping[str, Any]:
    try:
        value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    if value.get("format") != FORMAT:
        raise ConfigurationError(f"{path} was not written by `run --results`: no {FORMAT}")
    return value
