"""The part of JSON Schema (2020-12) that a tracking plan may use, checked without surprises.

Regular expressions are left out on purpose: a plan is data, and a pattern that never ends would
stop the writer. What is not listed here is refused by name when a plan is read, never ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

KEYWORDS: Final = frozenset(
    {
        "type",
        "enum",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "items",
        "properties",
        "required",
        "additionalProperties",
        "description",
        "deprecated",
    }
)
DEEPEST: Final = 5


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Final[Mapping[str, Callable[[object], bool]]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),  # type: ignore[arg-type]
    "number": _is_number,
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_BOUNDS: Final[Mapping[str, tuple[str, Callable[[Any, Any], bool]]]] = {
    "minimum": ("is below", lambda value, bound: value < bound),
    "maximum": ("is above", lambda value, bound: value > bound),
    "exclusiveMinimum": ("is not above", lambda value, bound: value <= bound),
    "exclusiveMaximum": ("is not below", lambda value, bound: value >= bound),
}
_LENGTHS: Final[Mapping[str, tuple[type[str | list[Any]], str, Callable[[int, int], bool]]]] = {
    "minLength": (str, "is shorter than", lambda length, bound: length < bound),
    "maxLength": (str, "is longer than", lambda length, bound: length > bound),
    "minItems": (list, "has fewer elements than", lambda length, bound: length < bound),
    "maxItems": (list, "has more elements than", lambda length, bound: length > bound),
}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_FORMS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    **dict.fromkeys(_BOUNDS, (_is_number, "is not a number")),
    **dict.fromkeys(_LENGTHS, (_is_count, "is not a whole number from 0 up")),
    "enum": (lambda value: isinstance(value, list) and bool(value), "is not a list of values"),
    "additionalProperties": (lambda value: isinstance(value, bool), "is neither true nor false"),
    "required": (_is_names, "is not a list of names"),
    "properties": (lambda value: isinstance(value, dict), "is not a mapping of names to schemas"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What of a value does not fit, where (dots between names, none for the value itself)."""

    path: str
    text: str


def faults_of_schema(schema: object, path: str, depth: int = 0) -> Iterator[Fault]:
    """Iterate over what is wrong with a schema itself; *path* is where it stands in the plan."""
    if not isinstance(schema, dict):
        yield Fault(path, "is no schema: write a mapping such as {type: string}")
        return
    if depth > DEEPEST:
        yield Fault(path, f"is nested deeper than {DEEPEST}")
        return
    for keyword in sorted(set(map(str, schema)) - KEYWORDS):
        yield Fault(f"{path}.{keyword}", "is not a keyword a plan may use")
    yield from _faults_of_keywords(schema, path)
    for name, inner in _inner_schemas(schema):
        yield from faults_of_schema(inner, f"{path}.{name}", depth + 1)


def first_fault(schema: Mapping[str, Any], value: object, path: str = "") -> Fault | None:
    """Return what of *value* does not fit a valid *schema*, or None."""
    wrong = _of_value(schema, value)
    if wrong is not None:
        return Fault(path, wrong)
    if isinstance(value, dict):
        return _of_members(schema, value, path)
    if isinstance(value, list) and "items" in schema:
        for index, element in enumerate(value):
            fault = first_fault(schema["items"], element, _joined(path, str(index)))
            if fault is not None:
                return fault
    return None


def _of_value(schema: Mapping[str, Any], value: object) -> str | None:
    types = _types(schema)
    if types and not any(_TYPES[name](value) for name in types):
        return f"is {_type_of(value)}, not {' or '.join(types)}"
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        return "is none of the planned values"
    if "const" in schema and not _same(value, schema["const"]):
        return "is not the planned value"
    if _is_number(value):
        for keyword, (text, wrong) in _BOUNDS.items():
            if keyword in schema and wrong(value, schema[keyword]):
                return f"{text} {schema[keyword]}"
    for keyword, (kind, text, wrong) in _LENGTHS.items():
        if keyword in schema and isinstance(value, kind) and wrong(len(value), schema[keyword]):
            return f"{text} {schema[keyword]}"
    return None


def _of_members(schema: Mapping[str, Any], value: dict[str, Any], path: str) -> Fault | None:
    for name in schema.get("required", ()):
        if name not in value:
            return Fault(_joined(path, name), "is missing")
    planned = schema.get("properties", {})
    if schema.get("additionalProperties") is False:
        for name in value:
            if name not in planned and not name.startswith("$"):
                return Fault(_joined(path, name), "is not in the plan")
    for name, inner in planned.items():
        if name in value:
            fault = first_fault(inner, value[name], _joined(path, name))
            if fault is not None:
                return fault
    return None


def _faults_of_keywords(schema: Mapping[str, Any], path: str) -> Iterator[Fault]:
    for name in _types(schema):
        if not isinstance(name, str) or name not in _TYPES:
            yield Fault(f"{path}.type", f"{name!r} is no type; take one of {', '.join(_TYPES)}")
    for keyword, (fits, text) in _FORMS.items():
        if keyword in schema and not fits(schema[keyword]):
            yield Fault(f"{path}.{keyword}", text)


def _inner_schemas(schema: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    if "items" in schema:
        yield "items", schema["items"]
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for name, inner in properties.items():
            yield f"properties.{name}", inner


def _types(schema: Mapping[str, Any]) -> list[Any]:
    types = schema.get("type", [])
    return types if isinstance(types, list) else [types]


def _type_of(value: object) -> str:
    return next(name for name, fits in _TYPES.items() if fits(value))


def _same(left: object, right: object) -> bool:
    """Compare as JSON does: 1 is 1.0, but true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    return left == right


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
