"""Compressed bodies: what is taken, and that no bomb goes off."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Final

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.ingest.body import parse
from tallymark_collector.ingest.inflate import InflateLimits, coding_of, coding_seen, inflate
from tallymark_collector.problem import Problem
from tallymark_protocol import limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_collector.ingest.inflate import Coding

COMPRESS: Final[dict[Coding, Callable[[bytes], bytes]]] = {
    "gzip": gzip.compress,
    "zstd": zstd.compress,
}
codings = pytest.mark.parametrize("coding", COMPRESS)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("", "identity"),
        ("identity", "identity"),
        ("gzip", "gzip"),
        (" GZIP ", "gzip"),
        ("x-gzip", "gzip"),
        ("zstd", "zstd"),
    ],
)
def test_accepted_encodings(encoding: str, expected: str) -> None:
    """Identity, gzip and zstd are understood (HDR-05)."""
    assert coding_of(encoding) == expected


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd, gzip", "x"])
def test_other_encodings_get_415(encoding: str) -> None:
    """Others, and one within another, are refused with those that are taken."""
    with pytest.raises(Problem, match="unsupported_media_type") as refused:
        coding_of(encoding)
    assert "zstd" in refused.value.detail


def test_gzip_is_known_by_its_first_bytes() -> None:
    """A browser's gzip comes without a header (EPT-02); JSON never begins like it."""
    assert coding_seen(gzip.compress(b"{}")) == "gzip"
    assert coding_seen(b"{}") == coding_seen(b"") == "identity"


@codings
@given(parts=st.lists(st.binary(max_size=500), min_size=1, max_size=4))
def test_members_inflate_to_what_was_compressed(coding: Coding, parts: list[bytes]) -> None:
    """A body of several members is their concatenation."""
    body = b"".join(map(COMPRESS[coding], parts))
    assert inflate(body, coding, InflateLimits()) == b"".join(parts)


@codings
@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 131_072, 1_000_000])
def test_sizes_at_the_edge_of_a_piece(coding: Coding, size: int) -> None:
    """A body that ends with a piece, before it or behind it is whole."""
    body = bytes(range(256)) * (size // 256 + 1)
    packed = COMPRESS[coding](body[:size])
    assert inflate(packed, coding, InflateLimits(ratio=1_000_000)) == body[:size]


@codings
def test_empty_members_are_counted(coding: Coding) -> None:
    """A megabyte of members that inflate to nothing is refused at once, not worked through."""
    compress = COMPRESS[coding]
    some, many = compress(b"") * 63 + compress(b"{}"), compress(b"") * 50_000
    assert inflate(some, coding, InflateLimits()) == b"{}"
    with pytest.raises(Problem, match="malformed") as refused:
        inflate(many, coding, InflateLimits())
    assert "64 members" in refused.value.detail


@codings
@pytest.mark.parametrize("size", [65_536, 65_537])
def test_the_ratio_counts_above_64_kib_only(coding: Coding, size: int) -> None:
    """A small body may be as repetitive as it likes (ENV-12)."""
    bomb = COMPRESS[coding](b"a" * size)
    assert size / len(bomb) > limits.MAX_INFLATE_RATIO
    if size <= limits.RATIO_FREE_BYTES:
        assert len(inflate(bomb, coding, InflateLimits())) == size
    else:
        with pytest.raises(Problem, match="too_large"):
            inflate(bomb, coding, InflateLimits())


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_bomb_is_never_held_in_memory(coding: Coding) -> None:
    """Inflating stops at the cap: 256 MiB behind a few KiB cost no more than 10 MiB."""
    block = b"\0" * (1 << 20)
    if coding == "gzip":
        gzipped = zlib.compressobj(wbits=31)
        bomb = b"".join(gzipped.compress(block) for _ in range(256)) + gzipped.flush()
    else:
        zstandard = zstd.ZstdCompressor()
        bomb = b"".join(zstandard.compress(block) for _ in range(256)) + zstandard.flush()
    with pytest.raises(Problem, match="too_large"):
        inflate(bomb, coding, InflateLimits(ratio=10_000_000))


def test_a_window_that_costs_memory_is_refused() -> None:
    """A frame that asks for 128 MiB to be decompressed is not taken."""
    options = {zstd.CompressionParameter.window_log: 27}
    frame = zstd.ZstdCompressor(options=options)
    body = frame.compress(b"[0]") + frame.flush()
    with pytest.raises(Problem, match="malformed"):
        inflate(body, "zstd", InflateLimits())


@codings
def test_a_nested_bomb_is_not_inflated_twice(coding: Coding) -> None:
    """Inflated once, compressed data inside compressed data is not JSON, that is all."""
    compress = COMPRESS[coding]
    inner = compress(b"[" + b"0," * 1_000 + b"0]")
    with pytest.raises(Problem, match="malformed"):
        parse(inflate(compress(inner), coding, InflateLimits()), "json")


def problem_of(body: bytes, coding: Coding) -> str | None:
    """Return the code of the problem a body has, None if it is whole."""
    try:
        inflate(body, coding, InflateLimits())
    except Problem as problem:
        return problem.code
    return None


@codings
@given(data=st.binary(max_size=300), cut=st.integers(1, 300))
def test_a_broken_body_is_malformed_or_whole(coding: Coding, data: bytes, cut: int) -> None:
    """Cut or arbitrary bytes never raise anything but a problem, and a cut is always seen."""
    packed = COMPRESS[coding](data)
    assert problem_of(packed[: min(cut, len(packed) - 1)], coding) == "malformed"
    for body in (data, packed + data):
        assert problem_of(body, coding) in (None, "malformed")
