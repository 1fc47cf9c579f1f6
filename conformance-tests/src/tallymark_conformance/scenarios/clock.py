"""Times of events, whatever the machine's clock does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tallymark_conformance.scenario.python import scenario

if TYPE_CHECKING:
    from tallymark_conformance.stage.sdk import SdkStage

HOUR_MS: Final = 3_600_000
SLACK_MS: Final = 3_000
DAY: Final = 1_767_268_800_000
"""2026-01-01T12:00:00Z."""


def now_ms() -> int:
    """Return the wall time in ms since 1970."""
    return time.time_ns() // 1_000_000


@scenario("clk.event_time", ["TM-EVT-04", "TM-CLK-01"], smoke=True)
def event_time(stage: SdkStage) -> None:
    """An event carries the time of its call, in ms, not that of its sending."""
    client = stage.create()
    before = now_ms()
    client.track()
    after = now_ms()
    stage.quiet(400)
    client.flush()
    client.close()
    (row,) = stage.kept().rows
    stage.check(before - 50 <= row.t <= after + 50, f"t is {row.t - before} ms from the call")


@scenario("clk.explicit_time", ["TM-EVT-04"], tier="silver", needs=["track", "times"])
def explicit_time(stage: SdkStage) -> None:
    """A time given with a call is kept to the millisecond."""
    client = stage.create()
    told = now_ms() - 5 * HOUR_MS - 123
    client.call("track", name="probe", time=told)
    client.flush()
    client.close()
    stage.equal([told], [row.t for row in stage.kept().rows], "t")


@scenario("clk.time_with_offset", ["TM-EVT-04"], tier="silver", needs=["track", "times", "odd"])
def time_with_offset(stage: SdkStage) -> None:
    """A time with an offset is that instant in UTC."""
    client = stage.create()
    minute = (now_ms() - HOUR_MS) // 60_000 * 60_000
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(minute / 1000 + 2 * 3_600)) + "+02:00"
    client.call("track", name="probe", time={"$odd": f"date:{text}"})
    client.flush()
    client.close()
    stage.equal([minute], [row.t for row in stage.kept().rows], "t")


@scenario(
    "clk.wall_jump", ["TM-CLK-01"], tier="gold", needs=["track", "virtual_clock", "wall_jump"]
)
def wall_jump(stage: SdkStage) -> None:
    """A jump of the wall clock by an hour moves neither events nor send times."""
    client = stage.create(virtual_clock=True)
    before = now_ms()
    client.track(name="before")
    client.advance(wall_ms=HOUR_MS)
    client.track(name="after")
    client.flush()
    client.close()
    for row in stage.kept().rows:
        stage.check(
            abs(row.t - before) < SLACK_MS, f"{row.body['e']}: t is {row.t - before} ms off"
        )
        stage.check(
            abs(row.ts - before) < SLACK_MS, f"{row.body['e']}: ts is {row.ts - before} ms off"
        )


@scenario(
    "clk.skew_<way>",
    ["TM-CLK-02", "TM-CLK-01", "TM-HDR-03"],
    tier="gold",
    needs=["track", "virtual_clock", "wall_jump"],
    variants=[{"way": "fast", "ms": HOUR_MS}, {"way": "slow", "ms": -HOUR_MS}],
)
def skew(stage: SdkStage, way: str, ms: int) -> None:
    """On a machine whose clock is an hour <way>, corrected times are right within a second."""
    # The clock is wrong before the client takes its anchor.
    first = stage.create("first", virtual_clock=True)
    first.advance(wall_ms=ms)
    client = stage.create(virtual_clock=True)
    before = now_ms()
    client.track()
    client.flush()
    client.close()
    (row,) = stage.kept().rows
    stage.check(
        abs(row.t - before - ms) < SLACK_MS, f"t is {row.t - before} ms from the call, {way}"
    )
    stage.check(abs(row.ts - before) < SLACK_MS, f"ts is {row.ts - before} ms from the call")


@scenario(
    "clk.offline_2h",
    ["TM-CLK-01", "TM-CLK-02", "TM-HDR-03"],
    tier="gold",
    needs=["track", "virtual_clock"],
)
def offline(stage: SdkStage) -> None:
    """Events sent two hours later keep their distance to the sending."""
    stage.follow({"match": {"method": "POST"}, "do": {"status": {"code": 503}}})
    client = stage.create(virtual_clock=True, flush_at=1)
    client.track()
    stage.wait_requests(1)
    client.advance(2 * HOUR_MS)
    stage.follow()
    stage.pass_time(client, lambda: len(stage.kept().rows) > 0, "the event", 60_000, 10 * 60_000)
    client.close()
    (row,) = stage.kept().rows
    late = row.received_at - row.ts
    stage.check(
        2 * HOUR_MS - SLACK_MS <= late <= 2 * HOUR_MS + 11 * 60_000, f"{late} ms before its arrival"
    )


@scenario("clk.old_event", ["TM-CLK-04"], tier="silver", needs=["track", "times", "stats"])
def old_event(stage: SdkStage) -> None:
    """An event older than 30 days gets the verdict too_old and is counted; others are stored."""
    client = stage.create()
    client.track(2)
    client.call("track", name="probe", time=now_ms() - 40 * 24 * HOUR_MS)
    client.flush()
    stats = client.stats()
    client.close()
    stage.equal({"too_old": 1}, stats["rejected"], "rejected")
    stage.equal(2, len(stage.kept().rows), "events stored")


@scenario("clk.future_event", ["TM-CLK-04"], tier="silver", needs=["track", "times", "stats"])
def future_event(stage: SdkStage) -> None:
    """A time an hour ahead is stored as that of its arrival; one two days ahead is rejected."""
    client = stage.create()
    client.call("track", name="soon", time=now_ms() + HOUR_MS)
    client.call("track", name="late", time=now_ms() + 48 * HOUR_MS)
    client.flush()
    stats = client.stats()
    client.close()
    stage.equal({"bad_time": 1}, stats["rejected"], "rejected")
    rows = stage.kept().rows
    stage.equal(["soon"], [row.body["e"] for row in rows], "stored")
    stage.check(all(row.ts <= row.received_at for row in rows), "a time after its arrival")
