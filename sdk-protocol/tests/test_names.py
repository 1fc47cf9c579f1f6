from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent.parent
NAMES = yaml.safe_load((HERE / "spec/registry/names.yaml").read_text())
EXPORT = re.compile(r"^export (?:function|class|interface) (\w+)", re.MULTILINE)


def camel(name: str) -> str:
    """Return a function's name as TypeScript has it; names of types stay."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


@pytest.mark.parametrize("module", NAMES["modules"])
def test_python_has_exactly_these_names(module: str) -> None:
    """A module's public functions and classes are those of the registry."""
    tree = ast.parse((HERE / f"src/tallymark_protocol/{module}.py").read_text())
    public = {
        node.name
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"
    }
    assert {*NAMES["modules"][module], *NAMES["python"].get(module, [])} == public


@pytest.mark.parametrize("module", NAMES["modules"])
def test_typescript_has_exactly_these_names(module: str) -> None:
    """The twin exports the same names in camelCase."""
    text = (HERE.parent / f"sdk-js/src/{camel(module)}.ts").read_text()
    expected = {*NAMES["modules"][module], *NAMES["typescript"].get(module, [])}
    assert {camel(name) for name in expected} == set(EXPORT.findall(text))
