"""Records sent to a collector."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.connect.record import Record, Unreadable
from tallymark_collector.connect.send import (
    MAX_EVENTS,
    Importer,
    ImportFailed,
    Outcome,
    batches,
    envelope,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STREAM = "0197a1b2-c3d4-8e5f-8a9b-0c1d2e3f4a5b"
THEN = 1_700_000_000_000
URL = "http://127.0.0.1:7300"


def records(count: int, *, bad: Sequence[int] = ()) -> list[Record | Unreadable]:
    """Return so many records; those in *bad* are no events."""
    return [
        Unreadable(number, "bad")
        if number in bad
        else Record(number, {"t": THEN, "e": f"e{number}"})
        for number in range(1, count + 1)
    ]


def numbers(envelope: dict[str, Any]) -> list[int]:
    """Return the sequence numbers of an envelope's events."""
    first = envelope["seq"]
    return [event.get("n", first + place) for place, event in enumerate(envelope["events"])]


@given(st.integers(0, 2_500), st.sets(st.integers(1, 2_500), max_size=6))
def test_batches_hold_every_record_once(count: int, bad: set[int]) -> None:
    """Batches must hold all numbers in order, the unreadable ones declared as lost (LED-3)."""
    sent: list[int] = []
    lost: list[int] = []
    for batch in batches(records(count, bad=sorted(bad))):
        body = json.loads(envelope(batch, STREAM))
        assert len(body["events"]) <= MAX_EVENTS
        sent += numbers(body)
        lost += [low for drop in body.get("drops", ()) for low, _ in drop["ranges"]]
        assert body["hwm"] >= max([*numbers(body), *lost[-1:]])
    good = [number for number in range(1, count + 1) if number not in bad]
    assert (good, [n for n in sorted(bad) if n <= count]) == (sent, lost)


def test_explicit_ids_need_no_stream() -> None:
    """Events with ids must go without stream and numbers."""
    (batch,) = batches([Record(1, {"t": 1, "e": "A", "id": "mine-0001"})])
    body = json.loads(envelope(batch, None))
    assert {"v": 1, "t0": 0, "events": [{"t": 1, "e": "A", "id": "mine-0001"}]} == body


def test_into_a_collector(collector: Any) -> None:  # noqa: ANN401 -- the whole collector's fixture
    """An import must store each record once, go on where it stopped, and repeat nothing."""
    url, key = f"http://127.0.0.1:{collector.port}", collector.new_key("secret")

    def run(count: int) -> Outcome:
        importer = Importer(url, key, STREAM)
        try:
            return importer.send(records(count, bad=[3]), lambda _: None)
        finally:
            importer.close()

    first, more, again = run(1_500), run(2_200), run(2_200)
    assert (1_499, 0, 1) == (first.stored, first.skipped, first.unreadable)
    assert (700, 1_500) == (more.stored, more.skipped)
    assert (0, 2_200, 2_199) == (again.stored, again.skipped, collector.count())


def test_rejected_records_are_told(collector: Any) -> None:  # noqa: ANN401
    """A record the collector refuses must be counted by code and shown by number."""
    importer = Importer(f"http://127.0.0.1:{collector.port}", collector.new_key("secret"), STREAM)
    bad = Record(2, {"t": 1_700_000_000_000, "e": "x" * 500})
    outcome = importer.send([Record(1, {"t": 1_700_000_000_000, "e": "A"}), bad], lambda _: None)
    importer.close()
    assert (1, {"name_too_long": 1}) == (outcome.stored, dict(outcome.rejected))
    assert outcome.examples == ["record 2: name_too_long at e"]


@responses.activate
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"status": 403, "json": {"detail": "may not import"}}, "may not import"),
        ({"status": 200, "body": "<html>"}, "not as a collector does"),
        ({"status": 503, "headers": {"Retry-After": "0"}}, "cannot be reached"),
        ({"body": responses.ConnectionError()}, "cannot be reached"),
    ],
)
def test_what_ends_an_import(answer: dict[str, Any], says: str) -> None:
    """Refusals must end an import at once, silence after a while; a page is no ack (ACK-1)."""
    responses.post(f"{URL}/v1/import", **answer)
    importer = Importer(URL, "tms_x", None, give_up_s=0)
    with pytest.raises(ImportFailed, match=says):
        importer.send([Record(1, {"t": 1, "e": "A", "id": "mine-0001"})], lambda _: None)
    importer.close()


@responses.activate
def test_a_busy_collector_is_asked_again(collector_answer: Callable[[int], Any]) -> None:
    """After 503 the same bytes must be sent again (HDR-1)."""
    responses.post(f"{URL}/v1/import", status=503, headers={"Retry-After": "0"})
    last = responses.post(f"{URL}/v1/import", **collector_answer(1))
    importer = Importer(URL, "tms_x", None)
    outcome = importer.send([Record(1, {"t": 1, "e": "A", "id": "mine-0001"})], lambda _: None)
    importer.close()
    bodies = [call.request.body for call in responses.calls]
    assert (1, 1, 2, bodies[0]) == (outcome.stored, last.call_count, len(bodies), bodies[1])
    assert json.loads(gzip.decompress(bodies[0]))["events"][0]["id"] == "mine-0001"


@pytest.fixture
def collector_answer() -> Callable[[int], Any]:
    """Return what a collector answers a streamless import of so many events with."""
    return lambda stored: {
        "json": {"v": 1, "stored": stored},
        "headers": {"Tallymark-Ack": "1; s=*"},
    }
