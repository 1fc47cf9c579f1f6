"""What an SDK under test says about its adapter: a small TOML file."""

from __future__ import annotations

import hashlib
import sys
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS: Final = frozenset(
    {"name", "command", "level", "capabilities", "known_failing", "env", "processes"}
)
LEVELS: Final = ("bronze", "silver", "gold", "device")
EXAMPLE: Final = 'name = "mine"\ncommand = ["ruby", "{here}/adapter.rb"]\nlevel = "bronze"'


@dataclass(frozen=True, slots=True)
class Declaration:
    """An adapter: how it is started and what is claimed of its SDK.

    *level* is what the SDK is held to: `run` is red below it. *capabilities*, if given, leaves out
    those that hello has beyond it. *known_failing* maps scenarios that must fail to the reason.
    *processes* is how many of its processes may run at once, 0 leaves it to the runner; *argument*
    is what `--sdk` was told.
    """

    name: str
    command: tuple[str, ...]
    level: str = "bronze"
    capabilities: frozenset[str] | None = None
    known_failing: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    processes: int = 0
    argument: str = ""

    @property
    def sha256(self) -> str:
        """Return the hash of the command: what was run, in a report."""
        return hashlib.sha256("\0".join(self.command).encode()).hexdigest()


def load_declaration(name: str) -> Declaration:
    """Return the declaration in the file *name*, or of the shipped adapter of that name."""
    path = Path(name)
    if not name.endswith(".toml"):
        shipped = Path(str(files("tallymark_conformance.adapters").joinpath(f"{name}.toml")))
        if not shipped.exists():
            raise ConfigurationError(
                f"no shipped adapter {name!r}; there are: {', '.join(shipped_names())}; "
                "or name a TOML file"
            )
        path = shipped
    try:
        value = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from error
    return _declaration(value, path, name)


def shipped_names() -> list[str]:
    """Return the names of the adapters in the package."""
    entries = files("tallymark_conformance.adapters").iterdir()
    return sorted(
        entry.name.removesuffix(".toml") for entry in entries if entry.name.endswith(".toml")
    )


def _declaration(value: Mapping[str, Any], path: Path, argument: str) -> Declaration:
    unknown = set(value) - KEYS
    if unknown:
        raise ConfigurationError(f"{path}: unknown {sorted(unknown)}; there are {sorted(KEYS)}")
    command = value.get("command")
    if not isinstance(command, list) or not command or not all(isinstance(w, str) for w in command):
        raise ConfigurationError(f"{path}: command is a list of words, such as\n{EXAMPLE}")
    level = value.get("level", "bronze")
    if level not in LEVELS:
        raise ConfigurationError(f"{path}: level is one of {', '.join(LEVELS)}, not {level!r}")
    capabilities = value.get("capabilities")
    places = {
        "{here}": str(path.resolve().parent),
        "{python}": sys.executable,
        "{adapters}": str(files("tallymark_conformance.adapters")),
    }
    return Declaration(
        name=str(value.get("name", path.stem)),
        command=tuple(_filled(word, places) for word in command),
        level=level,
        capabilities=None if capabilities is None else frozenset(capabilities),
        known_failing=_known(value.get("known_failing", {}), path),
        env={key: _filled(text, places) for key, text in value.get("env", {}).items()},
        processes=value.get("processes", 0),
        argument=argument,
    )


def _known(value: object, path: Path) -> dict[str, str]:
    if isinstance(value, list):
        return dict.fromkeys(value, "")
    if isinstance(value, dict):
        return {str(name): str(reason) for name, reason in value.items()}
    raise ConfigurationError(f"{path}: known_failing is a table of scenario ids and reasons")


def _filled(word: str, places: Mapping[str, str]) -> str:
    for name, text in places.items():
        word = word.replace(name, text)
    return word
