from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.mutants import mutant_env, plant
from tallymark_conformance.mutants.synchronous import weaken

SHOW = (
    "import sqlite3\n"
    "c = sqlite3.connect(':memory:')\n"
    "{demand}\n"
    "print(c.execute('PRAGMA synchronous').fetchone()[0])\n"
)
FULL, NORMAL = "2", "1"


@pytest.mark.parametrize(
    "demand",
    [
        "pass",
        "c.execute('PRAGMA synchronous=FULL')",
        "c.executescript('PRAGMA synchronous = EXTRA;')",
        "c.cursor().execute('pragma Synchronous=2')",
        "c.cursor().executescript('PRAGMA synchronous=3')",
    ],
)
def test_the_mutant_weakens_every_connection(demand: str) -> None:
    """However the child asks for full synchronisation, it gets NORMAL, and only the child."""
    argv = [sys.executable, "-c", SHOW.format(demand=demand)]
    kept = {"PATH": "/usr/bin:/bin"}
    sound = subprocess.run(argv, env=kept, check=True, capture_output=True, text=True)
    env = {**kept, **mutant_env("synchronous_normal")}
    weak = subprocess.run(argv, env=env, check=True, capture_output=True, text=True)
    assert NORMAL == weak.stdout.strip()
    assert sound.stdout.strip() != NORMAL


@given(st.text(max_size=40))
def test_other_statements_are_left_alone(sql: str) -> None:
    """Only the demand itself is rewritten."""
    if "synchronous" not in sql.lower():
        assert sql == weaken(sql)
    assert "x PRAGMA synchronous=NORMAL y" == weaken("x PRAGMA synchronous=FULL y")


def test_a_mutant_has_a_name() -> None:
    """An unknown one is refused; a process without one is left as it is."""
    with pytest.raises(ScriptError, match="synchronous_normal"):
        mutant_env("no_such_mutant")
    plant({})
