"""
Drive one SDK through one scenario: `driver.py SDK SCENARIO URL COUNT`, run by the SDK's own Python.

Each SDK is set up as its documentation's first example does, with its defaults; only the address is
ours. Every event carries a marker `n-0000042` by which the collector stand-in knows it.
"""

# ruff: noqa: INP001, PLC0415, S311 -- a folder that is run, not a package; one SDK is imported, and no secret is drawn

from __future__ import annotations

import datetime as dt
import decimal
import enum
import json
import logging
import os
import random
import sys
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Track = Callable[[dict[str, Any]], object]
    Flush = Callable[[], object]

FLUSH_S = 30.0
RESTARTED = 9_000_000
BLOB = "BENCH_BLOB" in os.environ
"""Whether events hold 300 random digits, so that compression cannot make a batch small."""


def properties(n: int) -> dict[str, Any]:
    """Return what a shop would say of an event: eight properties, one of them the marker."""
    draw = random.Random(n)
    blob = {"blob": os.urandom(150).hex()} if BLOB else {}
    return {
        **blob,
        "n": f"n-{n:07}",
        "plan": draw.choice(("free", "pro", "team")),
        "price": draw.randrange(100, 99_999) / 100,
        "items": draw.randrange(1, 9),
        "first": draw.randrange(5) == 0,
        "path": f"/checkout/{draw.choice(('cart', 'address', 'payment', 'review'))}",
        "os": draw.choice(("Linux", "iOS", "Android", "Windows")),
        "campaign": f"newsletter-2026-{draw.randrange(1, 13):02}",
    }


# -- the SDKs ------------------------------------------------------------------------------------


def tallymark(url: str) -> tuple[Track, Flush]:
    """Ours."""
    from tallymark import Client

    client = Client("tmk_0123456789abcdefghijAB", url)
    return lambda p: client.track("Bought", p, user="u-1"), lambda: client.flush(FLUSH_S)


def tallymark_plain(url: str) -> tuple[Track, Flush]:
    """Ours, as if orjson were not installed."""
    sys.modules["orjson"] = None  # type: ignore[assignment]
    return tallymark(url)


def mixpanel(url: str) -> tuple[Track, Flush]:
    """Mixpanel's, with its default consumer: a request for each call."""
    from mixpanel import Consumer, Mixpanel

    consumer = Consumer(events_url=url + "/track")
    client = Mixpanel("token", consumer=consumer)
    return lambda p: client.track("u-1", "Bought", p), lambda: None


def posthog(url: str) -> tuple[Track, Flush]:
    """PostHog's."""
    from posthog import Posthog

    client = Posthog("phc_key", host=url)
    return lambda p: client.capture("Bought", distinct_id="u-1", properties=p), client.flush


def segment(url: str) -> tuple[Track, Flush]:
    """Segment's."""
    from segment.analytics.client import Client

    client = Client("key", host=url)
    return lambda p: client.track("u-1", "Bought", p), client.flush


def rudder(url: str) -> tuple[Track, Flush]:
    """RudderStack's."""
    from rudderstack.analytics.client import Client

    client = Client("key", host=url)
    return lambda p: client.track("u-1", "Bought", p), client.flush


def amplitude(url: str) -> tuple[Track, Flush]:
    """Amplitude's."""
    from amplitude import Amplitude, BaseEvent, Config

    client = Amplitude("key", Config(server_url=url + "/2/httpapi"))

    def track(given: dict[str, Any]) -> None:
        client.track(BaseEvent("Bought", user_id="u-1-long", event_properties=given))

    def flush() -> None:
        for future in client.flush() or ():
            if future is not None:
                future.result(FLUSH_S)

    return track, flush


def snowplow(url: str) -> tuple[Track, Flush]:
    """Snowplow's, with its asynchronous emitter."""
    from snowplow_tracker import AsyncEmitter, SelfDescribing, SelfDescribingJson, Tracker

    host, port = url.removeprefix("http://").split(":")
    emitter = AsyncEmitter(host, protocol="http", port=int(port))
    tracker = Tracker("shop", emitter, encode_base64=False)

    def track(given: dict[str, Any]) -> None:
        data = SelfDescribingJson("iglu:com.shop/bought/jsonschema/1-0-0", given)
        tracker.track(SelfDescribing(data))

    return track, lambda: tracker.flush(is_async=False)


def opentelemetry(url: str) -> tuple[Track, Flush]:
    """OpenTelemetry's log exporter."""
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    provider = LoggerProvider()
    exporter = OTLPLogExporter(endpoint=url + "/v1/logs")
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("shop")

    def track(given: dict[str, Any]) -> None:
        logger.emit(
            LogRecord(
                timestamp=time.time_ns(),
                severity_number=SeverityNumber.INFO,
                event_name="Bought",
                attributes=given,
            )
        )

    return track, lambda: provider.force_flush(int(FLUSH_S * 1_000))


SDKS: dict[str, Callable[[str], tuple[Track, Flush]]] = {
    "tallymark": tallymark,
    "tallymark-plain": tallymark_plain,
    "mixpanel": mixpanel,
    "posthog": posthog,
    "segment": segment,
    "rudder": rudder,
    "amplitude": amplitude,
    "snowplow": snowplow,
    "opentelemetry": opentelemetry,
}
MODULES = {
    "tallymark-plain": "tallymark",
    "segment": "segment.analytics",
    "rudder": "rudderstack.analytics",
    "snowplow": "snowplow_tracker",
    "opentelemetry": "opentelemetry.exporter.otlp.proto.http._log_exporter",
}


# -- scenarios -----------------------------------------------------------------------------------


class Timed:
    """Call an SDK, and know how long each call took and what raised."""

    def __init__(self, track: Track) -> None:
        """Measure *track*."""
        self._track = track
        self.spent: list[int] = []
        self.raised = 0

    def __call__(self, given: dict[str, Any]) -> None:
        """Track, measured."""
        clock = time.perf_counter_ns
        begun = clock()
        try:
            self._track(given)
        except Exception:  # noqa: BLE001 - how often an SDK raises is what is counted
            self.raised += 1
        self.spent.append(clock() - begun)

    def report(self) -> dict[str, Any]:
        """Return the calls' times in microseconds."""
        ordered = sorted(self.spent)
        at = [ordered[min(len(ordered) - 1, int(len(ordered) * p))] for p in (0.5, 0.99)]
        return {
            "p50_us": at[0] / 1e3,
            "p99_us": at[1] / 1e3,
            "max_ms": ordered[-1] / 1e6,
            "raised": self.raised,
        }


def bounded(flush: Flush, seconds: float = FLUSH_S) -> bool:
    """Call flush in a thread; tell whether it came back in time."""
    thread = threading.Thread(target=flush, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def burst(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Track as fast as a loop can, then wait for the delivery."""
    track, flush = make()
    timed = Timed(track)
    track_all = [properties(n) for n in range(count)]
    begun, cpu = time.perf_counter(), time.process_time()
    for given in track_all:
        timed(given)
    called = time.perf_counter() - begun
    finished = bounded(flush, 120)
    return {
        **timed.report(),
        "calls_s": called,
        "wall_s": time.perf_counter() - begun,
        "cpu_s": time.process_time() - cpu,
        "flushed": finished,
    }


def paced(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Track 500 times a second, as a busy web server does."""
    track, flush = make()
    timed = Timed(track)
    begun = time.perf_counter()
    for n in range(count):
        timed(properties(n))
        time.sleep(max(0.0, begun + (n + 1) / 500 - time.perf_counter()))
    return {**timed.report(), "flushed": bounded(flush)}


def threads(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Track from four threads at once."""
    track, flush = make()
    parts = [Timed(track) for _ in range(4)]

    def work(place: int) -> None:
        for n in range(place * count // 4, (place + 1) * count // 4):
            parts[place](properties(n))

    running = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    whole = Timed(track)
    whole.spent = [spent for part in parts for spent in part.spent]
    whole.raised = sum(part.raised for part in parts)
    return {**whole.report(), "flushed": bounded(flush)}


def anonymous_memory() -> int:
    """Return this process's memory that is no file's, in bytes."""
    with open("/proc/self/status") as status:  # noqa: PTH123 - the shortest way in any Python
        lines = dict(line.split(":", 1) for line in status)
    return int(lines["RssAnon"].split()[0]) * 1_024


def memory(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Track while the collector is silent, and see what an event costs in memory."""
    track, _ = make()
    track(properties(count))
    # What is imported and started with the first event has to be there before.
    time.sleep(6)
    given = [properties(n) for n in range(count)]
    before = anonymous_memory()
    for one in given:
        track(one)
    return {"bytes_per_event": (anonymous_memory() - before) / count}


def imports(name: str) -> dict[str, Any]:
    """Import the SDK; measured in CPU, which does not depend on what else runs."""
    if name == "tallymark-plain":
        sys.modules["orjson"] = None  # type: ignore[assignment]
    begun = time.process_time()
    __import__(MODULES.get(name, name))
    return {"import_ms": (time.process_time() - begun) * 1e3}


def pending(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Track, and wait to be killed."""
    track, _ = make()
    for n in range(count):
        track(properties(n))
    print("tracked", flush=True)  # noqa: T201 - who kills waits for it
    time.sleep(60)
    return {}


def leave(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Track, and end as a script ends."""
    track, _ = make()
    timed = Timed(track)
    for n in range(count):
        timed(properties(n))
    return timed.report()


def deliver(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Track and flush; begun anew, a program does this after it was killed."""
    track, flush = make()
    timed = Timed(track)
    for n in range(count):
        timed(properties(n))
    return {**timed.report(), "flushed": bounded(flush)}


def restart(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Be the next process: one event of its own, then flush."""
    del count
    track, flush = make()
    track(properties(RESTARTED))
    return {"flushed": bounded(flush)}


def fork(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Track in a parent whose sender runs, then in a forked child; flush in the child."""
    track, flush = make()
    track(properties(RESTARTED))
    bounded(flush)
    child = os.fork()
    if child == 0:
        for n in range(count):
            track(properties(n))
        os._exit(0 if bounded(flush, 10) else 3)
    _, status = os.waitpid(child, 0)
    return {"flushed": os.waitstatus_to_exitcode(status) == 0}


class Colour(enum.Enum):
    """Be an odd value."""

    RED = "red"


class Custom:
    """Be another."""


def odd_values() -> dict[str, Any]:
    """Return the values a backend has at hand that JSON does not know."""
    circle: dict[str, Any] = {}
    circle["self"] = circle
    deep: Any = "bottom"
    for _ in range(200):
        deep = [deep]
    return {
        "Decimal": decimal.Decimal("9.99"),
        "UUID": uuid.UUID(int=7),
        "datetime": dt.datetime(2026, 1, 2, 3, tzinfo=dt.timezone.utc),
        "naive datetime": dt.datetime(2026, 1, 2, 3),  # noqa: DTZ001 - it is the odd one
        "date": dt.date(2026, 1, 2),
        "time": dt.time(3, 4),
        "timedelta": dt.timedelta(seconds=90),
        "bytes": b"\x00\xff",
        "NaN": float("nan"),
        "infinity": float("inf"),
        "set": {1},
        "frozenset": frozenset([1]),
        "tuple": (1, 2),
        "enum": Colour.RED,
        "2**70": 2**70,
        "lone surrogate": "\ud800",
        "circular": circle,
        "deep": deep,
        "key that is no text": {1: 2, None: 3},
        "exception": ValueError("why"),
        "object": Custom(),
    }


def values(make: Callable[[], tuple[Track, Flush]], count: int) -> dict[str, Any]:
    """Track each odd value between two plain events."""
    del count
    track, flush = make()
    raised = []
    for place, (name, value) in enumerate(odd_values().items()):
        track(properties(1_000 + place))
        given = {**properties(place), "odd": value}
        try:
            track(given)
        except Exception:  # noqa: BLE001 - which values raise is what is counted
            raised.append(name)
        given["odd"] = None
        track(properties(2_000 + place))
    return {"raised": raised, "flushed": bounded(flush)}


SCENARIOS = {
    "burst": burst,
    "paced": paced,
    "threads": threads,
    "memory": memory,
    "pending": pending,
    "leave": leave,
    "deliver": deliver,
    "restart": restart,
    "fork": fork,
    "values": values,
}


def main() -> None:
    """Run a scenario, and print what was measured as JSON."""
    logging.disable(logging.CRITICAL)
    name, scenario, url, count = sys.argv[1:]
    if scenario == "import":
        print(json.dumps(imports(name)))  # noqa: T201 - the runner reads it
        return
    result = SCENARIOS[scenario](lambda: SDKS[name](url), int(count))
    print(json.dumps(result), flush=True)  # noqa: T201 - the runner reads it


if __name__ == "__main__":
    main()
