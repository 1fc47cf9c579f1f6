"""Events with the first thing wrong with each, from tables one can check by eye."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vectors import containers
from vectors.cases import KINDS, MAX, Case, Found, Vector, issue

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES: dict[str, object] = {
    "string": "x-1",
    "number": 1.5,
    "integer": 7,
    "boolean": True,
    "object": {},
    "array": [],
}
FIELDS: dict[str, tuple[str, ...]] = {
    "k": ("string",),
    "n": ("integer",),
    "id": ("string",),
    "t": ("integer",),
    "dt": ("integer",),
    "u": ("string",),
    "d": ("string",),
    "s": ("string",),
    "g": ("object",),
    "sr": ("number", "integer"),
    "ctx": ("object",),
    "e": ("string",),
    "p": ("object",),
}
RULES = {
    "track": "TM-KND-01",
    "page": "TM-KND-02",
    "screen": "TM-KND-02",
    "identify": "TM-KND-03",
    "profile": "TM-KND-04",
    "group": "TM-KND-05",
    "alias": "TM-KND-06",
    "exposure": "TM-KND-07",
}
DENIED = (
    *("null", "undefined", "none", "nil", "anonymous", "unknown", "0", "-1", "true", "false"),
    *("[]", "{}", "[object object]", "NaN", "00000000-0000-0000-0000-000000000000"),
)


def verdicts() -> Iterator[Vector]:
    """Yield all cases of all tables."""
    tables = (
        _types(),
        _nulls(),
        _ids(),
        _names(),
        _values(),
        _numbers(),
        _kinds(),
        containers.ops(),
        containers.context(),
        _order(),
        containers.flat(),
        containers.envelopes(),
    )
    for table in tables:
        for requirement, kind, value, expect in table:
            text = value if isinstance(value, str) and value[:1] == "{" else json.dumps(value)
            found = expect and {"code": expect[0], "path": expect[1], "limit": expect[2]}
            yield {
                "requirement": requirement,
                "input": {"type": kind, "text": text},
                "expect": found,
            }


def _types() -> Iterator[Case]:
    """Every field with every JSON type it does not take."""
    anything: tuple[object, ...] = (None, True, 1, "x", [])
    for value in anything:
        yield "TM-VAL-09", "event", value, issue("bad_type", "")
    for field, right in FIELDS.items():
        for kind, example in EXAMPLES.items():
            if kind not in right:
                yield "TM-VAL-09", "event", {"e": "x"} | {field: example}, issue("bad_type", field)
    for field in ("n", "t", "dt"):
        for text, good in (
            ("7.0", True),
            ("1e3", True),
            ("7.5", False),
            ('"7"', False),
            ("true", False),
        ):
            value = f'{{"e":"x","{field}":{text}}}'
            yield "TM-VAL-02", "event", value, None if good else issue("bad_type", field)


def _nulls() -> Iterator[Case]:
    """Null is absent for fields and a value inside properties."""
    for field in FIELDS:
        expect = issue("bad_name", "e") if field == "e" else None
        yield "TM-VAL-01", "event", {"e": "x"} | {field: None}, expect
    yield "TM-VAL-01", "event", {"e": "x", "p": {"a": None, "b": [None]}}, None
    yield "TM-VAL-01", "event", {"e": "x", "g": {"company": None}}, None
    yield "TM-VAL-05", "event", {"e": "x", "zz": {"any": ["thing"]}}, None
    yield "TM-VAL-05", "event", {"e": "x", "from": 7, "ops": [], "undo": "no"}, None
    yield "TM-VAL-04", "event", '{"e":7,"e":"x"}', None
    yield "TM-VAL-04", "event", '{"e":"x","e":7}', issue("bad_type", "e")


def _ids() -> Iterator[Case]:
    """Ids at their limits, on the deny list, and with what cannot be stored."""
    for field in ("u", "d", "s"):
        for word in DENIED:
            for value in (word, word.upper(), f" {word}\t"):
                yield "TM-VAL-06", "event", {"e": "x", field: value}, issue("bad_id", field)
        for value in ("", "   "):
            yield "TM-EVT-06", "event", {"e": "x", field: value}, issue("bad_id", field)
        for value, good in (("x" * 127, True), ("x" * 128, True), ("x" * 129, False)):
            yield (
                "TM-EVT-06",
                "event",
                {"e": "x", field: value},
                None if good else issue("bad_id", field, 128),
            )
        for value, good in (
            ("é" * 64, True),
            ("é" * 64 + "x", False),
            ("😀" * 32, True),
            ("😀" * 33, False),
        ):
            yield (
                "TM-EVT-06",
                "event",
                {"e": "x", field: value},
                None if good else issue("bad_id", field, 128),
            )
        for value in ("a\0b", "\ud800", "x\udfff"):
            yield "TM-VAL-07", "event", {"e": "x", field: value}, issue("bad_id", field)
        for value in ("nulls", "00", "Unknown 1", "𝐧ull", "0.0", "\u00a0null"):
            yield "TM-VAL-06", "event", {"e": "x", field: value}, None
    for value, good in (
        ("a" * 7, False),
        ("a" * 8, True),
        ("A-9z" * 9, True),
        ("a" * 37, False),
        ("a_123456", False),
        ("12345678\n", False),
    ):
        yield (
            "TM-EVT-03",
            "event",
            {"e": "x", "id": value},
            None if good else issue("bad_id", "id"),
        )
    for value in ("undefined", "anonymous", DENIED[-1]):
        yield "TM-VAL-06", "event", {"e": "x", "id": value}, issue("bad_id", "id")
    yield "TM-EVT-02", "event", {"e": "x", "id": "a" * 8, "n": 1}, issue("bad_id", "id")
    yield "TM-EVT-02", "event", {"e": "x", "id": "a" * 8, "n": None}, None


def _names() -> Iterator[Case]:
    """Event names at their limits and with characters they must not hold."""
    yield "TM-KND-01", "event", {}, issue("bad_name", "e")
    yield "TM-EVT-05", "event", {"e": ""}, issue("bad_name", "e")
    for value, good in (
        ("x" * 199, True),
        ("x" * 200, True),
        ("x" * 201, False),
        ("日" * 66, True),
        ("日" * 67, False),
    ):
        yield (
            "TM-EVT-05",
            "event",
            {"e": value},
            None if good else issue("name_too_long", "e", 200),
        )
    for char in "\0\x01\t\n\r\x1f\x7f\x80\x85\x9f\ud800\udc00":
        yield "TM-EVT-05", "event", {"e": f"a{char}b"}, issue("bad_name", "e")
    for char in " \u00a0\u00ad\u2028\ufeff\ufffd😀é日\ue000":
        yield "TM-EVT-05", "event", {"e": f"a{char}b"}, None
    for value, good in (("$x", False), ("$", False), ("x$", True), (" $x", True)):
        yield "TM-EVT-05", "event", {"e": value}, None if good else issue("reserved_name", "e")


def _values() -> Iterator[Case]:
    """Properties at each limit, one below and one above."""
    for good, size in ((True, 254), (True, 255), (False, 256)):
        keys: dict[str, Any] = {f"k{i}": i for i in range(size)}
        yield (
            "TM-EVT-08",
            "event",
            {"e": "x", "p": keys},
            None if good else issue("too_many_props", "p", 255),
        )
        yield (
            "TM-EVT-08",
            "event",
            {"e": "x", "p": {"a": keys}},
            None if good else issue("too_many_props", "p.a", 255),
        )
        yield (
            "TM-EVT-08",
            "event",
            {"e": "x", "p": {"a": [0] * size}},
            None if good else issue("too_many_props", "p.a", 255),
        )
        yield (
            "TM-EVT-08",
            "event",
            {"e": "x", "p": {"k" * size: 1}},
            None if good else issue("name_too_long", "p", 255),
        )
    for good, size in ((True, 8191), (True, 8192), (False, 8193)):
        yield (
            "TM-EVT-08",
            "event",
            {"e": "x", "p": {"a": "s" * size}},
            None if good else issue("too_large", "p.a", 8192),
        )
        yield (
            "TM-EVT-08",
            "event",
            {"e": "x", "p": {"a": [0, "s" * size]}},
            None if good else issue("too_large", "p.a.1", 8192),
        )
    yield "TM-EVT-08", "event", {"e": "x", "p": {"a": "é" * 4096}}, None
    yield (
        "TM-EVT-08",
        "event",
        {"e": "x", "p": {"a": "é" * 4096 + "x"}},
        issue("too_large", "p.a", 8192),
    )
    yield "TM-EVT-08", "event", {"e": "x", "p": {"": 1}}, None
    for levels in range(1, 9):
        for shape in ("object", "array"):
            value: object = 1
            for _ in range(levels - 1):
                value = {"a": value} if shape == "object" else [value]
            path = "p.a" + (".a" if shape == "object" else ".0") * 4
            expect = None if levels <= 5 else issue("depth", path, 5)
            yield "TM-EVT-08", "event", {"e": "x", "p": {"a": value}}, _deep(expect, levels)
    for text in ("\0", "\ud83d", "\ude00\ud83d"):
        yield "TM-VAL-07", "event", {"e": "x", "p": {"a": text}}, issue("bad_type", "p.a")
        yield (
            "TM-VAL-07",
            "event",
            {"e": "x", "p": {"a": [{"b": text}]}},
            issue("bad_type", "p.a.0.b"),
        )
        yield "TM-EVT-10", "event", {"e": "x", "p": {text: 1}}, issue("bad_type", "p")
        yield "TM-EVT-10", "event", {"e": "x", "p": {"a": {text: 1}}}, issue("bad_type", "p.a")


def _deep(expect: Found | None, levels: int) -> Found | None:
    """Correct the path: the sixth container is the value of the fifth."""
    if expect is None or levels <= 5:
        return None
    return issue("depth", ".".join(expect[1].split(".")[:6]), 5)


def _numbers() -> Iterator[Case]:
    """Numbers in properties, sequence numbers, times and rates."""
    for text, good in (
        ("0", True),
        ("-0.0", True),
        ("1e308", True),
        ("1e309", False),
        ("-1e309", False),
        ("9007199254740993", True),
        ("1" + "0" * 308, True),
        ("1" + "0" * 309, False),
    ):
        yield (
            "TM-VAL-08",
            "event",
            f'{{"e":"x","p":{{"a":{text}}}}}',
            None if good else issue("bad_type", "p.a"),
        )
    for value, good in ((0, False), (1, True), (MAX, True), (MAX + 1, False), (-1, False)):
        yield "TM-ENV-03", "event", {"e": "x", "n": value}, None if good else issue("bad_id", "n")
    for field in ("t", "dt"):
        for value, good in (
            (0, True),
            (-1, True),
            (MAX, True),
            (MAX + 1, False),
            (-MAX, True),
            (-MAX - 1, False),
        ):
            yield (
                "TM-VAL-02",
                "event",
                {"e": "x", field: value},
                None if good else issue("bad_type", field),
            )
    for rate, good in (
        (1, True),
        (1.0, True),
        (0.5, True),
        (1e-9, True),
        (0, False),
        (-0.0, False),
        (1.0001, False),
        (-1, False),
    ):
        yield (
            "TM-EVT-09",
            "event",
            {"e": "x", "sr": rate},
            None if good else issue("bad_type", "sr"),
        )


def _kinds() -> Iterator[Case]:
    """Each kind with what it needs, without it, and kinds nobody knows; groups at their limit."""
    for kind, fields in KINDS.items():
        yield RULES[kind], "event", {"k": kind} | fields, None
        for field in fields:
            if (kind, field) != ("screen", "e"):
                code = {
                    "e": "bad_name",
                    "gt": "bad_name",
                    "f": "bad_name",
                    "var": "bad_name",
                    "ops": "bad_type",
                }.get(field, "bad_id")
                without = {name: value for name, value in fields.items() if name != field}
                yield RULES[kind], "event", {"k": kind} | without, issue(code, field)
                yield (
                    "TM-VAL-01",
                    "event",
                    {"k": kind} | fields | {field: None},
                    issue(code, field),
                )
                yield (
                    "TM-VAL-09",
                    "event",
                    {"k": kind} | fields | {field: 7},
                    issue("bad_type", field),
                )
    yield "TM-EVT-01", "event", {"e": "x"}, None
    yield "TM-EVT-01", "event", {"k": None, "e": "x"}, None
    for count, found in ((10, None), (11, issue("too_many_props", "g", 10))):
        yield "TM-EVT-07", "event", {"e": "x", "g": {f"g{n}": "x" for n in range(count)}}, found
    for kind in ("Track", "", "purchase", "track ", "constructor", "__proto__"):
        yield "TM-VAL-05", "event", {"k": kind, "e": "x"}, issue("unknown_kind", "k")
    yield (
        "TM-KND-06",
        "event",
        {"k": "alias", "from": "ann-1", "to": "null"},
        issue("bad_id", "to"),
    )
    yield (
        "TM-KND-06",
        "event",
        {"k": "alias", "from": "a-1", "to": "b-1", "undo": 1},
        issue("bad_type", "undo"),
    )
    yield "TM-KND-07", "event", {"k": "exposure", "f": "x", "var": "y", "bucket": 99_999}, None
    yield (
        "TM-KND-07",
        "event",
        {"k": "exposure", "f": "x", "var": "y", "bucket": 100_000},
        issue("bad_type", "bucket"),
    )


def _order() -> Iterator[Case]:
    """Yield the same members in several orders; the first issue is the same."""
    bad: dict[str, object] = {"b": "\0", "a": [[[[[1]]]]], "10": "s" * 8193, "9": 1}
    for keys in (("b", "a", "10", "9"), ("9", "10", "a", "b"), ("a", "b", "9", "10")):
        yield (
            "TM-EVT-11",
            "event",
            {"p": {key: bad[key] for key in keys}, "e": "x"},
            issue("too_large", "p.10", 8192),
        )
    for pair in (("\uffff", "😀"), ("😀", "\uffff")):
        yield (
            "TM-EVT-11",
            "event",
            {"e": "x", "p": dict.fromkeys(pair, "\0")},
            issue("bad_type", "p.😀"),
        )
    yield "TM-EVT-11", "event", {"p": 7, "e": 7, "u": 7, "k": "track"}, issue("bad_type", "u")
    yield "TM-EVT-11", "event", {"p": 7, "e": 7, "u": 7, "k": "none"}, issue("unknown_kind", "k")
