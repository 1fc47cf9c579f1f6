"""When an SDK sends, and how much at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_conformance.proxy.message import inflate
from tallymark_conformance.scenario.python import scenario
from tallymark_protocol import limits

if TYPE_CHECKING:
    from tallymark_conformance.stage.sdk import SdkStage


@scenario("bat.flush_at", ["TM-ENV-10"], needs=["track", "batching"])
def flush_at(stage: SdkStage) -> None:
    """A batch goes out once enough events wait, and not before."""
    client = stage.create(flush_at=10)
    client.track(9)
    stage.quiet(300)
    client.track(1)
    stage.wait_requests(1)
    client.close()
    stage.equal(10, len(stage.posts()[0][2]["events"]), "events of the first batch")


@scenario("bat.flush_interval", ["TM-ENV-10"], needs=["track", "batching"])
def flush_interval(stage: SdkStage) -> None:
    """An event waits no longer than the interval, and about as long."""
    client = stage.create(flush_at=1_000, flush_ms=3_000)
    client.track(1)
    stage.quiet(500)
    stage.wait_requests(1, 9_000)
    client.close()


@scenario("bat.max_events", ["TM-ENV-10"], tier="silver")
def max_events(stage: SdkStage) -> None:
    """No batch has more than 2,000 events, however many wait."""
    client = stage.create(flush_at=100_000)
    client.track(4_100)
    client.flush(30_000)
    client.close()
    sizes = [len(batch["events"]) for _, _, batch in stage.posts()]
    stage.check(max(sizes) <= limits.MAX_EVENTS, f"a batch of {max(sizes)} events")
    stage.equal(4_100, len(stage.kept().rows), "events stored")


@scenario("bat.max_bytes", ["TM-ENV-12"], tier="silver")
def max_bytes(stage: SdkStage) -> None:
    """Big events are spread over batches within the limits of a body, sent and inflated."""
    client = stage.create(flush_at=100_000)
    client.track(80, size=40_000)
    client.flush(30_000)
    client.close()
    for _, request, _ in stage.posts():
        plain = inflate(request.headers, request.body) or b""
        stage.check(len(request.body) <= limits.MAX_BODY, f"a body of {len(request.body)} bytes")
        stage.check(len(plain) <= limits.MAX_INFLATED, f"a body of {len(plain)} bytes inflated")
    stage.check(len(stage.posts()) >= 2, "3.2 MB went out in one request")
    stage.equal(80, len(stage.kept().rows), "events stored")


@scenario("bat.order_kept", ["TM-ENV-03"])
def order_kept(stage: SdkStage) -> None:
    """Inside a batch, and from batch to batch, events stand in the order of the calls."""
    client = stage.create(flush_at=7, max_events=7, flush_ms=10)
    client.track(60)
    client.flush()
    client.close()
    numbers = [event["n"] for event in stage.sent_events()]
    stage.equal(sorted(numbers), numbers, "numbers in the order of sending")


@scenario("bat.flush_waits", ["TM-LED-05"])
def flush_waits(stage: SdkStage) -> None:
    """Flush comes back after what was recorded before it is stored, not before."""
    stage.follow(
        {"match": {"n": 1, "method": "POST"}, "do": {"stall": {"ms": 400, "where": "head"}}}
    )
    client = stage.create()
    client.track(10)
    stage.equal(True, client.flush(), "what flush said")
    stage.equal(10, len(stage.kept().rows), "events stored when flush came back")
    client.close()


@scenario("bat.flush_timeout", ["TM-LED-05"])
def flush_timeout(stage: SdkStage) -> None:
    """A flush that cannot be done says so, soon after its time or before."""
    stage.follow({"match": {"method": "POST"}, "do": {"status": {"code": 503}}})
    client = stage.create()
    client.track(10)
    began = stage.now()
    stage.equal(False, client.flush(600), "what flush said")
    stage.check(stage.now() - began < 8_000, f"flush took {stage.now() - began:.0f} ms for 600")
    stage.follow()
    client.flush()
    client.close()


@scenario("bat.concurrent_flush", ["TM-RTY-03"], tier="silver")
def concurrent_flush(stage: SdkStage) -> None:
    """Four flushes at once send one batch, and all come back."""
    client = stage.create()
    client.track(20)
    tickets = [stage.adapter.post("flush", client="a", timeout_ms=10_000) for _ in range(4)]
    found = [ticket.result(30)["complete"] for ticket in tickets]
    stage.equal([True] * 4, found, "what the flushes said")
    stage.equal(1, len(stage.posts()), "requests")
    client.close()


@scenario("bat.call_does_not_wait", ["TM-RTY-03"], tier="silver", smoke=True)
def call_does_not_wait(stage: SdkStage) -> None:
    """While a request hangs, 300 calls return before it has ended."""
    stage.follow(
        {"match": {"n": 1, "method": "POST"}, "do": {"stall": {"ms": 3_000, "where": "head"}}}
    )
    client = stage.create(flush_at=1, timeout_ms=10_000)
    client.track(1)
    stage.wait(lambda: stage.proxy.busy, "the first request")
    client.track(300)
    stage.check(stage.proxy.busy, "the calls came back only after the hanging request")
    client.flush()
    client.close()


@scenario(
    "bat.overflow_<policy>",
    ["TM-LED-03"],
    tier="silver",
    needs=["track", "stats", "overflow"],
    variants=[{"policy": "newest"}, {"policy": "oldest"}],
)
def overflow(stage: SdkStage, policy: str) -> None:
    """Beyond its bound the queue drops the <policy> events, as it was told, and declares them."""
    stage.follow({"match": {"method": "POST"}, "do": {"status": {"code": 503}}})
    client = stage.create(queue_max=20, flush_at=100_000, overflow=policy)
    client.track(50)
    stage.follow()
    client.flush(20_000)
    client.close()
    expected = range(1, 21) if policy == "newest" else range(31, 51)
    stage.equal(list(expected), sorted(row.seq for row in stage.kept().rows), "numbers stored")
