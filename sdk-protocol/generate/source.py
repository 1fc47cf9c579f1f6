"""Read the spec's YAML and expand its short forms into plain JSON Schema."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHARS = {
    "text": r"^[^\u0000\ud800-\udfff]*$",
    "name": r"^[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]*$",
}
SYMBOLIC = (
    *("maxLength", "maxItems", "minItems", "maxProperties"),
    *("minimum", "maximum", "exclusiveMinimum", "x-bytes", "enum"),
)
Node = dict[str, Any]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, ten times faster


def _any_case(word: str) -> str:
    letters = (f"[{c}{c.upper()}]" if c.isalpha() else re.escape(c) for c in word)
    return "".join(letters).replace("\\-", "-").replace("\\ ", " ")


def _denied(words: list[str]) -> str:
    """Return a pattern for ids on the deny list, in any case, with white space around them."""
    return rf"^[ \t\n\r\f\v]*({'|'.join(map(_any_case, words))})[ \t\n\r\f\v]*$"


@dataclass(frozen=True)
class Source:
    """The spec as read: *registry* by file stem, *types* and the *files* their names stand in."""

    registry: dict[str, Any]
    types: dict[str, Node]
    files: dict[str, list[str]]
    requirements: dict[str, Any]
    sha256: str

    @property
    def roots(self) -> dict[str, str]:
        """The types a validator is written for, with the code of a wrong JSON type."""
        return {name: node["x-root"] for name, node in self.types.items() if "x-root" in node}

    def schema(self) -> Node:
        """Return all types as one JSON Schema 2020-12 document of plain and `x-` keywords."""
        plain = {name: _plain(node) for name, node in self.types.items()}
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": plain}


def read(spec: Path) -> Source:
    """Read a spec folder."""
    files = sorted([*spec.glob("schema/*.yaml"), *spec.glob("registry/*.yaml")])
    files.append(spec / "requirements.yaml")
    loaded = {path.relative_to(spec).as_posix(): _yaml(path) for path in files}
    registry = {Path(name).stem: data for name, data in loaded.items() if name[:8] == "registry"}
    symbols = _symbols(registry)
    types: dict[str, Node] = {}
    stems: dict[str, list[str]] = {}
    for name, data in loaded.items():
        if name.startswith("schema"):
            types |= {key: _resolved(node, symbols) for key, node in data.items()}
            stems[Path(name).stem] = list(data)
    text = b"".join(path.read_bytes() for path in files)
    sha256 = hashlib.sha256(text).hexdigest()
    return Source(registry, types, stems, loaded["requirements.yaml"], sha256)


def _symbols(registry: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema may name instead of saying it again."""
    symbols = {line["name"]: line["value"] for line in registry["limits"]}
    for line in registry["control"]:
        symbols |= {f"{line['field']}.{bound}": line[bound] for bound in ("min", "max")}
    symbols["DROP_REASONS"] = [line["reason"] for line in registry["drop_reasons"]]
    symbols["KINDS"] = [line["kind"] for line in registry["kinds"]]
    symbols["x-denied"] = _denied([line["denied"] for line in registry["denied_ids"]])
    return symbols


def _yaml(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    return yaml.load(path.read_bytes(), LOADER)  # noqa: S506 - a safe loader, one of two


def _resolved(node: Node, symbols: dict[str, Any]) -> Node:
    """Replace the names of the registries by their values."""
    out = dict(node)
    for key, value in node.items():
        if isinstance(value, dict) and key != "x-codes":
            out[key] = _resolved(value, symbols)
    for keyword in SYMBOLIC:
        value = out.get(keyword)
        if isinstance(value, str):
            out[keyword] = -symbols[value[1:]] if value[0] == "-" else symbols[value]
    if "x-denied" in out:
        out["x-denied"] = symbols["x-denied"]
    if "x-limits" in out:
        out["x-limits"] = {key: symbols[name] for key, name in out["x-limits"].items()}
    return out


def _plain(node: Node) -> Node:
    """Expand one type: absent fields may be null, short forms become standard keywords."""
    out = {key: value for key, value in node.items() if key not in ("x-by", "x-with")}
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if isinstance(out.get(keyword), dict):
            out[keyword] = _plain(out[keyword])
    required = out.get("required", [])
    if "properties" in out:
        out["properties"] = {
            name: _plain(sub) if name in required else {"anyOf": [{"type": "null"}, _plain(sub)]}
            for name, sub in out["properties"].items()
        }
    patterns: list[Node] = []
    if "x-chars" in out:
        patterns.append({"pattern": CHARS[out["x-chars"]]})
    for keyword, pattern in (("x-denied", node.get("x-denied")), ("x-unreserved", "^\\$")):
        if keyword in out:
            out[keyword] = True
            patterns.append({"not": {"type": "string", "pattern": pattern}})
    if "x-by" in node:
        patterns += _cases(**node["x-by"])
    for field, needed in node.get("x-with", {}).items():
        patterns.append({"if": _present(field), "then": {"allOf": [_present(n) for n in needed]}})
    return out | ({"allOf": patterns} if patterns else {})


def _present(field: str) -> Node:
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}


def _cases(field: str, default: str, cases: dict[str, Node]) -> list[Node]:
    """Write a choice by field as if/then; the default holds without the field, too."""
    out = []
    for case, then in cases.items():
        test: Node = {"properties": {field: {"const": case}}, "required": [field]}
        if case == default:
            test = {"properties": {field: {"enum": [None, case]}}}
        out.append({"if": test, "then": then})
    return out
