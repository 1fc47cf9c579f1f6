"""Vectors by file name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = Path(__file__).resolve().parent.parent / "spec/vectors"


@pytest.fixture
def vectors() -> Callable[[str], list[dict[str, Any]]]:
    """Return a reader of `spec/vectors/<name>.json`."""

    def read(name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text())
        return found

    return read
