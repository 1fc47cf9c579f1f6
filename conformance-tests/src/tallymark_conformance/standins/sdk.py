"""A stand-in SDK: the smallest client that keeps the protocol's promises, and breaks them if told.

The spool is one folder with a file per stream: a line per event, the file's lock held while its
process lives. Defects are chosen by name, so that the judges can be seen to find them.
"""

from __future__ import annotations

import fcntl
import gzip
import http.client
import json
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from typing import IO, TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from tallymark_conformance.checker import event_id
from tallymark_conformance.load import uuid7
from tallymark_conformance.producers.drive import Plan, drive, parse
from tallymark_protocol.ack import proves
from tallymark_protocol.retry import retry_after_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Defect = Literal["none", "trusts_any_2xx", "ignores_retry_after", "new_bytes", "forgets"]
DEFECT = "STANDIN_DEFECT"
BATCH = 100
BACKOFF_S = 0.05


@dataclass(slots=True)
class Stream:
    """One stream: its events by number, what of them is settled, and its file if it has one."""

    name: str
    file: IO[str] | None
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    assigned: int = 0
    settled: int = 0
    attempt: int = 0
    last: int = 0
    body: bytes = b""

    def add(self, event: dict[str, Any]) -> int:
        """Keep *event* under the next number."""
        self.assigned += 1
        self.events[self.assigned] = event
        if self.file is not None:
            os.write(self.file.fileno(), (json.dumps(event) + "\n").encode())
        return self.assigned

    def release(self, upto: int) -> None:
        """Forget the events up to *upto*."""
        for seq in [seq for seq in self.events if seq <= upto]:
            del self.events[seq]
            self.settled += 1
        self.attempt, self.body = 0, b""


class StandinClient:
    """Record events, deliver them in order on one thread."""

    def __init__(self, plan: Plan) -> None:
        """Open the client that *plan* asks for."""
        self._plan = plan
        self._defect = cast("Defect", os.environ.get(DEFECT, "none"))
        self._lock = threading.Lock()
        self._rng: Random = SystemRandom()
        self._own = self._open()
        self._streams = [self._own, *self._adopt()]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._deliver, daemon=True)
        self._thread.start()

    def track(self, name: str, properties: Mapping[str, Any]) -> str | None:
        """Record an event; return its id."""
        event = {"e": name, "t": time.time_ns() // 1_000_000, "p": dict(properties)}
        with self._lock:
            return event_id(self._own.name, self._own.add(event))

    def stats(self) -> Sequence[Mapping[str, Any]]:
        """Return the ledger of each stream."""
        with self._lock:
            return [
                {
                    "assigned": stream.assigned,
                    "stored": stream.settled,
                    "rejected": 0,
                    "dropped": {},
                    "pending": len(stream.events),
                }
                for stream in self._streams
            ]

    def flush(self, timeout_s: float) -> bool:
        """Wait until nothing is pending; return whether that came true."""
        until = time.monotonic() + timeout_s
        while any(stream.events for stream in self._streams):
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def close(self, timeout_s: float) -> None:
        """Flush and end; what is left stays in the spool."""
        self.flush(timeout_s)
        self._ending.set()
        self._thread.join(timeout_s)

    def _open(self) -> Stream:
        name = uuid7(self._rng)
        if not self._plan.spool:
            return Stream(name, None)
        folder = Path(self._plan.spool)
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / name).open("a", encoding="utf-8")
        fcntl.flock(file, fcntl.LOCK_EX)
        return Stream(name, file)

    def _adopt(self) -> list[Stream]:
        found = []
        for path in sorted(Path(self._plan.spool).glob("*-*")) if self._plan.spool else ():
            file = path.open("r+", encoding="utf-8")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            stream = Stream(path.name, None)
            lines = [line for line in file if line.endswith("\n")]
            for line in lines[: len(lines) // 2] if self._defect == "forgets" else lines:
                stream.add(json.loads(line))
            stream.file = file
            found.append(stream)
        return found

    def _deliver(self) -> None:
        failures = 0
        while not self._ending.is_set():
            waiting = [stream for stream in self._streams if stream.events]
            if not waiting:
                self._ending.wait(0.005)
                continue
            wait_ms = self._send(waiting[0])
            failures = failures + 1 if wait_ms is not None else 0
            if wait_ms is not None:
                pause = self._rng.uniform(0, min(1.0, BACKOFF_S * 2**failures))
                self._ending.wait(max(pause, wait_ms / 1000))

    def _send(self, stream: Stream) -> int | None:
        """Send one batch; None = settled, else how long to wait at least, in ms."""
        if not stream.body or self._defect == "new_bytes":
            self._cut(stream)
        stream.attempt += 1
        status, headers, body = self._post(stream)
        proven = proves(status, headers.get("tallymark-ack"), stream.name)
        upto = _upto(body, stream.name) if proven else None
        if not proven and self._defect == "trusts_any_2xx" and status == http.client.OK:
            upto = stream.last
        if upto is not None:
            with self._lock:
                stream.release(upto)
            return None
        if self._defect == "ignores_retry_after":
            return 0
        return retry_after_ms(headers.get("retry-after"), time.time_ns() // 1_000_000) or 0

    def _cut(self, stream: Stream) -> None:
        with self._lock:
            seqs = sorted(stream.events)[:BATCH]
            batch = {
                "v": 1,
                "stream": stream.name,
                "seq": seqs[0],
                "hwm": stream.assigned,
                "t0": stream.attempt,
                "events": [stream.events[seq] for seq in seqs],
            }
        stream.body, stream.last = gzip.compress(json.dumps(batch).encode()), seqs[-1]

    def _post(self, stream: Stream) -> tuple[int, Mapping[str, str], bytes]:
        target = urlsplit(self._plan.url)
        client = http.client.HTTPConnection(
            target.hostname or "", target.port, timeout=self._plan.request_ms / 1000
        )
        headers = {
            "Authorization": f"Bearer {self._plan.key}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "Tallymark-SDK": "standin/0.1.0",
            "Tallymark-Attempt": str(stream.attempt),
            "Tallymark-Sent-At": str(time.time_ns() // 1_000_000),
        }
        try:
            client.request("POST", "/v1/batch", stream.body, headers)
            answer = client.getresponse()
            found = {key.lower(): value for key, value in answer.getheaders()}
            return answer.status, found, answer.read(1_048_577)
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}, b""
        finally:
            client.close()


def _upto(body: bytes, stream: str) -> int | None:
    try:
        value = json.loads(body)
        return int(value["ack"]["upto"]) if value["stream"] == stream else None
    except (ValueError, KeyError, TypeError):
        return None


if __name__ == "__main__":
    drive(parse(), StandinClient)
