"""Visitors who keep coming."""

from __future__ import annotations

import json
import random
from itertools import islice
from typing import Any

from tallymark_collector.demo.live import EVERY_MS, arrivals, live
from tallymark_collector.demo.shop import made
from tallymark_collector.demo.visits import STEPS

START = 1_795_608_000_000


def test_they_come_in_order_at_the_pace_of_people() -> None:
    """Events must be in order of time, several visits at once, a few a second."""
    calls = list(islice(arrivals(START, "run", random.Random(1)), 3_000))
    times = [call.ts for call in calls]
    assert sorted(times) == times
    assert START == times[0]
    visitors = {call.device for call in calls if call.name == "visit"}
    every = (times[-1] - times[0]) / len(visitors)
    assert EVERY_MS / 2 < every < EVERY_MS * 2
    assert set(STEPS) <= {call.name for call in calls}


def test_they_are_nobody_of_the_history() -> None:
    """No device and no user may be one of the history's, or of another run's."""
    history, _ = made(START, 1)
    one, two = (
        {
            who
            for call in islice(arrivals(START, run, random.Random(1)), 2_000)
            for who in (call.device, call.user)
            if who is not None
        }
        for run in ("one", "two")
    )
    known = {who for call in history.calls for who in (call.device, call.user)}
    assert (set(), set()) == (one & known, one & two)


def test_they_go_through_the_write_path(collector: Any) -> None:  # noqa: ANN401
    """Each call must be stored when its time has come, with a write key, until it is enough."""
    calls = list(islice(arrivals(START, "run", random.Random(1)), 30))
    waited: list[int] = []

    def wait(ts: int) -> bool:
        waited.append(ts)
        return len(waited) <= 20

    url = f"http://127.0.0.1:{collector.port}"
    live(url, collector.key, iter(calls), wait)
    assert [call.ts for call in calls[:21]] == waited
    stored = [json.loads(one.body) for one in collector.events()]
    assert [call.name for call in calls[:20]] == [body.get("e") for body in stored]
    assert [call.device for call in calls[:20]] == [body["d"] for body in stored]
