"""Write the TypeScript types, tables and validators."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from generate.languages import TYPESCRIPT
from generate.validators import Writer, pascal

if TYPE_CHECKING:
    from generate.source import Node, Source

HEAD = "// {0} Generated from sdk-protocol/spec; run `python -m generate` instead of editing.\n\n"
SCALARS = {"integer": "number", "null": "null"}


def limits(source: Source) -> str:
    """Write one constant per limit."""
    lines = [
        f"/** {line['text']} ({line['unit']}, {line['requirement']}) */\n"
        f"export const {line['name']} = {line['value']};\n"
        for line in source.registry["limits"]
    ]
    return HEAD.format("Every limit of TMP/1.") + "".join(lines)


def denied(source: Source) -> str:
    """Write the ids that stand for none."""
    rows = "".join(f"  {json.dumps(line['denied'])},\n" for line in source.registry["denied_ids"])
    set_of = f"export const DENIED_IDS: ReadonlySet<string> = new Set([\n{rows}]);\n"
    return HEAD.format("Ids that stand for none (TM-VAL-06).") + set_of


def control(source: Source) -> str:
    """Write bounds and defaults of the control block."""
    rows = source.registry["control"]
    bounds = "".join(f"  {row['field']}: [{row['min']}, {row['max']}],\n" for row in rows)
    defaults = "".join(
        f"export const {row['field'].upper()}_DEFAULT = {row['default']};\n"
        for row in rows
        if row["default"] is not None
    )
    return (
        HEAD.format("Bounds and defaults of the control block (TM-CTL-01).")
        + "/** Of a number's value, a string's bytes, an array's members. */\n"
        + "export const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {\n"
        + f"{bounds}}};\n{defaults}"
    )


def codes(source: Source) -> str:
    """Write the registries as constant objects by name."""
    registry = source.registry
    tables = {
        "VERDICTS": registry["codes"]["verdicts"],
        "WARNINGS": registry["codes"]["warnings"],
        "PROBLEMS": registry["codes"]["problems"],
        "DROPS": registry["drop_reasons"],
        "KINDS": registry["kinds"],
        "OPS": registry["ops"],
        "HEADERS": registry["headers"],
        "CONTROL": registry["control"],
    }
    parts = [HEAD.format("Codes, kinds and operations.")]
    for name, rows in tables.items():
        body = "".join(f"  {json.dumps(next(iter(r.values())))}: {json.dumps(r)},\n" for r in rows)
        parts.append(f"export const {name} = {{\n{body}}} as const;\n\n")
    return "".join(parts)


def retry(source: Source) -> str:
    """Write the constants and the table of retries."""
    table = source.registry["retry"]
    lines = [HEAD.format("The retry table.")]
    lines += [
        f"/** {line['text']} */\nexport const {line['name']} = {line['value']};\n"
        for line in table["constants"]
    ]
    actions = " | ".join(json.dumps(line["action"]) for line in table["actions"])
    lines.append(f"\nexport type Action = {actions};\n\nexport interface Rule {{\n")
    lines.append("  low: number;\n  high: number;\n  code?: string;\n  proven?: boolean;\n")
    lines.append("  action: Action;\n}\n\nexport const TABLE: readonly Rule[] = [\n")
    lines += [f"  {json.dumps(row)},\n" for row in table["table"]]
    return "".join([*lines, "];\n"])


def types(source: Source) -> str:
    """Write one interface or alias per type."""
    parts = [HEAD.format("Types of everything on the wire.")]
    for name, node in source.types.items():
        if "properties" in node:
            fields = _fields(node)
            parts.append(f"export interface {pascal(name)} {{\n{fields}}}\n\n")
        else:
            parts.append(f"export type {pascal(name)} = {_type(node)};\n\n")
    return "".join(parts)


def _fields(node: Node) -> str:
    required = node.get("required", [])
    lines = [
        (f"  /** {sub['description']} */\n" if "description" in sub else "")
        + f"  {json.dumps(key)}{'' if key in required else '?'}: {_type(sub)}"
        + (";\n" if key in required else " | null;\n")
        for key, sub in node["properties"].items()
    ]
    free = isinstance(node.get("additionalProperties"), dict) or "x-by" in node
    return "".join([*lines, "  [key: string]: unknown;\n" if free else ""])


def _type(node: Node) -> str:
    if "$ref" in node:
        return pascal(node["$ref"].split("/")[-1])
    if "enum" in node:
        return " | ".join(map(json.dumps, node["enum"]))
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return " | ".join(_kind(kind, node) for kind in kinds)


def _kind(kind: str, node: Node) -> str:
    if kind == "object":
        if "properties" in node:
            return "{\n" + _fields(node) + "}"
        others = node.get("additionalProperties")
        return f"{{ [key: string]: {_type(others) if isinstance(others, dict) else 'unknown'} }}"
    if kind == "array":
        item = _type(node["items"]) if "items" in node else "unknown"
        size = node.get("minItems", 0)
        fixed = size == node.get("maxItems")
        return f"[{', '.join([item] * size)}]" if fixed else f"({item})[]"
    return SCALARS.get(kind, kind)


def validators(source: Source) -> str:
    """Write one `validate…` per root."""
    names = sorted(
        {
            *("at", "dropsFitStream", "first", "found", "hwmCoversEvents", "isDenied", "isName"),
            *("isObject", "isText", "numberHasStream", "onePlace", "rangeOrdered", "size"),
            *("streamHasNumber", "type Issue"),
        }
    )
    imports = f'import {{ {", ".join(names)} }} from "../checks.js";\n\n'
    text = Writer(source, TYPESCRIPT).text()
    return HEAD.format("Validators of every type on the wire.") + imports + text
