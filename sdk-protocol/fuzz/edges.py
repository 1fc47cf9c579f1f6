"""Values at the edges of each keyword of the schema: one change in a sample that is valid."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fuzz.mutate import ALIKE, NUMBERS, RAW, SAMPLES, STRANGE, STREAM, WORDS, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generate.source import Node, Source

Path = tuple[str | int, ...]
TYPES: tuple[Any, ...] = (None, True, False, 0, 1.5, -1, "x", [], {}, [[]], {"x": {}})
ITEMS = {"string": "x", "integer": 1, "number": 1, "object": {}, "array": [1, 1]}


def edges(source: Source) -> Iterator[tuple[str, str]]:
    """Yield cases as (type, JSON text): each place of the schema in the sample it fits best."""
    for name in source.roots:
        best: dict[tuple[str, Path], tuple[Node, Any]] = {}
        for sample in SAMPLES[name]:
            for case, path, node in Places(source, sample).of({"$ref": name}):
                held = best.get((case, path))
                if held is None or _depth(held[1], path) < _depth(sample, path):
                    best[case, path] = (node, sample)
        for (_, path), (node, sample) in best.items():
            for value in (*TYPES, *_around(source, node)):
                yield name, text_of(_put(sample, path, value))


def _depth(sample: Any, path: Path) -> int:
    """Return how many steps of the path the sample has."""
    for depth, step in enumerate(path):
        keys = sample if isinstance(sample, dict) else range(len(sample or ()))
        if not isinstance(sample, (dict, list)) or step not in keys:
            return depth
        sample = sample[step]
    return len(path)


@dataclass
class Places:
    """The parts of a type as one sample reaches them; what a named type holds is told once."""

    source: Source
    sample: dict[str, Any]
    told: set[str] = field(default_factory=set)

    def of(self, node: Node, path: Path = (), case: str = "") -> Iterator[tuple[str, Path, Node]]:
        """Yield (kind of event, the way to it, part); of the kinds only the sample's own."""
        name = node.get("$ref", "")
        node = _target(self.source, node)
        yield case, path, node
        if name in self.told:
            return
        self.told |= {name} - {""}
        for key, below in node.get("properties", {}).items():
            yield from self.of(below, (*path, key), case)
        for keyword, step in (("additionalProperties", "x"), ("items", 0)):
            if isinstance(node.get(keyword), dict):
                yield from self.of(node[keyword], (*path, step), case)
        if "x-by" in node:
            by = node["x-by"]
            kind = self.sample.get(by["field"], by["default"])
            yield from self.of(by["cases"][kind], path, kind)


def _target(source: Source, node: Node) -> Node:
    return source.types[node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def _around(source: Source, node: Node) -> Iterator[Any]:
    """Yield values on both sides of whatever a part asks for."""
    kinds = node.get("type", [])
    if "string" in kinds:
        yield from STRANGE
        yield from _strings(node)
    if "number" in kinds or "integer" in kinds:
        yield from (RAW + number for number in NUMBERS)
        yield from _numbers(node)
    if "object" in kinds:
        yield from _objects(source, node)
    if "array" in kinds:
        yield from _arrays(source, node)


def _strings(node: Node) -> Iterator[str]:
    if not {"enum", "pattern", "x-denied", "x-unreserved"}.isdisjoint(node):
        yield from (*ALIKE, *WORDS)
    for size in (node["x-bytes"], node["x-bytes"] + 1) if "x-bytes" in node else ():
        yield "y" * size
        yield "é" * (size // 2) + "y" * (size % 2)
        yield "😀" * (size // 4) + "y" * (size % 4)
    for word in node.get("enum", ()):
        yield from (word, word.upper(), f"{word}\n", f" {word}")
    if "pattern" in node:
        yield from ("a" * size for size in (7, 8, 36, 37))
        yield from ("a1b2-c3d4", "a1b2_c3d4", "0" * 64, "1.0.0", "1.0", f"{STREAM}x")


def _numbers(node: Node) -> Iterator[float | str]:
    for keyword in ("minimum", "maximum", "exclusiveMinimum", "const"):
        if keyword in node:
            bound = node[keyword]
            yield from (bound, bound - 1, bound + 1, bound + 0.5)
            if isinstance(bound, int):
                yield f"{RAW}{bound}.0"
            yield from (bound * 0.999, bound * 1.001, str(bound))


def _objects(source: Source, node: Node) -> Iterator[dict[str, Any]]:
    others = node.get("additionalProperties")
    item = ITEMS[_kind(source, others)] if isinstance(others, dict) else 1
    for count in (
        (node["maxProperties"], node["maxProperties"] + 1) if "maxProperties" in node else ()
    ):
        yield {f"k{n}": item for n in range(count)}
    if "n" in node.get("properties", {}):
        yield {"e": "x", "n": 1, "id": "a1b2c3d4"}
    for key in ("k" * 255, "k" * 256, "é" * 127, "é" * 128, *STRANGE, "__proto__", "constructor"):
        yield {key: item}
    # Several wrong members: all languages must name the same one.
    yield {"b": "\0", "10": "\0", "9": "\0", "é": "\0", "\ufb33": "\0", "😀": "\0"}
    yield {"b\0": item, "a": "\0", "\ud800": item}


def _arrays(source: Source, node: Node) -> Iterator[list[Any]]:
    item = ITEMS[_kind(source, node["items"])] if isinstance(node.get("items"), dict) else 0
    for keyword in ("minItems", "maxItems"):
        if keyword in node:
            yield from ([item] * (node[keyword] + step) for step in (-1, 0, 1))
    yield [item, "\0", None, True]
    yield [2, 1]


def _kind(source: Source, node: Node) -> str:
    kinds = _target(source, node)["type"]
    kind: str = kinds if isinstance(kinds, str) else kinds[0]
    return kind if kind in ITEMS else "string"


def _put(sample: Any, path: Path, value: Any) -> Any:
    """Return the sample with that value at the end of the path, which is made where it lacks."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        held = dict(sample) if isinstance(sample, dict) else {}
        held[step] = _put(held.get(step), rest, value)
        return held
    items = copy.copy(sample) if isinstance(sample, list) and sample else [None]
    items[step] = _put(items[step], rest, value)
    return items
