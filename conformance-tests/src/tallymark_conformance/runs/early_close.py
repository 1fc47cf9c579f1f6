"""Clients that close early: every complete request our kernel has received is stored.

Fire-and-forget clients write their requests and go, without ever reading an answer. What a reset
destroys on the client's own side is nobody's to keep, so the client waits until its send queue is
empty before it closes.
"""

from __future__ import annotations

import array
import fcntl
import json
import socket
import struct
import termios
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from tallymark_conformance.history import Call, History, digest
from tallymark_conformance.load import headers, make_batch, uuid7
from tallymark_conformance.log_reader import stored_numbers
from tallymark_conformance.processes import Collector
from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

NAME: Final = "early-close"
REQUESTS: Final = 20
"""Complete requests of each case, over as many connections as that takes."""
SETTLE_S: Final = 20
STILL_S: Final = 4
"""When nothing has been stored for so long, nothing more will come."""
LARGE: Final = 550
"""Events that make a body of about 110 kB, more than one read takes."""
NO_LINGER: Final = struct.pack("ii", 1, 0)

How = Literal["now", "late", "half", "rst", "split"]
HOWS: Final[tuple[How, ...]] = get_args(How)


@dataclass(frozen=True, slots=True)
class Case:
    """How many requests of how many events go over one connection, and how it is closed."""

    requests: int
    events: int
    how: How

    @property
    def name(self) -> str:
        """Return what the case is called in a report."""
        return f"{self.requests} x {self.events} {self.how}"


CASES: Final = (
    Case(1, 10, "now"),
    Case(2, 10, "now"),
    Case(5, 10, "now"),
    Case(5, 10, "split"),
    Case(5, 10, "late"),
    Case(5, 10, "half"),
    Case(5, 10, "rst"),
    Case(8, 300, "now"),
    *(Case(2, LARGE, how) for how in HOWS),
)


def run(options: Options) -> Report:
    """Play every case and count what the collector has stored."""
    requests = REQUESTS if options.events is None else options.events
    rng, watch = options.rng(NAME), Watch()
    history, played = History(), dict[str, Case]()
    with (
        options.folder(NAME) as folder,
        Collector(folder / "data", folder / "logs", options.collector, options.env) as collector,
    ):
        for case in CASES:
            for _ in range(-(-requests // case.requests)):
                stream = uuid7(rng)
                played[stream] = case
                play(case, collector, stream, history, rng)
        stored = _settled(collector, len(history.calls))
    sent = Counter(call.producer for call in history.calls.values())
    lost = {stream: count - stored.get(stream, 0) for stream, count in sent.items()}
    violations = [
        Violation("lost", f"{count} of {sent[stream]} events after {played[stream].name}", stream)
        for stream, count in lost.items()
        if count
    ]
    counts = {"sent": sum(sent.values()), "stored": sum(stored.values()), "connections": len(sent)}
    notes = {"cases": _table(played, sent, stored), "seconds": watch.seconds}
    return Report(NAME, options.seed, Verdict(counts, tuple(violations)), notes)


def _table(
    played: Mapping[str, Case], sent: Mapping[str, int], stored: Mapping[str, int]
) -> dict[str, dict[str, object]]:
    """Return how many events of each case were sent and are stored."""
    found: dict[str, dict[str, object]] = {}
    for case in CASES:
        mine = [stream for stream, one in played.items() if one == case]
        counts = [sum(table.get(stream, 0) for stream in mine) for table in (sent, stored)]
        row = {"connections": len(mine), "sent": counts[0], "stored": counts[1]}
        found[case.name] = {**row, "ok": counts[0] == counts[1]}
    return found


def play(case: Case, collector: Collector, stream: str, history: History, rng: Random) -> None:
    """Send the requests of *case* on one connection and close it without reading."""
    requests = []
    for number in range(case.requests):
        batch = make_batch(stream, number * case.events + 1, case.events)
        for event in batch["events"]:
            marker = event["p"]["marker"]
            content = digest(event["p"])
            history.calls[marker] = Call(stream, 1, event["p"]["n"], marker, content)
        requests.append(_encode(collector.key, json.dumps(batch).encode()))
    with socket.create_connection(("127.0.0.1", collector.port)) as client:
        if case.how == "split":
            for request in requests:
                client.sendall(request)
                time.sleep(rng.uniform(0.001, 0.003))
        else:
            client.sendall(b"".join(requests))
        _close(client, case.how)


def _close(client: socket.socket, how: How) -> None:
    _wait_until_sent(client)
    if how == "late":
        time.sleep(0.02)
    if how == "half":
        client.shutdown(socket.SHUT_WR)
        while client.recv(65_536):
            pass
    if how == "rst":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)


def _wait_until_sent(client: socket.socket) -> None:
    left = array.array("i", [1])
    until = time.monotonic() + SETTLE_S
    while left[0] and time.monotonic() < until:
        fcntl.ioctl(client.fileno(), termios.TIOCOUTQ, left)


def _encode(key: str, body: bytes) -> bytes:
    fields = {"Host": "collector", **headers(key), "Content-Length": str(len(body))}
    lines = ["POST /v1/batch HTTP/1.1", *(f"{name}: {text}" for name, text in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _settled(collector: Collector, expected: int) -> dict[str, int]:
    """Return how many numbers of each stream are stored once all are there, or time is up."""
    until, since, count = time.monotonic() + SETTLE_S, time.monotonic(), 0
    while True:
        stored = stored_numbers(collector.data)
        now = time.monotonic()
        if sum(stored.values()) != count:
            since, count = now, sum(stored.values())
        if count >= expected or now > until or now - since > STILL_S:
            return stored
        time.sleep(0.1)
