"""A builder that is killed at each of its steps, one process for each: run by the test.

usage: killed_builder.py FOLDER
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "differential"))
from tallymark_collector.segments.files import Folder
from tallymark_collector.segments.project import Project
from world import SCOPE, World, generated

if TYPE_CHECKING:
    from memory_log import MemoryLog

SEALED = 40
"""Events in the segment that is there before the builder begins."""


def log_of(events: int) -> MemoryLog:
    """Return a log of the first so many of the same events."""
    world = World()
    world.do = _store.__get__(world)  # type: ignore[method-assign]
    generated(Random(7), world, 900, disk=False)
    world.log.restore(events)
    return world.log


def _store(world: World, action: list[Any]) -> None:
    if action[0] == "store":
        world.log.append(*action[1:])


def main(root: Path) -> None:
    """Leave a folder for each step in which a builder died, and one in which it did not."""
    before = Project(log_of(SEALED), Folder(root / "before"), SCOPE, max_rows=150)
    before.build()
    log, step = log_of(500), 0
    while True:
        folder = root / f"step-{step:02d}"
        shutil.copytree(root / "before", folder)
        child = os.fork()
        if child == 0:
            _build(log, folder, step)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return
        if os.WTERMSIG(status) != signal.SIGKILL:
            raise SystemExit(f"step {step} ended with status {status}")
        step += 1


def _build(log: MemoryLog, folder: Path, last: int) -> None:
    seen = 0

    def reached(_: str) -> None:
        nonlocal seen
        if seen == last:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    project = Project(log, Folder(folder, reached), SCOPE, max_rows=150)
    while project.build():
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]))
