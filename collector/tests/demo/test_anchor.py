"""When the invented shop's history ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tallymark_collector.demo.anchor import FILE, SEED, Anchor, anchor
from tallymark_collector.demo.collector import DemoFailed

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_now_once_and_the_same_for_ever(tmp_path: Path) -> None:
    """The first run must take its own time, each further one the first run's."""
    assert [Anchor(5, SEED), Anchor(5, SEED)] == [anchor(tmp_path, 5), anchor(tmp_path, 9)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not as the demo wrote it"),
        ("[]", "not as the demo wrote it"),
        ('{"end": 5}', "not as the demo wrote it"),
        ('{"end": 5, "seed": 1, "generator": 0}', "another version"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    """A file that the demo did not write, or another version did, must not be built upon."""
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(DemoFailed, match=says):
        anchor(tmp_path, 9)
