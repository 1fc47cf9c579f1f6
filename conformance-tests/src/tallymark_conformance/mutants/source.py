"""Mutants made by changing one piece of a module's text when a child process imports it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from typing import TYPE_CHECKING

from tallymark_conformance.errors import ScriptError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType


@dataclass(frozen=True, slots=True)
class SourceMutant:
    """A defect: in *module*, the text *old* is *new* instead."""

    module: str
    old: str
    new: str

    def change(self, source: str) -> str:
        """Return the defective source; a text that is not there exactly once is a ScriptError."""
        found = source.count(self.old)
        if found != 1:
            raise ScriptError(
                f"{self.module} has {self.old!r} {found} times, not once: write this mutant anew"
            )
        return source.replace(self.old, self.new)

    def plant(self) -> None:
        """Let this process import the defective module."""
        sys.meta_path.insert(0, _Finder(self))


class _Finder:
    """Find the one module that is to be changed."""

    def __init__(self, mutant: SourceMutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._mutant.module:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is None or found.origin is None:
            return found
        loader = _Loader(name, found.origin)
        loader.mutant = self._mutant
        return spec_from_file_location(name, found.origin, loader=loader)


class _Loader(SourceFileLoader):
    """Load the changed source, past every cache."""

    mutant: SourceMutant

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_source(fullname) or ""
        return compile(self.mutant.change(source), self.path, "exec", dont_inherit=True)
