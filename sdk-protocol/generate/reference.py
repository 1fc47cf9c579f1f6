"""Write the reference pages of the protocol: rules, endpoints, limits, codes, retries, types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generate.source import Node, Source

NOTE = "<!-- Generated from sdk-protocol/spec by `python -m generate`. -->\n\n"
ORDER = ("envelope", "event", "context", "ops", "value", "answer", "stream", "problem")
PHRASES = {
    "enum": "one of {}",
    "pattern": "like `{}`",
    "minLength": "not empty",
    "x-bytes": "at most {} bytes of UTF-8",
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "maxProperties": "at most {} keys",
    "propertyNames": "each a property key",
    "x-denied": "not a [denied id](registries.md#denied-ids)",
    "x-unreserved": "not beginning with $",
}
CHARS = {"text": "U+0000 or lone surrogates", "name": "control characters or lone surrogates"}
RULES = {
    "one_place": "at most one of `n` and `id`",
    "stream_has_number": "with `stream` also `n` or `id`",
    "number_has_stream": "with `n` also `stream` or `d`",
    "hwm_covers_events": "with `stream`, `hwm` is at least `seq` + number of events - 1",
    "drops_fit_stream": "in a stream each drop has `ranges`, without one it has `count`",
    "range_ordered": "the second number is not below the first",
}


def pages(source: Source) -> dict[str, str]:
    """Return the text of each page by file name."""
    registry = source.registry
    codes, retry = registry["codes"], registry["retry"]
    endpoints = "Every endpoint, the type of its body and of its answer (see [types](types.md))."
    return {
        "rules.md": _page("Rules", *_rules(source)),
        "endpoints.md": _page("Endpoints", endpoints, _table(_endpoints(source))),
        "limits.md": _page("Limits", _table(registry["limits"])),
        "codes.md": _page(
            "Codes",
            *(f"## {name.title()}\n\n{_table(_anchored(name, codes[name]))}" for name in codes),
            f"## Drop reasons\n\n{_table(_anchored('drops', registry['drop_reasons']))}",
        ),
        "retry.md": _page(
            "Retry table",
            "What an SDK does with an answer: the first line that fits. Nothing fits: `backoff`.",
            _table(retry["table"]),
            f"## Actions\n\n{_table(retry['actions'])}",
            f"## Figures\n\n{_table(retry['constants'])}",
        ),
        "registries.md": _page(
            "Kinds, operations, headers, control, denied ids",
            *(
                f"## {name.replace('_', ' ').capitalize()}\n\n{_table(registry[name])}"
                for name in ("kinds", "ops", "headers", "control", "denied_ids")
            ),
        ),
        "types.md": _page("Types", *_types(source)),
    }


def _page(title: str, *parts: str) -> str:
    return f"{NOTE}# {title}\n\n" + "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _rules(source: Source) -> Iterable[str]:
    built = ", ".join(source.requirements["features"])
    yield (
        f"Version {source.requirements['version']}. Built profiles: {built}; rules of others are "
        "specified only. MUST, SHOULD and MAY as in RFC 2119. "
        "How the rules hang together: `sdk-protocol/spec/protocol.md`."
    )
    for area, title in source.requirements["areas"].items():
        rows = [
            {"id": r["id"], "level": r["level"], "profile": r["profile"], "rule": r["text"]}
            for r in source.requirements["requirements"]
            if r["id"].split("-")[1] == area
        ]
        yield f"## {title}\n\n{_table(rows)}"


def _anchored(group: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each row an anchor, such as `#verdict-depth`, on its first field."""
    found = []
    for row in rows:
        first = next(iter(row))
        anchor = f'<a id="{group.rstrip("s")}-{row[first]}"></a>'
        found.append({**row, first: f"{anchor}{row[first]}"})
    return found


def _endpoints(source: Source) -> list[dict[str, Any]]:
    return [
        {
            "endpoint": f"`{row['method']} {row['path']}`",
            "what": row["text"],
            "rule": row["rule"],
            "profile": row["profile"],
            "key": row["key"],
            "`k`": row["k"],
            "body": row.get("body"),
            "answer": row.get("answer"),
            "status": row["status"] if row["profile"] in source.requirements["features"] else 501,
            "headers read": row["reads"],
        }
        for row in source.registry["endpoints"]
    ]


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


def _types(source: Source) -> Iterable[str]:
    """Write what is sent first, then what comes back, then what both are made of."""
    yield "Fields that are not required may be null, which is the same as absent (TM-VAL-01)."
    files = sorted(source.files, key=lambda f: ORDER.index(f) if f in ORDER else len(ORDER))
    for file in files:
        for name in source.files[file]:
            yield _type(name, source.types[name])


def _type(name: str, node: Node) -> str:
    """Write one type: its fields with what they must be."""
    rows = [
        {
            "field": f"`{field}`",
            "required": field in node.get("required", []),
            "value": _words(sub),
            "meaning": sub.get("description"),
        }
        for field, sub in node.get("properties", {}).items()
    ]
    notes = "".join(f"\n{line}.\n" for line in _notes(node))
    return f"## {name}\n\n" + (_table(rows) if rows else f"{_words(node)}\n") + notes


def _notes(node: Node) -> Iterable[str]:
    """Say what is asked beyond single fields."""
    if "x-by" in node:
        cases = [f"{k}: {_words(sub)}" for k, sub in node["x-by"]["cases"].items()]
        default = node["x-by"]["default"]
        yield f"Further fields by `{node['x-by']['field']}` ({default} by default): " + ", ".join(
            cases
        )
    others = node.get("additionalProperties")
    if "properties" in node and isinstance(others, dict):
        yield f"Free keys: {_words(others)}"
    elif others is False:
        yield "No other fields"
    for field, needed in node.get("x-with", {}).items():
        yield f"With `{field}` also " + ", ".join(f"`{name}`" for name in needed)
    for rule in node.get("x-rules", []):
        yield RULES[rule["rule"]].capitalize()


def _words(node: Node) -> str:
    """Say in words what a value must be."""
    if "$ref" in node:
        return _link(node["$ref"].split("/")[-1])
    kinds = node.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    words = [" or ".join(_kind(kind, node) for kind in kinds)]
    for keyword, phrase in PHRASES.items():
        if keyword in node:
            words.append(phrase.format(_cell(node[keyword])))
    if "const" in node:
        words.append(f"always {json.dumps(node['const'])}")
    if "x-chars" in node:
        words.append(f"without {CHARS[node['x-chars']]}")
    if node.get("minItems") == node.get("maxItems") and "minItems" in node:
        words = [words[0], f"exactly {node['minItems']}"]
    return "; ".join(words)


def _link(name: str) -> str:
    return f"[{name}](#{name})"


def _kind(kind: str, node: Node) -> str:
    items, others = node.get("items"), node.get("additionalProperties")
    if kind == "array" and (items or "x-of" in node):
        return f"array of {_inner(items) if items else _link(node['x-of'])}"
    if kind == "object" and "x-of" in node:
        return _link(node["x-of"])
    if kind == "object" and isinstance(others, dict) and "properties" not in node:
        return f"object of {_inner(others)}"
    return kind


def _inner(node: Node) -> str:
    words = _words(node)
    return f"({words})" if ";" in words else words
