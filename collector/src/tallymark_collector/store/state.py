"""The ledger of a stream from what a store keeps of it: the same for every store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tallymark_protocol import ranges as sets
from tallymark_protocol.ledger import Ledger

from tallymark_collector.store.log import StreamState

if TYPE_CHECKING:
    from collections.abc import Sequence


def stream_state(stream: str, row: Sequence[Any]) -> StreamState:
    """Return the state of *stream*.

    *row* is upto, settled, hwm, fin, stored, first_seen, last_seen and the losses: as JSON a list
    of state, reason and how many numbers.
    """
    upto, settled, hwm, fin, stored, first_seen, last_seen, losses = row
    ledger = Ledger(int(upto), sets.normalise(json.loads(settled)), int(hwm), bool(fin))
    numbers = json.loads(losses)
    return StreamState(
        stream=stream,
        upto=ledger.upto,
        settled=ledger.settled,
        hwm=ledger.hwm,
        fin=ledger.fin,
        stored=stored,
        rejected={reason: number for state, reason, number in numbers if state == "rejected"},
        dropped={reason: number for state, reason, number in numbers if state == "dropped"},
        unaccounted=sets.count(ledger.unaccounted()),
        first_seen=first_seen,
        last_seen=last_seen,
    )
