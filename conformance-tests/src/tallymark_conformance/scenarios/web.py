"""What holds in a page only: no preflight, no cookie, and nothing lost when it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.proxy.message import header
from tallymark_conformance.scenario.python import scenario
from tallymark_protocol import limits

if TYPE_CHECKING:
    from tallymark_conformance.stage.client import Client
    from tallymark_conformance.stage.sdk import SdkStage

PAGE: Final[dict[str, Any]] = {
    "needs": ("track",),
    "when": ("tabs",),
    "platforms": ("browser",),
    "tier": "silver",
}
PROFILE: Final = "visitor"
"""Tabs of one visitor share the browser's storage."""
DOWN: Final = {"match": {"method": "POST"}, "do": {"status": {"code": 503}}}


def tab(stage: SdkStage, name: str = "a", **config: Any) -> Client:
    """Open a tab of the visitor with a client in it."""
    profile = f"{PROFILE}-{stage.book.token}"
    return stage.create(name, spool_dir=profile, **config)


def left(stage: SdkStage) -> None:
    """Leave out the oracle that asks clients: those of pages that were left cannot answer."""
    stage.relax("books", "a page that was left cannot be asked any more")


@scenario("web.no_preflight", ["TM-WEB-05", "TM-AUTH-01", "TM-EPT-02"], smoke=True, **PAGE)
def no_preflight(stage: SdkStage) -> None:
    """In its default configuration a page on another origin sends no preflight."""
    client = tab(stage)
    client.track(300)
    client.flush()
    client.close()
    methods = [exchange.request.method for exchange in stage.exchanges if exchange.request]
    stage.check(methods, "nothing was sent")
    stage.check("OPTIONS" not in methods, f"{methods.count('OPTIONS')} preflights")


@scenario("web.key_in_query", ["TM-AUTH-01", "TM-HDR-03", "TM-EPT-02"], **PAGE)
def key_in_query(stage: SdkStage) -> None:
    """Key and send time stand in the query, so that no header of ours is needed."""
    client = tab(stage)
    client.track(3)
    client.flush()
    client.close()
    for _, request, _ in stage.posts():
        stage.check(f"k={stage.collector.key}" in request.target, "no key in the query")
        stage.check("st=" in request.target, "no send time in the query", "TM-HDR-03")
        own = [
            name for name, _ in request.headers if name.lower().startswith(("tallymark-", "auth"))
        ]
        stage.equal([], own, "headers of ours")


@scenario("web.no_cookies", ["TM-WEB-04"], **PAGE)
def no_cookies(stage: SdkStage) -> None:
    """No cookie is set, and none is sent."""
    client = tab(stage)
    client.track(3)
    client.flush()
    stage.equal("", stage.tab(client, "cookies")["cookies"], "cookies of the page")
    client.close()
    for _, request, _ in stage.posts():
        stage.equal(None, header(request.headers, "cookie"), "Cookie")


@scenario("web.leave", ["TM-WEB-02", "TM-WEB-01"], smoke=True, **PAGE)
def leave(stage: SdkStage) -> None:
    """A page that is left at once sends what it recorded, once."""
    client = tab(stage)
    client.track(40)
    stage.tab(client, "leave")
    stage.wait_stored(40)
    left(stage)
    stage.relax("accounted", "the stream has no end: nobody was there to tell it")


@scenario("web.leave_60k", ["TM-WEB-01", "TM-WEB-03", "TM-LED-12"], limit_s=90, **PAGE)
def leave_60k(stage: SdkStage) -> None:
    """At most 60,000 bytes are on their way when a page is left; the next page sends the rest."""
    client = tab(stage, flush_at=100_000, max_events=2_000)
    for _ in range(100):
        client.track(1, noise=[f"{stage.rng.getrandbits(320):080x}" for _ in range(14)])
    before = len(stage.posts())
    stage.tab(client, "leave")
    stage.wait(lambda: len(stage.posts()) > before, "what the page sends when it is left")
    stage.wait(lambda: not stage.proxy.busy, "the end of its last request")
    sizes = [len(request.body) for _, request, _ in stage.posts()[before:]]
    stage.check(sum(sizes) <= limits.MAX_UNLOAD, f"{sum(sizes)} bytes when the page was left")
    tab(stage, "b")
    stage.wait_stored(100, 40_000)
    left(stage)
    stage.equal(100, len(stage.kept().rows), "events stored")


@scenario("web.hidden", ["TM-WEB-02"], **PAGE)
def hidden(stage: SdkStage) -> None:
    """A page that is hidden sends what it has: it may never be shown again."""
    client = tab(stage)
    client.track(10)
    stage.quiet(300)
    stage.tab(client, "hide")
    stage.wait_stored(10, 5_000)
    client.close()


@scenario("web.orphan_adopted", ["TM-WEB-03", "TM-LED-09", "TM-LED-12"], limit_s=120, **PAGE)
def orphan_adopted(stage: SdkStage) -> None:
    """What a page that crashed has left in storage is sent by the next one, under its numbers."""
    stage.follow(DOWN)
    client = tab(stage, flush_at=10)
    client.track(10)
    stage.wait_requests(1)
    streams = stage.streams()
    stage.tab(client, "crash")
    stage.follow()
    tab(stage, "b")
    stage.wait_stored(10, 75_000)
    left(stage)
    stage.equal(set(streams), {row.stream for row in stage.kept().rows}, "streams")
    stage.equal(10, len(stage.kept().rows), "events stored")


@scenario("web.two_tabs", ["TM-LED-09", "TM-LED-10", "TM-WEB-03"], **PAGE)
def two_tabs(stage: SdkStage) -> None:
    """Two tabs of one visitor have two streams and one device; neither sends the other's events."""
    first, second = tab(stage), tab(stage, "b")
    for client in (first, second):
        client.track(10)
    for client in (first, second):
        client.flush()
        client.close()
    rows = stage.kept().rows
    stage.equal(2, len({row.stream for row in rows}), "streams")
    stage.equal(20, len(rows), "events stored")
    devices = {row.body.get("d", row.body.get("ctx", {}).get("device_id")) for row in rows}
    stage.equal(1, len(devices), "devices")


@scenario("web.storage_off", ["TM-LED-02"], **PAGE)
def storage_off(stage: SdkStage) -> None:
    """Without storage a page works in memory, and delivers all the same."""
    client = stage.create(spool_dir=None)
    client.track(10)
    client.flush()
    client.close()
    stage.equal(10, len(stage.kept().rows), "events stored")


@scenario(
    "web.page_place",
    ["TM-KND-02"],
    needs=["page"],
    when=["tabs"],
    platforms=["browser"],
    tier="silver",
)
def page_place(stage: SdkStage) -> None:
    """A page view knows its address, path and title without being told."""
    client = tab(stage)
    client.call("page")
    client.flush()
    client.close()
    (row,) = stage.kept().rows
    stage.equal("page", row.body.get("k"), "kind")
    stage.check(str(row.properties.get("$url", "")).startswith("http://127.0.0.1"), "no $url")
    stage.equal("/", row.properties.get("$path"), "$path")


@scenario(
    "web.reset_new_device",
    ["TM-LED-10"],
    needs=["track", "reset"],
    when=["tabs"],
    platforms=["browser"],
    tier="silver",
)
def reset_new_device(stage: SdkStage) -> None:
    """After a logout the visitor is another device, in another stream."""
    client = tab(stage)
    client.track(2)
    client.call("reset")
    client.track(2)
    client.flush()
    client.close()
    rows = stage.kept().rows
    devices = {row.body.get("d", row.body.get("ctx", {}).get("device_id")) for row in rows}
    stage.equal((2, 2), (len(devices), len({row.stream for row in rows})), "devices and streams")
