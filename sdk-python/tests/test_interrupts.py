"""Signal handlers and finalizers call the client in the middle of another call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tallymark import Client, Spool
from tallymark.backlog import Backlog
from tallymark.testing import MemoryTransport

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Script

KEY = "tmk_0123456789abcdefghijAB"

HANDLER = """
handled = 0
def handler(*_):
    global handled
    client.track("interrupting")
    handled += 1
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
for _ in range(20_000):
    client.track("interrupted")
signal.setitimer(signal.ITIMER_REAL, 0)
flushed = client.flush(45)
stats = client.stats()
client.close()
ended = stats.stored + sum(stats.rejected.values()) + sum(stats.dropped.values()) + stats.pending
print([int(flushed), handled, stats.assigned, stats.stored, ended, stats.requests])
"""


@pytest.mark.parametrize("spool", ["off", "on"])
def test_a_handler_that_tracks(
    script: Script, tmp_path: Path, collector: tuple[str, MemoryTransport], spool: str
) -> None:
    """Every event of call and handler is stored, the books balance, the requests are few."""
    url, _ = collector
    told = script.run(HANDLER, url, tmp_path if spool == "on" else "off")
    flushed, handled, assigned, stored, ended, requests = json.loads(told)
    assert flushed
    assert handled > 10
    assert (20_000 + handled,) * 3 == (assigned, stored, ended)
    assert requests < 400


class Stop(BaseException):
    """What a handler raises."""


class Broken(list[bytes]):
    """A column whose n-th append is broken off by a handler's exception."""

    def __init__(self, place: int) -> None:
        """Break off the append at *place*, from 1."""
        super().__init__()
        self.left = place

    def append(self, value: bytes) -> None:
        """Append, but not at the chosen place."""
        self.left -= 1
        if self.left == 0:
            raise Stop
        super().append(value)


def test_a_broken_off_append_leaves_no_half_row() -> None:
    """The columns are whole again, the others' rows unharmed, and the number is told as lost."""
    backlog: Backlog[bytes] = Backlog(Broken(3))
    for seq in (1, 2):
        backlog.append(seq, 1, b"%d" % seq)
    with pytest.raises(Stop):
        backlog.append(3, 1, b"3")
    assert backlog.broken_off(3)
    backlog.append(4, 1, b"4")
    assert [(1, b"1", 1), (2, b"2", 1), (4, b"4", 1)] == backlog.select(9, 9, ())
    assert (3, 3, False) == (len(backlog), backlog.total_bytes, backlog.broken_off(4))


def test_a_handler_that_raises() -> None:
    """An exception in mid-record must cost at most its event, which is declared (LED-3)."""
    transport = MemoryTransport()
    client = Client(KEY, "http://test", spool=Spool(directory=False), transport=transport)
    client.track("first")
    lane = client._pipeline.recorder._lane
    assert lane is not None
    keep = lane.append

    def stop(seq: int, event: bytes) -> str | None:
        del seq, event
        raise Stop

    lane.append = stop
    with pytest.raises(Stop):
        client.track("broken off")
    lane.append = keep
    client.track("last")
    assert client.flush(30)
    stats = client.stats()
    client.close()
    assert (3, 2, {"sdk_error": 1}) == (stats.assigned, stats.stored, stats.dropped)


def test_a_finalizer_in_mid_change(tmp_path: Path) -> None:
    """What is tracked while the same thread changes the books is numbered after the change."""
    transport = MemoryTransport()
    client = Client(KEY, "http://test", spool=Spool(tmp_path), transport=transport)
    recorder = client._pipeline.recorder
    with recorder._change():
        assert client.track("inside") is None
        assert not client.flush(30)
        assert not client.close(30)
        assert 0 == client.stats().assigned
    assert client.track("after") is not None
    assert client.flush(30)
    assert ["inside", "after"] == [event.name for event in transport.recorded()]
    assert client.close()
