"""Run what a page prints: its shell and Python blocks, in order, in one shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(sh|python|html)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE_NAME = re.compile(r"# (\w+\.py)\n")
STARTED_ELSEWHERE = re.compile(
    r"^(?:make \w.*|tallymark serve.*|\. \.venv/bin/activate)$", re.MULTILINE
)


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Yield the language and text of each block of *page*, a path from the root."""
    text = (ROOT / page).read_text("utf-8")
    return ((match[1], match[2]) for match in BLOCK.finditer(text))


def script(page: str, port: int, key: str) -> str:
    """Return *page* as one shell script, for a collector at *port* with the write key *key*."""
    lines = ["set -euo pipefail"]
    for language, text in blocks(page):
        filled = text.replace("7300", str(port)).replace("tmk_…", key)
        if language == "sh":
            lines.append(STARTED_ELSEWHERE.sub(":", filled))
        elif language == "python":
            name = FILE_NAME.match(filled)
            file = name[1] if name else "page.py"
            lines += [f"cat > {file} <<'END_OF_PAGE'", filled.rstrip(), "END_OF_PAGE"]
            tested = "pytest -q -p no:cacheprovider " if "def test_" in filled else ""
            lines.append(f"python -m {tested}{file}" if tested else f"python {file}")
    return "\n".join(lines)


def run(text: str, folder: Path) -> str:
    """Run a shell script in *folder* as a reader would; return what it prints."""
    ran = subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, f"{text}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a reader with the virtual environment active."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TALLYMARK_")}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_STATE_HOME": str(folder / "state"),
        "COLUMNS": "100",
    }
