"""An adapter process: started, asked, killed and started again; deaf and dumb ones are noticed."""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

from tallymark_conformance.errors import AdapterError, Unsupported
from tallymark_conformance.tmc.messages import PROTOCOL

if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ANSWER_S: Final = 20.0
"""How long an adapter may take beyond the time the operation itself is given."""
START_S: Final = 90.0
"""How long it may take to start: a browser on a busy machine."""
EXIT_S: Final = 15.0
TAIL: Final = 2_000


@dataclass(frozen=True, slots=True)
class Hello:
    """What an adapter says about its SDK."""

    name: str
    version: str
    language: str
    platform: str
    capabilities: frozenset[str]

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> Hello:
        """Return the answer to `hello`; raise AdapterError when something is missing."""
        try:
            return cls(
                str(value["name"]),
                str(value["version"]),
                str(value["language"]),
                str(value["platform"]),
                frozenset(value["capabilities"]),
            )
        except (KeyError, TypeError) as error:
            raise AdapterError(f"hello lacks {error}: {value!r}") from error


@dataclass(slots=True)
class Ticket:
    """A request on its way; `result` waits for its reply."""

    op: str
    box: queue.SimpleQueue[Mapping[str, Any]]

    def result(self, timeout_s: float = ANSWER_S) -> Mapping[str, Any]:
        """Return what came back under `ok`; raise Unsupported or AdapterError otherwise."""
        try:
            reply = self.box.get(timeout=timeout_s)
        except queue.Empty:
            raise AdapterError(f"{self.op}: no reply within {timeout_s:.0f} s") from None
        if reply.get("unsupported"):
            raise Unsupported(f"{self.op} is not supported")
        if "error" in reply:
            raise AdapterError(f"{self.op}: {reply['error']}")
        ok = reply.get("ok")
        if not isinstance(ok, dict):
            raise AdapterError(
                f"{self.op}: a reply has ok, error or unsupported; this is {reply!r}"
            )
        return ok


@dataclass(slots=True)
class Adapter:
    """One adapter: the *command* that starts it and, while it runs, its process.

    *noise* holds what came on stdout and is no message. *env* is added to the environment.
    """

    command: Sequence[str]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    hello: Hello | None = None
    noise: list[str] = field(default_factory=list)
    births: list[float] = field(default_factory=list)
    _child: subprocess.Popen[bytes] | None = None
    _waiting: dict[int, Ticket] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _reader: threading.Thread | None = None

    def start(self) -> Hello:
        """Start the process, ask it for `hello`, and return what it says."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {key: text for key, text in os.environ.items() if not key.startswith("TALLYMARK_")}
        self.births.append(time.monotonic() * 1000)
        try:
            with self.log.open("ab") as log:
                self._child = subprocess.Popen(
                    self.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env={**kept, **self.env},
                    cwd=self.folder,
                )
        except OSError as error:
            raise AdapterError(
                f"the adapter does not start: {self.command[0]!r}: {error}"
            ) from error
        assert self._child.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._child.stdout,), name="adapter", daemon=True
        )
        self._reader.start()
        try:
            self.hello = Hello.parse(self.ask("hello", START_S, protocol=PROTOCOL))
        except AdapterError:
            self.kill()
            raise
        return self.hello

    @property
    def log(self) -> Path:
        """Return the file that holds its standard error."""
        return self.folder / "adapter.log"

    @property
    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """Return the process id of the adapter."""
        return self._running().pid

    def post(self, op: str, **fields: object) -> Ticket:
        """Send a request and return at once; raise AdapterError when the process has ended."""
        child = self._running()
        number = next(self._ids)
        ticket = Ticket(op, queue.SimpleQueue())
        self._waiting[number] = ticket
        line = json.dumps({"id": number, "op": op, **fields}, separators=(",", ":")) + "\n"
        assert child.stdin is not None
        try:
            child.stdin.write(line.encode("utf-8", "surrogatepass"))
            child.stdin.flush()
        except (OSError, ValueError) as error:
            raise AdapterError(f"{op}: the adapter has ended: {self.tail()}") from error
        return ticket

    def ask(self, op: str, timeout_s: float = ANSWER_S, **fields: object) -> Mapping[str, Any]:
        """Send a request and return its reply."""
        return self.post(op, **fields).result(timeout_s)

    def kill(self) -> None:
        """End the process by SIGKILL; nothing if it has ended."""
        if self._child is None:
            return
        self._child.kill()
        self._ended()

    def exit(self, number: signal.Signals | None = None, timeout_s: float = EXIT_S) -> int:
        """End the process by the signal *number*, or by the end of its input; return its status."""
        child = self._running()
        if number is None:
            assert child.stdin is not None
            child.stdin.close()
        else:
            child.send_signal(number)
        try:
            child.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise AdapterError(f"the adapter still runs {timeout_s} s after its end") from error
        return self._ended()

    def tail(self) -> str:
        """Return the end of what it wrote to standard error."""
        return self.log.read_text("utf-8", "replace")[-TAIL:] if self.log.exists() else ""

    def _ended(self) -> int:
        child = self._running()
        status = child.wait(EXIT_S)
        if self._reader is not None:
            self._reader.join(EXIT_S)
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                _close(stream)
        return status

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise AdapterError("the adapter was not started")
        return self._child

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            try:
                reply = json.loads(line)
                ticket = self._waiting.pop(reply["id"], None)
            except (ValueError, KeyError, TypeError):
                self.noise.append(line.decode("utf-8", "replace").rstrip("\n"))
                continue
            if ticket is not None:
                ticket.box.put(reply)
        for ticket in list(self._waiting.values()):
            ticket.box.put({"error": f"the adapter has ended: {self.tail()}"})
        self._waiting.clear()


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:
        # What was written to a dead process is lost with it: a kill is meant to do that.
        return
