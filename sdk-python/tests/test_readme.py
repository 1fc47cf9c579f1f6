"""The front page: every piece of it runs as printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tallymark.testing import MemoryTransport

    from conftest import Script

SDK = Path(__file__).parents[1]
PIECES = re.findall(r"```(\w+)\n(.*?)```", (SDK / "README.md").read_text("utf-8"), re.DOTALL)
KEY = "tmk_0123456789abcdefghijAB"


def pieces(language: str, *, tests: bool = False) -> list[str]:
    """Return the pieces in *language*; the *tests* among them, or the others."""
    return [text for kind, text in PIECES if kind == language and ("def test_" in text) is tests]


@pytest.mark.parametrize("code", pieces("python"), ids=lambda code: code.split("\n")[-2][:30])
def test_python_runs(
    script: Script, collector: tuple[str, MemoryTransport], tmp_path: Path, code: str
) -> None:
    """The code runs against a collector, and leaves nothing unsent."""
    url, memory = collector
    here = code.replace("https://events.example", url).replace("http://127.0.0.1:7300", url)
    here = here.replace("/tmp/app-events", str(tmp_path / "spool"))
    variables = {"TALLYMARK_KEY": KEY, "TALLYMARK_URL": url, "XDG_STATE_HOME": str(tmp_path)}
    head = f"import os\nos.environ.update({variables})\nos.chdir({str(tmp_path)!r})\n"
    script.run(here, head=head)
    calls = len(re.findall(r"\.(?:track|identify)\(|with client\.timed\(", here))
    rejected = [memory.account(stream).rejected for stream in memory.streams()]
    assert calls == len(memory.recorded()) + sum(len(codes) for codes in rejected)
    assert all(memory.ledger(stream).unaccounted() == () for stream in memory.streams())


def test_tests_run(tmp_path: Path) -> None:
    """The test that is shown passes."""
    (code,) = pieces("python", tests=True)
    (tmp_path / "test_shop.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tallymark.pytest_plugin", "-q", str(tmp_path)],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_installs_as_told(tmp_path: Path) -> None:
    """What the packages install is whole: types, the device's file, the fixtures' entry point."""
    (line,) = pieces("sh")
    packages = re.findall(r"\./([\w-]+)", line)
    assert packages == ["sdk-protocol", "sdk-python"]
    places = [str(SDK.parent / package) for package in packages]
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--disable-pip-version-check", "--target", str(tmp_path)),
            *places,
        ],
        check=True,
        timeout=240,
    )
    installed = tmp_path / "tallymark"
    assert {"py.typed", "lite.py"} <= {path.name for path in installed.iterdir()}
    (entry,) = tmp_path.glob("tallymark-*.dist-info/entry_points.txt")
    assert "tallymark.pytest_plugin" in entry.read_text()
    done = subprocess.run(
        [sys.executable, "-c", "import tallymark; print(tallymark.__file__)"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(tmp_path))
