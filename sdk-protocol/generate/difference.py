"""Compare two versions of the spec and tell what was added and what is not additive (TM-VER-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generate.source import Source

Row = dict[str, Any]
TABLES = {
    "drop_reasons": ("reason",),
    "kinds": ("kind",),
    "ops": ("op",),
    "headers": ("header",),
    "control": ("field",),
    "endpoints": ("method", "path"),
}
FROZEN = ("retryable", "loss", "status", "key", "body", "answer", "type", "public")
OPEN_TO_MORE = ("properties", "cases", "x-codes", "x-limits")


class Change(NamedTuple):
    """One difference; *breaking* when an old sender or server could not live with it."""

    breaking: bool
    text: str


def changes(old: Source, new: Source) -> Iterator[Change]:
    """Yield every difference that an old sender or server meets."""
    yield from _limits(old.registry["limits"], new.registry["limits"])
    for group in ("verdicts", "problems", "warnings"):
        rows = (old.registry["codes"][group], new.registry["codes"][group])
        yield from _rows(f"codes {group}", ("code",), *rows)
    for name, key in TABLES.items():
        yield from _rows(name, key, old.registry[name], new.registry[name])
    yield from _closed(old, new)
    for name in new.types.keys() - old.types.keys():
        yield Change(breaking=False, text=f"schema: {name} is new")
    for name, node in old.types.items():
        yield from _node(name, node, new.types.get(name))
    yield from _requirements(old.requirements["requirements"], new.requirements["requirements"])


def _closed(old: Source, new: Source) -> Iterator[Change]:
    """Compare what does not grow inside v1."""
    if old.registry["retry"]["table"] != new.registry["retry"]["table"]:
        yield Change(breaking=True, text="retry: the table changed")
    if len(old.registry["drop_reasons"]) != len(new.registry["drop_reasons"]):
        yield Change(breaking=True, text="drop_reasons: the list is closed and changed")
    denied = [{row["denied"] for row in spec.registry["denied_ids"]} for spec in (old, new)]
    if denied[0] != denied[1]:
        yield Change(breaking=True, text="denied_ids: the list is closed and changed")


def _limits(old: list[Row], new: list[Row]) -> Iterator[Change]:
    known = {row["name"]: row["value"] for row in new}
    for row in old:
        name, value = row["name"], row["value"]
        if known.get(name, value - 1) < value:
            yield Change(breaking=True, text=f"limits: {name} is lower than {value} or gone")
        elif known[name] > value:
            yield Change(row.get("frozen", False), f"limits: {name} was {value}, is {known[name]}")
    yield from _added("limits", ("name",), old, new)


def _rows(name: str, key: tuple[str, ...], old: list[Row], new: list[Row]) -> Iterator[Change]:
    known = {_name(row, key): row for row in new}
    for row in old:
        other = known.get(_name(row, key))
        if other is None:
            yield Change(breaking=True, text=f"{name}: {_name(row, key)} is gone")
            continue
        if any(row.get(field) not in (None, other.get(field)) for field in FROZEN):
            yield Change(breaking=True, text=f"{name}: {_name(row, key)} means something else")
        if "max" in row and (row["max"], -row["min"]) > (other["max"], -other["min"]):
            yield Change(
                breaking=True, text=f"{name}: the bounds of {_name(row, key)} are narrower"
            )
        if row.get("k") and not other["k"]:
            yield Change(breaking=True, text=f"{name}: {_name(row, key)} takes no `k` any more")
    yield from _added(name, key, old, new)


def _added(name: str, key: tuple[str, ...], old: list[Row], new: list[Row]) -> Iterator[Change]:
    known = {_name(row, key) for row in old}
    for row in new:
        if _name(row, key) not in known:
            yield Change(breaking=False, text=f"{name}: {_name(row, key)} is new")


def _name(row: Row, key: tuple[str, ...]) -> str:
    return " ".join(row[part] for part in key)


def _requirements(old: list[Row], new: list[Row]) -> Iterator[Change]:
    known = {rule["id"]: rule for rule in new}
    for rule in old:
        other = known.get(rule["id"])
        if other is None:
            yield Change(breaking=True, text=f"requirements: {rule['id']} is gone")
        elif any(rule[field] != other[field] for field in ("level", "profile")):
            yield Change(breaking=True, text=f"requirements: {rule['id']} asks something else")
        elif rule["text"] != other["text"]:
            # Whether new words mean the same is for a reader to say, not for this program.
            yield Change(breaking=False, text=f"requirements: {rule['id']} has other words")
    yield from _added("requirements", ("id",), old, new)


def _node(path: str, old: Any, new: Any) -> Iterator[Change]:  # noqa: ANN401 - any part of a schema
    """Compare two schema nodes: fields may be added unless required, bounds may be widened."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            wider = _wider(path.rsplit(".", 1)[-1], old, new)
            yield Change(not wider, f"schema: {path} was {old!r}, is {new!r}")
        return
    for key, value in old.items():
        if key not in ("required", "description"):
            yield from _node(f"{path}.{key}", value, new.get(key))
    for field in sorted(set(new.get("required", [])) - set(old.get("required", []))):
        yield Change(breaking=True, text=f"schema: {path}.{field} became required")
    open_to_more = path.rsplit(".", 1)[-1] in OPEN_TO_MORE
    for key in new:
        if key not in old and key not in ("required", "description"):
            narrows = "" if open_to_more else " and narrows what is accepted"
            yield Change(not open_to_more, f"schema: {path}.{key} is new{narrows}")


def _wider(keyword: str, old: Any, new: Any) -> bool:  # noqa: ANN401 - any keyword's value
    if keyword in ("x-bytes", "maxItems", "maxProperties", "maximum"):
        return isinstance(new, (int, float)) and new >= old
    if keyword in ("enum", "type") and isinstance(old, list) and isinstance(new, list):
        return set(old) <= set(new)
    lower = keyword in ("minimum", "exclusiveMinimum", "minLength", "minItems")
    return lower and isinstance(new, (int, float)) and new <= old
