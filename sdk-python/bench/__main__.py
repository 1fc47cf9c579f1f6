"""
Measure our SDK and its released peers in one run: `python sdk-python/bench --page FILE`.

`--costs` and `--faults` choose a part, `--sdk` an SDK; what was measured before is kept in the
figures' file, so that a run can be taken up again.
"""

# ruff: noqa: INP001, RUF001, S603 -- a folder that is run, not a package; it starts what it was written for

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import costs
import faults
from laboratory import OURS, PEERS, Laboratory, stand_in
from page import page

PACKAGES = {
    "segment": "segment-analytics-python",
    "rudder": "rudder-sdk-python",
    "amplitude": "amplitude-analytics",
    "snowplow": "snowplow-tracker",
    "opentelemetry": "opentelemetry-sdk",
}


def main() -> None:
    """Run what was asked for, and write the figures after each step."""
    asked = arguments()
    lab = Laboratory(asked.environments)
    figures = load(asked.figures)
    figures["note"] = asked.note or figures.get("note", "")
    both = not (asked.costs or asked.faults)
    with stand_in() as server:
        for name in asked.sdk or [*OURS, *PEERS]:
            lab.prepare(name)
            figures["versions"][name] = version(lab, name)
            repeats = asked.repeats if name in OURS else asked.peer_repeats
            if asked.costs or both:
                say(f"{name}: costs")
                figures["costs"][name] = costs.measure(lab, server, name, repeats)
                save(asked.figures, figures)
            if asked.faults or both:
                cells = figures["faults"].setdefault(name, {})
                for row in faults.ROWS:
                    say(f"{name}: {row}")
                    cells[row] = faults.measure(lab, server, name, row, repeats)
                    save(asked.figures, figures)
    if asked.page is not None:
        asked.page.write_text(page(figures), "utf-8")
        say(f"written: {asked.page}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python sdk-python/bench", description=__doc__)
    parser.add_argument("--costs", action="store_true", help="only what calls cost")
    parser.add_argument("--faults", action="store_true", help="only what is lost")
    parser.add_argument("--sdk", action="append", choices=[*OURS, *PEERS], help="only this one")
    parser.add_argument("--repeats", type=int, default=20, help="runs of our rows")
    parser.add_argument("--peer-repeats", type=int, default=3, help="runs of a peer's rows")
    parser.add_argument("--figures", type=Path, default=Path("build/bench-sdk.json"))
    parser.add_argument("--environments", type=Path, default=Path("build/bench-sdk"))
    parser.add_argument("--note", help="what a reader of the page has to know of this run")
    parser.add_argument("--page", type=Path, help="where to write the page")
    return parser.parse_args()


def load(path: Path) -> dict[str, Any]:
    """Return the figures measured before, and what this run is."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {
        "versions": {},
        "costs": {},
        "faults": {},
        **known,
        "date": datetime.now(timezone.utc).strftime("%-d %B %Y"),
        "machine": f"{os.cpu_count()} × {processor()}, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0]),
    }


def processor() -> str:
    """Return what the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def version(lab: Laboratory, name: str) -> str:
    """Return the installed version of an SDK."""
    package = "tallymark" if name in OURS else PACKAGES.get(name, name)
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run(
        [lab.python(name), "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def save(path: Path, figures: dict[str, Any]) -> None:
    """Write the figures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress of a command


if __name__ == "__main__":
    main()
