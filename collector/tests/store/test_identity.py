from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.store.identity import id_hash, place_hash

PROJECTS = st.integers(1, 2**40)
IDS = st.from_regex(r"[A-Za-z0-9-]{8,36}", fullmatch=True)


def test_id_hash_value() -> None:
    """The digest is SHA-256 over the project as eight bytes and the id."""
    expected = hashlib.sha256(bytes.fromhex("0000000000000007") + b"order-0001").digest()
    assert expected == id_hash(7, "order-0001")


@given(st.tuples(PROJECTS, IDS), st.tuples(PROJECTS, IDS))
def test_id_hash_tells_apart(a: tuple[int, str], b: tuple[int, str]) -> None:
    """Two digests are equal only for the same project and id."""
    assert (a == b) == (id_hash(*a) == id_hash(*b))


@given(PROJECTS, IDS, st.binary(min_size=32, max_size=32), st.integers(0, 2_000))
def test_place_hash_is_no_id_hash(project: int, event_id: str, sha256: bytes, place: int) -> None:
    """A fingerprint of a place is never one of an id, and differs for the next place."""
    fingerprint = place_hash(project, sha256, place)
    assert fingerprint not in {id_hash(project, event_id), place_hash(project, sha256, place + 1)}
