"""Conditions on the command line: `platform=mobile`, `price>=10`, `name~text`, `plan`, `!plan`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from tallymark_collector.cli.failure import WRONG_USE, Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPERATORS: Final = {
    "=": "is",
    "!=": "is_not",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "~": "contains",
    "!~": "not_contains",
}
_CONDITION: Final = re.compile(
    r"(?P<name>[^=!<>~]+?)\s*(?P<op>!=|!~|>=|<=|=|>|<|~)\s*(?P<value>.*)"
)
_PRESENCE: Final = re.compile(r"(?P<not>!?)\s*(?P<name>[^=!<>~]+)")


def parse_condition(text: str) -> dict[str, object]:
    """Read one condition as a filter of the API.

    The value is JSON where it can be (numbers, true, null, "quoted", lists), else plain text.
    """
    presence = _PRESENCE.fullmatch(text.strip())
    if presence is not None:
        op = "not_set" if presence["not"] else "set"
        return {"property": presence["name"].strip(), "op": op}
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        raise Failure(
            f"{text!r} is no condition",
            "Write it like platform=mobile, price>=10, name~text, plan (is set) or !plan (is not).",
            code="bad_condition",
            exit_code=WRONG_USE,
        )
    op = _OPERATORS[match["op"]]
    text_only = op in ("contains", "not_contains")
    value = match["value"] if text_only else _value(match["value"])
    return {"property": match["name"], "op": op, "value": value}


def all_of(texts: Sequence[str]) -> dict[str, object] | None:
    """Join conditions by all; None of none."""
    conditions = [parse_condition(text) for text in texts]
    if len(conditions) <= 1:
        return conditions[0] if conditions else None
    return {"all": conditions}


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
