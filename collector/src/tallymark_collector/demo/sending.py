"""Histories through the SDK, as a server with a secret key sends them."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
from tallymark import Batching, Client, Hooks, Spool

from tallymark_collector.connect.collectors import HttpCollector, Unreached
from tallymark_collector.demo.collector import DemoFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_collector.demo.call import Call, History

SESSION: Final = "$session"

_SEND_S: Final = 120.0
_POLL_S: Final = 0.05
_SHOW_EVERY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a history: `stored` is what the collector holds of it, `new` since now."""

    stored: int
    new: int
    duplicate: int
    rejected: int


def send(url: str, key: str, history: History, progress: Callable[[int, int], object]) -> Sent:
    """Send a whole history.

    *progress* is called with how many calls are settled, of how many. What the collector already
    holds is asked first: a second run has nothing to send.
    """
    total = len(history.calls)
    before = _ledger(url, key, history.stream)
    if before["ack"]["upto"] < total:
        _deliver(url, key, history, progress)
    progress(total, total)
    after = _ledger(url, key, history.stream)
    rejected = sum(after["rejected"].values())
    new = after["stored"] - before["stored"]
    return Sent(after["stored"], new, total - rejected - new, rejected)


def record(client: Client, call: Call) -> None:
    """Record one call."""
    if call.name is None:
        client.identify(call.user or "", device=call.device, time=call.ts)
        return
    properties = call.properties
    if call.session is not None:
        # The SDK's calls have no session: the hook moves it to the event's own field.
        properties = {**properties, SESSION: call.session}
    client.track(call.name, properties, user=call.user, device=call.device, time=call.ts)


def _deliver(url: str, key: str, history: History, progress: Callable[[int, int], object]) -> None:
    total = len(history.calls)
    with_sessions = any(call.session is not None for call in history.calls)
    client = Client(
        key,
        url,
        batching=Batching(stream=history.stream, max_events=2_000, flush_at=2_000),
        spool=Spool(directory=False),
        hooks=Hooks(before_send=_with_session if with_sessions else None),
    )
    with client:
        for number, call in enumerate(history.calls):
            record(client, call)
            if number % _SHOW_EVERY == 0:
                progress(client.stats().stored, total)
        deadline = time.monotonic() + _SEND_S
        while not client.flush(_POLL_S):
            progress(client.stats().stored, total)
            if time.monotonic() > deadline:
                stuck = client.stats()
                why = stuck.trouble or f"{stuck.pending:,} of {total:,} events are still waiting"
                raise DemoFailed(f"the events did not arrive within {_SEND_S:.0f} s: {why}")


def _with_session(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "s": event["p"].pop(SESSION)}


def _ledger(url: str, key: str, stream: str) -> dict[str, Any]:
    """Ask the collector's ledger of a stream."""
    with closing(HttpCollector(url, key)) as collector:
        try:
            reply = collector.request("GET", f"/v1/streams/{stream}")
        except Unreached as error:
            raise DemoFailed(f"the collector does not tell its ledger: {error}") from error
    if reply.status != HTTPStatus.OK:
        raise DemoFailed(f"the collector does not tell its ledger: status {reply.status}")
    ledger: dict[str, Any] = orjson.loads(reply.content)
    return ledger
