"""Small adapters that are shipped: devices in shell and Python, and a whole client in Perl."""

from __future__ import annotations

import shutil
import subprocess
from importlib.resources import files

import pytest

from tallymark_conformance.cli import main

ADAPTERS = files("tallymark_conformance.adapters")
PERL = ADAPTERS.joinpath("examples/perl.toml")
MOST_LINES = 100


@pytest.mark.parametrize("name", ["curl.sh", "examples/perl.pl"])
def test_an_adapter_is_short(name: str) -> None:
    """What a language without an SDK needs fits on two pages."""
    assert len(ADAPTERS.joinpath(name).read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.skipif(shutil.which("dash") is None, reason="needs dash, the strictest POSIX shell")
def test_the_shell_script_is_posix() -> None:
    """A shell without extensions can read it."""
    done = subprocess.run(["dash", "-n", str(ADAPTERS.joinpath("curl.sh"))], check=False)

    assert done.returncode == 0


@pytest.mark.faults
@pytest.mark.parametrize("name", ["curl", "lite"])
def test_a_device_passes_the_short_sample(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Both devices do what their level asks for, behind the fault proxy."""
    status = main(["run", "--sdk", name, "--tier", "device", "--smoke", "--verbose"])

    assert status == 0, capsys.readouterr().out


@pytest.mark.faults
@pytest.mark.skipif(shutil.which("perl") is None, reason="needs perl")
def test_the_client_in_perl_passes_the_short_sample(capsys: pytest.CaptureFixture[str]) -> None:
    """A client of a hundred lines does what Bronze asks for."""
    status = main(["run", "--sdk", str(PERL), "--tier", "bronze", "--smoke", "--verbose"])

    assert status == 0, capsys.readouterr().out
