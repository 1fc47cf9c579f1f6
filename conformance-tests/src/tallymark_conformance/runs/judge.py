"""Put the questions that every run asks to the collector's side."""

from __future__ import annotations

import http.client
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from tallymark_conformance.checker import check
from tallymark_conformance.history import Ack
from tallymark_conformance.load import Sent, SentBatch, parse_ack_body
from tallymark_conformance.log_reader import ask_ledgers, integrity, read_log, streams
from tallymark_conformance.proxy.message import envelope, header
from tallymark_conformance.verdict import Verdict, Violation
from tallymark_protocol.ack import proves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tallymark_conformance.history import History, Log
    from tallymark_conformance.processes import Collector
    from tallymark_conformance.trace import Exchange


def read_collector(collector: Collector) -> Log:
    """Return the log and the ledgers of a running collector."""
    ledgers = ask_ledgers(collector.url, collector.key, streams(collector.data))
    return read_log(collector.data, ledgers)


def judge_load(collector: Collector, sent: Sent) -> Verdict:
    """Return the verdict on a load: nothing acked is missing, no batch is stored in part.

    Whatever is broken, a good batch is refused until it can be taken, and is never an error.
    """
    log = read_collector(collector)
    verdict = check(sent.history, log, sent.acks)
    found = (*torn_batches(sent.batches, log), *unsound(collector), *_errors(sent))
    return verdict + Verdict({"batches": len(sent.batches), "acked": sent.acked}, found)


def judge_history(
    collector: Collector, history: History, acks: Iterable[Ack] = (), *, drained: bool = True
) -> Verdict:
    """Return the verdict on a history against a running collector."""
    verdict = check(history, read_collector(collector), acks, drained=drained)
    return verdict + Verdict({}, tuple(unsound(collector)))


def torn_batches(batches: Iterable[SentBatch], log: Log) -> Iterator[Violation]:
    """Find batches of which some events are stored and others are not."""
    stored: dict[str, set[int]] = {}
    for row in log.rows:
        stored.setdefault(row.stream, set()).add(row.seq)
    for batch in batches:
        found = sum(
            seq in stored.get(batch.stream, ()) for seq in range(batch.first, batch.last + 1)
        )
        if found not in (0, batch.last - batch.first + 1):
            detail = f"{found} of the batch {batch.first}..{batch.last} are stored"
            yield Violation("promise", detail, batch.stream, batch.first)


def _errors(sent: Sent) -> Iterator[Violation]:
    """Find good batches that were answered with something that is no refusal for now."""
    wrong = Counter(
        (refusal.status, refusal.code)
        for refusal in sent.refusals
        if refusal.status not in (http.client.SERVICE_UNAVAILABLE, http.client.TOO_MANY_REQUESTS)
    )
    for (status, code), count in wrong.items():
        yield Violation("promise", f"{count} good batches were answered {status} {code}")


def unsound(collector: Collector) -> Iterator[Violation]:
    """Find damage that SQLite's own check sees."""
    said = integrity(collector.data)
    if said != "ok":
        yield Violation("promise", f"integrity_check says {said[:200]!r}")


def acks_of(exchanges: Sequence[Exchange]) -> list[Ack]:
    """Return every proven ack the collector gave, whether or not the producer got it.

    Answers to batches and to questions about a stream alike: both settle (TM-LED-05). An ack of a
    request also says that the losses it declared are on the books (TM-LED-03).
    """
    found = []
    for exchange in exchanges:
        for answer in exchange.upstream:
            value = envelope(answer.headers, answer.body)
            stream = value.get("stream")
            proof = header(answer.headers, "tallymark-ack")
            if isinstance(stream, str) and proves(answer.status, proof, stream):
                found.append(parse_ack_body(answer.body))
                declared = _declared(exchange)
                found += [Ack(stream, 0, declared)] if declared else []
    return found


def _declared(exchange: Exchange) -> tuple[tuple[int, int], ...]:
    drops = exchange.batch.get("drops", ())
    return tuple((first, last) for drop in drops for first, last in drop.get("ranges", ()))


def faults_met(exchanges: Sequence[Exchange]) -> dict[str, int]:
    """Return how many requests met each fault."""
    names = sorted(exchange.fault for exchange in exchanges if exchange.fault != "pass")
    return {name: len(list(group)) for name, group in groupby(names)}
