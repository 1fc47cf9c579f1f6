"""Canonical JSON (RFC 8785) and merge patches (RFC 7396)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Final

_SAFE: Final = 2**53
_PLAIN_DIGITS: Final = 21
_LEADING_ZEROS: Final = 6


def canonical(value: object) -> bytes:
    """Encode a JSON value as RFC 8785 canonical JSON.

    Integers beyond 2^53 are written as the double nearest to them, as the RFC demands. Raises
    ValueError for NaN, infinities and lone surrogates, TypeError for what JSON cannot hold.
    """
    return _text(value).encode()


def merge_patch(base: Mapping[str, object], patch: Mapping[str, object]) -> dict[str, object]:
    """Return *base* with the RFC 7396 merge patch applied; null deletes a key."""
    merged = dict(base)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = merge_patch(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def number(value: float) -> str:
    """Write a finite number as ECMAScript does (Number::toString, radix 10)."""
    if isinstance(value, int) and -_SAFE <= value <= _SAFE:
        return str(value)
    try:
        double = float(value)
    except OverflowError:
        raise ValueError("a number beyond the range of a double has no canonical form") from None
    if not math.isfinite(double):
        raise ValueError(f"{double} has no canonical form")
    if double == 0:
        return "0"
    sign = "-" if double < 0 else ""
    mantissa, _, exponent = f"{abs(double)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)
    return sign + _placed(digits.rstrip("0"), point)


def utf16_order(key: str) -> bytes:
    """Return the sort key of RFC 8785: UTF-16 code units."""
    return key.encode("utf-16-be", "surrogatepass")


def _placed(digits: str, point: int) -> str:
    """Write digits with the decimal point after *point* of them."""
    if len(digits) <= point <= _PLAIN_DIGITS:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _PLAIN_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if -_LEADING_ZEROS < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def _text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, Mapping):
        keys = sorted(value, key=utf16_order)
        return "{" + ",".join(f"{_text(key)}:{_text(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    raise TypeError(f"JSON holds no {type(value).__name__}")
