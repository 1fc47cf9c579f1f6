"""Arrivals: judged requests as units of commit."""

from __future__ import annotations

from tallymark_collector.ingest.arrival import arrival_of, digest_of
from tallymark_collector.ingest.envelope import Envelope
from tallymark_collector.ingest.verdict import Terms, Verdicts
from tallymark_collector.store.log import Loss, Refused, Row
from tallymark_collector.store.meta import KeyPolicy

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def test_a_higher_number_raises_the_announced_one() -> None:
    """The highest of what was announced, sent, refused and lost is hwm (ENV-04)."""
    envelope = Envelope(STREAM, 1, 2, True, 0, "anchored", {}, [], (Loss("hook", ((8, 9),), 2),))  # noqa: FBT003
    rows = (Row(0, 5, None, 0, 0, b""), Row(1, None, "an-id-of-mine", 0, 0, b""))
    refused = (Refused(2, 7, None, "bad_name", "e", None, b""),)

    arrival = arrival_of(
        envelope,
        Verdicts(rows, refused, ()),
        Terms(KeyPolicy(), 11),
        project=3,
        digest=digest_of(b"body"),
        size=4,
    )

    assert (9, 3, 11, True, 4) == (
        arrival.hwm,
        arrival.project,
        arrival.received_at,
        arrival.fin,
        arrival.size,
    )
    assert digest_of(b"body") == arrival.sha256 != digest_of(b"other")
