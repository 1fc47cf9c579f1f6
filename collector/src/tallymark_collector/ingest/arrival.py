"""What of a judged request goes to the writer; no I/O."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tallymark_collector.store.log import Arrival

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tallymark_collector.ingest.envelope import Envelope
    from tallymark_collector.ingest.verdict import Terms, Verdicts
    from tallymark_collector.store.log import Refused, Row


def digest_of(body: bytes) -> bytes:
    """Return the digest of a decoded body: equal ones are the same request again."""
    return hashlib.sha256(body).digest()


def numbers_of(rows: Iterable[Row], refused: Iterable[Refused]) -> list[int]:
    """Return the sequence numbers of the events that have one."""
    places = [*(row.seq for row in rows), *(item.seq for item in refused)]
    return [seq for seq in places if seq is not None]


def arrival_of(
    envelope: Envelope, verdicts: Verdicts, terms: Terms, *, project: int, digest: bytes, size: int
) -> Arrival:
    """Return the request as one unit of commit; *size* is what was reserved for it.

    A number above the announced `hwm` raises it (ENV-04).
    """
    numbers = numbers_of(verdicts.rows, verdicts.refused)
    lost = [loss.ranges[-1][1] for loss in envelope.losses if loss.ranges]
    return Arrival(
        project=project,
        stream=envelope.stream,
        hwm=max(envelope.hwm, *numbers, *lost, 0),
        fin=envelope.fin,
        received_at=terms.received_at,
        rows=verdicts.rows,
        refused=verdicts.refused,
        losses=envelope.losses,
        sha256=digest,
        size=size,
        imported=terms.imported,
    )
