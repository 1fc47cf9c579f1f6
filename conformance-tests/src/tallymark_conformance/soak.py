"""Carry out every run with its full counts; one table and one file of figures at the end."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tallymark_conformance.errors import ConformanceError
from tallymark_conformance.runs.full import FULL
from tallymark_conformance.runs.options import Options, Watch
from tallymark_conformance.summary import complaints, mark, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tallymark_conformance.runs.full import Part
    from tallymark_conformance.runs.options import Report


@dataclass(slots=True)
class Soak:
    """The reports so far, and the runs that could not be carried out with the reason.

    *root* is the folder of everything the runs leave behind, a folder for each.
    """

    seed: int
    root: Path
    reports: list[tuple[Report, Sequence[str]]] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    watch: Watch = field(default_factory=Watch)

    @property
    def violated(self) -> bool:
        """Tell whether a promise was broken."""
        return not all(report.ok for report, _ in self.reports)

    def as_json(self) -> dict[str, Any]:
        """Return everything, with what it was measured on, as a JSON object."""
        return {
            "at": self.at,
            "seed": self.seed,
            "seconds": self.watch.seconds,
            "machine": {
                "system": platform.platform(),
                "cpus": os.cpu_count(),
                "python": platform.python_version(),
                "sqlite": sqlite3.sqlite_version,
            },
            "ok": not self.violated and not self.broken,
            "broken": self.broken,
            "reports": [report.as_json() for report, _ in self.reports],
        }

    def as_text(self) -> str:
        """Return the table, and below it what was violated and what could not be carried out."""
        said = [line for report, _ in self.reports for line in complaints(report)]
        for name, why in self.broken.items():
            lines = why.splitlines()
            short = " … ".join(dict.fromkeys((lines[0], lines[-1])))
            said.append(f"{name}: could not be carried out: {short}")
        head = f"seed {self.seed} · {self.at} · {self.watch.seconds:.0f} s"
        verdict = mark(ok=not self.violated and not self.broken)
        return "\n".join([table(self.reports, list(self.broken)), "", *said, f"{verdict} · {head}"])


def soak(
    options: Options, parts: Sequence[Part] = FULL, say: Callable[[str], object] = sys.stdout.write
) -> Soak:
    """Carry out *parts* one after the other; each says a line when it begins and when it ends.

    What a green run leaves behind is removed, unless *options* name a folder to keep it in; of a
    red one the folder is named.
    """
    root = options.keep or Path(tempfile.mkdtemp(prefix="tallymark-soak-"))
    found = Soak(options.seed, root)
    for part in parts:
        say(f"{time.strftime('%H:%M:%S')} {part.name} …\n")
        folder = root / part.name
        try:
            report = part.carry_out(replace(options, keep=folder))
        except ConformanceError as error:
            found.broken[part.name] = f"{type(error).__name__}: {error}"
            say(f"         BROKEN; {error}\n         what is left: {folder}\n")
            continue
        found.reports.append((report, (*part.least, *part.shown)))
        left = "" if report.ok else f"; what is left: {folder}"
        say(f"         {mark(ok=report.ok)} after {report.figure('seconds')} s{left}\n")
        for line in complaints(report):
            say(f"         {line}\n")
        if report.ok and options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    if options.keep is None and not any(root.iterdir()):
        root.rmdir()
    return found


def write_figures(path: Path, found: Soak) -> None:
    """Write the figures of *found* to the file *path*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found.as_json(), indent=2, ensure_ascii=False) + "\n", "utf-8")
