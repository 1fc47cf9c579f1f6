"""Run SDKs in processes of their own against a collector stand-in, and read what came of it."""

# ruff: noqa: INP001, S310, S603 -- a folder that is run, not a package; it starts and asks what it was written for

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent
OURS = ("tallymark", "tallymark-plain")
PEERS = ("mixpanel", "posthog", "segment", "rudder", "amplitude", "snowplow", "opentelemetry")
LIMIT_S = 60
"""A process that is not done by then hangs, and is killed."""


@dataclass(frozen=True)
class Ran:
    """Hold how a process ended: what it printed, how long it took, None = it hung."""

    told: Mapping[str, Any]
    seconds: float
    hung: bool


@dataclass(frozen=True)
class Seen:
    """Hold what the stand-in took."""

    seen: Mapping[int, int]
    size: int
    times: tuple[float, ...]

    def lost(self, numbers: range) -> int:
        """Return how many of these events never came."""
        return sum(number not in self.seen for number in numbers)

    def doubled(self) -> int:
        """Return how many events came more than once."""
        return sum(times > 1 for times in self.seen.values())


class StandIn:
    """Talk to a stand-in process."""

    def __init__(self, url: str) -> None:
        """Know its address."""
        self.url = url

    def mode(self, answer: str = "ok", times: int = -1, delay_ms: int = 0) -> None:
        """Forget what came, and answer like this from here on."""
        mode = {"answer": answer, "times": times, "delay_ms": delay_ms}
        data = json.dumps(mode).encode()
        urlopen(Request(self.url + "/__mode", data), timeout=60).read()

    def seen(self) -> Seen:
        """Return what came."""
        told = json.load(urlopen(self.url + "/__seen", timeout=60))
        seen = {int(number): times for number, times in told["seen"].items()}
        return Seen(seen, told["bytes"], tuple(told["times"]))


@contextmanager
def stand_in(port: int = 0) -> Iterator[StandIn]:
    """Run a stand-in."""
    command = [sys.executable, str(HERE / "standin.py"), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield StandIn(process.stdout.readline().strip())
        process.kill()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Laboratory:
    """Run drivers, each SDK by the Python its packages are installed for."""

    def __init__(self, environments: Path) -> None:
        """Use the virtual environments of the peers in a folder."""
        self._environments = environments

    def prepare(self, name: str) -> None:
        """Make a peer's virtual environment from its hashed lock, if it is not there."""
        home = self._environments / name
        if name in OURS or (home / "bin/python").exists():
            return
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        lock = str(HERE / "peers" / f"{name}.lock")
        pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*pip, "-r", lock], check=True)

    def python(self, name: str) -> str:
        """Return the interpreter of an SDK."""
        return sys.executable if name in OURS else str(self._environments / name / "bin/python")

    @contextmanager
    def state(self) -> Iterator[dict[str, str]]:
        """Return an environment whose state folder is its own, for as long as it is needed."""
        folder = tempfile.mkdtemp(prefix="tallymark-bench-")
        try:
            yield {**os.environ, "XDG_STATE_HOME": folder}
        finally:
            shutil.rmtree(folder)

    def start(
        self, name: str, scenario: str, url: str, count: int, environment: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        """Start a driver."""
        arguments = [name, scenario, url, str(count)]
        return subprocess.Popen(
            [self.python(name), str(HERE / "driver.py"), *arguments],
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(
        self, name: str, scenario: str, url: str, count: int, environment: Mapping[str, str]
    ) -> Ran:
        """Run a driver to its end, or to the limit."""
        begun = time.monotonic()
        process = self.start(name, scenario, url, count, environment)
        hung = False
        try:
            printed, _ = process.communicate(timeout=LIMIT_S * (3 if scenario == "burst" else 1))
        except subprocess.TimeoutExpired:
            hung = True
            process.kill()
            printed, _ = process.communicate()
        lines = [line for line in printed.splitlines() if line.startswith("{")]
        told = json.loads(lines[-1]) if lines else {}
        return Ran(told, time.monotonic() - begun, hung)

    def kill(
        self, name: str, url: str, count: int, how: signal.Signals, environment: Mapping[str, str]
    ) -> None:
        """Run a driver until it has tracked, and end it by a signal."""
        process = self.start(name, "pending", url, count, environment)
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(how)
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
