"""
Give tests a client that sends nowhere; installed with the package, nothing has to be imported.

`tallymark_client` is a strict client, `assert_tracked` looks at what became of its events:

    def test_sign_up(tallymark_client, assert_tracked):
        sign_up(tallymark_client, "ada")
        assert_tracked("Signed Up", {"plan": "pro"}, user="ada", times=1)

`tallymark_transport` is the collector in memory it sends to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tallymark.client import Client
from tallymark.options import Hooks, Spool
from tallymark.testing import MemoryTransport, Recorded
from tallymark.testing import assert_tracked as assert_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KEY = "tmk_" + "0" * 22


@pytest.fixture
def tallymark_transport() -> MemoryTransport:
    """Return a collector in memory; `recorded()` and `assert_tracked` say what it stored."""
    return MemoryTransport()


@pytest.fixture
def tallymark_client(tallymark_transport: MemoryTransport) -> Iterator[Client]:
    """Return a client of `tallymark_transport` that raises for wrong use and keeps no spool."""
    client = Client(
        _KEY,
        "http://tallymark.test",
        spool=Spool(directory=False),
        hooks=Hooks(strict=True),
        transport=tallymark_transport,
    )
    yield client
    client.close()


@pytest.fixture
def assert_tracked(
    tallymark_client: Client,
    tallymark_transport: MemoryTransport,
) -> Callable[..., Recorded]:
    """Return `tallymark.testing.assert_tracked` for `tallymark_client`, which it flushes first."""

    def check(name: str, *args: Any, **kwargs: Any) -> Recorded:  # noqa: ANN401 - as that function
        tallymark_client.flush()
        return assert_stored(tallymark_transport, name, *args, **kwargs)

    return check
