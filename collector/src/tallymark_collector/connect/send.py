"""Send records to `/v1/import`: in batches, again where it failed, from where it stopped."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import orjson
from tallymark_protocol import limits
from tallymark_protocol.ack import proves
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from tallymark_collector.connect.batches import Batch, batches, envelope
from tallymark_collector.connect.collectors import Collector, Reply, Unreached
from tallymark_collector.connect.record import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tallymark_collector.connect.record import Item

GIVE_UP_S: Final = 300
_AGAIN: Final = frozenset((408, 425, 429))
_SERVER_ERROR: Final = 500
_EXAMPLES: Final = 5


class ImportFailed(Exception):  # noqa: N818 -- names what happened
    """Stop an import: what is stored stays stored, and a further run goes on from there."""


class ImportRefused(ImportFailed):
    """Stop an import because the collector does not want it: its reason is the message."""


class _Again(Exception):  # noqa: N818 -- a reason to try once more
    def __init__(self, why: str, after_s: float = 0.0) -> None:
        super().__init__(why)
        self.after_s = after_s


@dataclass(slots=True)
class Outcome:
    """What became of the records so far; `rejected` counts by verdict code.

    `added` are the events that records say beside their own; `skipped` those the collector had
    settled before, so that they were not sent at all.
    """

    records: int = 0
    added: int = 0
    stored: int = 0
    duplicate: int = 0
    skipped: int = 0
    unreadable: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def settled(self) -> int:
        """How many records and added events have an end."""
        already = self.stored + self.duplicate + self.skipped
        return already + self.unreadable + sum(self.rejected.values())

    @property
    def adds_up(self) -> bool:
        """Whether each record that was read has exactly one end."""
        return self.records + self.added == self.settled


class Importer:
    """Send one file's records; *stream* is the file's, None when each event is known otherwise."""

    def __init__(
        self, collector: Collector, stream: str | None, *, give_up_s: float = GIVE_UP_S
    ) -> None:
        """Send to *collector*, retrying an unreachable one for *give_up_s*."""
        self._collector = collector
        self._stream = stream
        self._retrying = Retrying(
            retry=retry_if_exception_type(_Again),
            wait=_wait,
            stop=stop_after_delay(give_up_s),
            reraise=True,
        )

    def already(self) -> int:
        """Return up to which record the collector has settled the file's stream."""
        if self._stream is None:
            return 0
        upto: int = self._ledger(self._stream)["upto"]
        return upto

    def send(self, items: Iterable[Item], progress: Callable[[Outcome], None]) -> Outcome:
        """Send everything that is not settled yet; raise `ImportFailed` where it cannot go on."""
        outcome = Outcome()
        wanted = _noted(items, self.already(), outcome)
        for batch in batches(wanted, self._stream):
            self._send(batch, outcome)
            progress(outcome)
        return outcome

    def _send(self, batch: Batch, outcome: Outcome) -> None:
        if batch.corrected and batch.stream is not None:
            # Its times are not those sent first: ask what is there, instead of conflicts (LED-11).
            fresh = batch.without(self._settled(batch.stream))
            outcome.skipped += len(batch.events) - len(fresh.events)
            batch = fresh
        if not batch.events and not batch.lost:
            return
        answer = self._asked("POST", "/v1/import", batch.stream, envelope(batch))
        _count(answer, batch, outcome)

    def _settled(self, stream: str) -> frozenset[int]:
        ack = self._ledger(stream)
        above = (range(low, high + 1) for low, high in ack.get("settled") or ())
        return frozenset(chain(range(1, ack["upto"] + 1), *above))

    def _ledger(self, stream: str) -> dict[str, Any]:
        ack: dict[str, Any] = self._asked("GET", f"/v1/streams/{stream}", stream)["ack"]
        return ack

    def _asked(
        self, method: str, path: str, stream: str | None, body: bytes = b""
    ) -> dict[str, Any]:
        sent, headers = _packed(body)

        def ask() -> dict[str, Any]:
            try:
                reply = self._collector.request(method, path, sent, headers)
            except Unreached as error:
                raise _Again(str(error)) from error
            return _proven(reply, stream, self._collector.name)

        try:
            answer: dict[str, Any] = self._retrying(ask)
        except _Again as error:
            raise ImportFailed(f"{self._collector.name} cannot be reached: {error}") from error
        return answer


def _noted(items: Iterable[Item], settled: int, outcome: Outcome) -> Iterator[Item]:
    """Count records, and leave out those the collector has settled already."""
    for item in items:
        if isinstance(item, Unreadable):
            outcome.records += 1
            outcome.unreadable += 1
            _example(outcome, f"record {item.number}: {item.why}")
        elif item.added:
            outcome.added += 1
        else:
            outcome.records += 1
        if item.number > settled:
            yield item
        elif not isinstance(item, Unreadable):
            outcome.skipped += 1


def _packed(body: bytes) -> tuple[bytes, dict[str, str]]:
    """Return a body as it is sent: compressed, unless it looked like a bomb (ENV-12)."""
    headers = {"Content-Type": "application/json"}
    packed = gzip.compress(body, compresslevel=3)
    if len(body) > limits.MAX_INFLATE_RATIO * len(packed) // 2:
        return body, headers
    return packed, headers | {"Content-Encoding": "gzip"}


def _proven(reply: Reply, stream: str | None, name: str) -> dict[str, Any]:
    """Return a proven answer (ACK-1); raise `_Again` for what may go better later."""
    if proves(reply.status, reply.headers.get("tallymark-ack"), stream):
        answer: dict[str, Any] = orjson.loads(reply.content)
        if answer.get("retry"):
            raise _Again("it asks to send a part again", 1.0)
        return answer
    problem = _problem(reply)
    if reply.status in _AGAIN or reply.status >= _SERVER_ERROR:
        raise _Again(problem, _seconds(reply.headers.get("retry-after")))
    if reply.status < 400:  # noqa: PLR2004 -- no error, and no proof either: somebody else answered
        raise ImportFailed(f"{name} answered, but not as a collector does")
    raise ImportRefused(problem)


def _seconds(retry_after: str | None) -> float:
    """Return how long to wait at least; a date or garbage is as good as nothing (RTY-05)."""
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else 0.0


def _problem(reply: Reply) -> str:
    try:
        body = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        return f"status {reply.status}"
    detail = body.get("detail") if isinstance(body, dict) else None
    return str(detail or f"status {reply.status}")


def _wait(state: RetryCallState) -> float:
    """Wait a random while that grows, and never less than the collector asked for."""
    error = state.outcome.exception() if state.outcome is not None else None
    least = error.after_s if isinstance(error, _Again) else 0.0
    return max(least, wait_random_exponential(multiplier=0.5, max=30)(state))


def _count(answer: Mapping[str, Any], batch: Batch, outcome: Outcome) -> None:
    """Add what became of a batch; an event whose time alone differs is the one that is there."""
    outcome.stored += answer["stored"]
    outcome.duplicate += answer.get("duplicate", 0)
    named: set[int] = set()
    for verdict in answer.get("rejected", ()):
        code, index = verdict["code"], _index(verdict, batch, named)
        named.add(index)
        if code == "conflict" and batch.numbers[index] in batch.corrected:
            outcome.duplicate += 1
            continue
        outcome.rejected[code] += 1
        if len(outcome.examples) < _EXAMPLES:
            where = verdict.get("path") or "event"
            _example(outcome, f"record {batch.numbers[index]}: {code} at {where}")


def _index(verdict: Mapping[str, Any], batch: Batch, named: set[int]) -> int:
    """Return which event of a batch a verdict is about (ACK-06), none of those *named* already."""
    if "n" in verdict:
        return batch.places.index(verdict["n"])
    if "id" in verdict:
        ids = (orjson.loads(event)["id"] for event in batch.events)
        found = (index for index, known in enumerate(ids) if known == verdict["id"])
        return next(index for index in found if index not in named)
    index: int = verdict["i"]
    return index


def _example(outcome: Outcome, text: str) -> None:
    if len(outcome.examples) < _EXAMPLES:
        outcome.examples.append(text)
