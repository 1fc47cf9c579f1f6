"""Write the validators of every root type, for Python and TypeScript from one walk."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generate.languages import Language
    from generate.source import Node, Source

STRING = ("minLength", "enum", "pattern", "x-chars", "x-bytes", "x-denied", "x-unreserved")
NUMBER = ("minimum", "maximum", "exclusiveMinimum", "const")
KEYWORDS = {"string": STRING, "number": NUMBER, "integer": NUMBER, "boolean": NUMBER, "null": ()}
LIMITED = ("x-bytes", "maxItems", "maxProperties")


def pascal(name: str) -> str:
    """Return a snake_case name in PascalCase."""
    return "".join(part.title() for part in name.split("_"))


@dataclass
class Writer:
    """The functions written so far, in one language, for one spec."""

    source: Source
    lang: Language
    root: str = ""
    constants: dict[str, str] = field(default_factory=dict)
    functions: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    depth: int = 0

    @property
    def words(self) -> dict[str, str]:
        """The language's words."""
        return self.lang.words

    def text(self) -> str:
        """Return the constants and functions for all roots."""
        for name, root in self.source.roots.items():
            self.root = root
            self._function("root", name, {"$ref": f"#/$defs/{name}"})
        parts = [*self.constants.values(), *("\n" + "\n".join(f) for f in self.functions.values())]
        return "\n".join(parts) + "\n"

    def _line(self, text: str) -> None:
        if text:
            self.lines.append("    " * self.depth + text)

    @contextmanager
    def _block(self, word: str, *parts: object) -> Iterator[None]:
        self._line(self.words[word].format(*parts))
        self.depth += 1
        yield
        self.depth -= 1
        if self.lang.close:
            self._line(self.lang.close)

    def _fail(self, node: Node, keyword: str, step: str, wrap: str) -> None:
        """Return the issue of one keyword; inside maps *wrap* looks for the first in order."""
        code = node.get("x-codes", {}).get(keyword)
        code = code or ("bad_type" if keyword == "type" else node.get("x-code", "bad_type"))
        if self.root == "malformed" and code not in self._problems():
            code = "malformed"
        limit = node.get("x-limits", {}).get(keyword) or (
            node.get(keyword) if keyword in LIMITED else None
        )
        issue = f'found("{code}", {step}' + (f", {limit})" if limit else ")")
        self._line(f"return {wrap.format(issue)}{self.words['end']}")

    def _check(
        self, node: Node, keyword: str, wrong: str, step: str = '""', wrap: str = "{0}"
    ) -> None:
        with self._block("if", wrong):
            self._fail(node, keyword, step, wrap)

    def _is(self, kind: str, subject: str) -> str:
        return self.lang.types[kind].replace("@", subject)

    def _not(self, condition: str) -> str:
        return self.words["not"].format(condition)

    def _problems(self) -> set[str]:
        return {line["code"] for line in self.source.registry["codes"]["problems"]}

    def _constant(self, word: str, value: str) -> str:
        for name, line in self.constants.items():
            if line == self.words[word].format(name, value):
                return name
        name = f"{word.upper()}_{len(self.constants)}"
        self.constants[name] = self.words[word].format(name, value)
        return name

    def _function(self, word: str, name: str, node: Node) -> str:
        """Write a function once and return its name."""
        suffix = "_envelope" if self.root == "malformed" and word != "root" else ""
        full = name if word == "root" else f"{word}_{name}{suffix}"
        if full not in self.functions:
            self.functions[full] = []
            outer, self.lines, self.depth, depth = self.lines, [], 0, self.depth
            with self._block(word, full, pascal(full)):
                self._line(self.words["declare"])
                getattr(self, f"_{word}")(node, full, name)
                self._line(f"return {self.words['none']}{self.words['end']}")
            self.functions[full], self.lines, self.depth = self.lines, outer, depth
        return full

    def _root(self, node: Node, _full: str, name: str) -> None:
        self._line(self.words["own"])
        self._value(node, '""', "{0}", name)

    def _object(self, node: Node, full: str, name: str) -> None:
        if "maxProperties" in node:
            self._check(node, "maxProperties", f"{self.words['members']} > {node['maxProperties']}")
        required = node.get("required", [])
        for key, sub in node.get("properties", {}).items():
            step = json.dumps(key)
            self._line(self.words["get"].format("v", step))
            with self._block("if", self._not(self._is("null", "v"))):
                self._value(sub, step, "{0}", f"{name}_{key.lstrip('$')}")
            if key in required:
                with self._block("elif", self._is("null", "v")):
                    self._fail(self._target(sub), "required", step, "{0}")
        self._keys(node, full, name)
        for key, needed in node.get("x-with", {}).items():
            with self._block("if", self._not(self.words["absent"].format(json.dumps(key)))):
                for step in map(json.dumps, needed):
                    self._check(node, "required", self.words["absent"].format(step), step)
        self._rules(node)
        if "x-by" in node:
            self._by(**node["x-by"])

    def _array(self, node: Node, _full: str, name: str) -> None:
        for keyword, sign in (("maxItems", ">"), ("minItems", "<")):
            if keyword in node:
                self._check(node, keyword, f"{self.words['length']} {sign} {node[keyword]}")
        if "items" in node:
            with self._block("items"):
                self._value(node["items"], "i", "{0}", f"{name}_item")
        self._rules(node)

    def _rules(self, node: Node) -> None:
        for rule in node.get("x-rules", []):
            name = rule["rule"]
            camel = pascal(name)
            wrong = self.words["rule"].format(name, camel[0].lower() + camel[1:])
            self._check({"x-code": rule.get("code")}, "x-rules", wrong, json.dumps(rule["path"]))

    def _keys(self, node: Node, full: str, name: str) -> None:
        """Write the loop over free keys; an issue makes it start over in the order of keys."""
        others = node.get("additionalProperties", True)
        if others is True and "propertyNames" not in node:
            return
        wrap = f"first({full}, o, ordered, {{0}})"
        with self._block("keys"):
            if "propertyNames" in node:
                names = self._target(node["propertyNames"])
                self._scalar(names, STRING, "key", '""', wrap)
            if "properties" in node:
                declared = self._constant("set", json.dumps(list(node["properties"])))
                with self._block("if", self.words["declared"].format(declared)):
                    self._line("continue" + self.words["end"])
            if others is False:
                self._fail(node, "additionalProperties", "key", wrap)
            elif others is not True:
                self._value(others, "key", wrap, f"{name}_value")

    def _by(self, field: str, default: str, cases: dict[str, Node]) -> None:
        """Go on with the type the field chooses."""
        self._line(self.words["get"].format("k", json.dumps(field)))
        for case, sub in cases.items():
            test = self.words["case"].format(json.dumps(case))
            if case == default:
                test = f"{self._is('null', 'k')} {self.words['or']} {test}"
            with self._block("if", test):
                function = self._function("object", sub["$ref"].split("/")[-1], self._target(sub))
                self._line(f"return {function}(o){self.words['end']}")

    def _target(self, node: Node) -> Node:
        return self.source.types[node["$ref"].split("/")[-1]] if "$ref" in node else node

    def _value(self, node: Node, step: str, wrap: str, name: str) -> None:
        """Write the checks of one value that is there."""
        if "$ref" in node:
            name, node = node["$ref"].split("/")[-1], self._target(node)
        types = node["type"] if isinstance(node["type"], list) else [node["type"]]
        if len(types) == 1:
            with self._block("if", self._not(self._is(types[0], "v"))):
                self._fail(node, "type", step, wrap)
            self._content(node, types[0], step, wrap, name)
            return
        word = "if"
        for kind in types:
            with self._block(word, self._is(kind, "v")):
                self._content(node, kind, step, wrap, name)
                self._line(self.words["pass"])
            word = "elif"
        with self._block("else"):
            self._fail(node, "type", step, wrap)

    def _content(self, node: Node, kind: str, step: str, wrap: str, name: str) -> None:
        """Write the checks for a value of that JSON type."""
        if kind in ("object", "array"):
            self._line(self.words["call"].format(self._function(kind, name, node), "v"))
            with self._block("if", self._not(self._is("null", "issue"))):
                self._line(f"return {wrap.format(f'at({step}, issue)')}{self.words['end']}")
        else:
            self._scalar(node, KEYWORDS[kind], "v", step, wrap)

    def _scalar(
        self, node: Node, keywords: tuple[str, ...], subject: str, step: str, wrap: str
    ) -> None:
        for keyword in (keyword for keyword in keywords if keyword in node):
            value = node[keyword]
            if keyword == "enum":
                value = self._constant("set", json.dumps(value))
            elif keyword == "pattern":
                value = self._constant("regex", value.removesuffix("$"))
            elif value is True:
                value = self.words["true"]
            template = self.lang.wrong[value if keyword == "x-chars" else keyword]
            wrong = template.replace("@", subject).format(value)
            self._check(node, keyword, wrong, step, wrap)
