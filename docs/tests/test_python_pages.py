"""What the guides of the Python SDK print works as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pages import run, script

if TYPE_CHECKING:
    from conftest import Reader

EVENTS = {
    "python-frameworks": ["cart_viewed", "request_served", "shop_warned"],
    "serverless": ["order_completed"],
    "notebooks": ["cart_viewed"] * 3 + ["order_completed"],
    "find-lost-events": ["test_sent"],
}
"""What each guide leaves in the log."""
SAID = {
    "python-frameworks": "",
    "serverless": "",
    "notebooks": "['bob']\n3\n3\n",
    "find-lost-events": "0 events wait in",
}


@pytest.mark.parametrize("name", EVENTS)
def test_guide(reader: Reader, name: str) -> None:
    """The code of a guide must run, store what it tracks, and print what it says."""
    keys = f"export TALLYMARK_KEY={reader.key} TALLYMARK_URL=http://127.0.0.1:{reader.port}"
    page = script(f"docs/how-to/{name}.md", reader.port, reader.key)
    assert SAID[name] in run(f"{keys}\n{page}", reader.folder)
    assert EVENTS[name] == sorted(reader.events())
