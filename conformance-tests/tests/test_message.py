from __future__ import annotations

import asyncio
import gzip
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.errors import MessageError
from tallymark_conformance.proxy.message import (
    Answer,
    Request,
    envelope,
    header,
    inflate,
    parse_answer,
    parse_request,
    without,
)
from tallymark_conformance.proxy.wire import read_answer, read_request

NAMES = st.text(string.ascii_letters + "-", min_size=1, max_size=12).filter(
    lambda name: name.lower() not in ("connection", "content-length", "transfer-encoding", "expect")
)
VALUES = st.text(string.ascii_letters + string.digits + " ;=/", max_size=20).map(str.strip)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(tuple)


def read(data: bytes, reading: object) -> object:
    """Feed *data* and the end of the stream to a reader of messages."""

    async def feed() -> object:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return await reading(reader)  # type: ignore[operator]

    return asyncio.run(feed())


@given(st.sampled_from(("GET", "POST")), FIELDS, st.binary(max_size=100))
def test_a_request_survives_the_wire(
    method: str, fields: tuple[tuple[str, str], ...], body: bytes
) -> None:
    """What is encoded for the upstream reads back as the same request, but for the framing."""
    request = Request(method, "/v1/batch?x=1", "HTTP/1.1", fields, body)
    found = read(request.encode(), read_request)
    assert isinstance(found, Request)
    kept = without(found.headers, "content-length", "connection")
    assert (method, "/v1/batch?x=1", fields, body) == (
        found.method,
        found.target,
        kept,
        found.body,
    )


@given(st.sampled_from((200, 404, 503, 599)), FIELDS, st.binary(max_size=100))
def test_an_answer_survives_the_wire(
    status: int, fields: tuple[tuple[str, str], ...], body: bytes
) -> None:
    """What is encoded for the client reads back as the same answer, but for the framing."""
    answer = Answer(status, "Fine", fields, body)
    found = read(answer.encode(), read_answer)
    assert isinstance(found, Answer)
    assert (status, "Fine", fields, body) == (
        found.status,
        found.reason,
        without(found.headers, "content-length"),
        found.body,
    )


def test_chunks_are_joined() -> None:
    """A chunked body is what its chunks hold, extensions left out."""
    data = (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    found = read(data, read_request)
    assert isinstance(found, Request)
    assert b"abcde" == found.body


def test_an_answer_without_length_ends_with_the_stream() -> None:
    """As HTTP/1.0 has it."""
    found = read(b"HTTP/1.0 200 OK\r\n\r\nabc", read_answer)
    assert isinstance(found, Answer)
    assert b"abc" == found.body


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_of_some_statuses_has_no_body(status: int) -> None:
    """It ends with its head, whatever follows."""
    found = read(f"HTTP/1.1 {status} X\r\n\r\n".encode(), read_answer)
    assert isinstance(found, Answer)
    assert b"" == found.body
    assert b"content-length" not in found.encode().lower()


def test_a_closed_connection_is_no_request() -> None:
    """The end between two requests is None, not an error."""
    assert read(b"", read_request) is None


@pytest.mark.parametrize("data", [b"GET / HT", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"])
def test_half_a_message_is_an_error(data: bytes) -> None:
    """The end within a message is told apart from the end between two."""
    with pytest.raises(asyncio.IncompleteReadError):
        read(data, read_request)


@pytest.mark.parametrize(
    "data",
    [
        b"HELLO\r\n\r\n",
        b"GET / FTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_other_bytes_are_no_request(data: bytes) -> None:
    """What is not HTTP/1 is named as such."""
    with pytest.raises(MessageError):
        read(data, read_request)


@pytest.mark.parametrize("data", [b"SSH-2.0\r\n\r\n", b"HTTP/1.1 fine\r\n\r\n"])
def test_other_bytes_are_no_answer(data: bytes) -> None:
    """An upstream that speaks something else is named as such."""
    with pytest.raises(MessageError):
        read(data, read_answer)


def test_a_head_has_a_limit() -> None:
    """A head longer than a reader's limit is refused, not kept."""
    with pytest.raises(MessageError):
        read(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000 + b"\r\n", read_request)


@given(st.binary(max_size=200))
def test_gzip_is_undone(body: bytes) -> None:
    """A body under gzip is what it decodes to, named by its header or by its first bytes."""
    packed = gzip.compress(body)
    assert body == inflate((("Content-Encoding", "gzip"),), packed)
    assert body == inflate((), packed)


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_what_does_not_decode_is_none(coding: str) -> None:
    """Garbage under gzip, and a coding nobody speaks here, give no body."""
    assert inflate((("Content-Encoding", coding),), b"\x00\x01") is None


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff"])
def test_a_body_without_an_object_is_an_empty_envelope(body: bytes) -> None:
    """Rules that look into a batch find nothing there."""
    assert {} == envelope((), body)


def test_an_envelope_is_read_through_its_coding() -> None:
    """The object of a compressed body is found."""
    fields = (("content-encoding", "gzip"),)
    assert {"v": 1} == envelope(fields, gzip.compress(json.dumps({"v": 1}).encode()))


def test_fields_are_found_whatever_their_case() -> None:
    """The first field of a name counts; setting one replaces all."""
    fields = (("X-A", "1"), ("x-a", "2"))
    assert "1" == header(fields, "x-A")
    assert header(fields, "b") is None
    assert (("X-a", "3"),) == Answer(200, "", fields, b"").with_header("X-a", "3").headers


def test_a_path_has_no_query() -> None:
    """Rules match the path alone."""
    assert "/v1/b" == parse_request(b"GET /v1/b?k=tmk_1 HTTP/1.1\r\n\r\n").path


def test_a_reason_may_be_absent() -> None:
    """A status line without a phrase is one."""
    assert (200, "") == (
        parse_answer(b"HTTP/1.1 200\r\n\r\n").status,
        parse_answer(b"HTTP/1.1 200\r\n\r\n").reason,
    )
