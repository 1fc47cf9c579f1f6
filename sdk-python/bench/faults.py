"""Break processes and networks under an SDK with its defaults, and count what is lost."""

# ruff: noqa: INP001 -- a folder that is run, not a package

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from laboratory import free_port, stand_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from laboratory import Laboratory, StandIn

COUNT = 200
POISON = 13
KINDS = 21


@dataclass(frozen=True)
class Result:
    """Hold what one run came to; *detail* is a figure of that row, such as seconds."""

    lost: int
    doubled: int
    hung: bool = False
    detail: float | None = None


Row = "Callable[[Laboratory, StandIn, str], Result]"


def _killed(how: signal.Signals) -> Callable[[Laboratory, StandIn, str], Result]:
    def row(lab: Laboratory, server: StandIn, name: str) -> Result:
        server.mode()
        with lab.state() as environment:
            lab.kill(name, server.url, COUNT, how, environment)
            again = lab.run(name, "restart", server.url, 0, environment)
        seen = server.seen()
        return Result(seen.lost(range(COUNT)), seen.doubled(), again.hung)

    return row


def _exit_while_busy(lab: Laboratory, server: StandIn, name: str) -> Result:
    server.mode("503")
    with lab.state() as environment:
        left = lab.run(name, "leave", server.url, COUNT, environment)
        server.mode()
        again = lab.run(name, "restart", server.url, 0, environment)
    seen = server.seen()
    return Result(seen.lost(range(COUNT)), seen.doubled(), left.hung or again.hung, left.seconds)


def _exit_without_collector(lab: Laboratory, server: StandIn, name: str) -> Result:
    del server
    port = free_port()
    with lab.state() as environment:
        left = lab.run(name, "leave", f"http://127.0.0.1:{port}", COUNT, environment)
        with stand_in(port) as late:
            again = lab.run(name, "restart", late.url, 0, environment)
            seen = late.seen()
    return Result(seen.lost(range(COUNT)), seen.doubled(), left.hung or again.hung, left.seconds)


def _fork(lab: Laboratory, server: StandIn, name: str) -> Result:
    server.mode()
    with lab.state() as environment:
        ran = lab.run(name, "fork", server.url, COUNT, environment)
    seen = server.seen()
    hung = ran.hung or not ran.told.get("flushed", False)
    return Result(seen.lost(range(COUNT)), seen.doubled(), hung)


def _answered(
    answer: str, times: int = -1, *, blob: bool = False, poisoned: bool = False
) -> Callable[[Laboratory, StandIn, str], Result]:
    def row(lab: Laboratory, server: StandIn, name: str) -> Result:
        server.mode(answer, times)
        with lab.state() as environment:
            if blob:
                environment["BENCH_BLOB"] = "1"
            ran = lab.run(name, "deliver", server.url, COUNT, environment)
            again = lab.run(name, "restart", server.url, 0, environment)
        seen = server.seen()
        expected = 1 if poisoned else 0
        longest = ran.told.get("max_ms")
        lost = seen.lost(range(COUNT)) - expected
        return Result(lost, seen.doubled(), ran.hung or again.hung, longest)

    return row


def _retry_after(lab: Laboratory, server: StandIn, name: str) -> Result:
    server.mode("429", 1)
    with lab.state() as environment:
        ran = lab.run(name, "deliver", server.url, 50, environment)
        again = lab.run(name, "restart", server.url, 0, environment)
    seen = server.seen()
    waited = seen.times[1] - seen.times[0] if len(seen.times) > 1 else None
    return Result(seen.lost(range(50)), seen.doubled(), ran.hung or again.hung, waited)


def _values(lab: Laboratory, server: StandIn, name: str) -> Result:
    server.mode()
    with lab.state() as environment:
        ran = lab.run(name, "values", server.url, 0, environment)
    seen = server.seen()
    lost = sum(seen.lost(range(first, first + KINDS)) for first in (0, 1_000, 2_000))
    raised = float(len(ran.told.get("raised", ())))
    return Result(lost, seen.doubled(), ran.hung, raised)


ROWS: dict[str, tuple[Any, str, str]] = {
    "SIGTERM": (_killed(signal.SIGTERM), "200 events tracked, then SIGTERM, then begun anew", ""),
    "kill -9": (_killed(signal.SIGKILL), "the same by SIGKILL", ""),
    "exit at 503": (_exit_while_busy, "the program ends while the collector is busy", "s to exit"),
    "exit, no collector": (
        _exit_without_collector,
        "the program ends while nobody listens",
        "s to exit",
    ),
    "fork": (_fork, "200 events in a forked child whose parent has sent before", ""),
    "login page": (_answered("html", 3), "three answers are `200 text/html`", "longest call, ms"),
    "redirect": (
        _answered("redirect", 3),
        "three answers lead to a login page",
        "longest call, ms",
    ),
    "413": (_answered("413", blob=True), "bodies above 20 kB are refused", "longest call, ms"),
    "400": (_answered("400", poisoned=True), "one event of 200 is refused", "longest call, ms"),
    "429": (_retry_after, "one `429` with `Retry-After: 3`", "s until the next request"),
    "odd values": (_values, "21 kinds of value, each between plain events", "calls that raised"),
}


def measure(lab: Laboratory, server: StandIn, name: str, row: str, repeats: int) -> dict[str, Any]:
    """Return the sums of *repeats* runs of a row, and the largest of its figures."""
    results = [ROWS[row][0](lab, server, name) for _ in range(repeats)]
    details = [result.detail for result in results if result.detail is not None]
    return {
        "runs": repeats,
        "clean": sum(not (one.lost or one.doubled or one.hung) for one in results),
        "lost": sum(one.lost for one in results),
        "doubled": sum(one.doubled for one in results),
        "hung": sum(one.hung for one in results),
        "least": min(details, default=None),
        "most": max(details, default=None),
    }
