from __future__ import annotations

import subprocess
import sys

import pytest

import tallymark_protocol


@pytest.mark.parametrize("name", tallymark_protocol.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each name of `__all__` can be asked for, and is the same the second time."""
    assert getattr(tallymark_protocol, name) is getattr(tallymark_protocol, name)


def test_an_unknown_name_is_an_error() -> None:
    """A name the package does not have is named in the error."""
    with pytest.raises(AttributeError, match="nothing"):
        tallymark_protocol.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_importing_loads_nothing_that_was_not_asked_for() -> None:
    """An SDK that takes ranges and limits pays for no validator, table or dataclass."""
    program = (
        "import sys; from tallymark_protocol import limits, ranges; "
        "print(sorted(m for m in sys.modules if m.startswith('tallymark_protocol')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    loaded = ["", "._generated", "._generated.limits", ".ranges"]
    assert str([f"tallymark_protocol{name}" for name in loaded]) == done.stdout.strip()
