"""Records sent to a collector."""

from __future__ import annotations

import gzip
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.connect.batches import MAX_EVENTS, batches, envelope
from tallymark_collector.connect.collectors import HttpCollector
from tallymark_collector.connect.record import Record, Unreadable
from tallymark_collector.connect.send import Importer, ImportFailed, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STREAM = "0197a1b2-c3d4-8e5f-8a9b-0c1d2e3f4a5b"
THEN = 1_700_000_000_000
ID = "mine-0001"
URL = "http://127.0.0.1:7300"


def records(count: int, *, bad: Sequence[int] = ()) -> list[Record | Unreadable]:
    """Return so many records; those in *bad* are no events."""
    return [
        Unreadable(number, "bad")
        if number in bad
        else Record(number, {"t": THEN, "e": f"e{number}"})
        for number in range(1, count + 1)
    ]


def asked_of(collector: Any) -> HttpCollector:  # noqa: ANN401 -- the whole collector's fixture
    """Return how to ask a collector with a secret key."""
    return HttpCollector(f"http://127.0.0.1:{collector.port}", collector.new_key("secret"))


def numbers(envelope: dict[str, Any]) -> list[int]:
    """Return the sequence numbers of an envelope's events."""
    first = envelope["seq"]
    return [event.get("n", first + place) for place, event in enumerate(envelope["events"])]


@given(st.integers(0, 2_500), st.sets(st.integers(1, 2_500), max_size=6))
def test_batches_hold_every_record_once(count: int, bad: set[int]) -> None:
    """Batches must hold all numbers in order, the unreadable ones declared as lost (LED-3)."""
    sent: list[int] = []
    lost: list[int] = []
    for batch in batches(records(count, bad=sorted(bad)), STREAM):
        body = json.loads(envelope(batch))
        assert len(body["events"]) <= MAX_EVENTS
        sent += numbers(body)
        lost += [low for drop in body.get("drops", ()) for low, _ in drop["ranges"]]
        assert body["hwm"] >= max([*numbers(body), *lost[-1:]])
    good = [number for number in range(1, count + 1) if number not in bad]
    assert (good, [n for n in sorted(bad) if n <= count]) == (sent, lost)


def test_explicit_ids_need_no_stream() -> None:
    """Events with ids must go without stream and numbers."""
    (batch,) = batches([Record(1, {"t": 1, "e": "A", "id": "mine-0001"})], STREAM)
    body = json.loads(envelope(batch))
    assert {"v": 1, "t0": 0, "events": [{"t": 1, "e": "A", "id": "mine-0001"}]} == body


def test_into_a_collector(collector: Any) -> None:  # noqa: ANN401 -- the whole collector's fixture
    """An import must store each record once, go on where it stopped, and repeat nothing."""
    url, key = f"http://127.0.0.1:{collector.port}", collector.new_key("secret")

    def run(count: int) -> Outcome:
        with closing(HttpCollector(url, key)) as asked:
            return Importer(asked, STREAM).send(records(count, bad=[3]), lambda _: None)

    first, more, again = run(1_500), run(2_200), run(2_200)
    assert (1_499, 0, 1) == (first.stored, first.skipped, first.unreadable)
    assert (700, 1_499) == (more.stored, more.skipped)
    assert (0, 2_199, 2_199) == (again.stored, again.skipped, collector.count())
    assert all(one.adds_up for one in (first, more, again))


def test_rejected_records_are_told(collector: Any) -> None:  # noqa: ANN401
    """A record the collector refuses must be counted by code and shown by number."""
    bad = Record(2, {"t": THEN, "e": "x" * 500})
    known = Record(3, {"t": THEN, "id": "mine-0001", "e": ""})
    with closing(asked_of(collector)) as asked:
        importer = Importer(asked, STREAM)
        outcome = importer.send([Record(1, {"t": THEN, "e": "A"}), bad, known], lambda _: None)
    assert (1, {"name_too_long": 1, "bad_name": 1}) == (outcome.stored, dict(outcome.rejected))
    assert outcome.examples == ["record 2: name_too_long at e", "record 3: bad_name at e"]
    assert outcome.adds_up


def test_places_are_kept(collector: Any) -> None:  # noqa: ANN401
    """Records with a place of their own must go into their streams, each place once."""
    streams = [f"0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5{digit}" for digit in "cd"]
    mixed = [
        Record(number, {"t": THEN, "e": "A", "u": "ann"}, streams[number % 2], number)
        for number in range(1, 41)
    ]
    with closing(asked_of(collector)) as asked:
        importer = Importer(asked, None)
        first = importer.send([*mixed, *mixed[:5]], lambda _: None)
        again = importer.send(reversed(mixed), lambda _: None)
    assert [(40, 5), (0, 40)] == [(one.stored, one.duplicate) for one in (first, again)]
    assert {(one.stream, one.seq) for one in collector.events()} == {
        (streams[number % 2], number) for number in range(1, 41)
    }


def test_a_corrected_time_is_no_conflict(collector: Any) -> None:  # noqa: ANN401
    """An event whose time was corrected must be the one that is there, in a stream or by id."""
    place = {"stream": STREAM, "seq": 1}
    sent = [Record(1, {"t": THEN, "e": "A"}, **place), Record(2, {"t": THEN, "e": "B", "id": ID})]
    corrected = [
        Record(1, {"t": THEN + 5, "e": "A"}, **place, corrected=True),
        Record(2, {"t": THEN + 5, "e": "B", "id": ID}, corrected=True),
        Record(3, {"t": THEN, "e": "C", "id": ID}),
    ]
    with closing(asked_of(collector)) as asked:
        Importer(asked, None).send(sent, lambda _: None)
        again = Importer(asked, None).send(corrected, lambda _: None)
    assert (0, 1, 1, {"conflict": 1}) == (
        again.stored, again.skipped, again.duplicate, dict(again.rejected)
    )  # fmt: skip
    assert (2, True) == (collector.count(), again.adds_up)


def test_a_file_of_equal_lines_is_no_bomb(collector: Any) -> None:  # noqa: ANN401
    """A body that would inflate like a bomb must go as it is."""
    equal = [
        Record(number, {"t": THEN, "e": "A", "p": {"x": "y" * 600}}) for number in range(1, 901)
    ]
    with closing(asked_of(collector)) as asked:
        assert Importer(asked, STREAM).send(equal, lambda _: None).stored == 900


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
    with closing(HttpCollector(URL, "tms_x")) as asked:
        importer = Importer(asked, None, give_up_s=0)
        with pytest.raises(ImportFailed, match=says):
            importer.send([Record(1, {"t": 1, "e": "A", "id": ID})], lambda _: None)


@responses.activate
def test_a_busy_collector_is_asked_again(collector_answer: Callable[[int], Any]) -> None:
    """After 503 the same bytes must be sent again (HDR-1)."""
    responses.post(f"{URL}/v1/import", status=503, headers={"Retry-After": "0"})
    last = responses.post(f"{URL}/v1/import", **collector_answer(1))
    with closing(HttpCollector(URL, "tms_x")) as asked:
        outcome = Importer(asked, None).send(
            [Record(1, {"t": 1, "e": "A", "id": ID})], lambda _: None
        )
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
