"""The always-on oracles: what must hold after every scenario of an SDK, whatever it was about."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tallymark_conformance.checker import check
from tallymark_conformance.intervals import members, settled
from tallymark_conformance.oracles import judge_wire
from tallymark_conformance.oracles.requests import batches, requests_are_valid
from tallymark_conformance.runs.judge import acks_of
from tallymark_conformance.stage.finding import Finding
from tallymark_conformance.stage.model import disagreements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tallymark_conformance.stage.sdk import SdkStage
    from tallymark_conformance.stage.store import Kept

SENDING_MS: Final = 5.0
"""How much later than the answer to `close` a request may be seen that was sent before it."""


def judge(stage: SdkStage) -> Iterator[Finding]:
    """Iterate over what the always-on oracles find, those left out by the scenario aside."""
    for name, oracle in ORACLES.items():
        if name in stage.relaxed:
            continue
        try:
            yield from oracle(stage)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # Something was sent that is no envelope at all; the others may say what.
            yield Finding("TM-ENV-11", f"the oracle {name!r} cannot read what was sent: {error!r}")


def valid(stage: SdkStage) -> Iterator[Finding]:
    """Hold every request to the schema and its headers (TM-ENV-11, TM-EVT-11, TM-HDR-04)."""
    yield from (Finding.of(violation) for violation in requests_are_valid(stage.exchanges))


def wire(stage: SdkStage) -> Iterator[Finding]:
    """Hold the requests to stable bytes, rising hwm, Retry-After, compression, keys in URLs."""
    # What a request itself looks like is the business of `valid`.
    seen = set(valid(stage))
    for violation in judge_wire(stage.exchanges, stage.adapter.births).violations:
        found = Finding.of(violation)
        # A device may have no room for a compressor: its level is without that rule.
        exempt = stage.platform == "device" and found.req == "TM-HDR-05"
        if found not in seen and not exempt:
            yield found


def dense(stage: SdkStage) -> Iterator[Finding]:
    """Find numbers below a stream's highest one that no event and no loss ever had (TM-LED-01)."""
    named: dict[str, set[int]] = {}
    for _, _, batch in batches(stage.exchanges):
        stream, first = batch.get("stream"), batch.get("seq")
        if not isinstance(stream, str) or not isinstance(first, int):
            continue
        numbers = named.setdefault(stream, set())
        for place, event in enumerate(batch.get("events", ())):
            numbers.add(event.get("n", first + place))
        for drop in batch.get("drops") or ():
            numbers.update(members(drop["ranges"]))
    for stream, numbers in named.items():
        missing = sorted(set(range(1, max(numbers, default=0) + 1)) - numbers)
        if missing:
            yield Finding(
                "TM-LED-01", f"numbers {_few(missing)} of stream {stream} were never sent"
            )


def ended(stage: SdkStage) -> Iterator[Finding]:
    """Find requests of a client that begin after its close has come back (TM-ENV-05)."""
    streams = {client.last.get("stream"): client for client in stage.everyone if client.last}
    for exchange, _, batch in batches(stage.exchanges):
        client = streams.get(batch.get("stream"))
        if client is None or client.closed_at is None:
            continue
        late = exchange.started - client.closed_at
        if late > SENDING_MS:
            detail = f"request {exchange.n} was sent {late:.0f} ms after close had come back"
            yield Finding("TM-ENV-05", detail)


def history(stage: SdkStage) -> Iterator[Finding]:
    """Hold calls and statistics against the log: nothing lost, doubled, changed, acked falsely."""
    accounted = "accounted" not in stage.relaxed
    log = stage.book.log_of(stage.kept(), stage.ledgers())
    verdict = check(stage.book.history, log, acks_of(stage.exchanges), drained=accounted)
    for violation in verdict.violations:
        yield Finding.of(violation)


def accounted(stage: SdkStage) -> Iterator[Finding]:
    """Find numbers the collector has heard of and cannot explain (TM-LED-02)."""
    for stream, ledger in stage.ledgers().items():
        if ledger.unaccounted:
            detail = f"{ledger.unaccounted} numbers of stream {stream} are in no state"
            yield Finding("TM-LED-02", detail)


def books(stage: SdkStage) -> Iterator[Finding]:
    """Find clients whose last count of their events is not what the collector has (TM-LED-04)."""
    kept = stage.kept()
    if "accounted" in stage.relaxed or any(not client.last for client in stage.everyone):
        return
    if stage.life > 1:
        # The books of a process that was killed died with it.
        return
    found = _states(kept)
    said: Counter[str] = Counter()
    for client in stage.everyone:
        said["stored"] += client.last["stored"]
        for state in ("rejected", "dropped"):
            for reason, count in client.last[state].items():
                said[f"{state} {reason}"] += count
    for state in sorted({*found, *said}):
        if found[state] != said[state]:
            detail = f"{state}: the collector has {found[state]}, the clients say {said[state]}"
            yield Finding("TM-LED-04", detail)


def settled_once(stage: SdkStage) -> Iterator[Finding]:
    """Find numbers that the ledger has settled and no verdict explains, and the reverse."""
    kept = stage.kept()
    for stream, ledger in stage.ledgers().items():
        explained = {row.seq for row in kept.rows if row.stream == stream}
        explained |= {*kept.rejected.get(stream, {}), *kept.dropped.get(stream, {})}
        claimed = settled(ledger.upto, ledger.settled)
        if claimed != explained:
            odd = _few(sorted(claimed ^ explained))
            yield Finding("TM-LED-08", f"stream {stream}: {odd} are settled without a verdict")


def model(stage: SdkStage) -> Iterator[Finding]:
    """Hold the collector's ledgers to the protocol's model of what crossed the wire."""
    seen = stage.exchanges
    yield from disagreements(seen, seen, stage.kept(), stage.ledgers())


def silent(stage: SdkStage) -> Iterator[Finding]:
    """Find what the SDK wrote to the standard output of the program it is part of."""
    if stage.adapter.noise:
        shown = stage.adapter.noise[0][:120]
        yield Finding("TM-LED-01", f"{len(stage.adapter.noise)} lines on stdout: {shown!r}")


def _states(kept: Kept) -> Counter[str]:
    found: Counter[str] = Counter()
    stored: dict[str, set[int]] = {}
    for row in kept.rows:
        stored.setdefault(row.stream, set()).add(row.seq)
        found["stored"] += 1
    # Stored beats rejected beats dropped (TM-LED-02).
    refused = {stream: set(numbers) for stream, numbers in kept.rejected.items()}
    for state, table in (("rejected", kept.rejected), ("dropped", kept.dropped)):
        for stream, numbers in table.items():
            for seq, reason in numbers.items():
                beaten = seq in stored.get(stream, ())
                beaten = beaten or (state == "dropped" and seq in refused.get(stream, ()))
                if not beaten:
                    found[f"{state} {reason}"] += 1
    return found


def _few(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5])
    return f"{shown} and {len(numbers) - 5} more" if len(numbers) > 5 else shown  # noqa: PLR2004 (what a line holds)


ORACLES: Final[Mapping[str, Callable[[SdkStage], Iterator[Finding]]]] = {
    "valid": valid,
    "wire": wire,
    "dense": dense,
    "ended": ended,
    "history": history,
    "accounted": accounted,
    "books": books,
    "settled": settled_once,
    "model": model,
    "silent": silent,
}
"""By name: a scenario in which one cannot hold says `stage.relax(name, reason)`."""
