"""Write the reference pages of the protocol: rules, limits, codes, retry table, types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generate.source import Node, Source

NOTE = "<!-- Generated from sdk-protocol/spec by `python -m generate`. -->\n\n"


def pages(source: Source) -> dict[str, str]:
    """Return the text of each page by file name."""
    registry = source.registry
    codes, retry = registry["codes"], registry["retry"]
    return {
        "rules.md": _page("Rules", _rules(source)),
        "limits.md": _page("Limits", _table(registry["limits"])),
        "codes.md": _page(
            "Codes", *(f"## {name.title()}\n\n{_table(codes[name])}" for name in codes)
        )
        + f"\n## Drop reasons\n\n{_table(registry['drop_reasons'])}",
        "retry.md": _page("Retry table", _table(retry["table"]))
        + f"\n## Actions\n\n{_table(retry['actions'])}\n## Figures\n\n{_table(retry['constants'])}",
        "registries.md": _page(
            "Kinds, operations, headers, control",
            *(
                f"## {n.title()}\n\n{_table(registry[n])}"
                for n in ("kinds", "ops", "headers", "control")
            ),
        ),
        "types.md": _page("Types", *(_type(name, node) for name, node in source.types.items())),
    }


def _page(title: str, *parts: str) -> str:
    return f"{NOTE}# {title}\n\n" + "\n".join(parts)


def _rules(source: Source) -> str:
    rules = [
        {"id": r["id"], "level": r["level"], "profile": r["profile"], "rule": r["text"]}
        for r in source.requirements["requirements"]
    ]
    built = ", ".join(source.requirements["features"])
    return f"Version {source.requirements['version']}; built profiles: {built}.\n\n{_table(rules)}"


def _table(rows: list[dict[str, Any]]) -> str:
    """Write rows of equal records as a table; what a row lacks stays empty."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [_row(columns), _row("---" for _ in columns)]
    lines += [_row(_cell(row.get(column)) for column in columns) for row in rows]
    return "".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return "" if value is None else str(value).replace("|", "\\|")


def _type(name: str, node: Node) -> str:
    """Write one type: its fields with what they must be."""
    rows = [
        {"field": f"`{field}`", "required": field in node.get("required", []), "value": _words(sub)}
        for field, sub in node.get("properties", {}).items()
    ]
    return f"## {name}\n\n" + (_table(rows) if rows else f"{_words(node)}\n")


def _words(node: Node) -> str:
    if "$ref" in node:
        name = node["$ref"].split("/")[-1]
        return f"[{name}](#{name})"
    plain = {
        key: value for key, value in node.items() if not isinstance(value, dict) and key[:2] != "x-"
    }
    kinds = plain.pop("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "x-bytes" in node:
        plain["bytes"] = node["x-bytes"]
    if isinstance(node.get("items"), dict):
        kinds = [f"array of {_words(node['items'])}" if kind == "array" else kind for kind in kinds]
    return "; ".join(
        [" or ".join(kinds), *(f"{key} {_cell(value)}" for key, value in plain.items())]
    )
