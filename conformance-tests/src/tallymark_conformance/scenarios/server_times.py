"""When an event happened: what the client wrote, corrected by how wrong its clock is."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import listed, only, paths, send, verdict_of, verdicts
from tallymark_conformance.stage.raw import connected

if TYPE_CHECKING:
    from tallymark_conformance.stage.server import ServerStage

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
AGE: Final = 30 * DAY
TOLERANCE: Final = 2_000
NEAR: Final = 500
"""Ms to an edge within which a request under way may cross it."""
SLOW_S: Final = 1.5


def dated(
    stage: ServerStage, t: int, sent_at: int | None, clock: str = "anchored"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Send one event of time *t*; return the answer and, if it is stored, how it is listed."""
    stream = stage.stream()
    batch = stage.envelope(0, stream=stream, hwm=1, t0=0, clock=clock, events=[{"e": "x", "t": t}])
    headers = {} if sent_at is None else {"Tallymark-Sent-At": str(sent_at)}
    answer = send(stage, batch, headers=headers)
    return answer, only(stage, stream) if answer["stored"] else {}


def corrected(t: int, sent_at: int | None, received_at: int, clock: str) -> int | str:
    """Return the time the rules give, or the verdict; written from the rules alone."""
    if clock == "none":
        ts = received_at if sent_at is None else received_at - (sent_at - t)
    else:
        skew = 0 if sent_at is None else sent_at - received_at
        ts = t - (skew if abs(skew) > TOLERANCE else 0)
    if ts > received_at:
        return received_at if ts - received_at <= DAY else "bad_time"
    return "too_old" if ts < max(0, received_at - AGE) else ts


@server_scenario(
    "clk.server_vectors", ["TM-CLK-02", "TM-CLK-03", "TM-CLK-04", "TM-CLK-06"], needs=["read_key"]
)
def server_vectors(stage: ServerStage) -> None:
    """For 80 drawn times, send times and clocks the stored time, or the verdict, is the rules'."""
    for _ in range(80):
        now = int(time.time() * 1000)
        clock = stage.rng.choice(("anchored", "wall", "none"))
        base = stage.rng.choice((now, now, 90_000)) if clock == "none" else now
        t = base + stage.rng.choice((0, -1, 1)) * stage.rng.choice(
            (0, 50, 5_000, HOUR, 2 * DAY, 40 * DAY)
        )
        drawn = stage.rng.choice((0, 300, 1_000, 3_000, HOUR, -HOUR, 3 * DAY, -3 * DAY))
        sent_at = stage.rng.choice((None, base + drawn, base + drawn))
        answer, row = dated(stage, t, sent_at, clock)
        received_at = row.get("received_at", answer["now"])
        expected = corrected(t, sent_at, received_at, clock)
        found = row["ts"] if row else verdicts(answer).get(1)
        what = f"t {t - now:+d}, sent {None if sent_at is None else sent_at - now}, clock {clock}"
        stage.equal(expected, found, what)


@server_scenario("clk.server_skew_<name>", ["TM-CLK-02"], needs=["read_key"], variants=[
    {"name": "hour_fast", "ahead": HOUR}, {"name": "hour_slow", "ahead": -HOUR},
    {"name": "day_fast", "ahead": DAY},
])  # fmt: skip
def server_skew(stage: ServerStage, name: str, ahead: int) -> None:
    """A clock that is wrong (<name>) is corrected: an event of five seconds ago stays one."""
    stage.note(name)
    now = int(time.time() * 1000) + ahead
    _, row = dated(stage, now - 5_000, now)
    late = row["received_at"] - row["ts"] if row else None
    stage.check(
        late is not None and abs(late - 5_000) < NEAR, f"{late} ms before arrival instead of 5,000"
    )


@server_scenario("clk.server_under_2s", ["TM-CLK-02"], needs=["read_key"])
def server_under_2s(stage: ServerStage) -> None:
    """A skew of up to two seconds is left alone: t is kept to the millisecond."""
    for ahead in (-900, -300, 0, 1_400):
        now = int(time.time() * 1000)
        _, row = dated(stage, now - 5_000, now + ahead)
        stage.equal(now - 5_000, row.get("ts"), f"ts at a skew of {ahead} ms")


@server_scenario("clk.server_keeps_t", ["TM-CLK-02"], needs=["read_key"])
def server_keeps_t(stage: ServerStage) -> None:
    """The time as the client wrote it is stored beside the corrected one."""
    now = int(time.time() * 1000) + HOUR
    _, row = dated(stage, now - 5_000, now)
    stage.equal(now - 5_000, row["event"].get("t"), "t stored")
    stage.check(
        row["ts"] != row["event"].get("t"), "the corrected time is the one that was written"
    )


@server_scenario("clk.server_st_wins", ["TM-HDR-03"], needs=["read_key"])
def server_st_wins(stage: ServerStage) -> None:
    """The query form of the send time wins over the header; what is no integer is ignored."""
    now = int(time.time() * 1000)
    for query, header, sent_at in (
        (now + HOUR, now, now + HOUR),
        ("soon", None, None),
        ("1.5", None, None),
    ):
        stream = stage.stream()
        batch = stage.envelope(0, stream=stream, hwm=1, t0=0, events=[{"e": "x", "t": now - 50}])
        headers = {} if header is None else {"Tallymark-Sent-At": str(header)}
        path = f"/v1/b?k={stage.key('write')}&st={query}"
        stage.ask("POST", path, json.dumps(batch).encode(), headers=headers)
        row = only(stage, stream)
        expected = corrected(now - 50, sent_at, row["received_at"], "anchored")
        stage.equal(expected, row["ts"], f"ts with st={query}")


@server_scenario("clk.server_slow_upload", ["TM-CLK-02"], needs=["read_key"])
def server_slow_upload(stage: ServerStage) -> None:
    """A body that takes long changes no time: arrival is when the headers were read."""
    now = int(time.time() * 1000) + HOUR
    stream = stage.stream()
    batch = stage.envelope(0, stream=stream, hwm=1, t0=0, events=[{"e": "x", "t": now - 4_000}])
    body = json.dumps(batch).encode()
    headers = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    with connected(stage) as peer:
        peer.head("POST", "/v1/batch", {**headers, "Tallymark-Sent-At": str(now)})
        peer.send(body[:20])
        # The rest is late on purpose: what is measured is that it does not matter.
        time.sleep(SLOW_S)
        peer.send(body[20:])
        reply = peer.answer()
    stage.equal(200, None if reply is None else reply.status, "status")
    row = only(stage, stream)
    stage.equal(4_000, row["received_at"] - row["ts"], "ms before arrival")
    now = reply.json["now"] if reply is not None and isinstance(reply.json, dict) else 0
    waited = now - row["received_at"]
    stage.check(
        waited > SLOW_S * 900, f"arrival is {waited} ms before the answer, not the headers' time"
    )


@server_scenario("clk.server_offline", ["TM-CLK-02", "TM-CLK-05"], needs=["read_key"])
def server_offline(stage: ServerStage) -> None:
    """Events of two hours ago keep their time, also from a spool with the clock wall."""
    now = int(time.time() * 1000)
    for clock in ("anchored", "wall"):
        _, row = dated(stage, now - 2 * HOUR, now, clock)
        stage.equal(now - 2 * HOUR, row.get("ts"), f"ts with clock {clock}")


@server_scenario("clk.server_wall_is_corrected", ["TM-CLK-05"], needs=["read_key"])
def server_wall_is_corrected(stage: ServerStage) -> None:
    """Times of the clock wall are corrected like any other."""
    now = int(time.time() * 1000) - HOUR
    _, row = dated(stage, now - 5_000, now, "wall")
    late = row["received_at"] - row["ts"]
    stage.check(abs(late - 5_000) < NEAR, f"{late} ms before arrival instead of 5,000")


@server_scenario("clk.future_clamped", ["TM-CLK-04"], smoke=True)
def future_clamped(stage: ServerStage) -> None:
    """Times up to a day ahead are set back and warned of, once for all; beyond is bad_time."""
    now = int(time.time() * 1000)
    times = (now - 1_000, now + HOUR, now + 20 * HOUR, now + 2 * DAY)
    events = [{"e": "x", "t": t} for t in times]
    answer = send(stage, stage.envelope(0, hwm=4, t0=0, events=events))
    stage.equal(3, answer["stored"], "stored")
    stage.equal([{"code": "time_clamped", "count": 2, "n": 2}], answer.get("warn"), "warnings")
    stage.equal(({4: "bad_time"}, {4: "t"}), (verdicts(answer), paths(answer)), "verdicts")


@server_scenario("clk.too_old_verdict", ["TM-CLK-04"])
def too_old_verdict(stage: ServerStage) -> None:
    """Events of more than 30 days ago, or before 1970, get too_old at their time's field."""
    now = int(time.time() * 1000)
    events = [{"e": "x", "t": now - 31 * DAY}, {"e": "x", "dt": -31 * DAY}, {"e": "x", "t": -5}]
    answer = send(stage, stage.envelope(0, hwm=3, t0=now, events=events))
    stage.equal(dict.fromkeys((1, 2, 3), "too_old"), verdicts(answer), "verdicts")
    stage.equal({1: "t", 2: "dt", 3: "t"}, paths(answer), "paths")


@server_scenario("clk.dt_counts_from_t0", ["TM-EVT-04", "TM-ENV-06"], needs=["read_key"])
def dt_counts_from_t0(stage: ServerStage) -> None:
    """`dt` counts from t0, `t` wins over it, and without either the arrival counts."""
    now = int(time.time() * 1000) - HOUR
    stream = stage.stream()
    events = [
        {"e": "x", "dt": 40},
        {"e": "x", "dt": 40, "t": now + 7},
        {"e": "x"},
        {"e": "x", "dt": -9},
    ]
    send(stage, stage.envelope(0, stream=stream, hwm=4, t0=now, events=events))
    rows = listed(stage, stream)
    expected = [now + 40, now + 7, rows[2]["received_at"], now - 9]
    stage.equal(expected, [row["ts"] for row in rows], "times")


@server_scenario("clk.same_content_at_any_time", ["TM-LED-11", "TM-HDR-01"])
def same_content_at_any_time(stage: ServerStage) -> None:
    """The same event with another send time, another t0 and a fitting dt is the same event."""
    now = int(time.time() * 1000)
    stream, counts = stage.stream(), []
    for t0, dt, sent in ((now, 500, now), (now - 1_000, 1_500, now + HOUR), (0, now + 500, now)):
        batch = stage.envelope(0, stream=stream, hwm=1, t0=t0, events=[{"e": "x", "dt": dt}])
        answer = send(stage, batch, headers={"Tallymark-Sent-At": str(sent)})
        counts.append((answer["stored"], answer["duplicate"]))
        stage.equal({}, verdicts(answer), "verdicts")
    stage.equal([(1, 0), (0, 1), (0, 1)], counts, "stored and duplicate")


@server_scenario("clk.clocks", ["TM-ENV-07"])
def clocks(stage: ServerStage) -> None:
    """A clock is anchored, wall or none; anchored is what an envelope without one means."""
    old = {"e": "x", "t": 5_000}
    found = {
        clock: verdict_of(stage, old, clock=clock) for clock in ("anchored", "wall", "none", None)
    }
    expected = {
        "anchored": ("too_old", "t"),
        "wall": ("too_old", "t"),
        "none": None,
        None: ("too_old", "t"),
    }
    stage.equal(expected, found, "verdicts on 1970")
