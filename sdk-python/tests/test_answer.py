"""Reading answers: only what proves itself settles anything."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark.answer import read
from tallymark.transport import Failure, Response

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
PROOF = {"tallymark-ack": "1; s=0197a1b2; upto=5"}
NOW = 1_767_571_200_000


def proven(**body: object) -> Response:
    """Return a proven answer with this body."""
    whole = {"v": 1, "stream": STREAM, "ack": {"upto": 5, "settled": [[7, 8]]}, **body}
    return Response(200, PROOF, json.dumps(whole).encode())


def test_good_answer() -> None:
    """Ack, retry ranges, rejections and control are read."""
    answer = read(
        proven(
            retry=[[6, 6]], rejected=[{"n": 2, "code": "bad_name", "path": "e"}], control={"a": 1}
        ),
        STREAM,
        NOW,
    )
    assert answer.action == "settle"
    assert answer.acked == ((1, 5), (7, 8))
    assert answer.retry == ((6, 6),)
    assert [(item.seq, item.code, item.path, item.final) for item in answer.rejected] == [
        (2, "bad_name", "e", True)
    ]
    assert answer.control == {"a": 1}


@pytest.mark.parametrize(
    ("response", "action", "ambiguous"),
    [
        (Failure("timeout"), "backoff", True),
        (Failure("refused"), "backoff", False),
        (Failure("tls"), "backoff", False),
        (Response(200, {}, b"<html>"), "intercepted", True),
        (Response(200, PROOF, b""), "backoff", True),
        (Response(200, PROOF, b'{"v":1,"ack":'), "backoff", True),
        (Response(200, PROOF, b"[]"), "backoff", True),
        (Response(204, {}, b""), "intercepted", True),
        (Response(301, {}, b""), "intercepted", False),
        (Response(503, PROOF, b""), "backoff", False),
        (Response(401, {}, b""), "pause", False),
        (Response(400, {}, b'{"code":"unsupported_version"}'), "stop", False),
        (Response(400, {}, b'{"code":5}'), "bisect", False),
        (proven(ack={"upto": True}), "backoff", True),
        (proven(ack={"upto": -1}), "backoff", True),
        (proven(ack={"upto": 1, "settled": [[3, 2]]}), "backoff", True),
        (proven(ack={"upto": 1, "settled": [[0, 2]]}), "backoff", True),
        (proven(ack={"upto": 1, "settled": [5]}), "backoff", True),
        (proven(ack=None), "backoff", True),
        (proven(rejected=[{"n": "2", "code": "x"}]), "backoff", True),
        (proven(retry=[["a", "b"]]), "backoff", True),
        (proven(stream=STREAM[:-1] + "0"), "intercepted", True),
    ],
)
def test_action(response: Response | Failure, action: str, *, ambiguous: bool) -> None:
    """Every answer has an action, and says whether the request may have been taken."""
    answer = read(response, STREAM, NOW)
    assert (action, ambiguous) == (answer.action, answer.ambiguous)
    assert action == "settle" or answer.acked == ()


@pytest.mark.parametrize(
    ("headers", "body", "floor"),
    [
        ({"retry-after": "3"}, {}, 3_000),
        ({"retry-after": "Mon, 05 Jan 2026 00:00:10 GMT"}, {}, 10_000),
        ({"retry-after": "soon"}, {"retry_after_ms": 700}, 700),
        ({}, {"retry_after_ms": 700}, 700),
        ({}, {"retry_after_ms": -1}, None),
        ({}, {"retry_after_ms": True}, None),
        ({}, {"retry_after_ms": 10**12}, 3_600_000),
        ({}, {}, None),
    ],
)
def test_floor(headers: dict[str, str], body: dict[str, object], floor: int | None) -> None:
    """The least wait comes from the header, else from the problem, and is at most an hour."""
    assert floor == read(Response(429, headers, json.dumps(body).encode()), STREAM, NOW).floor_ms


def test_rejection_without_number_is_ignored() -> None:
    """Rejections of events with an id of their own are not about this stream."""
    assert (
        read(proven(rejected=[{"id": "abcdefgh", "code": "bad_name"}]), STREAM, NOW).rejected == ()
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON, JSON, JSON)
def test_any_body_is_read(ack: object, again: object, rejected: object, control: object) -> None:
    """Whatever a proven answer holds, reading it raises nothing."""
    body = {"stream": STREAM, "ack": ack, "retry": again, "rejected": rejected, "control": control}
    answer = read(Response(200, PROOF, json.dumps(body).encode()), STREAM, NOW)
    assert answer.action in ("settle", "backoff")
