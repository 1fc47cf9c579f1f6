"""The command: write all outputs, or check that they are fresh, or compare two specs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from generate import python, typescript
from generate.source import Source, read

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent
PACKAGE = HERE / "src/tallymark_protocol/_generated"
SDK_JS = ROOT / "sdk-js/src/_generated"


def outputs(source: Source) -> dict[Path, str]:
    """Return the text of every generated file."""
    return {
        PACKAGE / "__init__.py": '"""Everything here is generated from spec/."""\n',
        PACKAGE / "limits.py": python.limits(source),
        PACKAGE / "codes.py": python.codes(source),
        PACKAGE / "retry.py": python.retry(source),
        PACKAGE / "validators.py": python.validators(source),
        PACKAGE / "document.py": python.document(source),
        SDK_JS / "limits.ts": typescript.limits(source),
        SDK_JS / "codes.ts": typescript.codes(source),
        SDK_JS / "retry.ts": typescript.retry(source),
        SDK_JS / "types.ts": typescript.types(source),
        SDK_JS / "validators.ts": typescript.validators(source),
    }


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, list stale files")
    arguments = parser.parse_args()
    stale = []
    for path, text in outputs(read(HERE / "spec")).items():
        if not path.exists() or path.read_text() != text:
            stale.append(path.relative_to(ROOT).as_posix())
            if not arguments.check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    print(*stale, sep="\n") if stale else None
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
