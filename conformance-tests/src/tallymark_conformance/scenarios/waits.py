"""How long an SDK waits, and what it does then."""

from __future__ import annotations

import json
import socket
from itertools import pairwise
from statistics import mean, median
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.proxy.message import header, inflate
from tallymark_conformance.scenario.python import scenario
from tallymark_protocol import limits

if TYPE_CHECKING:
    from tallymark_conformance.stage.sdk import SdkStage

POST: Final = {"method": "POST"}
HOUR_MS: Final = 3_600_000
CLIENTS: Final = 12
QUIET_MS: Final = 400


def gaps(stage: SdkStage) -> list[float]:
    """Return the ms between the answer to each request and the begin of the next."""
    posts = [exchange for exchange, _, _ in stage.posts()]
    return [after.started - (before.answering or before.ended) for before, after in pairwise(posts)]


@scenario("rty.retry_after_delta", ["TM-RTY-08", "TM-RTY-05"], smoke=True)
def retry_after_delta(stage: SdkStage) -> None:
    """A Retry-After in seconds is a floor; the next request comes soon after it."""
    stage.follow({"match": {**POST, "n": 1}, "do": {"retry_after": {"seconds": 1}}})
    client = stage.create()
    client.track(5)
    client.flush()
    client.close()
    waited = gaps(stage)[0]
    stage.check(waited >= 975, f"waited {waited:.0f} ms of 1,000")
    stage.check(waited <= 1_000 * 1.2 + 3_000, f"waited {waited:.0f} ms after one of 1,000")


@scenario("rty.retry_after_date", ["TM-RTY-05", "TM-RTY-08"])
def retry_after_date(stage: SdkStage) -> None:
    """A Retry-After as an HTTP date is honoured, in whole seconds."""
    do = {"retry_after": {"kind": "date", "seconds": 2, "code": 503}}
    stage.follow({"match": {**POST, "n": 1}, "do": do})
    client = stage.create()
    client.track(5)
    client.flush()
    client.close()
    waited = gaps(stage)[0]
    stage.check(975 <= waited <= 7_000, f"waited {waited:.0f} ms for a date 1 to 2 s ahead")


@scenario("rty.retry_after_cap", ["TM-RTY-05"], tier="gold", needs=["track", "virtual_clock"])
def retry_after_cap(stage: SdkStage) -> None:
    """A Retry-After of ten hours counts for one."""
    stage.follow({"match": {**POST, "n": 1}, "do": {"retry_after": {"kind": "huge"}}})
    client = stage.create(virtual_clock=True, flush_at=5)
    client.track(5)
    stage.wait_requests(1)
    stage.relax("wire", "the hour passes on the client's clock only")
    stage.quiet(QUIET_MS)
    client.advance(HOUR_MS - 60_000)
    stage.quiet(QUIET_MS)
    stage.pass_time(
        client, lambda: len(stage.posts()) > 1, "the second request", 60_000, HOUR_MS // 5 + 180_000
    )
    client.close()


@scenario(
    "rty.quota", ["TM-RTY-07", "TM-RTY-05"], tier="gold", needs=["track", "virtual_clock", "stats"]
)
def quota(stage: SdkStage) -> None:
    """A 402 keeps everything for the time it names, tells of it, and loses nothing."""
    headers = {"Retry-After": "600"}
    do = {"status": {"code": 402, "problem": "quota_exceeded", "headers": headers}}
    stage.follow({"match": {**POST, "n": 1}, "do": do})
    client = stage.create(virtual_clock=True, flush_at=5)
    client.track(5)
    stage.wait_requests(1)
    stage.relax("wire", "the ten minutes pass on the client's clock only")
    stage.wait(lambda: client.stats().get("trouble") == "quota", "quota among the statistics")
    client.advance(590_000)
    stage.quiet(QUIET_MS)
    stage.pass_time(client, lambda: len(stage.posts()) > 1, "the second request", 30_000, 200_000)
    stage.equal(True, client.flush(), "what flush said")
    client.close()
    stage.equal(5, len(stage.kept().rows), "events stored")


@scenario(
    "rty.auth_<code>",
    ["TM-AUTH-05"],
    tier="gold",
    needs=["track", "virtual_clock", "stats"],
    variants=[{"code": 401}, {"code": 403}],
)
def auth(stage: SdkStage, code: int) -> None:
    """A <code> pauses for 15 minutes, keeps everything, and tells auth_error; then all is sent."""
    do = {"status": {"code": code, "problem": "key_unknown"}}
    stage.follow({"match": {**POST, "n": 1}, "do": do})
    client = stage.create(virtual_clock=True, flush_at=5)
    client.track(5)
    stage.wait_requests(1)
    stage.wait(lambda: client.stats().get("trouble") == "auth_error", "auth_error")
    stage.equal({}, client.stats()["dropped"], "dropped")
    client.advance(14 * 60_000)
    stage.quiet(QUIET_MS)
    stage.pass_time(client, lambda: len(stage.posts()) > 1, "the second request", 20_000, 120_000)
    stage.equal(True, client.flush(), "what flush said")
    client.close()
    stage.equal(5, len(stage.kept().rows), "events stored")


@scenario(
    "rty.auth_is_no_loss", ["TM-AUTH-05"], tier="silver", needs=["track", "stats"], smoke=True
)
def auth_is_no_loss(stage: SdkStage) -> None:
    """After a 401 nothing is sent at once, nothing is dropped, and the trouble has a name."""
    do = {"status": {"code": 401, "problem": "key_unknown"}}
    stage.follow({"match": POST, "do": do})
    client = stage.create(flush_at=5)
    client.track(5)
    stage.wait_requests(1)
    stage.wait(lambda: client.stats().get("trouble") == "auth_error", "auth_error")
    client.track(5)
    stage.quiet(1_500)
    stats = client.stats()
    stage.equal((10, {}), (stats["pending"], stats["dropped"]), "pending and dropped")
    client.close(500)
    for name in ("accounted", "books", "history", "dense"):
        stage.relax(name, "the collector was never reached")


@scenario(
    "rty.unsupported_version", ["TM-RTY-07", "TM-ENV-01"], tier="silver", needs=["track", "stats"]
)
def unsupported_version(stage: SdkStage) -> None:
    """A collector of another major version stops sending, keeps everything, and is named."""
    do = {"status": {"code": 400, "problem": "unsupported_version"}}
    stage.follow({"match": POST, "do": do})
    client = stage.create(flush_at=5)
    client.track(5)
    stage.wait_requests(1)
    stage.wait(lambda: client.stats().get("trouble") == "unsupported_version", "its name")
    stage.quiet(1_200)
    stage.equal({}, client.stats()["dropped"], "dropped")
    client.close(500)
    for name in ("accounted", "books", "history", "dense"):
        stage.relax(name, "the collector was never reached")


@scenario("rty.intercepted", ["TM-RTY-07", "TM-ACK-01"], tier="silver", needs=["track", "stats"])
def intercepted(stage: SdkStage) -> None:
    """After three answers without proof in a row the SDK says that somebody stands between."""
    stage.follow({"match": {**POST, "n": [1, 3]}, "do": "html200"})
    client = stage.create(flush_at=5)
    client.track(5)
    stage.wait(
        lambda: client.stats().get("trouble") == "intercepted" or len(stage.posts()) > 3,
        "intercepted among the statistics",
    )
    stage.check(len(stage.posts()) <= 4, "it was not surfaced after three in a row")
    client.flush()
    stage.equal(None, client.stats().get("trouble"), "trouble once all is well")
    client.close()


@scenario("rty.backoff", ["TM-RTY-01"], tier="silver", limit_s=90)
def backoff(stage: SdkStage) -> None:
    """Waits of twelve clients grow with the failures, stay below their ceiling, and differ."""
    rules = [
        {"match": {**POST, "path": f"/{number}/", "n": [1, 4]}, "do": {"status": {"code": 503}}}
        for number in range(CLIENTS)
    ]
    rules += [
        {"match": {**POST, "path": f"/{number}/"}, "do": {"status": {"code": 401}}}
        for number in range(CLIENTS)
    ]
    stage.follow(*rules)
    clients = [
        stage.create(str(number), url=f"{stage.proxy.url}/{number}", flush_at=1)
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.track()
    stage.wait_requests(5 * CLIENTS, 40_000)
    for client in clients:
        client.close(200)
    waits = _waits(stage)
    for failure in range(1, 5):
        ceiling = min(60_000, 500 * 2 ** (failure - 1))
        found = [row[failure - 1] for row in waits]
        stage.check(
            max(found) <= ceiling + 1_500, f"waited {max(found):.0f} ms after failure {failure}"
        )
    first, last = ([row[place] for row in waits] for place in (0, 3))
    stage.check(
        mean(last) > 2 * mean(first),
        f"the waits do not grow: {mean(first):.0f}, {mean(last):.0f} ms",
    )
    spread = max(last) - min(last)
    stage.check(spread > 400, f"twelve clients come back within {spread:.0f} ms")
    for name in ("accounted", "books", "history", "dense", "wire"):
        stage.relax(name, "the collector was never reached")


def _waits(stage: SdkStage) -> list[list[float]]:
    """Return the first four waits of each client."""
    posts: dict[str, list[Any]] = {}
    for exchange, request, _ in stage.posts():
        posts.setdefault(request.path.split("/")[1], []).append(exchange)
    return [
        [after.started - before.ended for before, after in pairwise(found[:5])]
        for found in posts.values()
    ]


@scenario("rty.attempts", ["TM-HDR-01", "TM-HDR-03", "TM-HDR-04"], when=["headers"], smoke=True)
def attempts(stage: SdkStage) -> None:
    """Three attempts of a batch have the same bytes, rising numbers and a send time each."""
    stage.follow({"match": {**POST, "n": [1, 2]}, "do": {"status": {"code": 500}}})
    client = stage.create(flush_at=10)
    client.track(10)
    client.flush()
    client.close()
    first = [request for _, request, batch in stage.posts() if batch["events"]][:3]
    bodies = {inflate(request.headers, request.body) for request in first}
    stage.equal(1, len(bodies), "different bodies of one batch", "TM-HDR-01")
    numbers = [header(request.headers, "tallymark-attempt") for request in first]
    stage.equal(["1", "2", "3"], numbers, "attempts", "TM-HDR-04")
    times = [header(request.headers, "tallymark-sent-at") for request in first]
    stage.equal(3, len(set(times)), "different send times", "TM-HDR-03")


@scenario("rty.probe", ["TM-RTY-04"], tier="silver", limit_s=90)
def probe(stage: SdkStage) -> None:
    """The first batch that is cut after an outage has at most 20 events."""
    stage.follow({"match": {**POST, "n": [1, 5]}, "do": {"status": {"code": 503}}})
    client = stage.create(flush_at=60)
    client.track(60)
    stage.wait_requests(4, 30_000)
    client.track(200)
    client.flush(40_000)
    client.close()
    good = [
        batch
        for exchange, _, batch in stage.posts()
        if exchange.sent and exchange.sent.status == 200
    ]
    size = len(good[0]["events"])
    stage.check(size <= limits.PROBE_EVENTS, f"the first batch after the outage has {size} events")
    stage.equal(260, len(stage.kept().rows), "events stored")


@scenario("rty.budget", ["TM-RTY-06"], tier="silver")
def budget(stage: SdkStage) -> None:
    """When one of a hundred requests fails, no more than a tenth are extra ones."""
    stage.follow(
        {"match": {**POST, "n": [50, 50]}, "do": {"status": {"code": 500}}},
        {"match": {**POST, "n": [100, 100]}, "do": "rst_after"},
    )
    client = stage.create(flush_at=1, max_events=1)
    client.track(150)
    client.flush(30_000)
    client.close()
    posts = [json.dumps(batch) for _, _, batch in stage.posts()]
    needed = len(set(posts))
    extra = len(posts) - needed
    stage.check(extra <= needed // 10, f"{extra} extra requests for {needed}")


@scenario(
    "rty.no_attempt_limit", ["TM-RTY-02"], tier="gold", needs=["track", "virtual_clock", "stats"]
)
def no_attempt_limit(stage: SdkStage) -> None:
    """Thirty failures in a row do not end an event."""
    stage.follow({"match": {**POST, "n": [1, 30]}, "do": {"status": {"code": 503}}})
    client = stage.create(virtual_clock=True, flush_at=5)
    client.track(5)
    stage.pass_time(client, lambda: len(stage.posts()) > 30, "31 requests", 310_000, 40 * 310_000)
    client.flush(20_000)
    stage.equal({}, client.stats()["dropped"], "dropped")
    client.close()
    stage.equal(5, len(stage.kept().rows), "events stored")


@scenario(
    "rty.expire",
    ["TM-RTY-02", "TM-LED-03"],
    tier="gold",
    needs=["track", "virtual_clock", "stats", "max_age"],
)
def expire(stage: SdkStage) -> None:
    """An event that grows older than the maximum ends as a declared loss: expired."""
    stage.follow({"match": POST, "do": {"status": {"code": 503}}})
    client = stage.create(virtual_clock=True, max_age_ms=600_000, flush_at=5)
    client.track(5)
    stage.wait_requests(1)
    client.advance(601_000)
    stage.wait(lambda: client.stats()["dropped"] == {"expired": 5}, "5 expired")
    stage.follow()
    client.track(2)
    stage.pass_time(
        client, lambda: client.stats()["pending"] == 0, "nothing pending", 30_000, 570_000
    )
    client.close()
    stage.equal(2, len(stage.kept().rows), "events stored")


@scenario(
    "net.redirect_<code>",
    ["TM-ACK-02", "TM-ACK-01"],
    variants=[{"code": 301}, {"code": 302}, {"code": 307}, {"code": 308}],
)
def redirect(stage: SdkStage, code: int) -> None:
    """A <code> to another host is not followed, and loses nothing."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        where = f"http://127.0.0.1:{canary.getsockname()[1]}/login"
        do = {"redirect": {"code": code, "where": where}}
        stage.follow({"match": {**POST, "n": [1, 2]}, "do": do})
        client = stage.create()
        client.track(10)
        client.flush()
        client.close()
        canary.setblocking(False)
        try:
            connection, _ = canary.accept()
        except BlockingIOError:
            return
        connection.close()
        stage.check(good=False, detail="the redirect was followed", req="TM-ACK-02")


@scenario("net.dns_fail", ["TM-RTY-07"], level="SHOULD", tier="silver", needs=["track", "stats"])
def dns_fail(stage: SdkStage) -> None:
    """A name that cannot be resolved loses nothing: all is pending, and the close comes back."""
    client = stage.create(url="http://collector.invalid:9", flush_at=5, timeout_ms=1_000)
    client.track(5)
    client.flush(500)
    stats = client.stats()
    stage.equal((5, {}), (stats["pending"], stats["dropped"]), "pending and dropped")
    client.close(500)
    for name in ("accounted", "books", "history"):
        stage.relax(name, "the collector was never reached")


@scenario("net.proves_every_answer", ["TM-ACK-01", "TM-LED-05"], tier="silver")
def proves_every_answer(stage: SdkStage) -> None:
    """After every kind of false answer nothing had been released before the true one came."""
    false = [
        "html200",
        "empty200",
        "wrong_json",
        "ack_other_stream",
        {"status": {"code": 204, "body": ""}},
    ]
    stage.follow(*({"match": {**POST, "n": n + 1}, "do": do} for n, do in enumerate(false)))
    client = stage.create(flush_at=5)
    client.track(5)
    client.flush(40_000)
    client.close()
    numbers = [len(batch["events"]) for _, _, batch in stage.posts()]
    stage.check(median(numbers[: len(false)]) == 5, f"batches of {numbers} events")
    stage.equal(5, len(stage.kept().rows), "events stored")
