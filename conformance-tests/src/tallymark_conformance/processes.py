"""Start, kill and stop the programs under test: real processes, addressed by pid, logs kept."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tallymark_conformance.errors import ProcessError

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

READY_S = 60
STOP_S = 15
POLL_S = 0.005
TAIL = 2_000


def wait_until(condition: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Return when *condition* holds; raise ProcessError naming *what* after *timeout_s*."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            raise ProcessError(f"waited {timeout_s} s in vain: {what}")
        time.sleep(POLL_S)


@dataclass(slots=True)
class Program:
    """One child process whose output goes to files named after *name* in *folder*."""

    name: str
    argv: Sequence[str]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    _child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; its log is appended to, its output begins anew."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {key: text for key, text in os.environ.items() if not key.startswith("TALLYMARK_")}
        with self.out.open("wb") as out, self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                env={**kept, **self.env},
            )

    @property
    def out(self) -> Path:
        """Return the file that holds its standard output."""
        return self.folder / f"{self.name}.out"

    @property
    def log(self) -> Path:
        """Return the file that holds its standard error."""
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """Return the process id; raise ProcessError when it was never started."""
        return self._running().pid

    @property
    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._child is not None and self._child.poll() is None

    def kill(self) -> None:
        """Send SIGKILL and reap the process; nothing if it has ended by itself."""
        child = self._running()
        child.kill()
        child.wait(STOP_S)

    def signal(self, number: signal.Signals) -> None:
        """Send the signal *number*."""
        self._running().send_signal(number)

    def wait(self, timeout_s: float) -> int:
        """Return the exit status; raise ProcessError when it runs on after *timeout_s*."""
        try:
            return self._running().wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise ProcessError(f"{self.name} still runs after {timeout_s} s") from error

    def stop(self, timeout_s: float = STOP_S) -> int:
        """Send SIGTERM and return the exit status; SIGKILL and ProcessError if that is no use."""
        child = self._running()
        child.terminate()
        try:
            return child.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise ProcessError(f"{self.name} did not stop within {timeout_s} s") from error

    def tail(self) -> str:
        """Return the end of what it wrote to standard error."""
        return self.log.read_text("utf-8", "replace")[-TAIL:] if self.log.exists() else ""

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise ProcessError(f"{self.name} was not started")
        return self._child


class Serving:
    """A collector as a process; started again it keeps its port. Use it as a context.

    *ready_s* is how long it may take until its ready line.
    """

    folder: Path
    command: Sequence[str]
    env: Mapping[str, str]
    port: int
    ready_s: float
    url: str
    key: str
    starts: int
    program: Program

    def store(self) -> tuple[str, str]:
        """Return the flags that say where events are kept."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the process and return once it has printed its ready line."""
        argv = [*(self.command or default_collector()), *self.store()]
        argv += ["--port", str(self.port), "--json"]
        self.starts += 1
        self.program = Program(f"collector-{self.starts}", argv, self.folder, self.env)
        self.program.start()
        try:
            wait_until(self._ready, self.ready_s, f"the collector's ready line; {' '.join(argv)}")
        except ProcessError:
            self.program.kill()
            raise

    def kill(self) -> None:
        """End the process by SIGKILL."""
        self.program.kill()

    def stop(self) -> int:
        """End the process by SIGTERM and return its exit status."""
        return self.program.stop()

    def restart(self) -> None:
        """Kill the process and start it again on the same data and port."""
        self.kill()
        self.start()

    def __enter__(self) -> Self:
        """Start the collector."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Kill the collector if it still runs."""
        self.program.kill()

    def _ready(self) -> bool:
        line = self.program.out.read_text("utf-8").partition("\n")
        if line[1]:
            value = json.loads(line[0])
            self.url, self.key = value["url"], value["write_key"]
            self.port = int(self.url.rpartition(":")[2])
            return True
        if not self.program.alive:
            raise ProcessError(f"the collector ended before it was ready:\n{self.program.tail()}")
        return False


@dataclass
class Collector(Serving):
    """A collector on a data folder."""

    data: Path
    folder: Path
    command: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    ready_s: float = READY_S
    url: str = ""
    key: str = ""
    starts: int = 0
    program: Program = field(init=False)

    def store(self) -> tuple[str, str]:
        """Return the flag of its folder."""
        return "--data", str(self.data)


def free_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def default_collector() -> tuple[str, ...]:
    """Return the command of the collector that is installed beside this interpreter."""
    return (str(Path(sys.executable).parent / "tallymark"), "serve")


def standin_collector(*flags: str) -> tuple[str, ...]:
    """Return the command of the stand-in collector, with its defects chosen by *flags*."""
    return (sys.executable, "-m", "tallymark_conformance.standins.collector", *flags)
