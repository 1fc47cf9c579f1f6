"""When the invented shop's history ended, and from which seed it came: kept beside the data."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tallymark_collector.demo.collector import DemoFailed
from tallymark_collector.demo.shop import GENERATOR

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "demo.json"
SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the history in ms, and its seed."""

    end: int
    seed: int


def anchor(data: Path, now: int) -> Anchor:
    """Return the folder's anchor; the first time it is *now* (ms), and from then on the same.

    Raises `DemoFailed` for a folder whose history another version has made.
    """
    path = data / FILE
    if not path.exists():
        _write(path, {"end": now, "seed": SEED, "generator": GENERATOR})
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = Anchor(int(kept["end"]), int(kept["seed"]))
        generator = int(kept["generator"])
    except (ValueError, KeyError, TypeError) as error:
        raise DemoFailed(f"{path} is not as the demo wrote it: give another --data") from error
    if generator != GENERATOR:
        raise DemoFailed(
            f"{data} holds the demo of another version of tallymark: give another --data"
        )
    return found


def _write(path: Path, value: dict[str, int]) -> None:
    """Write a file whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
