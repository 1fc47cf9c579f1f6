"""What a server's answers say: proofs, verdicts, ledgers, problems, and what it lists as stored."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_conformance.stage.server import Reply, ServerStage

PROOF: Final = re.compile(r"1; s=([0-9a-f]{8}|\*); upto=(\d+|\*)\Z")
FIELDS: Final = (
    *("v", "stream", "received", "stored", "duplicate", "ack", "rejected", "retry", "warn"),
    *("now", "control", "receipt"),
)
"""The fields of an answer in their order (TM-ACK-07)."""
STATE: Final = (
    *("v", "stream", "known", "ack", "hwm", "fin", "open_ended", "stored", "rejected", "dropped"),
    *("unaccounted", "first_seen", "last_seen", "now"),
)
"""The fields of a stream's ledger in their order (TM-EPT-05)."""
LISTED: Final = ("pos", "ts", "received_at", "stream", "seq", "id", "event")
NEWEST: Final = 1_000


def accepted(stage: ServerStage, reply: Reply, stream: str | None = None) -> dict[str, Any]:
    """Return the answer that *reply* is, after holding it to its form; end without one.

    Its proof and the order of its fields must be right (TM-ACK-01, TM-ACK-07).
    """
    value = reply.json
    if reply.status != HTTPStatus.OK or not isinstance(value, dict):
        stage.fail(f"status {reply.status} and {reply.body[:200]!r} instead of an answer")
    proof = PROOF.match(reply.headers.get("tallymark-ack", ""))
    if not stage.check(
        proof, f"Tallymark-Ack: {reply.headers.get('tallymark-ack')!r}", "TM-ACK-01"
    ):
        return value
    assert proof is not None
    own = value.get("stream")
    if stream is not None:
        stage.equal(stream, own, "stream of the answer", "TM-ACK-01")
    ack = value.get("ack", {})
    said = ("*", "*") if own is None else (own[:8], str(ack.get("upto")))
    stage.equal(said, proof.groups(), "stream and upto of Tallymark-Ack", "TM-ACK-01")
    known = [name for name in value if name in FIELDS]
    stage.equal(sorted(known, key=FIELDS.index), known, "order of the fields", "TM-ACK-07")
    empty = [name for name in known if value[name] in (None, [], {})]
    stage.equal([], empty, "fields without content", "TM-ACK-07")
    if own is not None:
        stage.check(ack.get("durability") in ("committed", "queued"), f"ack {ack!r}", "TM-ACK-05")
    return value


def send(stage: ServerStage, batch: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Post *batch* and return its answer; end if it is not accepted."""
    return accepted(stage, stage.post(batch, **more), batch.get("stream"))


def verdicts(answer: Mapping[str, Any]) -> dict[Any, str]:
    """Return the codes of *answer* by number, id or index of the event."""
    found = {}
    for item in answer.get("rejected", ()):
        place = next((item[name] for name in ("n", "id", "i") if name in item), None)
        found[place] = item.get("code")
    return found


def paths(answer: Mapping[str, Any]) -> dict[Any, str]:
    """Return the paths of the verdicts of *answer* by number of the event."""
    return {item.get("n"): item.get("path", "") for item in answer.get("rejected", ())}


def verdict_of(
    stage: ServerStage, event: object, *, path: str = "/v1/validate", **envelope: Any
) -> tuple[str, str] | None:
    """Return code and path of the verdict on one *event*, None for none.

    Asked of `validate`, which stores nothing.
    """
    answer = send(stage, stage.envelope(0, hwm=1, events=[event], **envelope), path=path)
    rejected = answer.get("rejected", ())
    if not rejected:
        return None
    return rejected[0].get("code"), rejected[0].get("path", "")


def ledger(stage: ServerStage, stream: str, **more: Any) -> dict[str, Any]:
    """Return what the server tells of *stream*; end without an answer."""
    reply = stage.get(f"/v1/streams/{stream}", **more)
    value = reply.json
    if reply.status != HTTPStatus.OK or not isinstance(value, dict):
        stage.fail(f"GET /v1/streams answered {reply.status}", "TM-EPT-05")
    missing = [name for name in STATE if name not in value]
    if missing:
        stage.fail(f"the ledger has no {', '.join(missing)}", "TM-EPT-05")
    return value


def settled(answer: Mapping[str, Any]) -> tuple[int, list[list[int]]]:
    """Return what an answer or a ledger says is settled."""
    return answer["ack"]["upto"], answer["ack"]["settled"]


def is_problem(stage: ServerStage, reply: Reply, status: int, code: str, what: str) -> bool:
    """Note a finding unless *reply* to *what* is the problem *code* with *status*."""
    value = reply.json
    found = value.get("code") if isinstance(value, dict) else None
    return stage.equal((status, code), (reply.status, found), what)


def listed(stage: ServerStage, stream: str | None = None) -> list[dict[str, Any]]:
    """Return the newest stored events, of one *stream* in order of number or all, as listed."""
    reply = stage.get(f"/v1/events?newest={NEWEST}", key="read")
    if reply.status != HTTPStatus.OK:
        stage.fail(f"GET /v1/events answered {reply.status}")
    rows = [json.loads(line) for line in reply.body.splitlines()]
    if any(name not in row for row in rows for name in LISTED):
        stage.fail(f"GET /v1/events lists no events: {reply.body[:200]!r}")
    if stream is None:
        return rows
    own = [row for row in rows if row["stream"] == stream]
    return sorted(own, key=lambda row: int(row["seq"] or 0))


def events(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the events of listed *rows*."""
    return [row["event"] for row in rows]


def only(stage: ServerStage, stream: str) -> dict[str, Any]:
    """Return the one stored event of *stream*; end without it."""
    rows = listed(stage, stream)
    if len(rows) != 1:
        stage.fail(f"{len(rows)} events of the stream are stored instead of 1")
    return rows[0]
