"""What an SDK's requests look like."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.proxy.message import header, inflate
from tallymark_conformance.scenario.python import scenario
from tallymark_protocol import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_conformance.stage.sdk import SdkStage

PATHS: Final = {"server": ("/v1/batch",), "browser": ("/v1/b",)}
NAMES: Final = ("café", "日本語のイベント", "party 🎉", "naïve – “quoted”")
LARGEST: Final = 2**53 - 1


def sent(stage: SdkStage, count: int = 3, **properties: Any) -> None:
    """Send *count* events and end the client."""
    client = stage.create(flush_at=100_000)
    client.track(count, **properties)
    client.flush()
    client.close()


def value_of(stage: SdkStage, name: str) -> Any:
    """Return what is stored as the property *name* of the only event."""
    rows = stage.kept().rows
    if not rows:
        stage.fail("the event was not stored")
    return rows[0].properties.get(name)


@scenario("wire.batch_valid", ["TM-EPT-01", "TM-ENV-11", "TM-ENV-06", "TM-VER-01"], smoke=True)
def batch_valid(stage: SdkStage) -> None:
    """The first request is a valid envelope, answered 200 with a proof."""
    sent(stage)
    exchange, _, batch = stage.posts()[0]
    stage.equal(1, batch.get("v"), "v of the envelope", "TM-VER-01")
    stage.check("t0" in batch, "an envelope without t0", "TM-ENV-06")
    stage.equal(200, exchange.sent and exchange.sent.status, "status of the first batch")


@scenario("wire.path_method", ["TM-EPT-01", "TM-EPT-02"])
def path_method(stage: SdkStage) -> None:
    """Batches go by POST to the one path there is for this platform."""
    sent(stage)
    for exchange in stage.exchanges:
        request = exchange.request
        if request is None or request.method == "OPTIONS":
            continue
        stage.equal("POST", request.method, "method")
        stage.check(request.path in PATHS[stage.platform], f"path {request.path}")


@scenario("wire.bearer", ["TM-AUTH-01"], when=["headers"], smoke=True)
def bearer(stage: SdkStage) -> None:
    """The key stands in the Authorization header, and neither in the body nor in the URL."""
    sent(stage)
    key = stage.collector.key
    for _, request, _ in stage.posts():
        stage.equal(f"Bearer {key}", header(request.headers, "authorization"), "Authorization")
        plain = inflate(request.headers, request.body) or b""
        stage.check(key.encode() not in plain, "the key stands in the body")
        stage.check(key not in request.target, "the key stands in the URL")


@scenario("wire.sdk_header", ["TM-HDR-04"], when=["headers"])
def sdk_header(stage: SdkStage) -> None:
    """Tallymark-SDK is name/semver, at most 64 bytes, and the first attempt is number 1."""
    sent(stage)
    _, request, _ = stage.posts()[0]
    said = header(request.headers, "tallymark-sdk") or ""
    stage.check(re.fullmatch(r"[\w.-]+/\d+\.\d+\.\d+\S*", said), f"Tallymark-SDK is {said!r}")
    stage.check(len(said.encode()) <= limits.MAX_SDK, f"Tallymark-SDK has {len(said)} bytes")
    stage.equal("1", header(request.headers, "tallymark-attempt"), "the first attempt")


@scenario("wire.content_type", ["TM-HDR-06"])
def content_type(stage: SdkStage) -> None:
    """A batch is sent as JSON, or as text/plain where a preflight must be avoided."""
    sent(stage)
    allowed = (
        ("application/json",) if stage.platform == "server" else ("text/plain", "application/json")
    )
    for _, request, _ in stage.posts():
        kind = (header(request.headers, "content-type") or "").partition(";")[0]
        stage.check(kind in allowed, f"content type {kind!r}")


@scenario("wire.gzip_over_1k", ["TM-HDR-05"], tier="silver", needs=["track", "gzip"])
def gzip_over_1k(stage: SdkStage) -> None:
    """A large body is compressed, becomes smaller, and inflates to the batch."""
    sent(stage, 200)
    _, request, batch = stage.posts()[0]
    plain = inflate(request.headers, request.body)
    stage.check(request.body[:2] == b"\x1f\x8b", "200 events are not sent as gzip")
    stage.check(plain and len(plain) > len(request.body), "the body did not become smaller")
    stage.equal(200, len(batch["events"]), "events of the batch")


@scenario("wire.sent_at", ["TM-HDR-03"])
def sent_at(stage: SdkStage) -> None:
    """The send time is that of the attempt, in ms, and no part of the body."""
    sent(stage)
    for exchange, request, batch in stage.posts():
        query = re.search(r"[?&]st=(\d+)", request.target)
        said = query[1] if query else header(request.headers, "tallymark-sent-at") or ""
        stage.check(said.isdigit(), f"the send time is {said!r}")
        if said.isdigit():
            stage.check(
                abs(int(said) - exchange.at) < 5_000, f"sent at {said}, seen at {exchange.at}"
            )
        stage.check("sent_at" not in batch, "a send time in the body")


@scenario("wire.ctx_hoisted", ["TM-ENV-08", "TM-CTX-01", "TM-CTX-02"])
def ctx_hoisted(stage: SdkStage) -> None:
    """What all events share stands in the envelope's context, once, and reaches every event."""
    sent(stage, 20)
    _, _, batch = stage.posts()[0]
    context = batch.get("ctx") or {}
    if not stage.check(context, "no context in the envelope"):
        return
    stage.check(
        len(json.dumps(context).encode()) <= limits.MAX_CTX, "a context of more than 16 KiB"
    )
    stage.check("lib" in context, f"the context does not say what sends: {sorted(context)}")
    stage.check(all("ctx" not in event for event in batch["events"]), "events repeat the context")
    for row in stage.kept().rows:
        stage.equal(context["lib"], row.body.get("ctx", {}).get("lib"), "lib of a stored event")


@scenario("wire.user_and_device", ["TM-EVT-06"], needs=["track"])
def user_and_device(stage: SdkStage) -> None:
    """Ids given with a call are the event's user and device."""
    client = stage.create()
    client.call("track", name="probe", user="user-7", device="device-8")
    client.flush()
    client.close()
    for row in stage.kept().rows:
        context = row.body.get("ctx", {})
        stage.equal("user-7", row.body.get("u", context.get("user_id")), "user")
        stage.equal("device-8", row.body.get("d", context.get("device_id")), "device")


@scenario("wire.groups", ["TM-EVT-07"], needs=["track"])
def groups(stage: SdkStage) -> None:
    """Groups given with a call are the event's groups."""
    client = stage.create()
    client.call("track", name="probe", groups={"company": "acme"})
    client.flush()
    client.close()
    rows = stage.kept().rows
    stage.equal([{"company": "acme"}], [row.body.get("g") for row in rows], "groups")


@scenario("wire.no_null_fields", ["TM-VAL-01"])
def no_null_fields(stage: SdkStage) -> None:
    """A field without content is left out, not null."""
    sent(stage)
    for _, _, batch in stage.posts():
        empty = [name for name, value in batch.items() if value is None]
        empty += [
            name for event in batch["events"] for name, value in event.items() if value is None
        ]
        stage.equal([], empty, "fields that are null")


@scenario("wire.base_url_slash", ["TM-EPT-01", "TM-EPT-02"])
def base_url_slash(stage: SdkStage) -> None:
    """An address with and without a slash at its end is the same address."""
    for name, url in (("bare", stage.proxy.url), ("slash", f"{stage.proxy.url}/")):
        client = stage.create(name, url=url)
        client.track()
        client.flush()
        client.close()
    paths = {request.path for _, request, _ in stage.posts()}
    stage.equal(set(PATHS[stage.platform]), paths, "paths")
    stage.equal(2, len(stage.kept().rows), "events stored")


@scenario("wire.base_path_prefix", ["TM-EPT-01", "TM-EPT-02"])
def base_path_prefix(stage: SdkStage) -> None:
    """A path in the address is kept before the protocol's own."""
    stage.follow({"match": {"path": "/ingest"}, "do": {"status": {"code": 503}}})
    client = stage.create(url=f"{stage.proxy.url}/ingest")
    client.track()
    client.flush(300)
    client.close(300)
    paths = {exchange.request.path for exchange in stage.exchanges if exchange.request}
    allowed = {f"/ingest{path}" for path in PATHS[stage.platform]}
    stage.check(paths and paths <= allowed, f"paths {sorted(paths)}")
    for name in ("accounted", "books", "history", "dense"):
        stage.relax(name, "the collector was never reached")


@scenario("wire.utf8_names", ["TM-EVT-05"], smoke=True)
def utf8_names(stage: SdkStage) -> None:
    """Names and values outside ASCII arrive as they are."""
    client = stage.create()
    for name in NAMES:
        client.track(name=name, value=name)
    client.flush()
    client.close()
    rows = stage.kept().rows
    stage.equal(list(NAMES), [row.body.get("e") for row in rows], "names")
    stage.equal(list(NAMES), [row.properties.get("value") for row in rows], "values")


@scenario("wire.empty_flush", ["TM-ENV-10"])
def empty_flush(stage: SdkStage) -> None:
    """A client without events sends nothing."""
    client = stage.create()
    stage.equal(True, client.flush(), "what flush said")
    client.close()
    stage.equal(0, len(stage.posts()), "requests")


@scenario("wire.largest_integer", ["TM-VAL-02", "TM-VAL-08"])
def largest_integer(stage: SdkStage) -> None:
    """2^53-1 and its negative arrive exactly."""
    sent(stage, 1, high=LARGEST, low=-LARGEST)
    stage.equal(LARGEST, value_of(stage, "high"), "the highest integer")
    stage.equal(-LARGEST, value_of(stage, "low"), "the lowest integer")


@scenario("wire.floats", ["TM-VAL-08"])
def floats(stage: SdkStage) -> None:
    """Fractions arrive as the same doubles."""
    values = [0.1, 5e-324, 2.2250738585072014e-308, -2.5, 1 / 3, 4503599627370495.5]
    sent(stage, 1, values=values)
    stage.equal(values, value_of(stage, "values"), "values")


@scenario("wire.nan_is_null", ["TM-VAL-03"], tier="silver", needs=["track", "odd", "stats"])
def nan_is_null(stage: SdkStage) -> None:
    """NaN, infinities and half surrogates are repaired and counted as sanitized."""
    client = stage.create()
    for kind in ("nan", "inf", "-inf", "lone_surrogate"):
        client.call("track", altered=True, name=kind, properties={"value": {"$odd": kind}})
    client.flush()
    stage.equal(4, client.stats().get("sanitized"), "sanitized")
    client.close()
    found = [row.properties.get("value") for row in stage.kept().rows]
    stage.equal([None, None, None, "a\ufffdb"], found, "values")


@scenario("wire.nesting", ["TM-EVT-08"], tier="silver")
def nesting(stage: SdkStage) -> None:
    """Five levels are kept as they are; the sixth is a counted verdict or loss, never silence."""
    client = stage.create()
    client.track(nested={"b": {"c": {"d": 1}}})
    client.call(
        "track", altered=True, name="deep", properties={"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}
    )
    client.flush()
    client.close()
    stage.relax("valid", "the collector gives the sixth level a verdict")
    rows = stage.kept().rows
    stage.equal([{"b": {"c": {"d": 1}}}], [row.properties.get("nested") for row in rows], "stored")


@scenario("wire.date_values", ["TM-VAL-09"], level="SHOULD", tier="silver", needs=["track", "odd"])
def date_values(stage: SdkStage) -> None:
    """A date among the properties becomes RFC 3339 text in UTC."""
    client = stage.create()
    date = {"$odd": "date:2026-03-29T01:30:00+02:00"}
    client.call("track", altered=True, name="dated", properties={"at": date})
    client.flush()
    client.close()
    found = str(value_of(stage, "at"))
    good = re.fullmatch(r"2026-03-28T23:30:00(\.0+)?(Z|\+00:00)", found)
    stage.check(good, f"the date became {found!r}")


@scenario(
    "wire.kinds",
    ["TM-KND-01", "TM-KND-02", "TM-EVT-01"],
    tier="silver",
    needs=["track", "page", "screen"],
)
def kinds(stage: SdkStage) -> None:
    """Track, page and screen are stored as what they are."""
    client = stage.create()
    client.call("track", name="Bought")
    client.call("page", name="Start")
    client.call("screen", name="Settings")
    client.flush()
    client.close()
    found = [(row.body.get("k", "track"), row.body.get("e")) for row in stage.kept().rows]
    stage.equal([("track", "Bought")], found[:1], "the tracked event")
    views = [("page", "Start"), ("screen", "Settings")]
    stage.equal(views, found[1:], "page and screen", "TM-KND-02")


@scenario("wire.reserved_name", ["TM-EVT-05"], tier="silver", needs=["track", "stats"])
def reserved_name(stage: SdkStage) -> None:
    """A name that begins with $ or is too long is never stored as it was, nor lost in silence."""
    client = stage.create()
    good = client.track(name="fine")
    client.call("track", altered=True, name="$reserved")
    client.call("track", altered=True, name="x" * 201)
    client.flush()
    client.close()
    stage.check(good[0] is None or good, "the good call")
    rows: list[Mapping[str, Any]] = [row.body for row in stage.kept().rows]
    stage.check(all(row.get("e") != "$reserved" for row in rows), "a reserved name was stored")
    stage.check(all(len(str(row.get("e"))) <= 200 for row in rows), "a name was stored too long")
