"""What a user's editor knows of the package: the type of every public name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PYRIGHT = HERE / "typing/node_modules/pyright/index.js"
SOURCES = (HERE.parent / "src", HERE.parents[1] / "sdk-protocol/src")


def test_every_public_name_has_a_type() -> None:
    """Pyright finds no public name whose type is unknown, or would have to be guessed."""
    node = shutil.which("node")
    if node is None or not PYRIGHT.exists():
        pytest.fail("pyright is not installed: run `make setup`")
    told = subprocess.run(
        [
            *(node, str(PYRIGHT), "--verifytypes", "tallymark", "--ignoreexternal"),
            *("--outputjson", "--pythonpath", sys.executable),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, SOURCES))},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    found = json.loads(told.stdout)["typeCompleteness"]
    wrong = [
        f"{symbol['name']}: {diagnostic['message']}"
        for symbol in found["symbols"]
        for diagnostic in symbol["diagnostics"]
    ]
    assert wrong == []
    assert found["completenessScore"] == 1
    assert found["exportedSymbolCounts"]["withKnownType"] > 1_000
