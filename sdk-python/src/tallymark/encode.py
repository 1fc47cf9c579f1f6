"""
Write JSON with orjson if it is installed, else with the standard library; both give the same text.

The fast path encodes plain values. What it refuses, and what it would write as something the
caller did not mean, goes through `tallymark.sanitize` once and is then encoded the same way.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tallymark.sanitize import Sanitizer, has_nonfinite

try:
    import orjson
except ImportError:
    WITH_ORJSON = False
else:
    WITH_ORJSON = True

if TYPE_CHECKING:
    from collections.abc import Callable

FAST_ERRORS = (TypeError, ValueError, RecursionError, OverflowError, RuntimeError)
"""What the encoders raise for values they do not take; orjson's error is a TypeError."""

_LONG_NUMBER = re.compile(rb"\d{16}")
_write_json = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    separators=(",", ":"),
).encode


def _dumps_json(value: object) -> bytes:
    text = _write_json(value).encode()
    if _LONG_NUMBER.search(text):
        # Perhaps an integer beyond 2^53: only a look at the values can tell.
        raise ValueError("holds a long number")
    return text


def _orjson_dumps() -> Callable[[object], bytes]:
    write = orjson.dumps
    options = (
        orjson.OPT_PASSTHROUGH_DATETIME
        | orjson.OPT_PASSTHROUGH_DATACLASS
        | orjson.OPT_STRICT_INTEGER
    )

    def dumps(value: object) -> bytes:
        text = write(value, None, options)
        if b"null" in text and has_nonfinite(value):
            # orjson writes NaN as null without a word; it has to be counted (VAL-3).
            raise ValueError("holds a number that is not finite")
        return text

    return dumps


dumps_fast: Callable[[Any], bytes] = _orjson_dumps() if WITH_ORJSON else _dumps_json
"""Encode plain values; raises one of `FAST_ERRORS` for anything else."""


def dumps_plain(value: object) -> bytes:
    """Encode a value that is known to be plain JSON."""
    return orjson.dumps(value) if WITH_ORJSON else _write_json(value).encode()


def dumps_slow(value: object) -> tuple[bytes, bool]:
    """Encode any value; the flag tells whether something of it was lost. Errors pass through."""
    sanitizer = Sanitizer()
    plain = sanitizer.convert(value)
    return dumps_plain(plain), sanitizer.lossy


def loads(text: bytes) -> object:
    """Read JSON; a ValueError if it is none."""
    try:
        return orjson.loads(text) if WITH_ORJSON else json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
