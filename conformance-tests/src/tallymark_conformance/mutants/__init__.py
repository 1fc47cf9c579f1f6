"""Planted defects: each goes into one child process only and leaves nothing in the product.

A judge is believed when the same run that is green turns red under the mutant it is there for.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.mutants.bank import MUTANTS
from tallymark_conformance.mutants.source import SourceMutant

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "TALLYMARK_MUTANT"
"""Names a mutant of the fault runs, or holds a change of text as JSON."""
SITE: Final = Path(__file__).parent / "site"


def child_path() -> str:
    """Return the PYTHONPATH under which a child looks for what to plant."""
    return os.pathsep.join([str(SITE), *filter(None, [os.environ.get("PYTHONPATH")])])


def mutant_env(name: str) -> dict[str, str]:
    """Return the environment that plants the mutant *name* in a Python child."""
    if name not in MUTANTS:
        raise ScriptError(f"no mutant {name!r}; there are: {', '.join(MUTANTS)}")
    return {VARIABLE: name, "PYTHONPATH": child_path()}


def plant(environment: Mapping[str, str]) -> None:
    """Plant the mutant that *environment* names or describes, if it does."""
    name = environment.get(VARIABLE)
    if name is None:
        return
    if name.startswith("{"):
        SourceMutant(**json.loads(name)).plant()
    else:
        MUTANTS[name].plant()
