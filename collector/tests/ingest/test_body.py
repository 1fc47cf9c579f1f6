"""Bodies: what is taken, what is refused, and that nothing else ever happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.ingest.body import body_format, parse_json, parse_ndjson
from tallymark_collector.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


def problem_of(function: Callable[..., object], *arguments: object) -> str | None:
    """Return the code of the problem a call raises, None if it returns."""
    try:
        function(*arguments)
    except Problem as problem:
        return problem.code
    return None


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("", "json"),
        ("application/json", "json"),
        ("Application/JSON; charset=utf-8", "json"),
        ('text/plain;charset="UTF-8"', "json"),
        ("application/x-ndjson", "ndjson"),
    ],
)
def test_accepted_types(content_type: str, expected: str) -> None:
    """JSON, text and no type are JSON; NDJSON is the type of its own (HDR-06)."""
    assert body_format(content_type) == expected


@pytest.mark.parametrize(
    "content_type",
    [
        "application/cbor",
        "text/html",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=iso-8859-1",
        "garbage",
    ],
)
def test_other_types_get_415(content_type: str) -> None:
    """Everything else is named as unsupported."""
    with pytest.raises(Problem, match="unsupported_media_type"):
        body_format(content_type)


def test_a_form_is_told_what_to_send_instead() -> None:
    """It is what curl sends with -d: the answer says how to send JSON."""
    with pytest.raises(Problem) as found:
        body_format("application/x-www-form-urlencoded")

    assert "--json" in found.value.detail


def test_ndjson_is_a_batch_only() -> None:
    """A single event is never a list of lines."""
    with pytest.raises(Problem, match="unsupported_media_type"):
        body_format("application/x-ndjson", ndjson=False)


@given(JSON)
def test_good_json_is_decoded_as_it_was_written(value: object) -> None:
    """Whatever a JSON encoder writes comes back equal."""
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_arbitrary_bytes_are_json_or_malformed(data: bytes) -> None:
    """Nothing but a value or 400 `malformed` comes out."""
    assert problem_of(parse_json, data) in (None, "malformed")


@pytest.mark.parametrize(
    "text", [b"NaN", b"[Infinity]", b"", b"{", b"\xff", b"\xef\xbb\xbf{}", b"'a'"]
)
def test_what_json_does_not_know_is_malformed(text: bytes) -> None:
    """Constants, broken texts, broken UTF-8 and marks before it get 400."""
    with pytest.raises(Problem, match="malformed"):
        parse_json(text)


@pytest.mark.parametrize("depth", [1_000, 5_000, 200_000])
def test_deep_nesting_is_malformed_or_decoded_and_never_fatal(depth: int) -> None:
    """A depth bomb ends in a problem, with and without the slow decoder."""
    for text in (b"[" * depth + b"]" * depth, b'["\\ud800",' + b"[" * depth + b"]" * depth + b"]"):
        assert problem_of(parse_json, text) in (None, "malformed")


def test_what_only_one_event_is_wrong_with_is_decoded() -> None:
    """Lone surrogates and numbers beyond a double are left to the verdicts."""
    assert parse_json(b'["\\ud800", 1e400, 1]') == ["\ud800", float("inf"), 1]
    assert parse_json(b"[" + b"9" * 5_000 + b"]") == [float("inf")]


def test_integers_beyond_exact_doubles_become_doubles() -> None:
    """2^53 + 1 is the double nearest to it, however it was decoded (VAL-08)."""
    for text in (b'[9007199254740993, {"a": [9007199254740993]}]',):
        for odd in (b"", b'"\\ud800", '):
            value = parse_json(text.replace(b"[", b"[" + odd, 1))
            assert isinstance(value, list)
            assert [float(2**53), {"a": [float(2**53)]}] == value[-2:]
            assert type(value[-2]) is float


def test_the_last_of_duplicate_keys_wins() -> None:
    """Both decoders agree (VAL-04)."""
    assert parse_json(b'{"a":1,"a":2}') == {"a": 2}
    assert parse_json(b'{"a":1,"a":2,"b":"\\ud800"}') == {"a": 2, "b": "\ud800"}


@given(st.lists(st.dictionaries(st.text(), st.integers(0, 9)), max_size=5), st.booleans())
def test_ndjson_is_the_envelope_and_its_events(events: list[Any], trailing: bool) -> None:  # noqa: FBT001
    """The first line is the envelope, each further one an event (IOT-04)."""
    lines = [orjson.dumps({"v": 1}), *map(orjson.dumps, events)]
    body = b"\r\n".join(lines) + b"\n" * trailing

    assert parse_ndjson(body) == {"v": 1, "events": events}


@pytest.mark.parametrize("body", [b"", b"\n", b"[]", b'{"events":[]}', b'{"v":1}\n{'])
def test_ndjson_without_a_clean_first_line_is_malformed(body: bytes) -> None:
    """No envelope, or one that has events already, is refused."""
    with pytest.raises(Problem, match="malformed"):
        parse_ndjson(body)


def test_ndjson_of_too_many_lines_is_refused_before_they_are_decoded() -> None:
    """2,001 lines get 413 (ENV-10)."""
    with pytest.raises(Problem, match="too_many_events"):
        parse_ndjson(b"{}\n" + b"x\n" * 2_001)
