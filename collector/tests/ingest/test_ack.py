"""Answers: exceptions only, named, in order; what is settled; the proof."""

from __future__ import annotations

import json

from tallymark_collector.ingest.ack import MOST_RANGES, answer
from tallymark_collector.ingest.verdict import Verdicts
from tallymark_collector.store.log import Arrival, Refused, Row, Settlement
from tallymark_protocol import limits
from tallymark_protocol.ack import proves
from tallymark_protocol.validate import validate_answer

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
NOW = 1_795_000_000_000


def arrival(*items: Row | Refused, stream: str | None = STREAM) -> tuple[Arrival, Verdicts]:
    """Return a judged request of these events."""
    rows = tuple(item for item in items if isinstance(item, Row))
    refused = tuple(item for item in items if isinstance(item, Refused))
    made = Arrival(1, stream, 9, False, NOW, rows, refused, (), b"", 0)  # noqa: FBT003
    return made, Verdicts(rows, refused, ())


def row(place: int, seq: int | None = None, event_id: str | None = None) -> Row:
    """Return an accepted event."""
    return Row(place, seq, event_id, NOW, NOW, b"{}")


def test_two_thousand_good_events_are_answered_in_300_bytes() -> None:
    """Only exceptions are listed."""
    made, verdicts = arrival(*(row(i, i + 1) for i in range(2_000)))

    told = answer(made, verdicts, Settlement(2_000, 0, (), 2_000, ()), NOW)

    assert len(told.body) <= 300
    assert proves(200, told.proof, STREAM)


def test_a_nested_path_is_told_whole() -> None:
    """A rejection names the very place that is wrong, not the field it lies in."""
    made, verdicts = arrival(Refused(0, 1, None, "bad_type", "p.cart.0.price", None, b""))
    told = answer(made, verdicts, Settlement(0, 0, (), 1, ()), NOW)
    (rejected,) = json.loads(told.body)["rejected"]
    assert {"n": 1, "code": "bad_type", "path": "p.cart.0.price"} == rejected


def test_the_fields_stand_in_the_order_of_the_schema() -> None:
    """An answer is valid, names its stream and leaves out what has no content (ACK-07)."""
    made, verdicts = arrival(row(0, 1), Refused(1, 2, None, "bad_name", "e", None, b""))
    told = answer(made, verdicts, Settlement(1, 0, (), 2, ()), NOW)
    document = json.loads(told.body)

    assert validate_answer(document) is None
    assert list(document) == [
        "v",
        "stream",
        "received",
        "stored",
        "duplicate",
        "ack",
        "rejected",
        "now",
    ]
    assert document["ack"] == {"upto": 2, "settled": [], "durability": "committed"}


def test_exceptions_are_named_by_number_else_id_else_index() -> None:
    """Refusals and conflicts come in the order of the request (ACK-06)."""
    made, verdicts = arrival(
        Refused(0, None, None, "bad_type", "", None, b""),
        row(1, 4),
        Refused(2, None, "an-id-of-mine", "name_too_long", "e", 200, b""),
        row(3, 6),
    )
    told = answer(made, verdicts, Settlement(1, 0, (1,), 6, ()), NOW)

    assert json.loads(told.body)["rejected"] == [
        {"i": 0, "code": "bad_type"},
        {"n": 4, "code": "conflict"},
        {"id": "an-id-of-mine", "code": "name_too_long", "path": "e", "limit": 200},
    ]
    assert told.rejected == 3


def test_what_an_earlier_attempt_stored_is_not_rejected() -> None:
    """Stored beats rejected (LED-02)."""
    made, verdicts = arrival(Refused(0, 1, None, "bad_name", "e", None, b""))
    told = answer(made, verdicts, Settlement(0, 1, (), 1, (), superseded=(0,)), NOW)

    assert "rejected" not in json.loads(told.body)


def test_a_streamless_answer_has_no_ledger() -> None:
    """Its proof is the star."""
    made, verdicts = arrival(row(0, None, "an-id-of-mine"), stream=None)
    told = answer(made, verdicts, Settlement(1, 0, (), 0, ()), NOW)

    assert not {"stream", "ack"} & json.loads(told.body).keys()
    assert proves(200, told.proof, None)


def test_set_back_times_are_one_warning() -> None:
    """How many, and the first of them."""
    made, verdicts = arrival(row(0, 1), row(1, 2), row(2, 3))
    told = answer(made, Verdicts(verdicts.rows, (), (1, 2)), Settlement(3, 0, (), 3, ()), NOW)

    assert json.loads(told.body)["warn"] == [{"code": "time_clamped", "count": 2, "n": 2}]


def test_an_answer_stays_within_what_an_sdk_reads() -> None:
    """A ledger full of gaps is told in part, this request's numbers among it (ACK-03)."""
    gaps = tuple((2**52 + 2 * i, 2**52 + 2 * i) for i in range(200_000))
    number = gaps[-1][0]
    made, verdicts = arrival(row(0, number))
    told = answer(made, verdicts, Settlement(1, 0, (), 0, gaps), NOW)
    settled = json.loads(told.body)["ack"]["settled"]

    assert len(told.body) <= limits.MAX_ANSWER
    assert len(settled) <= MOST_RANGES
    assert [number, number] in settled


def test_numbers_that_were_not_taken_are_named() -> None:
    """They are to be sent again, and have no verdict yet (LED-14)."""
    made, verdicts = arrival(row(0, 4), Refused(1, 6, None, "bad_name", "e", None, b""))
    told = answer(made, verdicts, Settlement(0, 0, (), 1, (), (), ((4, 4), (6, 6))), NOW)
    document = json.loads(told.body)

    assert validate_answer(document) is None
    assert [[4, 4], [6, 6]] == document["retry"]
    assert "rejected" not in document
