"""The SDK and the real collector, each in a process of its own."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import Batching, Client, Hooks, Result, Spool

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import RealCollector, Script

pytestmark = pytest.mark.faults

MEMORY = Spool(directory=False)


def numbers(collector: RealCollector) -> Counter[int]:
    """Return how often each number n was stored."""
    return Counter(row["event"]["p"]["n"] for row in collector.stored())


@pytest.mark.parametrize("spooled", [True, False])
def test_thousand_events(real_collector: RealCollector, tmp_path: Path, *, spooled: bool) -> None:
    """1,000 events are stored once each, under the ids their calls returned (LED-7)."""
    spool = Spool(tmp_path) if spooled else MEMORY
    with Client(real_collector.key, real_collector.url, spool=spool) as client:
        ids = [client.track("Bought", {"n": n}, user=f"u-{n % 7}") for n in range(1_000)]
        assert client.flush(30)
        stats = client.stats()
        assert (stats.assigned, stats.stored, stats.pending) == (1_000, 1_000, 0)
        assert stats.balanced
    rows = real_collector.stored()
    assert [(row["id"], row["event"]["p"]["n"]) for row in rows] == list(
        zip(ids, range(1_000), strict=True)
    )
    assert {row["event"]["u"] for row in rows} == {f"u-{n}" for n in range(7)}


def test_values_arrive_as_documented(real_collector: RealCollector) -> None:
    """Odd values are stored as what the SDK says they become."""
    with Client(real_collector.key, real_collector.url, spool=MEMORY) as client:
        value: dict[str, Any] = {
            "nan": float("nan"),
            "set": {2, 1},
            "huge": 1 << 70,
            "half": "\ud800",
        }
        value["self"] = value
        client.track("Odd", value)
        assert client.flush(30)
        assert client.stats().sanitized == 1
    (row,) = real_collector.stored()
    assert row["event"]["p"] == {
        "nan": None,
        "set": [1, 2],
        "huge": str(1 << 70),
        "half": "\ufffd",
        "self": None,
    }


def test_one_bad_event_harms_no_other(real_collector: RealCollector) -> None:
    """The collector's verdict on one event is told with its id; its neighbours are stored."""
    results: list[Result] = []
    hooks = Hooks(on_result=results.append)
    with Client(real_collector.key, real_collector.url, spool=MEMORY, hooks=hooks) as client:
        for n in range(50):
            client.track("Good", {"n": n})
        bad = client.track("Bad", {"n": -1}, user="null")
        for n in range(50, 100):
            client.track("Good", {"n": n})
        assert client.flush(30)
    assert [(result.outcome, result.code, result.id) for result in results] == [
        ("rejected", "bad_id", bad)
    ]
    assert client.stats().rejected == {"bad_id": 1}
    assert numbers(real_collector) == Counter(range(100))


def test_secret_key_imports_the_past(real_collector: RealCollector) -> None:
    """With a secret key events of long ago are stored at their time; others are too old."""
    moment = datetime(2004, 2, 29, 12, tzinfo=timezone.utc)
    for key in (real_collector.secret_key(), real_collector.key):
        with Client(key, real_collector.url, spool=MEMORY) as client:
            client.track("Born", {"n": 1}, time=moment)
            assert client.flush(30)
    assert client.stats().rejected == {"too_old": 1}
    assert [row["ts"] for row in real_collector.stored()] == [int(moment.timestamp() * 1_000)]


def test_collector_killed_and_started_again(real_collector: RealCollector) -> None:
    """A collector killed in the middle loses and doubles nothing."""
    batching = Batching(flush_at=20, max_events=20)
    client = Client(real_collector.key, real_collector.url, spool=MEMORY, batching=batching)
    for n in range(600):
        client.track("Bought", {"n": n})
        if n % 200 == 100:
            real_collector.kill()
        if n % 200 == 150:
            real_collector.start()
    assert client.flush(60)
    assert client.close()
    assert client.stats().stored == 600
    assert numbers(real_collector) == Counter(range(600))


def test_what_an_outage_left_is_sent_later(
    real_collector: RealCollector, script: Script, tmp_path: Path
) -> None:
    """A program that ends, and one that is killed, while nobody listens lose nothing (LED-9)."""
    real_collector.kill()
    head = """
    def some(first):
        for n in range(first, first + 300):
            client.track("Kept", {"n": n})
    """
    url, key = real_collector.url, real_collector.key
    script.run(head + "some(0)", url, tmp_path, key=key)
    killed = script.start(head + "some(300)\n    os.kill(os.getpid(), 9)", url, tmp_path, key=key)
    assert killed.wait(60) == -9
    real_collector.start()
    output = script.run(
        head + "some(600)\n    print(client.flush(30), client.stats().recovered.stored)",
        url,
        tmp_path,
        key=key,
    )
    assert output == "True 600\n"
    assert numbers(real_collector) == Counter(range(900))


def test_prefork(real_collector: RealCollector, script: Script, tmp_path: Path) -> None:
    """Workers forked from one parent, and ended by SIGTERM, each deliver what is theirs."""
    output = script.run(
        """
        client.track("Started", {"n": 0})
        workers = []
        for worker in range(1, 5):
            ready, told = os.pipe()
            pid = os.fork()
            if pid == 0:
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
                for n in range(200):
                    client.track("Served", {"n": worker * 1_000 + n})
                os.write(told, b"x")
                signal.pause()
            os.read(ready, 1)
            workers.append(pid)
        for pid in workers:
            os.kill(pid, signal.SIGTERM)
        print([os.waitpid(pid, 0)[1] for pid in workers], client.flush(30))
        """,
        real_collector.url,
        tmp_path,
        key=real_collector.key,
    )
    assert output == "[0, 0, 0, 0] True\n"
    expected = [0, *(worker * 1_000 + n for worker in range(1, 5) for n in range(200))]
    assert numbers(real_collector) == Counter(expected)
    assert len({row["stream"] for row in real_collector.stored()}) == 5
