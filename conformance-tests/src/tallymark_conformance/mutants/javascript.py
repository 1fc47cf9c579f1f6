"""A defect in the JavaScript SDK: in a copy of its built files, which one adapter loads."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import RunError, ScriptError

if TYPE_CHECKING:
    from tallymark_conformance.mutants.defect import Defect

VARIABLE: Final = "TMC_SDK_JS"
BUILT: Final = Path("build/node/index.js")
ENTRY: Final = Path("dist/node/index.js")


def built_sdk() -> Path:
    """Return the folder of the built JavaScript SDK; raise RunError when nobody says where."""
    said = os.environ.get(VARIABLE)
    if said is None or not (Path(said) / BUILT).exists():
        raise RunError(
            f"{VARIABLE} is {said!r}: set it to the folder sdk-js, after `npm run build` in it"
        )
    return Path(said).resolve()


def copy_with(defect: Defect, folder: Path) -> dict[str, str]:
    """Copy the SDK into *folder* with *defect* in it; return the environment that loads the copy.

    What is published is one file without names; the copy is entered by the files it is made of.
    Raises ScriptError when the text is not there exactly once.
    """
    home = built_sdk()
    copy = folder / "sdk-js"
    shutil.copytree(home / "build", copy / "build")
    shutil.copyfile(home / "package.json", copy / "package.json")
    path = copy / "build" / defect.place
    if not path.exists():
        raise ScriptError(f"{defect.name}: there is no file {defect.place} in {home / 'build'}")
    path.write_text(defect.source.change(path.read_text("utf-8")), "utf-8")
    entry = copy / ENTRY
    entry.parent.mkdir(parents=True)
    back = "../" * (len(ENTRY.parts) - 1)
    entry.write_text(f'export * from "{back}{BUILT}";\n', "utf-8")
    return {VARIABLE: str(copy)}
