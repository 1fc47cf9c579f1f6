"""Numbers and books of an SDK: every call has a place, and every place an end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.checker import event_id
from tallymark_conformance.scenario.python import scenario
from tallymark_conformance.stage.sdk import answers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_conformance.stage.sdk import SdkStage

DOWN: Final = {"match": {"method": "POST"}, "do": {"status": {"code": 503}}}
"""A collector that takes nothing."""


def balanced(stats: Mapping[str, Any]) -> bool:
    """Tell whether assigned = stored + rejected + dropped + pending (TM-LED-04)."""
    ended = sum(sum(stats[name].values()) for name in ("rejected", "dropped"))
    return bool(stats["assigned"] == stats["stored"] + ended + stats["pending"])


@scenario("led.seq_from_1", ["TM-LED-01", "TM-ENV-03"], smoke=True)
def seq_from_1(stage: SdkStage) -> None:
    """The first event of a stream has number 1."""
    client = stage.create(flush_at=1)
    client.track()
    client.flush()
    stage.equal(1, stage.posts()[0][2].get("seq"), "seq of the first batch")


@scenario("led.seq_dense", ["TM-LED-01", "TM-ENV-03"], smoke=True)
def seq_dense(stage: SdkStage) -> None:
    """The numbers of 500 events are 1 to 500, in the order of the calls."""
    client = stage.create(flush_at=70, max_events=70)
    client.track(500)
    client.flush()
    client.close()
    numbers = sorted(row.seq for row in stage.kept().rows)
    stage.equal(list(range(1, 501)), numbers, "numbers stored")


@scenario("led.seq_threads", ["TM-LED-01"], when=["threads"], tier="silver")
def seq_threads(stage: SdkStage) -> None:
    """Eight threads that call 250 times each get 2,000 numbers, each once."""
    client = stage.create(flush_at=500)
    client.track(2_000, threads=8)
    client.flush()
    client.close()
    numbers = sorted(row.seq for row in stage.kept().rows)
    stage.equal(list(range(1, 2_001)), numbers, "numbers stored")
    # Calls of several threads have no order among each other.
    for call in stage.book.history.calls.values():
        call.n = 0


@scenario("led.id_matches_rule", ["TM-LED-07"], smoke=True)
def id_matches_rule(stage: SdkStage) -> None:
    """The id a call returns is the one both ends derive from stream and number."""
    client = stage.create()
    ids = client.track(10)
    client.flush()
    client.close()
    (stream,) = stage.streams()
    stage.equal([event_id(stream, seq) for seq in range(1, 11)], ids, "ids")


@scenario("led.stream_per_client", ["TM-LED-10", "TM-ENV-02"])
def stream_per_client(stage: SdkStage) -> None:
    """Two clients have two streams, each a UUIDv7 in lower case."""
    for name in ("a", "b"):
        client = stage.create(name)
        client.track(3)
        client.flush()
        client.close()
    streams = stage.streams()
    stage.equal(2, len(streams), "streams")
    for stream in streams:
        stage.check(stream == stream.lower() and stream[14] == "7", f"the stream {stream}")


@scenario("led.stream_after_reset", ["TM-LED-10"], tier="silver", needs=["track", "reset"])
def stream_after_reset(stage: SdkStage) -> None:
    """After reset another stream begins, from 1, and what was pending is sent all the same."""
    client = stage.create()
    client.track(5)
    client.call("reset")
    client.track(5)
    client.flush()
    client.close()
    rows = stage.kept().rows
    stage.equal(2, len({row.stream for row in rows}), "streams")
    stage.equal([1, 1, 2, 2, 3, 3, 4, 4, 5, 5], sorted(row.seq for row in rows), "numbers")


@scenario("led.stream_after_fork", ["TM-LED-09"], when=["fork"], tier="silver", process="own")
def stream_after_fork(stage: SdkStage) -> None:
    """A forked child has a stream of its own; what parent and child recorded is stored once."""
    client = stage.create()
    client.track(5)
    calls = []
    waiting = []
    for _ in range(5):
        marker = stage.book.marker("child", 1)
        properties = {"marker": marker}
        waiting.append(stage.book.called("child", 1, marker, properties))
        calls.append({"method": "track", "args": {"name": "probe", "properties": properties}})
    stage.book.opened("child", 1)
    reply = stage.adapter.ask("fork", client="a", calls=calls)
    for call, found in zip(waiting, reply["ids"], strict=True):
        stage.book.returned(call, {"id": found})
    client.track(5)
    client.flush()
    client.close()
    stage.relax("books", "the books of the child ended with it")
    stage.equal(2, len(stage.streams()), "streams")
    stage.equal(15, len(stage.kept().rows), "events stored")


@scenario("led.hwm_covers_pending", ["TM-ENV-04"], tier="silver")
def hwm_covers_pending(stage: SdkStage) -> None:
    """A batch that is cut after 200 calls have returned announces all 200 numbers."""
    stage.follow(DOWN)
    client = stage.create(flush_at=10, max_events=20)
    client.track(200)
    returned = len(stage.posts())
    stage.follow()
    client.flush(20_000)
    client.close()
    seen: set[str] = set()
    for place, (_, _, batch) in enumerate(stage.posts()):
        said = json.dumps(batch)
        if place > returned and said not in seen:
            stage.equal(200, batch.get("hwm"), f"hwm of request {place + 1}")
        seen.add(said)


@scenario("led.fin_on_close", ["TM-ENV-05"])
def fin_on_close(stage: SdkStage) -> None:
    """A client that closes ends its stream, once, and the collector knows."""
    client = stage.create()
    client.track(5)
    client.flush()
    client.close()
    fins = [batch for _, _, batch in stage.posts() if batch.get("fin")]
    stage.equal(1, len(fins), "requests with fin")
    stage.check(all(ledger.fin for ledger in stage.ledgers().values()), "the ledger has no fin")


@scenario("led.equation_idle", ["TM-LED-04"], tier="silver", needs=["track", "stats"], smoke=True)
def equation_idle(stage: SdkStage) -> None:
    """At rest everything assigned is stored, rejected or dropped, and nothing is pending."""
    client = stage.create()
    client.track(30)
    client.flush()
    stats = client.stats()
    client.close()
    stage.check(balanced(stats), f"the books do not balance: {stats}")
    stage.equal((30, 30, 0), (stats["assigned"], stats["stored"], stats["pending"]), "books")


@scenario("led.equation_under_load", ["TM-LED-04"], tier="silver", needs=["track", "stats"])
def equation_under_load(stage: SdkStage) -> None:
    """At each of 100 looks under load, with failing requests, the books balance."""
    stage.follow(random={"rate": 0.3, "only": ["status", "rst_after", "partial"]})
    client = stage.create(flush_at=5, flush_ms=20)
    for _ in range(100):
        client.track(5)
        client.stats()
    stage.follow()
    client.flush(20_000)
    client.close()


@scenario(
    "led.drop_overflow",
    ["TM-LED-03", "TM-LED-02"],
    tier="silver",
    needs=["track", "stats", "batching"],
    smoke=True,
)
def drop_overflow(stage: SdkStage) -> None:
    """With room for 100 events, 900 of 1,000 are declared queue_overflow; none is unaccounted."""
    stage.follow(DOWN)
    client = stage.create(queue_max=100, flush_at=100_000)
    client.track(1_000)
    stage.equal({"queue_overflow": 900}, client.stats()["dropped"], "dropped")
    stage.follow()
    client.flush(20_000)
    client.close()
    kept = stage.kept()
    stage.equal(100, len(kept.rows), "events stored")
    reasons = [reason for numbers in kept.dropped.values() for reason in numbers.values()]
    stage.equal(["queue_overflow"] * 900, reasons, "losses the collector was told")


@scenario(
    "led.drop_hook", ["TM-LED-03", "TM-LED-01"], tier="silver", needs=["track", "stats", "hook"]
)
def drop_hook(stage: SdkStage) -> None:
    """An event that the hook holds back is a declared loss with a number of its own."""
    client = stage.create(drop_events="secret")
    client.track(3)
    client.track(2, name="secret")
    client.track(3)
    client.flush()
    stage.equal({"hook": 2}, client.stats()["dropped"], "dropped")
    client.close()
    kept = stage.kept()
    stage.equal([1, 2, 3, 6, 7, 8], sorted(row.seq for row in kept.rows), "numbers stored")
    stage.equal([{4: "hook", 5: "hook"}], list(kept.dropped.values()), "losses")


@scenario(
    "led.broken_hook", ["TM-LED-01", "TM-LED-02"], tier="silver", needs=["track", "stats", "hook"]
)
def broken_hook(stage: SdkStage) -> None:
    """A hook that raises costs no more than a counted loss, and the call does not raise."""
    client = stage.create(break_hook=True)
    reply = client.call("track", name="probe")
    stage.equal(None, reply.get("raised"), "raised")
    client.flush()
    stats = client.stats()
    client.close()
    stage.equal(1, stats["assigned"], "assigned")
    stage.check(balanced(stats), f"the books do not balance: {stats}")


@scenario("led.drop_too_large", ["TM-EVT-12", "TM-LED-03"], tier="silver", needs=["track", "stats"])
def drop_too_large(stage: SdkStage) -> None:
    """An event above 64 KiB is a declared loss, too_large, and does not hold up the others."""
    client = stage.create()
    client.track(2)
    client.track(1, size=70_000)
    client.track(2)
    client.flush()
    stage.equal({"too_large": 1}, client.stats()["dropped"], "dropped")
    client.close()
    stage.equal([1, 2, 4, 5], sorted(row.seq for row in stage.kept().rows), "numbers stored")


@scenario(
    "led.drop_unserialisable",
    ["TM-LED-03", "TM-LED-01"],
    tier="silver",
    needs=["track", "stats", "odd"],
)
def drop_unserialisable(stage: SdkStage) -> None:
    """A value nobody can write costs at most a counted loss; the call does not raise."""
    client = stage.create()
    client.track(1)
    reply = client.call("track", altered=True, name="odd", properties={"x": {"$odd": "raises"}})
    client.track(1)
    client.flush()
    stats = client.stats()
    client.close()
    stage.equal(None, reply.get("raised"), "raised")
    stage.check(balanced(stats), f"the books do not balance: {stats}")
    stage.equal(3, stats["assigned"], "assigned")


@scenario("led.drops_retried", ["TM-LED-03"], tier="silver", needs=["track", "stats", "hook"])
def drops_retried(stage: SdkStage) -> None:
    """A loss whose first carrier was lost is declared again, and counted once."""
    stage.follow({"match": {"n": [1, 2], "method": "POST"}, "do": "rst_before"})
    client = stage.create(drop_events="secret")
    client.track(2)
    client.track(3, name="secret")
    client.flush()
    client.close()
    carriers = [batch for _, _, batch in stage.posts() if batch.get("drops")]
    stage.check(len(carriers) >= 2, f"the losses were declared in {len(carriers)} requests")
    lost = sum(len(numbers) for numbers in stage.kept().dropped.values())
    stage.equal(3, lost, "losses the collector knows")


@scenario(
    "led.stored_beats_dropped",
    ["TM-LED-02"],
    tier="gold",
    needs=["track", "stats", "virtual_clock", "max_age"],
)
def stored_beats_dropped(stage: SdkStage) -> None:
    """An event given up as expired although its lost answer had stored it counts as stored."""
    stage.follow(
        {"match": {"n": 1, "method": "POST"}, "do": "rst_after"},
        {"match": {"n": [2, 3], "method": "POST"}, "do": {"status": {"code": 503}}},
    )
    client = stage.create(virtual_clock=True, max_age_ms=60_000, flush_at=3, flush_ms=1_000)
    client.track(3)
    stage.wait_requests(1)
    client.advance(120_000)
    client.track(1)
    stage.follow()
    stage.pass_time(
        client, lambda: client.stats()["pending"] == 0, "nothing pending", 5_000, 50_000
    )
    client.close()
    kept = stage.kept()
    stage.equal([1, 2, 3, 4], sorted(row.seq for row in kept.rows), "numbers stored")
    stage.equal({}, dict(kept.dropped), "losses the collector believes")
    stage.relax("books", "an ack does not tell what became of the numbers that it settles")


@scenario("led.cumulative_ack", ["TM-LED-05"])
def cumulative_ack(stage: SdkStage) -> None:
    """What a lost answer settled is settled by the next one; nothing is sent for ever."""
    stage.follow({"match": {"n": 1, "method": "POST"}, "do": "rst_after"})
    client = stage.create(flush_at=5, flush_ms=50)
    client.track(5)
    stage.wait_requests(1)
    client.track(5)
    stage.equal(True, client.flush(), "what flush said")
    client.close()
    stage.check(len(stage.posts()) <= 5, f"{len(stage.posts())} requests for two batches")


@scenario("led.query_before_resend", ["TM-LED-06", "TM-EPT-05"], level="SHOULD", tier="gold")
def query_before_resend(stage: SdkStage) -> None:
    """Before more than 256 KiB are sent again after a lost answer, the stream is asked for."""
    stage.follow({"match": {"n": 1, "method": "POST"}, "do": "rst_after"})
    client = stage.create(flush_at=100_000, max_events=400, max_bytes=900_000)
    client.track(300, size=1_500)
    client.flush(30_000)
    client.close()
    asked = [
        exchange
        for exchange in stage.exchanges
        if exchange.request and "/streams/" in exchange.request.path
    ]
    stage.check(asked, "the whole batch was sent again without a question")
    stage.equal(300, len(stage.kept().rows), "events stored")


@scenario("led.retry_has_one_content", ["TM-LED-11", "TM-HDR-01"], tier="silver")
def retry_has_one_content(stage: SdkStage) -> None:
    """However often a number is sent, its content is the same: the collector sees no conflict."""
    stage.follow(
        {"match": {"n": [1, 3], "method": "POST"}, "do": "rst_after"},
        {"match": {"n": 4, "method": "POST"}, "do": {"status": {"code": 413}}},
    )
    client = stage.create(flush_at=20)
    client.track(20)
    client.flush(30_000)
    client.close()
    stage.equal({}, dict(stage.kept().conflicts), "conflicts")
    stage.equal(20, len(stage.kept().rows), "events stored")


@scenario(
    "led.verdict_surfaced",
    ["TM-ACK-06", "TM-LED-02"],
    tier="silver",
    needs=["track", "stats", "results", "alias"],
)
def verdict_surfaced(stage: SdkStage) -> None:
    """A verdict is counted by its code, told to the result callback, and nothing is sent again."""
    client = stage.create()
    client.track(2)
    client.call("alias", previous="user-1", user="user-2")
    client.flush()
    stats = client.stats()
    client.close()
    stage.equal({"key_policy": 1}, stats["rejected"], "rejected")
    told = [(result["outcome"], result["code"]) for result in client.last["results"]]
    stage.equal([("rejected", "key_policy")], told, "what the callback was told")
    stage.check(len(stage.posts()) <= 2, "what was rejected was sent again")


@scenario("led.unknown_verdict", ["TM-VER-03"], tier="silver", needs=["track", "stats", "results"])
def unknown_verdict(stage: SdkStage) -> None:
    """A verdict with a code from the future is final and counts as rejected."""
    verdict = [{"n": 1, "code": "from_the_future"}]
    stage.follow(
        {"match": {"n": 1, "method": "POST"}, "do": {"amend": {"fields": {"rejected": verdict}}}}
    )
    client = stage.create()
    client.track(3)
    client.flush()
    stats = client.stats()
    client.close()
    stage.equal({"from_the_future": 1}, stats["rejected"], "rejected")
    stage.equal(2, stats["stored"], "stored")
    stage.relax("books", "the collector stored what the amended answer calls rejected")


@scenario("led.one_in_flight", ["TM-RTY-03"], tier="silver")
def one_in_flight(stage: SdkStage) -> None:
    """By default one request of a stream is under way at a time."""
    stage.follow({"match": {"method": "POST"}, "do": {"stall": {"ms": 60, "where": "head"}}})
    client = stage.create(flush_at=5, max_events=5, flush_ms=10)
    client.track(50)
    client.flush()
    client.close()
    ends = 0.0
    for exchange, _, _ in stage.posts():
        stage.check(
            exchange.started >= ends - 1, f"request {exchange.n} began before the end of the last"
        )
        ends = exchange.ended
    stage.check(200 in answers_of(stage.posts()), "no request was answered")
