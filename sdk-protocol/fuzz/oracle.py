"""The schema read by the `jsonschema` library, with the spec's own keywords written anew.

Nothing here is shared with the generated validators but the schema itself.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError, validators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generate.source import Source


def _integral(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return _finite(value) and value == math.floor(value)


def _finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < 2**1024 - 2**970  # what rounds to no double is none


def _bytes(_: object, limit: int, value: object, __: object) -> Iterator[ValidationError]:
    if isinstance(value, str) and sum(map(_utf8, value)) > limit:
        yield ValidationError(f"more than {limit} bytes")


def _utf8(char: str) -> int:
    point = ord(char)
    return 1 + (point > 0x7F) + (point > 0x7FF) + (point > 0xFFFF)


def _pattern(_: object, pattern: str, value: object, __: object) -> Iterator[ValidationError]:
    # ECMAScript's $ is the end of the input only, Python's also stands before a last newline.
    if isinstance(value, str) and not re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), value):
        yield ValidationError(f"does not match {pattern}")


def _given(value: dict[str, Any], *names: str) -> bool:
    return all(value.get(name) is not None for name in names)


def _hwm(value: dict[str, Any]) -> bool:
    if not _given(value, "stream", "seq", "hwm", "events"):
        return True
    return int(value["seq"]) + len(value["events"]) - 1 <= int(value["hwm"])


def _drops(value: dict[str, Any]) -> bool:
    wanted = "ranges" if _given(value, "stream") else "count"
    return all(_given(drop, wanted) for drop in value.get("drops") or [])


RULES: dict[str, Callable[[Any], bool]] = {
    "range_ordered": lambda pair: len(pair) == 2 and pair[0] <= pair[1],
    "hwm_covers_events": _hwm,
    "drops_fit_stream": _drops,
    "one_place": lambda value: not _given(value, "n", "id"),
    "stream_has_number": lambda v: not _given(v, "stream") or _given(v, "n") or _given(v, "id"),
    "number_has_stream": lambda v: not _given(v, "n") or _given(v, "d") or _given(v, "stream"),
}


def _rules(_: object, rules: list[Any], value: object, __: object) -> Iterator[ValidationError]:
    for rule in rules:
        if isinstance(value, (dict, list)) and not _holds(rule["rule"], value):
            yield ValidationError(f"{rule['rule']} does not hold")


def _holds(rule: str, value: Any) -> bool:
    try:
        return RULES[rule](value)
    except (TypeError, AttributeError, LookupError, ValueError, OverflowError):
        return False  # a member has a type the schema refuses anyway


Extended = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"x-bytes": _bytes, "x-rules": _rules, "pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: _integral(value),
            "number": lambda _, value: _finite(value),
        }
    ),
)


def oracles(source: Source) -> dict[str, Callable[[object], bool]]:
    """Return for each root a function that says whether a value is valid."""
    schema = source.schema()
    return {name: Extended({**schema, "$ref": f"#/$defs/{name}"}).is_valid for name in source.roots}
