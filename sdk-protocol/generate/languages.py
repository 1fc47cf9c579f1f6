"""How the two languages say what a validator says: blocks, type tests, what is *wrong*."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """The words of one language; `@` is the value looked at, `{0}` what it is compared with."""

    close: str
    words: dict[str, str]
    types: dict[str, str]
    wrong: dict[str, str]


PYTHON = Language(
    close="",
    words={
        "object": "def {0}(o: Any, ordered: Any = None) -> Issue | None:",
        "array": "def {0}(o: Any) -> Issue | None:",
        "root": "def validate_{0}(o: Any) -> Issue | None:",
        "if": "if {0}:",
        "elif": "elif {0}:",
        "else": "else:",
        "pass": "pass",
        "keys": "for key, v in o.items() if ordered is None else ordered:",
        "items": "for i, v in enumerate(o):",
        "get": "{0} = o.get({1})",
        "absent": "o.get({0}) is None",
        "case": "k == {0}",
        "declared": "key in {0}",
        "call": "issue = {0}({1})",
        "members": "len(o)",
        "set": "{0}: Final = frozenset({1})",
        "regex": "{0}: Final = re.compile(r'{1}\\Z')",
        "none": "None",
        "true": "True",
        "or": "or",
        "declare": "",
        "own": "v = o",
        "length": "len(o)",
        "end": "",
        "not": "not ({0})",
        "rule": "not {0}(o)",
    },
    types={
        "object": "type(@) is dict",
        "array": "type(@) is list",
        "string": "type(@) is str",
        "boolean": "type(@) is bool",
        "null": "@ is None",
        "number": "(type(@) is int and -SAFE < @ < SAFE or is_number(@))",
        "integer": "(type(@) is int and -SAFE < @ < SAFE or is_integer(@))",
    },
    wrong={
        "minLength": "not @",
        "enum": "@ not in {0}",
        "pattern": "not {0}.match(@)",
        "text": "not (@.isascii() and '\\0' not in @ or is_text(@))",
        "name": "not (@.isprintable() or is_name(@))",
        "x-bytes": "(len(@) if @.isascii() else size(@)) > {0}",
        "x-denied": "is_denied(@)",
        "x-unreserved": "@.startswith('$')",
        "minimum": "@ < {0}",
        "maximum": "@ > {0}",
        "exclusiveMinimum": "@ <= {0}",
        "const": "@ != {0}",
    },
)
TYPESCRIPT = Language(
    close="}",
    words={
        "object": "function {0}(o: any, ordered?: [string, any][]): Issue | null {{",
        "array": "function {0}(o: any): Issue | null {{",
        "root": "export function validate{1}(o: any): Issue | null {{",
        "if": "if ({0}) {{",
        "elif": "else if ({0}) {{",
        "else": "else {{",
        "pass": "",
        "keys": "for (const [key, v] of ordered ?? Object.entries<any>(o)) {{",
        "items": "for (const [i, v] of o.entries()) {{",
        "get": "{0} = o[{1}] ?? null;",
        "absent": "(o[{0}] ?? null) === null",
        "case": "k === {0}",
        "declared": "{0}.has(key)",
        "call": "issue = {0}({1});",
        "members": "Object.keys(o).length",
        "set": "const {0}: ReadonlySet<string> = new Set({1});",
        "regex": "const {0} = /{1}$/u;",
        "none": "null",
        "true": "true",
        "or": "||",
        "own": "v = o;",
        "declare": "let v: any, k: any, issue: Issue | null;",
        "length": "o.length",
        "end": ";",
        "not": "!({0})",
        "rule": "!{1}(o)",
    },
    types={
        "object": "isObject(@)",
        "array": "Array.isArray(@)",
        "string": 'typeof @ === "string"',
        "boolean": 'typeof @ === "boolean"',
        "null": "@ === null",
        "number": "Number.isFinite(@)",
        "integer": "Number.isInteger(@)",
    },
    wrong={
        "minLength": '@ === ""',
        "enum": "!{0}.has(@)",
        "pattern": "!{0}.test(@)",
        "text": "!isText(@)",
        "name": "!isName(@)",
        "x-bytes": "size(@) > {0}",
        "x-denied": "isDenied(@)",
        "x-unreserved": '@.startsWith("$")',
        "minimum": "@ < {0}",
        "maximum": "@ > {0}",
        "exclusiveMinimum": "@ <= {0}",
        "const": "@ !== {0}",
    },
)
