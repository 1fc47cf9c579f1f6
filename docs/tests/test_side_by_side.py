"""The Python and the JavaScript of one page leave the same events."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pages import ROOT, run

if TYPE_CHECKING:
    from conftest import Reader

PAGE = "docs/how-to/python-and-javascript.md"
BLOCK = re.compile(r"^```(python|js)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OF_A_RUN = {"t", "duration_ms", "lib", "runtime"}
"""What differs from run to run, or by the language."""


def stored(reader: Reader) -> list[object]:
    """Return the stored events without what is another in every run."""
    told = run("tallymark tail -n 1000 --json", reader.folder)
    return [_lasting(json.loads(line)["event"]) for line in told.splitlines()]


def _lasting(value: object) -> object:
    if isinstance(value, dict):
        return {name: _lasting(item) for name, item in value.items() if name not in OF_A_RUN}
    return value


def test_each_example_has_its_twin() -> None:
    """Below each Python block must stand one in JavaScript."""
    languages = [match[1] for match in BLOCK.finditer((ROOT / PAGE).read_text("utf-8"))]
    assert ["python", "js"] * (len(languages) // 2) == languages
    assert len(languages) >= 14


def test_both_leave_the_same_events(reader: Reader) -> None:
    """Both programs must print what the page says, and store the same events in the same order."""
    text = (ROOT / PAGE).read_text("utf-8").replace("7300", str(reader.port))
    text = text.replace("tmk_…", reader.key)
    programs = {"python": "", "js": ""}
    for match in BLOCK.finditer(text):
        programs[match[1]] += match[2]
    said = re.search(r"Both print `([^`]*)`", text)
    assert said is not None
    (reader.folder / "page.py").write_text(programs["python"])
    (reader.folder / "page.mjs").write_text(programs["js"])
    packages = reader.folder / "node_modules" / "@tallymark"
    packages.mkdir(parents=True)
    (packages / "node").symlink_to(ROOT / "sdk-js/dist/node")
    assert said[1] == run("python page.py", reader.folder).strip()
    python = stored(reader)
    assert said[1] == run("node page.mjs", reader.folder).strip()
    assert python == stored(reader)[len(python) :]
    assert len(python) == int(said[1].split()[1])
