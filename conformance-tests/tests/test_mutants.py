from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.mutants import mutant_env, plant
from tallymark_conformance.mutants.bank import MUTANTS
from tallymark_conformance.mutants.source import SourceMutant
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


@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.source])
def test_a_mutant_still_fits_the_product(name: str) -> None:
    """The text that a mutant changes is in the product exactly once, and the result compiles."""
    mutant = MUTANTS[name].source
    assert mutant is not None
    found = importlib.util.find_spec(mutant.module)
    assert found is not None
    assert found.origin is not None
    compile(mutant.change(Path(found.origin).read_text("utf-8")), found.origin, "exec")


@pytest.mark.parametrize("source", ["", "x = 1; x = 1"])
def test_a_mutant_that_does_not_fit_is_refused(source: str) -> None:
    """A text that is gone, or there twice, stops the child instead of planting nothing."""
    with pytest.raises(ScriptError, match="write this mutant anew"):
        SourceMutant("some.module", "x = 1", "x = 2").change(source)


def test_a_source_mutant_is_in_its_module_alone(tmp_path: Path) -> None:
    """The child imports the changed module, whatever is cached; others are as they were."""
    (tmp_path / "one.py").write_text("x = 1\n")
    (tmp_path / "two.py").write_text("x = 1\n")
    show = (
        "from tallymark_conformance.mutants.source import SourceMutant\n"
        "if {planted}: SourceMutant('one', 'x = 1', 'x = 2').plant()\n"
        "import one, two\n"
        "print(one.x, two.x)\n"
    )
    env = {"PYTHONPATH": str(tmp_path)}
    said = [
        subprocess.run(
            [sys.executable, "-c", show.format(planted=planted)],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for planted in (False, True)
    ]
    assert [["1", "1"], ["2", "1"]] == said


def test_a_mutant_has_a_name() -> None:
    """An unknown one is refused; a process without one is left as it is."""
    with pytest.raises(ScriptError, match="synchronous_normal"):
        mutant_env("no_such_mutant")
    plant({})
