"""Vectors by file name."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

# The generator, the fuzzer and the writers of vectors are programs of this folder, not installed.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

VECTORS = Path(__file__).resolve().parent.parent / "spec/vectors"


@pytest.fixture
def vectors() -> Callable[[str], list[dict[str, Any]]]:
    """Return a reader of `spec/vectors/<name>.json`."""

    def read(name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text())
        return found

    return read
