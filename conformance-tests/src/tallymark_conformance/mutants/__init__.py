"""Planted defects: each goes into one child process only and leaves nothing in the product.

A judge is believed when the same run that is green turns red under the mutant it is there for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.mutants.bank import MUTANTS

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "TALLYMARK_MUTANT"
SITE: Final = Path(__file__).parent / "site"


def mutant_env(name: str) -> dict[str, str]:
    """Return the environment that plants the mutant *name* in a Python child."""
    if name not in MUTANTS:
        raise ScriptError(f"no mutant {name!r}; there are: {', '.join(MUTANTS)}")
    path = [str(SITE), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {VARIABLE: name, "PYTHONPATH": os.pathsep.join(path)}


def plant(environment: Mapping[str, str]) -> None:
    """Plant the mutant that *environment* names, if it names one."""
    name = environment.get(VARIABLE)
    if name is not None:
        MUTANTS[name].plant()
