"""The effective event: what is stored of an event, byte by byte the same in every attempt.

The bytes depend neither on where a batch was cut nor on how a time was split into t0 and dt nor
on when the batch was sent, for they are the content a repetition is compared with (LED-11).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import orjson
from tallymark_protocol import codes, limits
from tallymark_protocol.canonical import merge_patch

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMON: Final = ("u", "d", "s", "sr")
_PLACE: Final = ("k", "n", "id", "t", "dt", "ctx", "g")
_FIELDS: Final = {
    name: (*_COMMON, *(field for field in kind.fields if field not in (*_COMMON, "ops")))
    for name, kind in codes.KINDS.items()
}
_HAS_OPS: Final = frozenset(name for name, kind in codes.KINDS.items() if "ops" in kind.fields)
_KNOWN: Final = {
    name: frozenset((*_PLACE, *kind.fields, *_COMMON)) for name, kind in codes.KINDS.items()
}
_DENIED_BY_GPC: Final = {"ads": "denied", "personalization": "denied"}


def effective_context(
    shared: Mapping[str, object], patch: Mapping[str, object], *, gpc: bool
) -> dict[str, Any]:
    """Return the context of an event (CTX-02), with what Global Privacy Control denies (CON-02)."""
    context = merge_patch(merge_patch({}, shared), patch)
    if gpc or context.get("gpc") is True:
        consent = context.get("consent")
        context["consent"] = {**(consent if isinstance(consent, dict) else {}), **_DENIED_BY_GPC}
    return context


def encode_context(context: Mapping[str, object]) -> bytes:
    """Return a valid context as JSON with sorted keys."""
    return orjson.dumps(context, option=orjson.OPT_SORT_KEYS)


def encode_event(kind: str, event: Mapping[str, Any], t: int | None, context: bytes) -> bytes:
    """Return the stored form of a valid event: known fields without nulls, keys sorted."""
    body: dict[str, Any] = {"k": kind}
    for name in _FIELDS[kind]:
        value = event.get(name)
        if value is not None:
            body[name] = value
    if t is not None:
        body["t"] = t
    groups = event.get("g")
    if groups:
        body["g"] = {name: group for name, group in groups.items() if group is not None}
    if kind in _HAS_OPS and event.get("ops"):
        body["ops"] = {op: value for op, value in event["ops"].items() if value is not None}
    if context != b"{}":
        body["ctx"] = orjson.Fragment(context)
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def is_oversized(kind: str, event: Mapping[str, Any], encoded: bytes) -> bool:
    """Tell whether an event as sent is above the limit of one event (EVT-12).

    The stored form holds all of it and more, unless there are fields nobody knows.
    """
    if len(encoded) <= limits.MAX_EVENT and _KNOWN[kind].issuperset(event):
        return False
    return len(_dumped(event) or b"") > limits.MAX_EVENT


def quarantined(event: object) -> bytes:
    """Return what the quarantine keeps of a refused event: all of it, or its name if too large."""
    encoded = _dumped(event)
    if encoded is not None and len(encoded) <= limits.MAX_EVENT:
        return encoded
    name = event.get("e") if isinstance(event, dict) else None
    kept = {"e": name[: limits.MAX_NAME]} if isinstance(name, str) else {}
    return json.dumps({**kept, "$left_out": True}).encode()


def _dumped(event: object) -> bytes | None:
    """Return any decoded JSON as JSON again, None for what is nested too deeply for that."""
    try:
        return orjson.dumps(event)
    except TypeError:
        # A lone surrogate, an integer beyond 64 bits, or more than 254 levels.
        try:
            return json.dumps(event, allow_nan=False, separators=(",", ":")).encode()
        except (ValueError, RecursionError):
            return None
