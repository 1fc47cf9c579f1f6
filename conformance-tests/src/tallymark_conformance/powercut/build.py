"""Build the preload library from its C source with the machine's compiler."""

from __future__ import annotations

import shutil
import subprocess
from importlib import resources
from typing import TYPE_CHECKING

from tallymark_conformance.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "powercut.c"
FLAGS = ("-std=gnu11", "-O2", "-shared", "-fPIC", "-Wall", "-Wextra")


def build(folder: Path) -> Path:
    """Compile the library into *folder* and return its path; RunError without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise RunError("a C compiler is needed: install gcc and libc6-dev")
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "powercut.so"
    source = resources.files("tallymark_conformance.powercut").joinpath(SOURCE)
    with resources.as_file(source) as path:
        argv = [compiler, *FLAGS, "-o", str(library), str(path), "-ldl", "-lpthread"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RunError(f"the preload library does not compile:\n{done.stderr}")
    return library
