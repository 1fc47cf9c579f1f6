"""A producer over many lives: processes that follow each other, some of them killed."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import ProcessError
from tallymark_conformance.history import History, parse
from tallymark_conformance.processes import Program
from tallymark_conformance.producers.drive import Plan, arguments_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from random import Random

LINE: Final = 190
"""About the bytes of history that one call writes: a life's progress is read from its file."""


def python_producer() -> tuple[str, ...]:
    """Return the command of the producer that uses the Python SDK."""
    return (sys.executable, "-m", "tallymark_conformance.producers.python")


def standin_producer() -> tuple[str, ...]:
    """Return the command of the producer that uses the stand-in SDK."""
    return (sys.executable, "-m", "tallymark_conformance.standins.sdk")


@dataclass(slots=True)
class Series:
    """One producer that has to make *events* calls, whatever happens to its processes.

    The plan is what each life does, but for its number and its count. Each of *kills* lives is
    killed at a point drawn beforehand; the last one ends by itself.
    """

    plan: Plan
    events: int
    kills: int
    folder: Path
    rng: Random
    command: Sequence[str] = ()
    env: dict[str, str] = field(default_factory=dict)
    made: int = 0
    life: int = 0
    killed: int = 0
    births: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _program: Program | None = None
    _kill_at: int = 0

    def step(self) -> bool:
        """Start, kill or reap the process if it is time; return whether calls are still to make."""
        if self._program is None:
            if self.made >= self.events:
                return False
            self._start()
        elif not self._program.alive:
            self._reap()
        elif self._kill_at and self._progress() >= self._kill_at:
            self._program.kill()
            self.killed += 1
            self._reap(killed=True)
        return True

    def drain(self, timeout_s: float) -> None:
        """Run one more life that makes no call and waits until nothing is pending."""
        self.life += 1
        plan = replace(self._plan(0), end="drain", timeout_s=timeout_s, rate=0)
        program = self._launch(plan)
        status = program.wait(timeout_s * 2 + 30)
        if status != 0:
            raise ProcessError(f"the draining producer ended with {status}:\n{program.tail()}")

    def launch(self, count: int) -> Program:
        """Start one life of *count* calls and leave the rest to the caller."""
        self.life += 1
        return self._launch(self._plan(count))

    def end(self) -> None:
        """Kill what still runs."""
        if self._program is not None and self._program.alive:
            self._program.kill()

    def _start(self) -> None:
        self.life += 1
        left = self.events - self.made
        self._program = self._launch(self._plan(left))
        more = self.kills - self.killed
        share = max(2, 2 * left // (more + 1))
        self._kill_at = min(left - 1, self.rng.randrange(1, share)) if more > 0 and left > 1 else 0

    def _launch(self, plan: Plan) -> Program:
        argv = [*(self.command or python_producer()), *arguments_of(plan)]
        program = Program(f"{plan.producer}-{plan.life}", argv, self.folder, self.env)
        self.births.append(time.monotonic_ns() / 1_000_000)
        program.start()
        return program

    def _plan(self, count: int) -> Plan:
        history = self.folder / f"history-{self.plan.producer}-{self.life}.jsonl"
        return replace(self.plan, life=self.life, count=count, history=history)

    def _progress(self) -> int:
        path = self._plan(0).history
        return path.stat().st_size // LINE if path.exists() else 0

    def _reap(self, *, killed: bool = False) -> None:
        program = self._program
        if program is None:
            return
        status = program.wait(5)
        if status != 0 and not killed:
            self.failures.append(f"life {self.life} ended with {status}: {program.tail()}")
        history = read_history([self._plan(0).history])
        self.made += len(history.calls)
        self._program = None
        if not killed and len(history.calls) == 0:
            raise ProcessError(f"a producer made no call:\n{program.tail()}")


def read_history(paths: Iterable[Path]) -> History:
    """Return the history that the files *paths* hold together."""
    lines: list[str] = []
    for path in paths:
        if path.exists():
            with path.open(encoding="utf-8") as file:
                lines += file
    return parse(lines)


def histories(folder: Path) -> History:
    """Return the history of every producer that wrote into *folder*."""
    return read_history(sorted(folder.glob("history-*.jsonl")))
