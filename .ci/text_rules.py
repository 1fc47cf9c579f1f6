"""Check what no linter checks: names, sizes, links, cited rules, and what text must not say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN_STEMS = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base"}
MAX_MODULE_LINES = 450
README_LINES, README_START = 120, 20
PATHS_OF_A_MACHINE = re.compile(r"(?<![\w.])/(?:root|home/\w+|work)/")
REGISTRY_HOSTS = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npm|npmjs\.(?:org|com)|debian\.org"
)
RULE = re.compile(r"\b(?:TM-)?([A-Z]{2,4}-\d{1,2})\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
SQL_CALLS = {"execute", "executemany", "executescript"}


def tracked() -> list[Path]:
    """Return the files git tracks, as absolute paths."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def known_rules() -> set[str]:
    """Return the ids of the protocol's requirements, without their prefix."""
    text = (ROOT / "sdk-protocol/spec/requirements.yaml").read_text("utf-8")
    return set(re.findall(r"id:\s*TM-([A-Z]{2,4}-\d{1,2})", text))


def check_python(path: Path, text: str, rules: set[str]) -> Iterator[str]:
    """Yield what is wrong with one Python file."""
    if path.stem in FORBIDDEN_STEMS:
        yield f"the name {path.stem!r} says nothing: name the module by the thing in it"
    generated = "_generated" in path.parts
    lines = text.count("\n")
    if lines > MAX_MODULE_LINES and not generated:
        yield f"{lines} lines: make two things with two names (limit {MAX_MODULE_LINES})"
    areas = {rule.split("-")[0] for rule in rules}
    for cited in sorted(set(RULE.findall(text))):
        area, number = cited.split("-")
        if area in areas and f"{area}-{int(number):02d}" not in rules and cited not in rules:
            yield f"cites {cited}, which is not in requirements.yaml"
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in SQL_CALLS
            and node.args
            and isinstance(node.args[0], (ast.JoinedStr, ast.BinOp))
            and "tests" not in path.parts
        ):
            yield f"line {node.lineno}: SQL text is put together; bind values instead"


def check_markdown(path: Path, text: str) -> Iterator[str]:
    """Yield the links of one page that lead nowhere."""
    for target in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            yield f"links to {target}, which does not exist"


def check_readme(text: str) -> Iterator[str]:
    """Yield what the front page lacks."""
    lines = text.splitlines()
    if len(lines) > README_LINES:
        yield f"{len(lines)} lines (limit {README_LINES})"
    if not any("make demo" in line for line in lines[:README_START]):
        yield f"does not show `make demo` in its first {README_START} lines"


def complaints() -> Iterator[str]:
    """Yield every complaint as `file: what is wrong`."""
    rules = known_rules()
    for path in tracked():
        name = path.relative_to(ROOT)
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found = list(check_python(path, text, rules)) if path.suffix == ".py" else []
        if path.suffix == ".md":
            found += check_markdown(path, text)
        if name == Path("README.md"):
            found += check_readme(text)
        if path != Path(__file__).resolve():
            found += [
                f"holds {hit!r}, a path of one machine" for hit in PATHS_OF_A_MACHINE.findall(text)
            ]
            found += [f"names {hit!r}, a registry's host" for hit in REGISTRY_HOSTS.findall(text)]
        yield from (f"{name}: {complaint}" for complaint in found)


def main() -> int:
    """Print the complaints and return 1 when there are any."""
    found = list(complaints())
    for complaint in found:
        print(complaint)  # noqa: T201
    print(f"text rules: {len(found)} complaints")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
