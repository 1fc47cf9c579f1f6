"""
Test code that tracks: a collector in memory, a clock that only moves when told, assertions.

>>> from tallymark import Client, Spool
>>> from tallymark.testing import MemoryTransport, assert_tracked
>>> transport = MemoryTransport()
>>> client = Client("tmk_0123456789abcdefghijAB", "http://test", spool=Spool(False),
...                 transport=transport)
>>> _ = client.track("Order Completed", {"total": 42}, user="u-1")
>>> client.flush()
True
>>> assert_tracked(transport, "Order Completed", {"total": 42}, user="u-1").properties
{'total': 42}
>>> client.close()
True
"""

from __future__ import annotations

import json
import threading
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tallymark_protocol import canonical, limits, ranges
from tallymark_protocol.ack import format_ack
from tallymark_protocol.event_id import event_id
from tallymark_protocol.ledger import Account, Ledger
from tallymark_protocol.validate import validate_envelope, validate_event

from tallymark.transport import Failure, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from queue import SimpleQueue

    from tallymark.clock import Signals

_GZIP_WINDOW = 31
_NOON_2026 = 1_767_268_800_000


class VirtualClock:
    """
    Tell a time that only `advance` and `set_wall` change; a client's worker follows it.

    >>> clock = VirtualClock()
    >>> before = clock.now_ms()
    >>> clock.advance(60_000)
    >>> clock.now_ms() - before
    60000
    """

    def __init__(self, wall_ms: int = _NOON_2026) -> None:
        """Begin at *wall_ms*, ms since 1970."""
        self._lock = threading.Lock()
        self._steady = 1_000_000
        self._offset = wall_ms - self._steady
        self._waiting: set[Signals] = set()

    def now_ms(self) -> int:
        """Return milliseconds since 1970 UTC."""
        return self._steady + self._offset

    def steady_ms(self) -> int:
        """Return milliseconds that never go back."""
        return self._steady

    def advance(self, ms: int) -> None:
        """Let time pass, and wake whoever waits for it."""
        with self._lock:
            self._steady += ms
            waiting = list(self._waiting)
        for signals in waiting:
            signals.put(None)

    def wait(self, signals: SimpleQueue[None], until: int | None) -> None:
        """Wait for a signal or for `advance`."""
        with self._lock:
            self._waiting.add(signals)
            if until is not None and self._steady >= until:
                return
        signals.get()

    def delay(self, signals: Signals, until: int | None) -> float | None:
        """Have `advance` tell *signals*; return 0 if the time is reached already."""
        with self._lock:
            self._waiting.add(signals)
            return 0.0 if until is not None and self._steady >= until else None


@dataclass(frozen=True)
class Recorded:
    """
    Hold one stored event as the collector sees it.

    >>> _ = client.track("Bought", user="u-1")
    >>> client.flush()
    True
    >>> transport.recorded("Bought")[0].user
    'u-1'
    """

    id: str
    kind: str
    name: str | None
    properties: Mapping[str, Any]
    user: str | None
    device: str | None
    groups: Mapping[str, str]
    time_ms: int
    context: Mapping[str, Any]
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class LostAnswer:
    """
    Let the collector process a request, and lose its answer on the way back.

    >>> transport.script(LostAnswer())
    """

    failure: Failure = field(default_factory=lambda: Failure("reset", "scripted"))


@dataclass
class _Stream:
    ledger: Ledger = field(default_factory=Ledger)
    account: Account = field(default_factory=Account)
    digests: dict[int, bytes] = field(default_factory=dict)


Step = Response | Failure | LostAnswer | None
"""What a scripted request meets; None = it is served normally."""


class MemoryTransport:
    """
    Be the collector, in memory: verdicts, ledger and answers by the protocol.

    *clock* becomes the client's clock. `script` says what the next requests meet instead.

    >>> MemoryTransport().recorded()
    []
    """

    def __init__(self, clock: VirtualClock | None = None) -> None:
        """Begin with nothing stored."""
        self.clock = clock
        self.control: Mapping[str, Any] | None = None
        """The control block that goes with answers; None = none."""
        self.requests: list[Request] = []
        self.closed: bool = False
        self._steps: deque[Step | Callable[[Request], Step]] = deque()
        self._streams: dict[str, _Stream] = {}
        self._stored: list[Recorded] = []
        self._lock = threading.Lock()

    def script(self, *steps: Step | Callable[[Request], Step]) -> None:
        """Meet the next requests with these steps, one each; a function is asked for its step."""
        with self._lock:
            self._steps.extend(steps)

    def recorded(self, name: str | None = None) -> list[Recorded]:
        """Return the stored events in the order of their arrival; *name* = only those."""
        with self._lock:
            return [event for event in self._stored if name in (None, event.name)]

    def envelopes(self) -> list[dict[str, Any]]:
        """Return the bodies of all posts, in the order of their arrival."""
        with self._lock:
            posts = [request for request in self.requests if request.method == "POST"]
        return [read_body(request) for request in posts]

    def streams(self) -> list[str]:
        """Return the streams that arrived, in the order of their arrival."""
        with self._lock:
            return list(self._streams)

    def ledger(self, stream: str) -> Ledger:
        """Return what is settled of a stream."""
        with self._lock:
            return self._streams.get(stream, _Stream()).ledger

    def account(self, stream: str) -> Account:
        """Return what a stream's events came to."""
        with self._lock:
            return self._streams.get(stream, _Stream()).account

    def send(self, request: Request) -> Response | Failure:
        """Answer a request: by the script, else as a collector does."""
        with self._lock:
            self.requests.append(request)
            step = self._steps.popleft() if self._steps else None
            if callable(step):
                step = step(request)
            if isinstance(step, (Response, Failure)):
                return step
            answer = self._serve(request)
            return step.failure if isinstance(step, LostAnswer) else answer

    def close(self) -> None:
        """Take note that the client is done."""
        self.closed = True

    # -- the collector -------------------------------------------------------------------------

    def _serve(self, request: Request) -> Response:
        if request.path.startswith("/v1/streams/"):
            return self._tell(request.path.rpartition("/")[2])
        if request.method != "POST" or request.path not in ("/v1/batch", "/v1/import"):
            return problem(404, "not_found")
        envelope = read_body(request)
        issue = validate_envelope(envelope)
        if issue is not None:
            return problem(400, issue.code)
        return self._take(envelope)

    def _tell(self, name: str) -> Response:
        stream = self._streams.get(name, _Stream())
        body = {
            "known": name in self._streams,
            "hwm": stream.ledger.hwm,
            "fin": stream.ledger.fin,
            "stored": ranges.count(stream.account.stored),
            "rejected": {code: ranges.count(r) for code, r in stream.account.rejected.items()},
            "dropped": {reason: ranges.count(r) for reason, r in stream.account.dropped.items()},
            "unaccounted": ranges.count(stream.ledger.unaccounted()),
        }
        return self._answer(name, stream, body)

    def _take(self, envelope: Mapping[str, Any]) -> Response:
        name = envelope["stream"]
        stream = self._streams.setdefault(name, _Stream())
        rejected: list[dict[str, Any]] = []
        counts = {"received": len(envelope["events"]), "stored": 0, "duplicate": 0}
        for place, event in enumerate(envelope["events"]):
            seq = event.get("n", envelope["seq"] + place)
            verdict = self._keep(stream, name, seq, event, envelope)
            if isinstance(verdict, str):
                counts[verdict] += 1
            else:
                rejected.append({"n": seq, **verdict})
        for drop in envelope.get("drops", ()):
            told = ranges.normalise(drop["ranges"])
            stream.account = stream.account.drop(drop["reason"], told)
        stream.ledger = stream.ledger.settle(stream.account.settled())
        stream.ledger = stream.ledger.announce(envelope["hwm"], fin=bool(envelope.get("fin")))
        return self._answer(name, stream, {**counts, "rejected": rejected})

    def _keep(
        self,
        stream: _Stream,
        name: str,
        seq: int,
        event: Mapping[str, Any],
        envelope: Mapping[str, Any],
    ) -> str | dict[str, Any]:
        content = {key: value for key, value in event.items() if key != "n"}
        digest = canonical.canonical(content)
        number = ((seq, seq),)
        if ranges.contains(stream.account.stored, seq):
            return "duplicate" if stream.digests[seq] == digest else {"code": "conflict"}
        issue = validate_event(event)
        if issue is not None:
            stream.account = stream.account.reject(issue.code, number)
            limit = {} if issue.limit is None else {"limit": issue.limit}
            return {"code": issue.code, "path": issue.path, **limit}
        stream.account = stream.account.store(number)
        stream.digests[seq] = digest
        self._stored.append(_recorded(event_id(name, seq), event, envelope))
        return "stored"

    def _answer(self, name: str, stream: _Stream, body: Mapping[str, Any]) -> Response:
        ledger = stream.ledger
        ack = {"upto": ledger.upto, "settled": ledger.settled, "durability": "committed"}
        steered = {} if self.control is None else {"control": dict(self.control)}
        text = json.dumps({"v": 1, "stream": name, "ack": ack, **body, **steered, "now": 0})
        headers = {
            "content-type": "application/json",
            "tallymark-ack": format_ack(name, ledger.upto),
        }
        return Response(200, headers, text.encode())


def problem(status: int, code: str, **fields: object) -> Response:
    """
    Return an error as a collector writes it (ERR-1).

    >>> problem(503, "busy").status
    503
    """
    body = json.dumps({"status": status, "code": code, **fields}).encode()
    return Response(status, {"content-type": "application/problem+json"}, body)


def read_body(request: Request) -> Any:  # noqa: ANN401 - JSON of any shape
    """
    Return a request's JSON, inflated if it is compressed.

    >>> read_body(Request("POST", "/v1/batch", {}, b'{"v":1}', 1))
    {'v': 1}
    """
    body = request.body
    if request.headers.get("content-encoding") == "gzip":
        body = zlib.decompress(body, _GZIP_WINDOW, limits.MAX_INFLATED)
    return json.loads(body)


def assert_tracked(
    transport: MemoryTransport,
    name: str,
    properties: Mapping[str, Any] | None = None,
    *,
    user: str | None = None,
    times: int | None = None,
) -> Recorded:
    """
    Return the last stored event *name* that has these properties and this user.

    *properties* may be a part of the event's. *times* = exactly that many match, else at least one.

    :raises AssertionError: with what was stored instead

    >>> _ = client.track("Bought", {"total": 42}, user="u-1")
    >>> client.flush()
    True
    >>> assert_tracked(transport, "Bought", {"total": 42}).user
    'u-1'
    """
    matching = [
        event
        for event in transport.recorded(name)
        if user in (None, event.user)
        and all(
            key in event.properties and event.properties[key] == value
            for key, value in (properties or {}).items()
        )
    ]
    if not matching or times not in (None, len(matching)):
        seen = [(event.name, event.user, dict(event.properties)) for event in transport.recorded()]
        wanted = (name, user, properties)
        raise AssertionError(f"{wanted} was stored {len(matching)} times; stored were {seen}")
    return matching[-1]


def _recorded(identity: str, event: Mapping[str, Any], envelope: Mapping[str, Any]) -> Recorded:
    return Recorded(
        identity,
        event.get("k", "track"),
        event.get("e"),
        event.get("p", {}),
        event.get("u"),
        event.get("d"),
        event.get("g", {}),
        event.get("t", envelope["t0"]),
        envelope.get("ctx", {}),
        event,
    )
