from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.store.log import StoreFull
from tallymark_collector.store.sqlite.ballast import Ballast, reserve

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 1 << 20


def test_ensure_takes_real_room(tmp_path: Path) -> None:
    """The reserve is a private file of the given size with its blocks on disk."""
    ballast = Ballast(tmp_path, SIZE)
    assert (False, True, True) == (ballast.held, ballast.ensure(), ballast.held)
    status = (tmp_path / "ballast").stat()
    assert (SIZE, 0o600) == (status.st_size, stat.S_IMODE(status.st_mode))
    assert status.st_blocks * 512 >= SIZE


def test_released_room_is_taken_back(tmp_path: Path) -> None:
    """The room is free within the block and taken again after it."""
    ballast = Ballast(tmp_path, SIZE)
    ballast.ensure()
    with ballast.released():
        assert not ballast.held
    assert ballast.held


def test_no_reserve(tmp_path: Path) -> None:
    """Size 0 keeps no file."""
    assert Ballast(tmp_path, 0).ensure()
    assert [] == list(tmp_path.iterdir())


def test_more_than_there_is(tmp_path: Path) -> None:
    """A reserve the disk has no room for is not taken and leaves no file behind."""
    ballast = Ballast(tmp_path, 1 << 60)
    assert (False, False) == (ballast.ensure(), ballast.held)
    with pytest.raises(StoreFull):
        reserve(tmp_path / "ballast", 1 << 60)
    assert [] == list(tmp_path.iterdir())
