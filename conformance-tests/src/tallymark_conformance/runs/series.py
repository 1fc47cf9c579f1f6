"""A producer over many lives: processes that follow each other, some of them killed."""

from __future__ import annotations

import re
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

SLACK: Final = 40
"""Calls after its kill at which a process waits for it, so that no kill comes too late."""
TAIL: Final = 8_192
"""Bytes at the end of a history that hold at least one call."""
NUMBER: Final = re.compile(rb'"n":(\d+)')


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
    killed at a call drawn beforehand (*kill_at*); the last one ends by itself.
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
    kill_at: int = 0
    _program: Program | None = None

    def step(self) -> bool:
        """Start, kill or reap the process if it is time; return whether calls are still to make."""
        if self._program is None:
            if self.made >= self.events:
                return False
            self._start()
        elif not self._program.alive:
            self._reap()
        elif self.kill_at and self._progress() >= self.kill_at:
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
        more = self.kills - self.killed
        share = max(2, 2 * left // (more + 1))
        self.kill_at = min(left - 1, self.rng.randrange(1, share)) if more > 0 and left > 1 else 0
        hold_at = min(left, self.kill_at + SLACK) if self.kill_at else 0
        self._program = self._launch(replace(self._plan(left), hold_at=hold_at))

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
        """Return the number of the last call the process has begun."""
        path = self._plan(0).history
        if not path.exists():
            return 0
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            numbers = NUMBER.findall(file.read())
        return int(numbers[-1]) if numbers else 0

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
