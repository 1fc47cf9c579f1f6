"""The two encoders give the same text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tallymark.encode import FAST_ERRORS, WITH_ORJSON, dumps_fast, dumps_plain, loads

WITHOUT_ORJSON = """
import sys
sys.modules["orjson"] = None
import pytest
code = pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]])
from tallymark.encode import WITH_ORJSON
assert not WITH_ORJSON
sys.exit(code)
"""


def test_orjson_is_used_if_installed() -> None:
    """The fast encoder is taken where it is installed, as here."""
    assert WITH_ORJSON


def test_standard_library_gives_the_same() -> None:
    """All tests of odd values pass with the standard library's encoder alone."""
    folder = Path(__file__).parent
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            WITHOUT_ORJSON,
            "-k",
            "not anything",
            str(folder / "test_sanitize.py"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout[-3_000:]


@pytest.mark.parametrize("value", [float("nan"), {"a": [float("inf")]}, 2**60, object(), "\ud800"])
def test_fast_encoder_refuses(value: object) -> None:
    """What has to be looked at raises one of the errors that lead to the slow path."""
    with pytest.raises(FAST_ERRORS):
        dumps_fast(value)


def test_plain() -> None:
    """JSON is written without spaces, in UTF-8."""
    assert dumps_plain({"é": [1, None]}) == '{"é":[1,null]}'.encode()


@pytest.mark.parametrize("text", [b"", b"{", b"<html>", b"[" * 200_000])
def test_loads_refuses(text: bytes) -> None:
    """What is no JSON, or nested without end, is a ValueError."""
    with pytest.raises(ValueError, match=r".*"):
        loads(text)
