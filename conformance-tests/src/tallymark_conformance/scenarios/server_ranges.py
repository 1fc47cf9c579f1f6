"""How many gaps a server keeps of a stream."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.python import scenario
from tallymark_protocol import limits

if TYPE_CHECKING:
    from tallymark_conformance.stage.server import ServerStage

PIECE: Final = 2_000


def every_other(stream: str, first: int, count: int, hwm: int) -> dict[str, Any]:
    """Return a batch of *count* events with every other number from *first* on."""
    events = [{"e": "probe", "n": first + 2 * i} for i in range(count)]
    now = int(time.time() * 1000)
    return {"v": 1, "stream": stream, "seq": first, "hwm": hwm, "t0": now, "events": events}


@scenario(
    "srv.bounded_gaps", ["TM-LED-14"], role="server", needs=["http"], tier="gold", limit_s=120
)
def bounded_gaps(stage: ServerStage) -> None:
    """Beyond 10,000 ranges a number stays open and is named in retry; gaps can be closed."""
    stream, most = stage.stream(), limits.MAX_RANGES
    hwm = 2 * most + 10
    for first in range(3, 3 + 2 * most, 2 * PIECE):
        reply = stage.post(every_other(stream, first, PIECE, hwm))
        stage.equal(200, reply.status, "status")
    last = 3 + 2 * most
    reply = stage.post(every_other(stream, last, 1, hwm))
    stage.equal([[last, last]], reply.json.get("retry"), "retry of a number that opens a range")
    stage.equal(0, reply.json.get("stored"), "stored")
    near = stage.post(every_other(stream, 4, 1, hwm))
    stage.equal(1, near.json.get("stored"), "stored of a number that closes a gap")
    again = stage.post(every_other(stream, last, 1, hwm))
    stage.equal(1, again.json.get("stored"), "stored once there is room")
