"""The bank of defects: which rule each breaks, the text it changes, and who has found it so far."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.mutants import VARIABLE, child_path
from tallymark_conformance.mutants.source import SourceMutant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Subject = Literal["python", "node", "collector"]

SUBJECTS: Final[tuple[Subject, ...]] = ("python", "node", "collector")
"""What can have a defect: the SDKs behind their adapters, and the collector."""
FIELDS: Final = frozenset({"name", "req", "in", "old", "new", "by"})


@dataclass(frozen=True, slots=True)
class Defect:
    """A planted defect of *subject*: in *place*, the text *old* is *new* instead.

    *place* is a module, of the JavaScript SDK a built file. *req* is the rule it breaks, *by* the
    scenario that is tried first: it has found the defect before.
    """

    name: str
    subject: Subject
    req: str
    place: str
    old: str
    new: str
    by: str

    @property
    def source(self) -> SourceMutant:
        """Return the change of text."""
        return SourceMutant(self.place, self.old, self.new)

    @property
    def env(self) -> dict[str, str]:
        """Return the environment that plants the defect in a Python child."""
        text = json.dumps({"module": self.place, "old": self.old, "new": self.new})
        return {VARIABLE: text, "PYTHONPATH": child_path()}

    def check(self) -> None:
        """Raise ScriptError unless the product has the text once, and compiles without it."""
        if self.subject == "node":
            # Its files are looked at when they are copied: they need not be built for the others.
            return
        found = find_spec(self.place)
        if found is None or found.origin is None:
            raise ScriptError(f"{self.name}: there is no module {self.place}")
        text = self.source.change(Path(found.origin).read_text("utf-8"))
        try:
            compile(text, found.origin, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise ScriptError(f"{self.name}: the defect is no Python: {error}") from error


@cache
def defects() -> tuple[Defect, ...]:
    """Return the whole bank, by subject and in the order of its files."""
    return tuple(defect for subject in SUBJECTS for defect in _read(subject))


def choose(
    names: Sequence[str] = (), subjects: Sequence[str] = (), sample: int = 0, seed: int = 0
) -> list[Defect]:
    """Return the defects of these *names* and *subjects* (none = all), or a *sample* of them.

    Raises ScriptError for a name that is not in the bank.
    """
    known = {defect.name for defect in defects()}
    wrong = sorted(set(names) - known)
    if wrong:
        raise ScriptError(f"no defect {', '.join(wrong)}; `mutants --list` names them")
    found = [
        defect
        for defect in defects()
        if (not names or defect.name in names) and (not subjects or defect.subject in subjects)
    ]
    if not sample:
        return found
    # One seed chooses the same defects on every machine, whichever are added to the end later.
    return sorted(found, key=lambda defect: _lot(defect, seed))[:sample]


def _lot(defect: Defect, seed: int) -> bytes:
    return sha256(f"{seed}/{defect.subject}/{defect.name}".encode()).digest()


def _read(subject: Subject) -> Iterator[Defect]:
    text = files("tallymark_conformance.mutants").joinpath("defects", f"{subject}.toml")
    seen: set[str] = set()
    for item in tomllib.loads(text.read_text("utf-8"))["defect"]:
        defect = _defect(item, subject)
        if defect.name in seen:
            raise ScriptError(f"{subject}.toml: two defects are called {defect.name}")
        seen.add(defect.name)
        yield defect


def _defect(item: Mapping[str, Any], subject: Subject) -> Defect:
    if set(item) != FIELDS:
        raise ScriptError(f"{subject}.toml: a defect has {sorted(FIELDS)}, not {sorted(item)}")
    return Defect(
        item["name"], subject, item["req"], item["in"], item["old"], item["new"], item["by"]
    )
