from __future__ import annotations

import ast
import dataclasses
import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tallymark
import tallymark.testing
import yaml

from fuzz import node

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).resolve().parent.parent
SDK_JS = HERE.parent / "sdk-js/src"
NAMES = yaml.safe_load((HERE / "spec/registry/names.yaml").read_text())
SDK = NAMES["sdk"]
ONLY = {language: NAMES[language]["sdk"] for language in ("python", "typescript")}
EXPORT = re.compile(
    r"^export (?:async )?(?:abstract )?(?:function|class|interface) (\w+)", re.MULTILINE
)


def camel(name: str) -> str:
    """Return a function's name as TypeScript has it; names of types stay."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def camels(names: Iterable[str]) -> set[str]:
    """Return names as TypeScript has them."""
    return {camel(name) for name in names}


def public(names: Iterable[str]) -> set[str]:
    """Leave out what begins with an underscore."""
    return {name for name in names if name[0] != "_"}


@pytest.mark.parametrize("module", NAMES["modules"])
def test_python_has_exactly_these_names(module: str) -> None:
    """A module's public functions and classes are those of the registry."""
    tree = ast.parse((HERE / f"src/tallymark_protocol/{module}.py").read_text())
    defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert {*NAMES["modules"][module], *NAMES["python"].get(module, [])} == public(defined)


@pytest.mark.parametrize("module", NAMES["modules"])
def test_typescript_has_exactly_these_names(module: str) -> None:
    """The twin exports the same names in camelCase."""
    text = (SDK_JS / f"{camel(module)}.ts").read_text()
    expected = {*NAMES["modules"][module], *NAMES["typescript"].get(module, [])}
    assert camels(expected) == set(EXPORT.findall(text))


def test_the_python_package_exports_these_names() -> None:
    """`tallymark` has exactly the registered names."""
    assert {*SDK["exports"], *ONLY["python"]["exports"]} == set(tallymark.__all__)


def test_the_python_client_can_be_told_exactly_this() -> None:
    """The public methods of `Client` are the registered ones."""
    assert {*SDK["client"], *ONLY["python"]["client"]} == public(dir(tallymark.Client))


@pytest.mark.parametrize("group", SDK["options"])
def test_options_and_their_defaults_in_python(group: str) -> None:
    """Each group of options has the registered fields, in order, with the registered defaults."""
    value = getattr(tallymark, group.capitalize())()
    assert list(SDK["options"][group].items()) == list(dataclasses.asdict(value).items())


@pytest.mark.parametrize("name", SDK["values"])
def test_reported_values_in_python(name: str) -> None:
    """What a client reports has the registered fields, inherited ones aside."""
    kind = getattr(tallymark, name)
    own = public({*vars(kind), *kind.__annotations__})
    assert {*SDK["values"][name], *ONLY["python"]["values"][name]} == own


def test_what_helps_to_test_in_python() -> None:
    """`tallymark.testing` defines the registered functions and classes."""
    tree = ast.parse(Path(tallymark.testing.__file__).read_text())
    kinds = (ast.FunctionDef, ast.ClassDef)
    defined = {found.name for found in tree.body if isinstance(found, kinds)}
    assert {*SDK["testing"], *ONLY["python"]["testing"]} == public(defined)


def test_the_typescript_packages_export_these_names() -> None:
    """What both languages have is exported for pages and for Node."""
    text = "".join((SDK_JS / f"{home}/index.ts").read_text() for home in ("browser", "node"))
    exported = {name for names in re.findall(r"\{([^}]*)\}", text) for name in names.split(",")}
    assert set(SDK["exports"]) <= {name.strip() for name in exported}


def test_the_typescript_client_can_be_told_exactly_this() -> None:
    """The public methods of the client both packages build on are the registered ones."""
    # The calls stand apart from the client: the script a page loads first has them, too.
    calls = (SDK_JS / "calls.ts").read_text().partition("class Calls")[2]
    body = calls + (SDK_JS / "client.ts").read_text().partition("class CoreClient")[2]
    methods = set(re.findall(r"^  (\w+)(?:<[^>]*>)?\($", body, re.MULTILINE))
    methods |= set(re.findall(r"^  (\w+)(?:<[^>]*>)?\(.*\{$", body, re.MULTILINE))
    assert camels(SDK["client"]) == public(methods) - {"constructor"}


def test_options_and_their_defaults_in_typescript(tmp_path: Path) -> None:
    """The same groups, fields and defaults, in the same order."""
    module = node.build(tmp_path, "options").as_uri()
    program = f'import("{module}").then(m => console.log(JSON.stringify(m.settings({{}}))))'
    done = subprocess.run(["node", "-e", program], check=True, capture_output=True, text=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    expected = {
        group: {camel(name): value for name, value in options.items()}
        for group, options in SDK["options"].items()
    }
    assert json.dumps(expected) == json.dumps(found)


@pytest.mark.parametrize("name", SDK["values"])
def test_reported_values_in_typescript(name: str) -> None:
    """What a client reports has the registered fields; a place is a value of its own."""
    text = (SDK_JS / "results.ts").read_text()
    body = text.partition(f"export interface {name} ")[2].partition("\n}\n")[0]
    fields = re.findall(r"^  readonly (\w+)\??:", body, re.MULTILINE)
    place = {"stream", "seq"} if name == "Result" else set()
    assert camels(SDK["values"][name]) == {*fields, *place}


def test_what_helps_to_test_in_typescript() -> None:
    """`testing` exports the registered names."""
    names = set(EXPORT.findall((SDK_JS / "testing.ts").read_text()))
    assert camels([*SDK["testing"], *ONLY["typescript"]["testing"]]) == names
