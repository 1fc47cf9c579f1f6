"""Load on a collector without any SDK: batches on keep-alive connections, every ack recorded.

Each thread is a producer with streams of its own. When a request fails it either sends the same
bytes again until they are acknowledged, or gives them up: a batch given up may be stored as a
whole or not at all, and its numbers stay a gap.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tallymark_conformance.checker import event_id
from tallymark_conformance.history import Ack, Call, History, digest
from tallymark_conformance.processes import wait_until
from tallymark_protocol.ack import proves

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PAUSE_S = 0.01
PAD = "x" * 120
AGAIN = 0.05
"""The share of acknowledged batches that are sent once more, as after a lost answer."""


@dataclass(frozen=True, slots=True)
class SentBatch:
    """One batch as a whole: its numbers, and whether it was acknowledged."""

    stream: str
    first: int
    last: int
    acked: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no ack, and what it said about coming back."""

    status: int
    code: str
    retry_after: str | None


@dataclass(slots=True)
class Sent:
    """What one loader did: the calls it made, the acks it got, the refusals it met."""

    history: History = field(default_factory=History)
    acks: list[Ack] = field(default_factory=list)
    batches: list[SentBatch] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    acked: int = 0


@dataclass(slots=True)
class Loader:
    """One producer on one thread."""

    url: str
    key: str
    name: str
    rng: Random
    size: int = 20
    sent: Sent = field(default_factory=Sent)
    idle: threading.Event = field(default_factory=threading.Event)
    _paused: threading.Event = field(default_factory=threading.Event)
    _resumed: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _client: http.client.HTTPConnection | None = None

    def start(self) -> None:
        """Begin to send."""
        self._thread = threading.Thread(target=self._run, name=f"load-{self.name}")
        self._thread.start()

    def pause(self) -> None:
        """Send nothing after the batch under way; *idle* is set once that has ended."""
        self._resumed.clear()
        self._paused.set()

    def resume(self) -> None:
        """Go on."""
        self._paused.clear()
        self._resumed.set()

    def stop(self) -> None:
        """Stop after the request under way."""
        self._stop.set()
        self.resume()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        stream, seq = uuid7(self.rng), 1
        self.sent.history.lives[self.name, 1] = False
        while not self._stop.is_set():
            if self._paused.is_set():
                self.idle.set()
                self._resumed.wait()
                self.idle.clear()
                continue
            count = self.rng.randint(1, self.size)
            batch = make_batch(stream, seq, count)
            self._note(batch, acked=False)
            acked = self._deliver(batch)
            self._note(batch, acked=acked)
            self.sent.batches.append(SentBatch(stream, seq, seq + count - 1, acked))
            seq += count
        self._drop_connection()

    def _deliver(self, batch: Mapping[str, Any]) -> bool:
        body, patient = json.dumps(batch).encode(), self.rng.random() < 0.5  # noqa: PLR2004 (a coin)
        while not self._stop.is_set():
            if self._post(body, batch["stream"]):
                if self.rng.random() < AGAIN:
                    self._post(body, batch["stream"])
                return True
            if not patient or self._paused.is_set():
                return False
            self._stop.wait(PAUSE_S)
        return False

    def _post(self, body: bytes, stream: str) -> bool:
        target = urlsplit(self.url)
        client = self._client or http.client.HTTPConnection(
            target.hostname or "", target.port, timeout=10
        )
        self._client = client
        try:
            client.request("POST", "/v1/batch", body, headers(self.key))
            answer = client.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._drop_connection()
            self._stop.wait(PAUSE_S)
            return False
        if not proves(answer.status, answer.getheader("Tallymark-Ack"), stream):
            self._refused(answer, text)
            return False
        self.sent.acks.append(parse_ack_body(text))
        return True

    def _refused(self, answer: http.client.HTTPResponse, text: bytes) -> None:
        try:
            code = str(json.loads(text).get("code"))
        except (ValueError, AttributeError):
            code = ""
        refusal = Refusal(answer.status, code, answer.getheader("Retry-After"))
        self.sent.refusals.append(refusal)
        self._stop.wait(PAUSE_S)

    def _drop_connection(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _note(self, batch: Mapping[str, Any], *, acked: bool) -> None:
        for place, event in enumerate(batch["events"]):
            seq = batch["seq"] + place
            marker = event["p"]["marker"]
            known = event_id(batch["stream"], seq) if acked else None
            self.sent.history.calls[marker] = Call(
                self.name, 1, seq, marker, digest(event["p"]), known, returned=acked
            )
        if acked:
            self.sent.acked += len(batch["events"])


def start_loaders(url: str, key: str, count: int, rng: Random, size: int = 20) -> list[Loader]:
    """Start *count* producers on *url*; the same *rng* gives the same batches."""
    loaders = [
        Loader(url, key, f"load{number}", Random(rng.getrandbits(32)), size)
        for number in range(1, count + 1)
    ]
    for loader in loaders:
        loader.start()
    return loaders


def stop_loaders(loaders: Sequence[Loader]) -> Sent:
    """Stop *loaders* and return what all of them did together."""
    total = Sent()
    for loader in loaders:
        loader.stop()
        total.history.calls.update(loader.sent.history.calls)
        total.history.lives.update(loader.sent.history.lives)
        total.acks += loader.sent.acks
        total.batches += loader.sent.batches
        total.refusals += loader.sent.refusals
        total.acked += loader.sent.acked
    return total


@contextmanager
def quiet(loaders: Sequence[Loader], timeout_s: float) -> Iterator[None]:
    """Let nothing be under way during the block: an ack that came too early has nowhere to hide."""
    for loader in loaders:
        loader.pause()
    try:
        wait_until(lambda: all(loader.idle.is_set() for loader in loaders), timeout_s, "quiet")
        yield
    finally:
        for loader in loaders:
            loader.resume()


def acked_by(loaders: Sequence[Loader]) -> int:
    """Return how many events were acknowledged so far."""
    return sum(loader.sent.acked for loader in loaders)


def make_batch(stream: str, seq: int, count: int) -> dict[str, Any]:
    """Return the envelope of *count* events from number *seq* on, each with its marker."""
    t0 = time.time_ns() // 1_000_000
    events = [
        {"e": "probe", "dt": 0, "p": {"marker": f"{stream}/{number}", "pad": PAD, "n": number}}
        for number in range(seq, seq + count)
    ]
    return {
        "v": 1,
        "stream": stream,
        "seq": seq,
        "hwm": seq + count - 1,
        "t0": t0,
        "events": events,
    }


def headers(key: str) -> dict[str, str]:
    """Return the header fields of a batch sent now."""
    return {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Tallymark-SDK": "tallymark-conformance/0.1.0",
        "Tallymark-Attempt": "1",
        "Tallymark-Sent-At": str(time.time_ns() // 1_000_000),
    }


def parse_ack_body(text: bytes) -> Ack:
    """Return the ack that the body of a proven answer holds."""
    value = json.loads(text)
    above = tuple((first, last) for first, last in value["ack"].get("settled", ()))
    return Ack(value["stream"], value["ack"]["upto"], above)


def uuid7(rng: Random) -> str:
    """Return a UUIDv7 of now whose random part is drawn from *rng*."""
    ms, rest = time.time_ns() // 1_000_000, rng.getrandbits(74)
    value = ms << 80 | 0x7 << 76 | (rest >> 62) << 64 | 0x2 << 62 | rest & ((1 << 62) - 1)
    return str(uuid.UUID(int=value))
