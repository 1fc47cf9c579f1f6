"""Compare two versions of the spec and name every change that is not additive (TM-VER-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generate.source import Source

TABLES = {"drop_reasons": "reason", "kinds": "kind", "ops": "op", "headers": "header"}
FROZEN = ("retryable", "loss", "status")


def breaking(old: Source, new: Source) -> Iterator[str]:
    """Yield the changes a sender or server of the old version could not live with."""
    yield from _limits(old, new)
    for group in ("verdicts", "problems", "warnings"):
        rows = (old.registry["codes"][group], new.registry["codes"][group])
        yield from _rows(f"codes {group}", "code", *rows)
    for name, key in TABLES.items():
        yield from _rows(name, key, old.registry[name], new.registry[name])
    if old.registry["retry"]["table"] != new.registry["retry"]["table"]:
        yield "retry: the table changed"
    if (
        old.registry["drop_reasons"]
        != new.registry["drop_reasons"][: len(old.registry["drop_reasons"])]
    ):
        yield "drop_reasons: the list is closed and changed"
    for name, node in old.types.items():
        yield from _node(name, node, new.types.get(name))
    ids = {rule["id"] for rule in new.requirements["requirements"]}
    for rule in old.requirements["requirements"]:
        if rule["id"] not in ids:
            yield f"requirements: {rule['id']} is gone"


def _limits(old: Source, new: Source) -> Iterator[str]:
    values = {line["name"]: line["value"] for line in new.registry["limits"]}
    for line in old.registry["limits"]:
        if values.get(line["name"], 0) < line["value"]:
            yield f"limits: {line['name']} is lower than {line['value']} or gone"


def _rows(
    name: str, key: str, old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> Iterator[str]:
    known = {row[key]: row for row in new}
    for row in old:
        other = known.get(row[key])
        if other is None:
            yield f"{name}: {row[key]} is gone"
        elif any(row.get(field) != other.get(field) for field in FROZEN):
            yield f"{name}: {row[key]} means something else"


def _node(path: str, old: Any, new: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a schema
    """Compare two schema nodes: fields may be added unless required, bounds may be widened."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new and not _wider(path.rsplit(".", 1)[-1], old, new):
            yield f"schema: {path} was {old!r}, is {new!r}"
        return
    for key, value in old.items():
        if key != "required":
            yield from _node(f"{path}.{key}", value, new.get(key))
    for field in set(new.get("required", [])) - set(old.get("required", [])):
        yield f"schema: {path}.{field} became required"
    open_to_more = path.rsplit(".", 1)[-1] in ("properties", "cases", "x-codes", "x-limits")
    for key in set(new) - set(old) - {"required"}:
        if not open_to_more:
            yield f"schema: {path}.{key} is new and narrows what is accepted"


def _wider(keyword: str, old: Any, new: Any) -> bool:  # noqa: ANN401 - any keyword's value
    if keyword in ("x-bytes", "maxItems", "maxProperties", "maximum"):
        return isinstance(new, (int, float)) and new >= old
    if keyword in ("enum", "type") and isinstance(old, list) and isinstance(new, list):
        return set(old) <= set(new)
    return keyword == "minimum" and isinstance(new, (int, float)) and new <= old
