"""Digests by which events without a place in a stream are told apart (LED-12): pure."""

from __future__ import annotations

import hashlib

_PROJECT_BYTES = 8
_PLACE_BYTES = 4


def id_hash(project: int, event_id: str) -> bytes:
    """Return the SHA-256 of a project and an explicit event id."""
    return hashlib.sha256(project.to_bytes(_PROJECT_BYTES, "big") + event_id.encode()).digest()


def place_hash(project: int, sha256: bytes, place: int) -> bytes:
    """Return the fingerprint of an event without number and id: its request and its index."""
    text = project.to_bytes(_PROJECT_BYTES, "big") + sha256 + place.to_bytes(_PLACE_BYTES, "big")
    return hashlib.sha256(b"place" + text).digest()
