from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol._generated.limits import MAX_SEQ
from tallymark_protocol.event_id import device_stream, event_id, uuid7, uuid8

if TYPE_CHECKING:
    from collections.abc import Callable

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def test_event_id_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every vector's place has the vector's id (LED-07)."""
    for vector in vectors("event_id"):
        assert vector["expect"] == event_id(**vector["input"]), vector["id"]


def test_device_stream_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every vector's key, device and boot make the vector's stream (IOT-01)."""
    for vector in vectors("device_stream"):
        assert vector["expect"] == device_stream(**vector["input"]), vector["id"]


@given(st.integers(1, MAX_SEQ))
def test_event_id_is_a_uuid8(seq: int) -> None:
    """An id is a UUID of version 8 and the RFC's variant."""
    parsed = uuid.UUID(event_id(STREAM, seq))
    assert (8, uuid.RFC_4122) == (parsed.version, parsed.variant)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_uuid7_holds_its_time(ms: int, random: bytes) -> None:
    """The first 48 bits of a UUIDv7 are the time, and the version is 7."""
    parsed = uuid.UUID(uuid7(ms, random))
    assert (ms, 7, uuid.RFC_4122) == (parsed.int >> 80, parsed.version, parsed.variant)


def test_uuid7_sorts_by_time() -> None:
    """Ids made later sort later as text."""
    made = [uuid7(ms, b"\xff" * 10) for ms in (0, 1, 255, 256, 2**40)]
    assert sorted(made) == made


@given(st.binary(min_size=16, max_size=40))
def test_uuid8_ignores_what_follows_16_bytes(digest: bytes) -> None:
    """Only the first 16 bytes of a digest make the id."""
    assert uuid8(digest[:16]) == uuid8(digest)


def test_device_streams_differ_by_each_part() -> None:
    """Key, device and boot each make another stream (IOT-01)."""
    made = {
        device_stream(*parts)
        for parts in (("k", "d", 0), ("k", "d", 1), ("k", "e", 0), ("l", "d", 0))
    }
    assert 4 == len(made)
    assert all(8 == uuid.UUID(stream).version for stream in made)


@pytest.mark.parametrize("seq", [0, -1, 2**53])
def test_seq_out_of_range_is_refused(seq: int) -> None:
    """A number no event can have has no id; the message names it."""
    with pytest.raises(ValueError, match=str(seq)):
        event_id(STREAM, seq)


@pytest.mark.parametrize("stream", ["", "0197a1b2", "z" * 32])
def test_stream_must_be_a_uuid(stream: str) -> None:
    """What is no UUID has no event ids."""
    with pytest.raises(ValueError, match=r"."):
        event_id(stream, 1)


def test_builders_refuse_wrong_sizes() -> None:
    """Too few bytes and times beyond 48 bits are wrong use."""
    with pytest.raises(ValueError, match="16 bytes are needed, got 1"):
        uuid8(b"x")
    with pytest.raises(ValueError, match="10 random bytes are needed, got 1"):
        uuid7(0, b"x")
    with pytest.raises(ValueError, match="48 bits"):
        uuid7(2**48, b"x" * 10)
