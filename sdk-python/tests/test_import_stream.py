"""Imports: a stream that is given, so that a repeated import adds nothing (LED-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tallymark import Batching, ConfigurationError, Spool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tallymark import Client
    from tallymark.testing import MemoryTransport

SECRET = "tms_0123456789abcdefghijAB"
STREAM = "0197a1b2-c3d4-8e5f-8a9b-0c1d2e3f4a5b"


def test_a_repeated_import_adds_nothing(
    make_client: Callable[..., Client], transport: MemoryTransport
) -> None:
    """The same calls with the same stream must be the same events, all of them settled."""
    for _ in range(2):
        client = make_client(SECRET, batching=Batching(stream=STREAM))
        ids = [
            client.track("Seen", {"n": number}, time=number + 1_700_000_000) for number in (1, 1, 2)
        ]
        client.flush()
        stats = client.stats()
        assert (STREAM, 3, 3, 0) == (stats.stream, stats.assigned, stats.stored, stats.pending)
        assert len(set(ids)) == 3
    assert [1, 1, 2] == [event.properties["n"] for event in transport.recorded()]


def test_imported_events_say_nothing_of_this_machine(
    make_client: Callable[..., Client], transport: MemoryTransport
) -> None:
    """An import must be the same bytes from any machine: its context is empty."""
    client = make_client(SECRET, batching=Batching(stream=STREAM))
    client.track("Seen", time=1_700_000_000)
    client.flush()
    assert [{}] == [dict(event.context) for event in transport.recorded()]


def test_only_the_first_stream_is_the_given_one(make_client: Callable[..., Client]) -> None:
    """After a reset a random stream must begin, as always (LED-10)."""
    client = make_client(SECRET, batching=Batching(stream=STREAM))
    client.reset()
    assert client.stats().stream != STREAM


@pytest.mark.parametrize("wrong", ["", "x", STREAM.upper(), STREAM.replace("-8e5f", "-4e5f"), 8])
def test_what_is_no_stream(wrong: object) -> None:
    """A stream must be a UUID of version 7 or 8, else the option is refused."""
    with pytest.raises(ConfigurationError, match=r"Batching\.stream"):
        Batching(stream=wrong)  # type: ignore[arg-type]


def test_a_spool_would_mix_imports(make_client: Callable[..., Client], tmp_path: Path) -> None:
    """A given stream must not lie in a spool, where another process could adopt it."""
    with pytest.raises(ConfigurationError, match=r"Spool\(False\)"):
        make_client(SECRET, batching=Batching(stream=STREAM), spool=Spool(tmp_path))
