"""The schema of TMC/1, shipped as data, and what is wrong with a message by it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Mapping

PROTOCOL: Final = "TMC/1"
OPS: Final = (
    "hello",
    "create",
    "call",
    "flush",
    "stats",
    "close",
    "bucket",
    "vector",
    "fork",
    "advance",
    "page",
)
CORE_OPS: Final = ("hello", "create", "call", "flush", "close")


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema of all messages."""
    text = files("tallymark_conformance.tmc").joinpath("schema.yaml").read_text("utf-8")
    value: dict[str, Any] = yaml.safe_load(text)
    return value


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({**schema(), "$ref": f"#/$defs/{name}"})


def complaint(name: str, value: object) -> str | None:
    """Return what is wrong with *value* as a message of the type *name* (`request`, …), or None."""
    error = next(iter(_validator(name).iter_errors(value)), None)
    if error is None:
        return None
    where = ".".join(str(part) for part in error.absolute_path) or "the message"
    return f"{where}: {error.message}"


def reply_complaint(op: str, value: object) -> str | None:
    """Return what is wrong with the reply *value* to the operation *op*, or None."""
    found = complaint("reply", value)
    if found is None and isinstance(value, dict) and "ok" in value:
        found = complaint(f"{op}_reply", value["ok"])
    return found
