"""A collector that belongs to one scenario: it may be killed, starved and told other settings."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.errors import RunError
from tallymark_conformance.processes import Collector, default_collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallymark_conformance.stage.server import ServerStage

PREFIX: Final = "TALLYMARK_COLLECTOR_"
COMMAND_S: Final = 60


@contextmanager
def own_collector(
    stage: ServerStage, *, data: Path | None = None, **settings: str
) -> Iterator[Collector]:
    """Start a collector like the target's with other *settings*, and let the stage speak to it.

    It has the target's keys' environment, a data folder of its own, and ends with the block.
    """
    like, before = stage.collector, stage.target
    env = {**like.env, **{PREFIX + name.upper(): text for name, text in settings.items()}}
    if data is None:
        data = stage.folder / "own" / "data"
    with Collector(data, stage.folder / "own" / "logs", like.command, env) as own:
        stage.target = replace(before, url=own.url, key=own.key, collector=own)
        try:
            yield own
        finally:
            stage.target = before


def administer(stage: ServerStage, *words: str) -> dict[str, Any]:
    """Return what the collector's own command line answers to *words*, about the target's data."""
    value: dict[str, Any] = json.loads(told(stage, *words, "--json"))
    return value


def told(stage: ServerStage, *words: str) -> str:
    """Return what the collector's own command line prints for *words*."""
    program = Path(default_collector()[0])
    argv = [str(program), *words, "--data", str(stage.collector.data)]
    # Wide enough for no word of a table to be cut.
    env = {**os.environ, "COLUMNS": "400"}
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=COMMAND_S, env=env
    )
    if done.returncode != 0:
        raise RunError(f"{' '.join(words)} failed: {done.stderr.strip()[-500:]}")
    return done.stdout
