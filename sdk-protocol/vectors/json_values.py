"""Canonical JSON: the samples of RFC 8785 and numbers found by search for the shortest digits."""

from __future__ import annotations

import json
import random
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Vector = dict[str, Any]

# The table of RFC 8785, appendix B: IEEE 754 bits in hexadecimal and the number written.
RFC_NUMBERS = (
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
)
TEXTS: tuple[tuple[str, str], ...] = (
    ("null", "null"),
    (" [ true , false ] ", "[true,false]"),
    ('{"b":1,"a":2}', '{"a":2,"b":1}'),
    ('{"10":1,"9":2,"a":3}', '{"10":1,"9":2,"a":3}'),
    (
        '{"\\ufb33":1,"\\ud83d\\ude00":2,"\\u20ac":3,"\\r":4,"1":5,"\\u0080":6,"\\u00f6":7}',
        '{"\\r":4,"1":5,"\u0080":6,"ö":7,"€":3,"😀":2,"\ufb33":1}',
    ),
    (
        '"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"',
        '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    ),
    ('"\\u007f\\u2028\\u2029"', '"\x7f\u2028\u2029"'),
    ('"\\b\\t\\n\\f\\r\\u0000\\u001f"', '"\\b\\t\\n\\f\\r\\u0000\\u001f"'),
    ('{"a":1,"a":2}', '{"a":2}'),
    ('{"":{"":[]}}', '{"":{"":[]}}'),
    ("1.0", "1"),
    ("-0", "0"),
    ("1E2", "100"),
    ("9007199254740993", "9007199254740992"),
    ("100000000000000000001", "100000000000000000000"),
    ("123456789012345678901234567890", "1.2345678901234568e+29"),
    ('{"__proto__":1,"constructor":2}', '{"__proto__":1,"constructor":2}'),
    ('[56,{"d":true,"10":null,"1":[]}]', '[56,{"1":[],"10":null,"d":true}]'),
)
REFUSED = ('"\\ud800"', '"a\\udfff"', '{"\\ud800":1}', "1e400", "-1e400")
PATCHES: tuple[tuple[dict[str, Any], dict[str, Any], dict[str, Any]], ...] = (
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({"a": "foo"}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
)


def values() -> Iterator[Vector]:
    """Yield the tables above, then doubles of drawn bits."""
    for text, expect in TEXTS:
        yield _vector({"op": "canonical", "text": text}, expect)
    for text in REFUSED:
        yield _vector({"op": "canonical", "text": text}, None)
    for base, patch, merged in PATCHES:
        given = {"op": "merge_patch", "base": base, "patch": patch}
        yield _vector(given, json.dumps(merged, sort_keys=True, separators=(",", ":")), "TM-CTX-02")
    for bits, expect in RFC_NUMBERS:
        value = struct.unpack(">d", bytes.fromhex(bits))[0]
        yield _vector({"op": "canonical", "text": f"{value!r}"}, expect)
    draw = random.Random(7)
    for n in range(242):
        value = draw.uniform(-1, 1) * 10.0 ** draw.randrange(-9, 24) if n % 2 else _bits(draw)
        yield _vector({"op": "canonical", "text": f"{value:.17g}"}, _shortest(value))


def _bits(draw: random.Random) -> float:
    exponent = draw.randrange(1, 2046)
    pattern = draw.getrandbits(1) << 63 | exponent << 52 | draw.getrandbits(52)
    number: float = struct.unpack(">d", pattern.to_bytes(8, "big"))[0]
    return number


def _shortest(value: float) -> str:
    """Try one digit more until the number reads back, then place the point as ECMAScript says."""
    text = next(text for n in range(17) if float(text := f"{abs(value):.{n}e}") == abs(value))
    mantissa, exponent = text.split("e")
    digits = mantissa.replace(".", "").rstrip("0") or "0"
    n, k = int(exponent) + 1, len(digits)
    if k <= n <= 21:
        out = digits + "0" * (n - k)
    elif 0 < n <= 21:
        out = f"{digits[:n]}.{digits[n:]}"
    elif -6 < n <= 0:
        out = "0." + "0" * -n + digits
    else:
        out = (
            digits[0]
            + (f".{digits[1:]}" if k > 1 else "")
            + f"e{'+' if n > 0 else '-'}{abs(n - 1)}"
        )
    return ("-" if value < 0 else "") + out


def _vector(given: Vector, expect: str | None, requirement: str = "TM-CAN-01") -> Vector:
    return {"requirement": requirement, "input": given, "expect": expect}
