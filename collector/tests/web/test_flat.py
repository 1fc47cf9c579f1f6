"""Single events over HTTP: devices, shells, pixels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tallymark_protocol.ack import proves
from tallymark_protocol.event_id import device_stream

if TYPE_CHECKING:
    from conftest import Running


pytestmark = pytest.mark.both_stores


def test_a_flat_event_is_stored_and_acknowledged_without_a_body(collector: Running) -> None:
    """204 with the proof of the implied stream (EPT-03, IOT-01)."""
    event = {"e": "temp", "d": "dev-0042", "n": 17, "p": {"c": 21.5}}
    answer = collector.ask("POST", "/v1/e", event)

    assert (204, b"") == (answer.status, answer.body)
    assert proves(204, answer.headers["tallymark-ack"], device_stream(collector.key, "dev-0042", 0))
    (stored,) = collector.events()
    assert json.loads(stored.body) == {"k": "track", **{k: event[k] for k in ("e", "d", "p")}}


def test_n_and_b_make_a_repetition_harmless(collector: Running) -> None:
    """The same (b, n) twice is one event; another boot is another stream (iot.n_b_idempotent)."""
    for boot in (1, 1, 2):
        event = {"e": "temp", "d": "dev-1", "n": 1, "b": boot}
        assert collector.ask("POST", "/v1/e", event).status == 204

    assert collector.count() == 2


def test_events_without_a_place_are_stored_each_time(collector: Running) -> None:
    """Two equal clicks are two events (LED-12); the proof is the star."""
    for _ in range(2):
        answer = collector.ask("POST", "/v1/e", {"e": "click"})
        assert proves(204, answer.headers["tallymark-ack"], None)

    assert collector.count() == 2


def test_a_representation_is_answered_on_demand(collector: Running) -> None:
    """Prefer: return=representation gives 200 and the answer of a batch (EPT-03)."""
    prefer = {"Prefer": "respond-async, Return=Representation"}
    answer = collector.ask("POST", "/v1/e", {"e": "a", "d": "dev", "n": 1}, prefer)

    assert (200, 1, 1) == (answer.status, answer.json["stored"], answer.json["ack"]["upto"])


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_rejected_event_gets_422_with_its_verdict(collector: Running, method: str) -> None:
    """The verdict stands in errors (EPT-03)."""
    path = "/v1/e" if method == "POST" else "/v1/e?e=$x"
    answer = collector.ask(method, path, {"e": "$x"} if method == "POST" else b"")

    assert (422, "event_rejected") == (answer.status, answer.json["code"])
    assert answer.json["errors"] == [{"code": "reserved_name", "path": "e"}]
    assert collector.count() == 0


def test_a_conflict_is_a_verdict_too(collector: Running) -> None:
    """The first write wins, the second is told so (LED-11)."""
    collector.ask("POST", "/v1/e", {"e": "a", "d": "dev", "n": 1})
    answer = collector.ask("POST", "/v1/e", {"e": "b", "d": "dev", "n": 1})

    assert (422, [{"code": "conflict", "path": ""}]) == (answer.status, answer.json["errors"])


def test_a_query_string_is_an_event(collector: Running) -> None:
    """Types by spelling, the key in the query, no caching (EPT-04, IOT-02)."""
    path = f"/v1/e?k={collector.key}&e=temp&d=dev-1&n=1&b=3&p.c=21.5&p.s=warm&ps.v=1"
    answer = collector.ask("GET", path, key=None)

    assert (204, "no-store") == (answer.status, answer.headers["cache-control"])
    (stored,) = collector.events()
    assert json.loads(stored.body)["p"] == {"c": 21.5, "s": "warm", "v": "1"}


@pytest.mark.parametrize(("name", "stored"), [("open", 1), ("%24reserved", 0)])
def test_a_pixel_is_a_gif_whatever_the_verdict(collector: Running, name: str, stored: int) -> None:
    """43 bytes, never cached (EPT-04, iot.get_pixel)."""
    answer = collector.ask("GET", f"/v1/e.gif?k={collector.key}&e={name}", key=None)

    assert (200, 43, "image/gif", "no-store") == (
        answer.status,
        len(answer.body),
        answer.headers["content-type"],
        answer.headers["cache-control"],
    )
    assert answer.body.startswith(b"GIF89a")
    assert collector.count() == stored


def test_a_url_that_is_too_long_gets_414(collector: Running) -> None:
    """Beyond 2,000 bytes the event has to be posted (IOT-02)."""
    answer = collector.ask("GET", f"/v1/e?e=a&p.x={'x' * 2_000}")

    assert (414, "url_too_long") == (answer.status, answer.json["code"])


def test_a_device_without_a_clock_reports_right_times(collector: Running) -> None:
    """Dt and st in uptime ms give the time of day (iot.uptime_clock)."""
    collector.ask("GET", f"/v1/e?e=a&dt=10000&st=60000&k={collector.key}", key=None)

    (stored,) = collector.events()
    assert stored.ts == stored.received_at - 50_000


def test_a_single_event_is_never_a_list_of_lines(collector: Running) -> None:
    """NDJSON is for batches (HDR-06)."""
    answer = collector.ask("POST", "/v1/e", "{}", {"Content-Type": "application/x-ndjson"})

    assert answer.status == 415


@pytest.mark.parametrize("path", ["/v1/e", "/v1/e.gif"])
def test_whoever_only_looks_stores_nothing(collector: Running, path: str) -> None:
    """Link checkers and proxies send HEAD: that is no event."""
    answer = collector.ask("HEAD", f"{path}?k={collector.key}&e=seen", key=None)

    assert (405, 0) == (answer.status, collector.count())
    assert "HEAD" not in answer.headers["allow"]
