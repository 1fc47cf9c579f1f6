"""Send records to `/v1/import`: in batches, again where it failed, from where it stopped."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson
import requests
from tallymark_protocol.ack import proves
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from tallymark_collector.connect.record import Record, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MAX_EVENTS: Final = 1_000
MAX_BYTES: Final = 700_000
GIVE_UP_S: Final = 300
_TIMEOUT_S: Final = 60
_AGAIN: Final = frozenset((408, 425, 429))
_SERVER_ERROR: Final = 500

Item = Record | Unreadable


class ImportFailed(Exception):  # noqa: N818 -- names what happened
    """Stop an import: what is stored stays stored, and a further run goes on from there."""


class _Again(Exception):  # noqa: N818 -- a reason to try once more
    def __init__(self, why: str, after_s: float = 0.0) -> None:
        super().__init__(why)
        self.after_s = after_s


@dataclass(slots=True)
class Outcome:
    """What became of the records so far; `rejected` counts by verdict code."""

    records: int = 0
    stored: int = 0
    duplicate: int = 0
    skipped: int = 0
    unreadable: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Batch:
    """One request: records in order, and the numbers of those that are no event."""

    events: tuple[tuple[int, bytes], ...]
    lost: tuple[int, ...]

    @property
    def last(self) -> int:
        """The highest record number in it."""
        return max([number for number, _ in self.events] + list(self.lost))


class Importer:
    """Send one file's records; *stream* is None when each event has an id of its own."""

    def __init__(
        self, url: str, key: str, stream: str | None, *, give_up_s: float = GIVE_UP_S
    ) -> None:
        """Send to the collector at *url*, retrying an unreachable one for *give_up_s*."""
        self._url = url.rstrip("/")
        self._stream = stream
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"
        self._retrying = Retrying(
            retry=retry_if_exception_type(_Again),
            wait=_wait,
            stop=stop_after_delay(give_up_s),
            reraise=True,
        )

    def close(self) -> None:
        """Release the connection."""
        self._session.close()

    def already(self) -> int:
        """Return up to which record the collector has settled the stream."""
        if self._stream is None:
            return 0
        answer = self._asked(
            lambda: self._session.get(
                f"{self._url}/v1/streams/{self._stream}",
                timeout=_TIMEOUT_S,
                allow_redirects=False,
            )
        )
        upto: int = answer["ack"]["upto"]
        return upto

    def send(self, items: Iterable[Item], progress: Callable[[Outcome], None]) -> Outcome:
        """Send everything that is not settled yet; raise `ImportFailed` where it cannot go on."""
        outcome = Outcome()
        settled = self.already()
        for batch in batches(_noted(items, settled, outcome)):
            body = gzip.compress(envelope(batch, self._stream), compresslevel=3)
            answer = self._asked(lambda body=body: self._post(body))  # type: ignore[misc]
            _count(answer, batch, outcome)
            progress(outcome)
        return outcome

    def _post(self, body: bytes) -> requests.Response:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        return self._session.post(
            f"{self._url}/v1/import",
            data=body,
            headers=headers,
            timeout=_TIMEOUT_S,
            allow_redirects=False,
        )

    def _asked(self, ask: Callable[[], requests.Response]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._retrying(lambda: _proven(ask, self._stream))
        except _Again as error:
            raise ImportFailed(f"{self._url} cannot be reached: {error}") from error
        return answer


def envelope(batch: Batch, stream: str | None) -> bytes:
    """Return the body of a batch; events are encoded already and only joined."""
    head: dict[str, Any] = {"v": 1, "t0": 0}
    first = 0
    if stream is not None:
        first = batch.events[0][0] if batch.events else batch.last + 1
        head |= {"stream": stream, "seq": first, "hwm": batch.last}
        if batch.lost:
            ranges = [[number, number] for number in batch.lost]
            head["drops"] = [{"reason": "unserialisable", "ranges": ranges}]
    parts = [
        event if stream is None or number == first + place else b'{"n":%d,' % number + event[1:]
        for place, (number, event) in enumerate(batch.events)
    ]
    return orjson.dumps(head)[:-1] + b',"events":[' + b",".join(parts) + b"]}"


def batches(items: Iterable[Item]) -> Iterator[Batch]:
    """Cut records into batches by number and by bytes."""
    events: list[tuple[int, bytes]] = []
    lost: list[int] = []
    size = 0
    for item in items:
        data = orjson.dumps(item.event) if isinstance(item, Record) else b""
        if len(events) + len(lost) >= MAX_EVENTS or size + len(data) > MAX_BYTES:
            yield Batch(tuple(events), tuple(lost))
            events, lost, size = [], [], 0
        size += len(data)
        if isinstance(item, Record):
            events.append((item.number, data))
        else:
            lost.append(item.number)
    if events or lost:
        yield Batch(tuple(events), tuple(lost))


def _noted(items: Iterable[Item], settled: int, outcome: Outcome) -> Iterator[Item]:
    """Count records, and leave out those the collector has settled already."""
    for item in items:
        outcome.records += 1
        if isinstance(item, Unreadable):
            outcome.unreadable += 1
            _example(outcome, f"record {item.number}: {item.why}")
        if item.number <= settled:
            outcome.skipped += 1
        else:
            yield item


def _proven(ask: Callable[[], requests.Response], stream: str | None) -> dict[str, Any]:
    """Return a proven answer (ACK-1); raise `_Again` for what may go better later."""
    try:
        response = ask()
    except requests.RequestException as error:
        raise _Again(f"the connection failed ({type(error).__name__})") from error
    status = response.status_code
    if proves(status, response.headers.get("Tallymark-Ack"), stream):
        answer: dict[str, Any] = orjson.loads(response.content)
        if answer.get("retry"):
            raise _Again("it asks to send a part again", 1.0)
        return answer
    problem = _problem(response)
    if status in _AGAIN or status >= _SERVER_ERROR:
        raise _Again(problem, float(response.headers.get("Retry-After") or 0))
    if status < 400:  # noqa: PLR2004 -- no error, and no proof either: somebody else answered
        raise ImportFailed(f"{response.url} answered, but not as a collector does")
    raise ImportFailed(problem)


def _problem(response: requests.Response) -> str:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return f"status {response.status_code}"
    detail = body.get("detail") if isinstance(body, dict) else None
    return str(detail or f"status {response.status_code}")


def _wait(state: RetryCallState) -> float:
    """Wait a random while that grows, and never less than the collector asked for."""
    error = state.outcome.exception() if state.outcome is not None else None
    least = error.after_s if isinstance(error, _Again) else 0.0
    return max(least, wait_random_exponential(multiplier=0.5, max=30)(state))


def _count(answer: Mapping[str, Any], batch: Batch, outcome: Outcome) -> None:
    outcome.stored += answer["stored"]
    outcome.duplicate += answer.get("duplicate", 0)
    for verdict in answer.get("rejected", ()):
        outcome.rejected[verdict["code"]] += 1
        number = verdict.get("n") or batch.events[verdict.get("i", 0)][0]
        _example(outcome, f"record {number}: {verdict['code']} at {verdict.get('path') or 'event'}")


def _example(outcome: Outcome, text: str) -> None:
    if len(outcome.examples) < 5:  # noqa: PLR2004 -- enough to see what is wrong
        outcome.examples.append(text)
