"""No event ends without a word: each kind of loss is logged, and no kind fills the log."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from tallymark import Batching, Client, Retry, Spool
from tallymark.testing import problem
from tallymark.transport import Failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from tallymark.testing import MemoryTransport, VirtualClock

    Make = Callable[..., Client]

KEY = "tmk_0123456789abcdefghijAB"


def lines(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    """Return the logged lines that hold *word*."""
    return [line for line in caplog.messages if word in line]


def awaited(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    """Return the lines that hold *word* once there is one: the worker writes them in its time."""
    deadline = time.monotonic() + 20
    while not lines(caplog, word):
        assert time.monotonic() < deadline, caplog.text
    return lines(caplog, word)


def test_overflow_is_logged_to_the_last_event(
    make_client: Make, transport: MemoryTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """The lines about a full queue add up to the events it refused."""
    client = make_client(batching=Batching(queue_max=10))
    transport.script(*[Failure("refused")] * 50)
    for _ in range(100):
        client.track("a")
    client.close(0.1)
    told = lines(caplog, "queue_overflow")
    assert 1 <= len(told) <= 2
    assert sum(int(line.split()[0]) for line in told) == 90


def test_rejections_are_logged_once_a_kind(
    make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """A verdict names the event's id, the code and the path; equal ones are counted."""
    client = make_client()
    first = client.track("a", user="null")
    for _ in range(9):
        client.track("a", user="null")
    assert client.flush()
    (line,) = awaited(caplog, "rejected")
    assert line == f"the collector rejected event {first}: bad_id at u"


def test_limit_is_named(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Where a limit was broken, the line says which."""
    client = make_client()
    client.track("a", {"v": [1] * 300})
    assert client.flush()
    assert awaited(caplog, "rejected")[0].endswith("too_many_props at p.v, limit 255")


def test_refused_event_is_logged(
    make_client: Make, transport: MemoryTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """An event no request with which is taken is logged as lost, not as kept."""
    client = make_client()
    transport.script(problem(400, "malformed"))
    client.track("a")
    assert client.flush()
    assert awaited(caplog, "send_rejected") == [
        "1 event was dropped: send_rejected (status 400 malformed)"
    ]
    assert lines(caplog, "kept") == []


def test_expiry_is_logged(
    make_client: Make,
    transport: MemoryTransport,
    clock: VirtualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Events that waited too long are logged."""
    client = make_client(retry=Retry(max_age_ms=60_000))
    transport.script(*[Failure("refused")] * 3)
    client.track("a")
    client.flush(0.2)
    clock.advance(120_000)
    client.flush(0.2)
    assert awaited(caplog, "expired") == [
        "1 event was dropped: expired (they waited longer than Retry.max_age_ms)"
    ]


def test_end_without_a_spool_is_logged(
    make_client: Make, transport: MemoryTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """What is lost at the end is a warning with its number."""
    transport.script(*[Failure("refused")] * 50)
    client = make_client()
    client.track("a")
    client.track("b")
    assert not client.close(0.1)
    (record,) = [record for record in caplog.records if "not sent before" in record.message]
    assert (record.levelname, record.message.split(":")[0]) == ("WARNING", "2 events were lost")


def test_end_with_a_spool_is_no_loss(
    make_client: Make,
    transport: MemoryTransport,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With a spool nothing is lost; where the events wait is said, not as a warning."""
    caplog.set_level("INFO")
    transport.script(*[Failure("refused")] * 50)
    client = make_client(spool=Spool(tmp_path))
    client.track("a")
    assert not client.close(0.1)
    (record,) = [record for record in caplog.records if "next process" in record.message]
    assert record.levelname == "INFO"
    assert str(tmp_path) in record.message
    assert lines(caplog, "lost") == []


def test_wishes_are_not_logged(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    """What a program asked to be dropped is counted, and not worth a line."""
    client = make_client()
    client.track("a")
    client.reset(purge=True)
    client.close()
    assert client.stats().dropped == {"reset": 1}
    assert lines(caplog, "dropped") == []


def test_what_the_disk_does_not_take_at_the_end_is_lost_aloud(
    make_client: Make,
    transport: MemoryTransport,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Events that only memory holds and no disk takes are dropped and said so, not called left."""
    transport.script(*[Failure("refused")] * 50)
    client = make_client(spool=Spool(tmp_path / "spool"))
    client.track("first")
    shutil.rmtree(tmp_path / "spool")
    (tmp_path / "spool").touch()
    for number in range(5_000):
        client.track("later", {"n": number, "text": "x" * 50})
    client.close(0)
    stats = client.stats()
    homeless = stats.dropped["storage_error"]
    assert homeless > 100
    assert 5_001 == stats.assigned == homeless + stats.pending
    assert lines(caplog, "storage_error")
