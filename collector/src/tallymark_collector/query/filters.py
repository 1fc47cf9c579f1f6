"""Filter expressions: conditions on properties, joined by all, any and not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from tallymark_collector.query.values import Found, Undefined, identity_of, label_of, number_of

Operator = Literal[
    "is",
    "is_not",
    "contains",
    "not_contains",
    "gt",
    "gte",
    "lt",
    "lte",
    "between",
    "set",
    "not_set",
]
Lookup = Callable[[str], Found]

_WITHOUT_VALUE: Final = ("set", "not_set")
NEGATED: Final[dict[Operator, Operator]] = {
    "is_not": "is",
    "not_contains": "contains",
    "not_set": "set",
}
"""Of each operator that is a negation, its positive."""
_WORDS: Final[dict[Operator, str]] = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "not_contains": "does not contain",
    "gt": ">",
    "gte": "≥",
    "lt": "<",
    "lte": "≤",
    "between": "is between",
    "set": "is set",
    "not_set": "is not set",
}


class Filter(BaseModel):
    """One condition (`property`, `op`, `value`) or one of `all`, `any`, `not` over further filters.

    `is` takes one value or a list of which any may match; a property that is a list matches when
    one of its elements does. `is_not`, `not_contains` and `not_set` are the exact negations of
    their positives, so they hold for an undefined property too. Comparisons need two numbers or
    two strings, `between` includes both ends, `contains` ignores case, `set` asks whether the
    property exists (null exists).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    property: str | None = None
    op: Operator = "is"
    value: JsonValue = None
    all_: tuple[Filter, ...] | None = Field(None, alias="all", strict=False)
    any_: tuple[Filter, ...] | None = Field(None, alias="any", strict=False)
    not_: Filter | None = Field(None, alias="not")

    @model_validator(mode="after")
    def _one_form(self) -> Filter:
        forms = [self.property, self.all_, self.any_, self.not_]
        if sum(form is not None for form in forms) != 1:
            raise ValueError("a filter is either a condition on a property or one of all, any, not")
        if self.property is None and self.model_fields_set & {"op", "value"}:
            raise ValueError("op and value need a property")
        if self.property is not None:
            self._check_value()
        return self

    def _check_value(self) -> None:
        if self.op in _WITHOUT_VALUE:
            if "value" in self.model_fields_set:
                raise ValueError(f"{self.op} takes no value")
            return
        if "value" not in self.model_fields_set:
            raise ValueError(f"{self.op} needs a value")
        if self.op == "between" and not (isinstance(self.value, list) and len(self.value) == 2):  # noqa: PLR2004 -- a pair
            raise ValueError("between needs a list of two values, the lowest and the highest")
        if self.op in ("contains", "not_contains") and not isinstance(self.value, str):
            raise ValueError(f"{self.op} needs a string")


def matches(condition: Filter | None, lookup: Lookup) -> bool:
    """Tell whether the properties that *lookup* gives satisfy the filter; None is satisfied."""
    if condition is None:
        return True
    if condition.all_ is not None:
        return all(matches(part, lookup) for part in condition.all_)
    if condition.any_ is not None:
        return any(matches(part, lookup) for part in condition.any_)
    if condition.not_ is not None:
        return not matches(condition.not_, lookup)
    found = lookup(condition.property or "")
    positive = NEGATED.get(condition.op)
    if positive is not None:
        return not holds(positive, found, condition.value)
    return holds(condition.op, found, condition.value)


def properties_in(condition: Filter | None) -> Iterator[str]:
    """Iterate over the names of the properties a filter asks about."""
    if condition is None:
        return
    if condition.property is not None:
        yield condition.property
    for part in (*(condition.all_ or ()), *(condition.any_ or ()), condition.not_):
        yield from properties_in(part)


def describe(condition: Filter) -> str:
    """Say a filter in words."""
    if condition.all_ is not None:
        return " and ".join(_bracketed(part) for part in condition.all_) or "(always)"
    if condition.any_ is not None:
        return " or ".join(_bracketed(part) for part in condition.any_) or "(never)"
    if condition.not_ is not None:
        return f"not {_bracketed(condition.not_)}"
    words = f"{condition.property} {_WORDS[condition.op]}"
    if condition.op in _WITHOUT_VALUE:
        return words
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    joint = " and " if condition.op == "between" else " or "
    return f"{words} {joint.join(label_of(value) for value in values)}"


def _bracketed(part: Filter) -> str:
    text = describe(part)
    return text if part.property is not None else f"({text})"


def holds(op: Operator, found: Found, wanted: JsonValue) -> bool:
    """Tell whether a value satisfies a positive operator; an undefined one satisfies none."""
    if isinstance(found, Undefined):
        return False
    if op == "set":
        return True
    elements = found if isinstance(found, list) else [found]
    if op == "is":
        allowed = {identity_of(one) for one in (wanted if isinstance(wanted, list) else [wanted])}
        return any(identity_of(one) in allowed for one in elements)
    if op == "contains":
        needle = str(wanted).casefold()
        return any(isinstance(one, str) and needle in one.casefold() for one in elements)
    if op == "between" and isinstance(wanted, list):
        low, high = wanted
        return any(_compare("gte", one, low) and _compare("lte", one, high) for one in elements)
    return any(_compare(op, one, wanted) for one in elements)


def _compare(op: Operator, left: Found, right: JsonValue) -> bool:
    """Compare two numbers or two strings; any other pair compares as false."""
    sign: int
    a, b = number_of(left), number_of(right)
    if a is not None and b is not None:
        sign = (a > b) - (a < b)
    elif isinstance(left, str) and isinstance(right, str):
        sign = (left > right) - (left < right)
    else:
        return False
    return {"gt": sign > 0, "gte": sign >= 0, "lt": sign < 0, "lte": sign <= 0}[op]
