"""What the generated validators are made of: issues, paths, conditions on strings and numbers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tallymark_protocol._generated.denied import DENIED_IDS
from tallymark_protocol.canonical import utf16_order

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE: Final = " \t\n\r\f\v"
_NOT_TEXT: Final = re.compile("[\0\ud800-\udfff]")
_NOT_NAME: Final = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
SAFE: Final = 2**53


@dataclass(frozen=True, slots=True)
class Issue:
    """The first thing wrong with a value: a code of the registry, where, and the limit if any.

    *path* joins keys and indexes with dots and is empty for the value itself.
    """

    code: str
    path: str
    limit: int | None = None


def found(code: str, step: str | int, limit: int | None = None) -> Issue:
    """Return the issue of the value at that key or index."""
    return Issue(code, str(step), limit)


def at(step: str | int, issue: Issue) -> Issue:
    """Return the issue as seen from one level higher."""
    if step == "":
        return issue
    return Issue(issue.code, f"{step}.{issue.path}" if issue.path else str(step), issue.limit)


def first(
    check: Callable[[Any, Any], Issue | None], o: dict[str, Any], ordered: object, issue: Issue
) -> Issue | None:
    """Return the first issue in the order of keys (RFC 8785), so that all languages agree.

    The walk in the sender's order has found *issue*; only then it is worth sorting.
    """
    if ordered is not None:
        return issue
    return check(o, sorted(o.items(), key=_key_order))


def is_number(v: object) -> bool:
    """Say whether *v* is a number a double can hold."""
    if type(v) is float:
        return math.isfinite(v)
    if type(v) is int:
        return -SAFE < v < SAFE or _fits_double(v)
    return False


def is_integer(v: object) -> bool:
    """Say whether *v* is a number without a fraction a double can hold (TM-VAL-02)."""
    if type(v) is int:
        return -SAFE < v < SAFE or _fits_double(v)
    return type(v) is float and v.is_integer()


def is_text(v: str) -> bool:
    """Say whether a string can be stored: no U+0000, no lone surrogate (TM-VAL-07)."""
    return _NOT_TEXT.search(v) is None


def is_name(v: str) -> bool:
    """Say whether a string has no control characters either."""
    return _NOT_NAME.search(v) is None


def is_denied(v: str) -> bool:
    """Say whether an id is on the deny list (TM-VAL-06)."""
    return v.isascii() and v.strip(_SPACE).lower() in DENIED_IDS


def size(v: str) -> int:
    """Return the bytes of *v* in UTF-8."""
    return len(v.encode("utf-8", "surrogatepass"))


def range_ordered(o: list[int]) -> bool:
    """Say whether a range does not end before it starts."""
    return o[0] <= o[1]


def hwm_covers_events(o: dict[str, Any]) -> bool:
    """Say whether *hwm* is at least the last event's implied number (TM-ENV-04)."""
    if o.get("stream") is None:
        return True
    return bool(o["hwm"] - o["seq"] >= len(o["events"]) - 1)  # exact for doubles, too


def drops_fit_stream(o: dict[str, Any]) -> bool:
    """Say whether losses are ranges in a stream and counts without one (TM-LED-03)."""
    field = "count" if o.get("stream") is None else "ranges"
    return all(drop.get(field) is not None for drop in o.get("drops") or ())


def one_place(o: dict[str, Any]) -> bool:
    """Say whether the event has at most one of *n* and *id* (TM-EVT-02)."""
    return o.get("n") is None or o.get("id") is None


def stream_has_number(o: dict[str, Any]) -> bool:
    """Say whether a flat event that names its stream has a place in it (TM-IOT-01)."""
    return o.get("stream") is None or o.get("n") is not None or o.get("id") is not None


def number_has_stream(o: dict[str, Any]) -> bool:
    """Say whether a flat event's number belongs to a stream, named or implied (TM-IOT-01)."""
    return o.get("n") is None or o.get("stream") is not None or o.get("d") is not None


def _fits_double(v: int) -> bool:
    try:
        float(v)
    except OverflowError:
        return False
    return True


def _key_order(item: tuple[str, Any]) -> bytes:
    return utf16_order(item[0])
