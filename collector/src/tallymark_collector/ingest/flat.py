"""One flat event of a device, a pixel or a shell: from a query string or JSON to an envelope."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from tallymark_protocol import event_id, limits
from tallymark_protocol.validate import Issue, integer, validate_flat

from tallymark_collector.ingest.envelope import Envelope
from tallymark_collector.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Pairs = list[tuple[str, str]]

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBERS: Final = frozenset(("n", "b", "t", "dt", "v", "sr"))
_STRINGS: Final = frozenset(("e", "d", "u", "s", "id", "stream"))
_ABOUT_THE_ATTEMPT: Final = frozenset(("k", "st"))
_OF_THE_ENVELOPE: Final = frozenset(("v", "stream", "b"))
_PLACE: Final = ("id", "n", "d", "b", "stream")


def query_pairs(query: bytes) -> Pairs:
    """Return the decoded pairs of a query string; raise 414 for one above the limit (IOT-02).

    Bytes that are no UTF-8 become lone surrogates, which no verdict lets through.
    """
    return parse_qsl(
        query.decode("latin-1"), keep_blank_values=True, encoding="utf-8", errors="surrogateescape"
    )


def require_short(path: bytes, query: bytes) -> None:
    """Raise 414 for a URL above the limit of a single event (IOT-02)."""
    if len(path) + 1 + len(query) > limits.MAX_URL:
        raise Problem("url_too_long", f"a URL may have {limits.MAX_URL} bytes; POST the event")


def flat_from_query(pairs: Pairs) -> dict[str, Any]:
    """Return the flat event a query string spells (IOT-02).

    `p.` is typed by its form, `ps.` is text. Fields nobody knows are left out; of a field given
    twice the last counts (VAL-04, VAL-05).
    """
    event: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for name, text in pairs:
        if name in _NUMBERS:
            event[name] = _typed(text)
        elif name in _STRINGS:
            event[name] = text
        elif name.startswith("p."):
            properties[name[2:]] = _typed(text)
        elif name.startswith("ps."):
            properties[name[3:]] = text
    if properties:
        event["p"] = properties
    return event


def digest_of_query(pairs: Pairs) -> bytes:
    """Return the digest of the event in a query string, the same in every attempt."""
    kept = sorted(pair for pair in pairs if pair[0] not in _ABOUT_THE_ATTEMPT)
    return hashlib.sha256(json.dumps(kept).encode()).digest()


def envelope_of(flat: object, key: str, new_id: Callable[[], str]) -> tuple[Envelope, Issue | None]:
    """Return the envelope of one flat event, and what is wrong with the event if anything.

    Its stream is its own, or derived from the text of the *key*, device and boot, which the device
    can do as well, to tell whether an ack is its own (IOT-01, ACK-01). An event without a
    number and without an id gets a *new_id*: it is stored, but a repetition would be stored again.
    A `dt` without `t` counts from the device's boot, as does the send time (CLK-06).
    """
    issue = validate_flat(flat)
    if issue is not None and issue.code == "unsupported_version":
        raise Problem("unsupported_version", path="v")
    fields: Mapping[str, Any] = flat if isinstance(flat, dict) else {}
    placed = issue is None or _has_place(fields)
    stream, seq = _place(fields, key) if placed else (None, None)
    event: object = flat
    if isinstance(flat, dict):
        event = _without(flat.items(), _OF_THE_ENVELOPE)
        if issue is None and seq is None and flat.get("id") is None:
            event["id"] = new_id()
    uptime = fields.get("t") is None and fields.get("dt") is not None
    envelope = Envelope(
        stream=stream,
        seq=seq or 0,
        hwm=seq or 0,
        fin=False,
        t0=0,
        clock="none" if uptime else "anchored",
        ctx={},
        events=[event],
        losses=(),
    )
    return envelope, issue


def _place(flat: Mapping[str, Any], key: str) -> tuple[str | None, int | None]:
    """Return stream and number of a flat event whose place is right, None when it has no number."""
    seq = integer(flat.get("n"))
    if seq is None:
        return None, None
    stream = flat.get("stream")
    if stream is None:
        boot = integer(flat.get("b"), 0) or 0
        stream = event_id.device_stream(key, flat["d"], boot)
    return stream, seq


def _has_place(flat: Mapping[str, Any]) -> bool:
    """Tell whether an event that is wrong elsewhere has its place: its number ends (LED-02)."""
    place = {name: flat[name] for name in _PLACE if name in flat}
    return validate_flat({"e": "x", **place}) is None


def _without(items: Iterable[tuple[str, Any]], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in items if name not in names}


def _typed(text: str) -> str | int | float:
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
