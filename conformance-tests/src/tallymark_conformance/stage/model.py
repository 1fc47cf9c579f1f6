"""The always-on oracle of the ledger: what crossed the wire, played through the protocol's model.

Each answer of the collector says that it took a request. So the model knows what its ledger must
hold at least (every answered request) and at most (every request that was sent: one whose answer
never came may have been taken or not).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tallymark_conformance.oracles.requests import batches
from tallymark_conformance.proxy.message import envelope
from tallymark_conformance.stage.finding import Finding
from tallymark_protocol import ranges as sets
from tallymark_protocol.ledger import Account, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tallymark_conformance.history import StreamLedger
    from tallymark_conformance.stage.store import Kept
    from tallymark_conformance.trace import Exchange

HTTP_OK = 200


@dataclass(slots=True)
class Model:
    """One stream by the model: its ledger, and the end of each of its numbers.

    *declared* are the losses it was told of, by reason, whether or not something stronger is known.
    """

    ledger: Ledger = field(default_factory=Ledger)
    account: Account = field(default_factory=Account)
    declared: dict[str, sets.Ranges] = field(default_factory=dict)

    def take(self, batch: Mapping[str, Any], rejected: Mapping[int, str]) -> None:
        """Take a batch of which the events *rejected* (codes by number) got a verdict."""
        numbers = sets.normalise((seq, seq) for seq in numbers_of(batch))
        refused = sets.normalise((seq, seq) for seq in rejected if sets.contains(numbers, seq))
        self.account = self.account.store(sets.subtract(numbers, refused))
        for seq, code in rejected.items():
            if code != "conflict":
                self.account = self.account.reject(code, ((seq, seq),))
        for drop in batch.get("drops") or ():
            reason, ranges = drop["reason"], sets.normalise(drop.get("ranges", ()))
            self.account = self.account.drop(reason, ranges)
            known = self.declared.get(reason, sets.EMPTY)
            self.declared[reason] = sets.union(known, ranges)
        self.ledger = self.ledger.settle(self.account.settled())
        self.ledger = self.ledger.announce(batch["hwm"], batch.get("fin") is True)


def numbers_of(batch: Mapping[str, Any]) -> Iterator[int]:
    """Iterate over the sequence numbers of a batch's events."""
    for place, event in enumerate(batch["events"]):
        if "id" not in event:
            yield event.get("n", batch["seq"] + place)


def modelled(exchanges: Sequence[Exchange], *, sent: bool) -> dict[str, Model]:
    """Return the models of all streams: of what was answered, or of everything that was *sent*."""
    models: dict[str, Model] = {}
    for exchange, _, batch in batches(exchanges):
        stream = batch.get("stream")
        if not isinstance(stream, str) or not isinstance(batch.get("seq"), int):
            continue
        answered = [
            envelope(answer.headers, answer.body)
            for answer in exchange.upstream
            if answer.status == HTTP_OK
        ]
        for value in answered or ([{}] if sent else []):
            rejected = {item["n"]: item["code"] for item in value.get("rejected", ())}
            models.setdefault(stream, Model()).take(batch, rejected)
    return models


def disagreements(
    before: Sequence[Exchange],
    after: Sequence[Exchange],
    kept: Kept,
    ledgers: Mapping[str, StreamLedger],
) -> Iterator[Finding]:
    """Find what a collector keeps of its streams and the model does not allow (TM-LED-08).

    *before* and *after* are the exchanges of the times before and after it was asked.
    """
    least, most = modelled(before, sent=False), modelled(after, sent=True)
    for stream, ledger in ledgers.items():
        low, high = least.get(stream, Model()), most.get(stream, Model())
        for req, detail in _differences(ledger, kept, low, high):
            yield Finding(req, f"stream {stream}: {detail}")


def _differences(
    ledger: StreamLedger, kept: Kept, low: Model, high: Model
) -> Iterator[tuple[str, str]]:
    if not low.ledger.hwm <= ledger.hwm <= high.ledger.hwm:
        yield (
            "TM-ENV-04",
            f"hwm {ledger.hwm}, by the model {_span(low.ledger.hwm, high.ledger.hwm)}",
        )
    if not low.ledger.fin <= ledger.fin <= high.ledger.fin:
        yield (
            "TM-ENV-05",
            f"fin {ledger.fin}, by the model {_span(low.ledger.fin, high.ledger.fin)}",
        )
    settled = Ledger(ledger.upto, sets.normalise(ledger.settled)).all_settled()
    yield from _within(
        "TM-LED-08", "settled", settled, low.account.settled(), high.account.settled()
    )
    stored = sets.normalise((row.seq, row.seq) for row in kept.rows if row.stream == ledger.stream)
    yield from _within("TM-LED-02", "stored", stored, low.account.stored, high.account.stored)
    for reason, numbers in _classes(kept.dropped, ledger.stream).items():
        odd = sets.subtract(numbers, high.declared.get(reason, sets.EMPTY))
        if odd:
            yield "TM-LED-03", f"{odd} dropped as {reason}, which nobody declared"


def _within(
    req: str, what: str, found: sets.Ranges, low: sets.Ranges, high: sets.Ranges
) -> Iterator[tuple[str, str]]:
    missing, odd = sets.subtract(low, found), sets.subtract(found, high)
    if missing:
        yield req, f"{missing} are not {what}, though the collector took them"
    if odd:
        yield req, f"{odd} are {what}, though nobody sent them"


def _classes(table: Mapping[str, Mapping[int, str]], stream: str) -> Mapping[str, sets.Ranges]:
    classes: dict[str, list[tuple[int, int]]] = {}
    for seq, reason in table.get(stream, {}).items():
        classes.setdefault(reason, []).append((seq, seq))
    return {reason: sets.normalise(pairs) for reason, pairs in classes.items()}


def _span(low: object, high: object) -> str:
    return str(low) if low == high else f"{low} or {high}"
