"""What an SDK remembers of answers, and keeps to when much waits or nothing may be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_conformance.proxy.message import header, inflate
from tallymark_conformance.scenario.python import scenario
from tallymark_protocol import limits

if TYPE_CHECKING:
    from tallymark_conformance.stage.sdk import SdkStage


@scenario(
    "rty.identity_after_415",
    ["TM-RTY-07"],
    tier="silver",
    needs=["track", "gzip"],
    platforms=["server"],
)
def identity_after_415(stage: SdkStage) -> None:
    """After a 415 the same batch, and every later one, is sent without a coding."""
    do = {"status": {"code": 415, "problem": "unsupported_media_type"}}
    stage.follow({"match": {"method": "POST", "n": 1}, "do": do})
    client = stage.create()
    for _ in range(2):
        client.track(50)
        client.flush()
    client.close()
    codings = [header(request.headers, "content-encoding") for _, request, _ in stage.posts()]
    stage.equal("gzip", codings[0], "coding of the first request")
    later = [coding for coding in codings[1:] if coding not in (None, "identity")]
    stage.equal([], later, "codings after the 415")


@scenario("bat.bytes_after_outage", ["TM-ENV-12"], tier="silver", platforms=["server"], limit_s=120)
def bytes_after_outage(stage: SdkStage) -> None:
    """Of 11 MB that wait behind a slow answer, no batch has more than a body may have."""
    stage.follow(
        {"match": {"n": 1, "method": "POST"}, "do": {"stall": {"ms": 2_500, "where": "head"}}}
    )
    client = stage.create(flush_at=1, timeout_ms=20_000)
    client.track()
    stage.wait(lambda: stage.proxy.busy, "the first request")
    client.track(216, size=50_000)
    client.flush(40_000)
    client.close()
    for _, request, _ in stage.posts():
        plain = inflate(request.headers, request.body) or b""
        stage.check(len(plain) <= limits.MAX_INFLATED, f"a body of {len(plain)} bytes inflated")
    stage.equal(217, len(stage.kept().rows), "events stored")


@scenario(
    "bat.events_after_outage", ["TM-ENV-10"], tier="silver", platforms=["server"], limit_s=120
)
def events_after_outage(stage: SdkStage) -> None:
    """Of 4,500 events that wait behind a slow answer, no batch has more than 2,000."""
    stage.follow(
        {"match": {"n": 1, "method": "POST"}, "do": {"stall": {"ms": 2_500, "where": "head"}}}
    )
    client = stage.create(flush_at=1, timeout_ms=20_000)
    client.track()
    stage.wait(lambda: stage.proxy.busy, "the first request")
    client.track(4_500)
    client.flush(40_000)
    client.close()
    sizes = [len(batch["events"]) for _, _, batch in stage.posts()]
    stage.check(max(sizes) <= limits.MAX_EVENTS, f"a batch of {max(sizes)} events")
    stage.equal(4_501, len(stage.kept().rows), "events stored")


@scenario("con.hold_is_silent", ["TM-CON-01"], tier="silver", needs=["track", "consent", "stats"])
def hold_is_silent(stage: SdkStage) -> None:
    """While consent is unknown a client that holds sends nothing, though its process can."""
    other = stage.create("other", flush_at=1)
    other.track(2)
    other.flush()
    sent = len(stage.posts())
    client = stage.create(consent={"analytics": "unknown"}, when_unknown="hold", flush_at=1)
    client.track(10)
    client.flush(300)
    stage.quiet(600)
    stage.equal(sent, len(stage.posts()), "requests")
    client.call("consent", analytics="granted")
    client.flush()
    client.close()
    other.close()
    stage.equal(12, len(stage.kept().rows), "events stored")
