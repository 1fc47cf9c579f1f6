"""Digests by which events without a place in a stream are told apart (LED-12): pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tallymark_collector.store.log import Arrival, Refused

_PROJECT_BYTES = 8
_PLACE_BYTES = 4


def id_hash(project: int, event_id: str) -> bytes:
    """Return the SHA-256 of a project and an explicit event id."""
    return hashlib.sha256(project.to_bytes(_PROJECT_BYTES, "big") + event_id.encode()).digest()


def place_hash(project: int, sha256: bytes, place: int) -> bytes:
    """Return the fingerprint of an event without number and id: its request and its index."""
    text = project.to_bytes(_PROJECT_BYTES, "big") + sha256 + place.to_bytes(_PLACE_BYTES, "big")
    return hashlib.sha256(b"place" + text).digest()


def fingerprint(arrival: Arrival, item: Refused) -> bytes:
    """Return what makes a refused event without a number one and the same in every attempt."""
    if item.seq is not None:
        return b""
    if item.id is not None:
        return id_hash(arrival.project, item.id)
    return place_hash(arrival.project, arrival.sha256, item.place)
