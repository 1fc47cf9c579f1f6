"""
Give tests a client that sends nowhere; installed with the package, nothing has to be imported.

`tallymark_client` is a strict client, `tallymark_transport` the collector in memory it sends to:

    def test_sign_up(tallymark_client, tallymark_transport):
        sign_up(tallymark_client, "ada")
        tallymark_client.flush()
        assert_tracked(tallymark_transport, "Signed Up", user="ada")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tallymark.client import Client
from tallymark.options import Hooks, Spool
from tallymark.testing import MemoryTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

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
