"""How an SDK behaves inside the program it is part of."""

from __future__ import annotations

import itertools
from signal import SIGTERM
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.python import scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallymark_conformance.stage.sdk import SdkStage

POST: Final = {"method": "POST"}
ODD: Final[tuple[Any, ...]] = (
    *({"$odd": kind} for kind in ("nan", "inf", "undefined", "function", "raises", "cycle")),
    *({"$odd": kind} for kind in ("bytes", "lone_surrogate", "set", "class", "deep:900")),
    *(None, True, -1, 2**70, 1e308, "", "x" * 70_000, "\0", [], {}, [[]], {"": None}),
)
METHODS: Final = ("track", "page", "identify", "profile", "group", "alias", "exposure", "register")
FIRST: Final = {
    "track": "name",
    "page": "name",
    "identify": "user",
    "profile": "changes",
    "group": "id",
    "alias": "previous",
    "exposure": "flag",
    "register": "properties",
}
BASE: Final[dict[str, dict[str, Any]]] = {
    "track": {"name": "odd"},
    "page": {"name": "odd"},
    "identify": {"user": "user-1"},
    "profile": {"changes": {"set": {"a": 1}}, "user": "user-1"},
    "group": {"kind": "company", "id": "acme"},
    "alias": {"previous": "user-1", "user": "user-2"},
    "exposure": {"flag": "flag-1", "variant": "on"},
    "register": {"properties": {}},
}


def odd_calls() -> Iterator[tuple[str, dict[str, Any]]]:
    """Iterate over calls with an odd value in each place of each method."""
    for method, value in itertools.product(METHODS, ODD):
        base = BASE[method]
        yield method, {**base, FIRST[method]: value}
        if method in ("track", "identify", "group"):
            yield method, {**base, "properties": value}
            yield method, {**base, "properties": {"value": value}}
        if method in ("track", "page"):
            yield method, {**base, "user": value}
            yield method, {**base, "time": value}


@scenario(
    "prc.never_raises",
    ["TM-LED-01", "TM-LED-02"],
    tier="silver",
    needs=["track", "odd", "stats", "identify", "group", "profile"],
    process="own",
    smoke=True,
)
def never_raises(stage: SdkStage) -> None:
    """More than 300 calls with odd values raise nothing; whatever they made is accounted for."""
    client = stage.create(flush_at=100_000)
    raised = {}
    count = 0
    for method, args in odd_calls():
        count += 1
        reply = client.call(method, altered=True, **args)
        if reply.get("raised"):
            raised[f"{method} {args}"[:100]] = reply["raised"]
    stage.equal({}, raised, "calls that raised")
    stage.check(count > 300, f"{count} calls")
    client.track(1)
    client.flush(30_000)
    client.close()
    stage.relax("valid", "what an SDK does not repair itself gets a verdict from the collector")
    stage.relax("history", "a call that failed inside the SDK has a number, but returns no id")


@scenario(
    "prc.exit_without_close",
    ["TM-LED-02"],
    tier="silver",
    when=["exit_flush"],
    platforms=["server"],
    process="own",
    smoke=True,
)
def exit_without_close(stage: SdkStage) -> None:
    """A program that ends without closing its client delivers what it recorded."""
    client = stage.create()
    client.track(20)
    stage.equal(0, stage.exit(), "exit status")
    stage.wait_stored(20, 5_000)
    stage.relax("books", "the client was never asked again")


@scenario(
    "prc.sigterm",
    ["TM-LED-02"],
    tier="silver",
    when=["signals"],
    platforms=["server"],
    process="own",
)
def sigterm(stage: SdkStage) -> None:
    """A SIGTERM that nobody handles ends the program, after what it recorded was delivered."""
    client = stage.create(sigterm=True)
    client.track(20)
    stage.exit(SIGTERM)
    stage.wait_stored(20, 5_000)
    stage.relax("books", "the client was never asked again")


@scenario("prc.close_deadline", ["TM-LED-03", "TM-LED-04"], tier="silver", needs=["track", "stats"])
def close_deadline(stage: SdkStage) -> None:
    """With a dead collector close comes back soon after its time; the rest is shutdown_deadline."""
    stage.follow({"match": POST, "do": {"blackhole": {"ms": 20_000}}})
    client = stage.create(timeout_ms=15_000, spool_dir=None)
    client.track(10)
    began = stage.now()
    stage.equal(False, client.close(500), "what close said")
    spent = stage.now() - began
    stage.check(spent < 8_000, f"close(500 ms) took {spent:.0f} ms")
    stage.equal({"shutdown_deadline": 10}, client.last["dropped"], "dropped")
    stage.equal(0, client.last["pending"], "pending")
    for name in ("accounted", "history", "books", "dense"):
        stage.relax(name, "the collector was never reached")


@scenario("prc.close_twice", ["TM-ENV-05"])
def close_twice(stage: SdkStage) -> None:
    """A second close says what the first one came to, and sends nothing."""
    client = stage.create()
    client.track(5)
    stage.equal(True, client.close(), "what the first close said")
    requests = len(stage.posts())
    stage.equal(True, client.close(), "what the second close said")
    stage.equal(requests, len(stage.posts()), "requests")


@scenario("prc.call_after_close", ["TM-LED-01"], tier="silver", needs=["track", "stats"])
def call_after_close(stage: SdkStage) -> None:
    """A call after close raises nothing, is no event, and is counted as refused."""
    client = stage.create()
    client.track(5)
    client.close()
    reply = client.call("track", name="late")
    stage.equal((None, None), (reply.get("id"), reply.get("raised")), "id and raised")
    stats = client.stats(final=True)
    stage.equal(5, stats["assigned"], "assigned")
    stage.check(stats.get("refused"), "the call is counted nowhere")


@scenario(
    "prc.fork_while_calling",
    ["TM-LED-09", "TM-LED-12"],
    tier="silver",
    when=["fork", "threads"],
    process="own",
)
def fork_while_calling(stage: SdkStage) -> None:
    """Children forked while threads are calling end, and parent and children lose nothing."""
    client = stage.create(flush_at=5, flush_ms=10)
    waiting = []
    for place in range(200):
        waiting.append(
            client.begin("track", name="probe", properties={}, more={"thread": place % 4})
        )
        if place % 50 == 25:
            _forked(stage, place)
    for pair in waiting:
        client.end(*pair)
    client.flush()
    client.close()
    stage.relax("books", "the books of the children ended with them")
    for call in stage.book.history.calls.values():
        call.n = 0


def _forked(stage: SdkStage, place: int) -> None:
    child = f"child{place}"
    stage.book.opened(child, 1)
    marker = stage.book.marker(child, 1)
    call = stage.book.called(child, 1, marker, {"marker": marker})
    args = {"name": "probe", "properties": {"marker": marker}}
    reply = stage.adapter.ask("fork", client="a", calls=[{"method": "track", "args": args}])
    stage.book.returned(call, {"id": reply["ids"][0]})


@scenario("prc.no_stdout", ["TM-LED-01"], tier="silver", process="own")
def no_stdout(stage: SdkStage) -> None:
    """Trouble of every kind writes nothing to the program's standard output."""
    stage.follow(
        {"match": {**POST, "n": 1}, "do": {"status": {"code": 500}}},
        {"match": {**POST, "n": 2}, "do": "html200"},
        {"match": {**POST, "n": 3}, "do": {"poison400": {"marked": "probe"}}},
    )
    client = stage.create(flush_at=5)
    client.track(5)
    client.call("track", name="")
    client.flush()
    client.close()
    client.call("track", name="late")
    stage.equal([], stage.adapter.noise, "lines on stdout")


@scenario(
    "prc.no_key_in_logs",
    ["TM-AUTH-01", "TM-WEB-06"],
    tier="silver",
    platforms=["server"],
    process="own",
)
def no_key_in_logs(stage: SdkStage) -> None:
    """Whatever goes wrong, the key is in nothing that the SDK writes."""
    key = f"tmk_{'Zq7' * 7}x"
    stage.follow({"match": POST, "do": {"status": {"code": 401, "problem": "key_unknown"}}})
    client = stage.create(key=key, flush_at=2)
    client.track(2)
    stage.wait_requests(1)
    client.close(300)
    said = stage.adapter.log.read_text("utf-8", "replace")
    stage.check(key not in said, f"the key stands in the log: {said[-200:]!r}")
    for name in ("accounted", "history", "books", "dense"):
        stage.relax(name, "the key is unknown to the collector")


@scenario(
    "prc.threads_released",
    ["TM-ENV-05"],
    tier="silver",
    when=["threads"],
    needs=["track", "stats"],
    process="own",
)
def threads_released(stage: SdkStage) -> None:
    """After close no thread of the SDK lives."""
    client = stage.create()
    client.track(5)
    client.flush()
    stage.check(client.stats().get("threads"), "the SDK has no thread while it works")
    client.close()
    stage.equal(0, client.last.get("threads"), "threads after close")
