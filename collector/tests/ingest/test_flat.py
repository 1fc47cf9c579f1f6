"""Flat events: typing by spelling, implied streams, and what has no place."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.ingest.flat import (
    digest_of_query,
    envelope_of,
    flat_from_query,
    query_pairs,
    require_short,
)
from tallymark_collector.problem import Problem
from tallymark_protocol import event_id

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
NEW = "0197a1b2-c3d4-7e5f-8a9b-ffffffffffff"
KEY = "tmk_0123456789abcdefghijkl"


def new_id() -> str:
    """Return the id a nameless event gets."""
    return NEW


def flat(query: str) -> dict[str, Any]:
    """Return the flat event of a query string."""
    return flat_from_query(query_pairs(query.encode()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("21.5", 21.5), ("-3", -3), ("0", 0), ("1e3", 1000.0), ("1E-2", 0.01),
        ("007", "007"), ("+1", "+1"), (".5", ".5"), ("1.", "1."), ("0x1", "0x1"), ("", ""),
        ("true", "true"), ("NaN", "NaN"), ("1e999", math.inf), ("9" * 25, float("9" * 25)),
    ],
)  # fmt: skip
def test_properties_are_typed_by_the_grammar_of_json_numbers(text: str, expected: object) -> None:
    """`p.` is a number when it is spelt like one, `ps.` never (IOT-02)."""
    event = flat(urlencode({"e": "temp", "p.c": text, "ps.c2": text}))

    assert event["p"] == {"c": expected, "c2": text}
    assert type(event["p"]["c"]) is type(expected)


def test_a_query_spells_the_fields_of_a_flat_event() -> None:
    """Known fields are taken, the key and the send time are not part of the event."""
    event = flat("k=tmk_x&st=5&e=temp&d=dev-1&n=17&b=3&t=12&u=u1&zz=1&e=last")

    assert event == {"e": "last", "d": "dev-1", "n": 17, "b": 3, "t": 12, "u": "u1"}


def test_bytes_that_are_no_utf_8_become_what_no_verdict_lets_through() -> None:
    """Broken percent-encoding is a lone surrogate, not an exception."""
    assert flat("e=%ff") == {"e": "\udcff"}


@pytest.mark.parametrize(("size", "good"), [(2_000, True), (2_001, False)])
def test_a_url_has_at_most_2000_bytes(size: int, *, good: bool) -> None:
    """Longer ones get 414 (IOT-02)."""
    query = b"x" * (size - len(b"/v1/e?"))
    if good:
        require_short(b"/v1/e", query)
    else:
        with pytest.raises(Problem, match="url_too_long"):
            require_short(b"/v1/e", query)


def test_the_digest_is_that_of_the_event_not_of_the_attempt() -> None:
    """Key and send time may change between attempts, nothing else."""
    pairs = [query_pairs(q) for q in (b"e=a&n=1&st=5&k=x", b"n=1&e=a&st=6&k=y", b"e=a&n=2")]
    first, second, third = map(digest_of_query, pairs)

    assert first == second != third


def test_an_implied_stream_is_derived_from_key_device_and_boot() -> None:
    """n, d and b are the place of the event (IOT-01)."""
    envelope, issue = envelope_of({"e": "a", "d": "dev-1", "n": 17, "b": 2}, KEY, new_id)

    assert issue is None
    assert (event_id.device_stream(KEY, "dev-1", 2), 17, 17) == (
        envelope.stream,
        envelope.seq,
        envelope.hwm,
    )
    assert envelope.events == [{"e": "a", "d": "dev-1", "n": 17}]


def test_a_stream_of_its_own_is_kept() -> None:
    """A flat event may name its stream."""
    envelope, _ = envelope_of({"e": "a", "stream": STREAM, "n": 1}, KEY, new_id)

    assert envelope.stream == STREAM


def test_an_event_without_a_place_gets_an_id() -> None:
    """Nothing merges it with another one, not even an equal body (LED-12)."""
    envelope, issue = envelope_of({"e": "a"}, KEY, new_id)

    assert (None, None) == (envelope.stream, issue)
    assert envelope.events == [{"e": "a", "id": NEW}]


@pytest.mark.parametrize(
    ("event", "code", "path"),
    [
        ([], "bad_type", ""),
        ({"e": "a", "n": 1}, "bad_id", "d"),
        ({"e": "a", "stream": STREAM}, "bad_id", "n"),
        ({"e": "a", "d": "dev", "n": 1, "b": -1}, "bad_id", "b"),
    ],
)
def test_what_is_wrong_is_known_before_the_verdict(event: object, code: str, path: str) -> None:
    """Rules about the place of a flat event are no event's own; no stream is touched."""
    envelope, issue = envelope_of(event, KEY, new_id)

    assert issue is not None
    assert (code, path, None) == (issue.code, issue.path, envelope.stream)


def test_an_event_that_is_wrong_elsewhere_keeps_its_place() -> None:
    """Its number is settled by the verdict, so that the device's ledger has no gap (LED-02)."""
    event = {"e": "", "d": "dev-1", "n": 3, "b": 2}
    envelope, issue = envelope_of(event, KEY, new_id)

    good, _ = envelope_of({**event, "e": "a"}, KEY, new_id)
    assert issue is not None
    assert (good.stream, 3, 3) == (envelope.stream, envelope.seq, envelope.hwm)


def test_another_version_is_a_problem_not_a_verdict() -> None:
    """`v` speaks about the request (ENV-01)."""
    with pytest.raises(Problem, match="unsupported_version"):
        envelope_of({"v": 2, "e": "a"}, KEY, new_id)


def test_dt_without_t_counts_from_the_boot() -> None:
    """A device without a clock sends uptimes (CLK-06)."""
    assert envelope_of({"e": "a", "dt": 5}, KEY, new_id)[0].clock == "none"
    assert envelope_of({"e": "a", "dt": 5, "t": 6}, KEY, new_id)[0].clock == "anchored"


@given(
    st.dictionaries(st.text(max_size=9), st.text(max_size=20), max_size=6), st.binary(max_size=80)
)
def test_any_query_is_an_event_or_has_an_issue(pairs: dict[str, str], raw: bytes) -> None:
    """Nothing a URL can hold raises anything."""
    for query in (urlencode(pairs).encode(), raw):
        found = query_pairs(query)
        digest_of_query(found)
        envelope, _ = envelope_of(flat_from_query(found), KEY, new_id)
        assert len(envelope.events) == 1
