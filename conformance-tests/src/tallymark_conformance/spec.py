"""The protocol's rules and vectors: beside this file in a wheel, next door in a checkout."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from tallymark_conformance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE: Final = Path(__file__).resolve().parent
PLACES: Final = (HERE / "protocol_spec", HERE.parents[2] / "sdk-protocol" / "spec")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One rule of the protocol; *built* tells whether its profile is built."""

    id: str
    level: str
    profile: str
    text: str
    built: bool


def folder() -> Path:
    """Return the folder of the spec; raise ConfigurationError when it is nowhere."""
    for place in PLACES:
        if (place / "requirements.yaml").exists():
            return place
    raise ConfigurationError(f"the protocol's spec is not at {PLACES[0]}: install the suite anew")


@cache
def requirements() -> Mapping[str, Requirement]:
    """Return every rule by its id, in the order of the spec."""
    value = yaml.safe_load((folder() / "requirements.yaml").read_text("utf-8"))
    built = set(value["features"])
    return {
        item["id"]: Requirement(
            item["id"], item["level"], item["profile"], item["text"], item["profile"] in built
        )
        for item in value["requirements"]
    }


@cache
def vectors(name: str) -> tuple[Mapping[str, Any], ...]:
    """Return the vectors of the file *name*."""
    return tuple(json.loads((folder() / "vectors" / f"{name}.json").read_text("utf-8")))


@cache
def vector_files() -> Mapping[str, frozenset[str]]:
    """Return the rules that each file of vectors cites, by the file's name."""
    found = {}
    for path in sorted((folder() / "vectors").glob("*.json")):
        value = json.loads(path.read_text("utf-8"))
        if isinstance(value, list):
            found[path.stem] = frozenset(item["requirement"] for item in value)
    return found
