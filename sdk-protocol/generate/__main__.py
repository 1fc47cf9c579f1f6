"""The command: write all outputs, or check that they are fresh, or compare two specs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from generate import openapi, python, reference, typescript
from generate.difference import changes
from generate.source import read

if TYPE_CHECKING:
    from generate.source import Source

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent
PACKAGE = HERE / "src/tallymark_protocol/_generated"
SDK_JS = ROOT / "sdk-js/src/_generated"
DOCS = ROOT / "docs/reference/protocol"


def outputs(source: Source) -> dict[Path, str]:
    """Return the text of every generated file."""
    return {
        PACKAGE / "__init__.py": '"""Everything here is generated from spec/."""\n',
        PACKAGE / "limits.py": python.limits(source),
        PACKAGE / "denied.py": python.denied(source),
        PACKAGE / "control.py": python.control(source),
        PACKAGE / "codes.py": python.codes(source),
        PACKAGE / "retry.py": python.retry(source),
        PACKAGE / "validators.py": python.validators(source),
        PACKAGE / "document.py": python.document(source),
        SDK_JS / "limits.ts": typescript.limits(source),
        SDK_JS / "denied.ts": typescript.denied(source),
        SDK_JS / "control.ts": typescript.control(source),
        SDK_JS / "codes.ts": typescript.codes(source),
        SDK_JS / "retry.ts": typescript.retry(source),
        SDK_JS / "types.ts": typescript.types(source),
        SDK_JS / "validators.ts": typescript.validators(source),
        HERE / "spec/openapi.json": openapi.document(source),
        **{DOCS / name: text for name, text in reference.pages(source).items()},
    }


def main(arguments: list[str] | None = None, spec: Path = HERE / "spec") -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, list stale files")
    parser.add_argument(
        "--diff", type=Path, metavar="OLD", help="tell what changed, refuse what is not additive"
    )
    options = parser.parse_args(arguments)
    if options.diff:
        return _compare(read(options.diff), read(spec))
    stale = write(outputs(read(spec)), check=options.check)
    for name in stale:
        print(name)
    return 1 if stale and options.check else 0


def _compare(old: Source, new: Source) -> int:
    """Print what a changelog needs, breaking changes marked; return 1 if there are such."""
    found = list(changes(old, new))
    for change in found:
        print(f"{'breaks' if change.breaking else 'adds'}  {change.text}")
    return 1 if any(change.breaking for change in found) else 0


def write(texts: dict[Path, str], *, check: bool) -> list[str]:
    """Write what is stale, unless *check*, and return its names."""
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    for path in stale if not check else ():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path])
    return [path.relative_to(ROOT).as_posix() for path in stale]


if __name__ == "__main__":
    sys.exit(main())
