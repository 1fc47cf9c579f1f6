"""A producer that uses the Python SDK: `python -m tallymark_conformance.producers.python`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from tallymark import Batching, Client, Retry, Spool, Totals

from tallymark_conformance.producers.drive import Plan, drive, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class PythonClient:
    """The Python SDK behind the producer's few calls."""

    def __init__(self, plan: Plan) -> None:
        """Open the client that *plan* asks for."""
        self._client = Client(
            plan.key,
            plan.url,
            batching=_batching(plan),
            retry=Retry(timeout_ms=plan.request_ms, in_flight=plan.in_flight),
            spool=Spool(plan.spool or False),
        )

    def track(self, name: str, properties: Mapping[str, Any]) -> str | None:
        """Record an event; return its id, or None when it is none."""
        return self._client.track(name, properties)

    def stats(self) -> Sequence[Mapping[str, Any]]:
        """Return the ledger of the client, and of the streams it took over, as plain values."""
        stats = self._client.stats()
        return [_plain(stats), _plain(stats.recovered)]

    def flush(self, timeout_s: float) -> bool:
        """Send what is pending; return whether all of it is settled."""
        return self._client.flush(timeout_s)

    def close(self, timeout_s: float) -> None:
        """End the client."""
        self._client.close(timeout_s)


def _batching(plan: Plan) -> Batching:
    overflow: Literal["newest", "oldest"] = "oldest" if plan.overflow == "oldest" else "newest"
    batching = Batching(flush_at=plan.flush_at, flush_ms=plan.flush_ms, overflow=overflow)
    return replace(
        batching,
        queue_max=plan.queue_max or batching.queue_max,
        max_events=plan.batch_max or batching.max_events,
    )


def _plain(totals: Totals) -> dict[str, Any]:
    return {
        "assigned": totals.assigned,
        "stored": totals.stored,
        "rejected": sum(totals.rejected.values()),
        "dropped": dict(totals.dropped),
        "pending": totals.pending,
    }


if __name__ == "__main__":
    drive(parse(), PythonClient)
