"""Both ways of writing a segment put the same bytes into the file, or say that they could not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tallymark.spool import segment

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = [b"first", b"second record", b"x" * 3_000]


@pytest.mark.parametrize("mapped", [True, False])
def test_bytes(tmp_path: Path, mapped: bool) -> None:  # noqa: FBT001
    """Records lie behind each other; what does not fit is refused and changes nothing."""
    path = tmp_path / "one"
    opened = segment.create(path, 4_096, mapped=mapped)
    assert [opened.put(record) for record in RECORDS] == [0, 5, 18]
    assert opened.put(b"y" * 1_079) == segment.NO_ROOM
    assert opened.put(b"y" * 1_078) == 3_018
    assert (opened.used, opened.capacity) == (4_096, 4_096)
    opened.close()
    opened.close()
    assert path.read_bytes() == b"".join(RECORDS) + b"y" * 1_078


def test_mapped_room_is_real(tmp_path: Path) -> None:
    """Blocks are allocated before the mapping is used: a hole on a full disk would be SIGBUS."""
    path = tmp_path / "one"
    opened = segment.create(path, 1 << 16, mapped=True)
    assert isinstance(opened, segment.MappedSegment)
    assert path.stat().st_blocks * 512 >= 1 << 16
    opened.close()


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    """A segment's name is used once."""
    path = tmp_path / "one"
    path.write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        segment.create(path, 4_096, mapped=True)
    assert path.read_bytes() == b"kept"
