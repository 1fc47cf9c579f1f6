"""The fixtures users' tests get."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import pytest
import tallymark.testing
from tallymark import UsageError

def test_stored(tallymark_client, tallymark_transport):
    tallymark_client.track("Signed Up", {"plan": "pro"}, user="ada")
    assert tallymark_client.flush()
    tallymark.testing.assert_tracked(tallymark_transport, "Signed Up", {"plan": "pro"}, times=1)

def test_each_test_begins_anew(tallymark_transport):
    assert tallymark_transport.recorded() == []

def test_wrong_use_is_an_error(tallymark_client):
    with pytest.raises(UsageError):
        tallymark_client.track("")

def test_asserting_sends_first(tallymark_client, assert_tracked):
    tallymark_client.track("Signed Up", {"plan": "pro"}, user="ada")
    assert assert_tracked("Signed Up", {"plan": "pro"}, user="ada", times=1).user == "ada"

def test_not_tracked(assert_tracked):
    with pytest.raises(AssertionError, match="was stored 0 times"):
        assert_tracked("Signed Up")
"""


def test_fixtures(tmp_path: Path) -> None:
    """A test gets a strict client and what it sent, by naming the fixtures."""
    (tmp_path / "test_shop.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tallymark.pytest_plugin", "-q", str(tmp_path)],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout
