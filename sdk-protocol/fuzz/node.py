"""The TypeScript validators in one Node process: cases go in by lines, issues come back."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

SDK_JS = Path(__file__).resolve().parent.parent.parent / "sdk-js"
PROGRAM = """
import { createInterface } from "node:readline";
const validators = await import(process.argv[1]);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, text] = JSON.parse(line);
  console.log(JSON.stringify(validators[name](JSON.parse(text))));
}
"""


def build(folder: Path, name: str = "validate") -> Path:
    """Compile one module of the SDK and what it imports into a folder and return the result."""
    compiler = SDK_JS / "node_modules/typescript/bin/tsc"
    if not compiler.exists():
        raise FileNotFoundError(f"{compiler} is missing: run `npm ci` in sdk-js")
    project = {
        "extends": str(SDK_JS / "tsconfig.json"),
        "compilerOptions": {"outDir": str(folder), "rootDir": str(SDK_JS / "src"), "types": []},
        "files": [str(SDK_JS / f"src/{name}.ts")],
        "include": [],
    }
    (folder / "tsconfig.json").write_text(json.dumps(project))
    command = [_node(), str(compiler), "-p", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603 - our own compiler on our own sources
    (folder / "package.json").write_text('{"type": "module"}')
    return folder / f"{name}.js"


def issues(module: Path, cases: Sequence[tuple[str, str]]) -> list[dict[str, Any] | None]:
    """Return the first issue of each (type, JSON text)."""
    lines = [json.dumps([_name(kind), text]) for kind, text in cases]
    command = [_node(), "--input-type=module", "-e", PROGRAM, module.as_uri()]
    done = subprocess.run(  # noqa: S603 - our own program
        command, input="\n".join(lines) + "\n", check=True, capture_output=True, text=True
    )
    return [json.loads(line) for line in done.stdout.split("\n")[:-1]]


def _name(kind: str) -> str:
    return "validate" + "".join(part.title() for part in kind.split("_"))


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        raise FileNotFoundError("node is missing: install Node 20.19 or later")
    return found
